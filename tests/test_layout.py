"""What holds for the repository as a whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|jfrog\.io|anaconda\.org|(?:artifactory|nexus|devpi)[\w.-]*/|/simple/?\s*$"
    r"|--(?:extra-)?index[-]url[ =]|--find[-]links[ =]|--trusted-host[ =]",
    re.MULTILINE,
)
HOME = re.compile(r"(?<![\w.])/(?:home|Users)/\w|(?<![\w.])/roo[t]/\w|[A-Z]:\\\\?Users\\")


@pytest.fixture(scope="module")
def tracked() -> dict[str, str]:
    """Return the text of every text file, by name, that is tracked or about to be."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout")
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    texts = {}
    for name in filter(None, names.split("\0")):
        content = (REPOSITORY / name).read_bytes() if (REPOSITORY / name).is_file() else b""
        if b"\0" not in content:
            texts[name] = content.decode("utf-8")
    return texts


def test_imports_go_down_the_floors():
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken\.", result.stdout)


@pytest.mark.parametrize(
    ("what", "pattern"), [("a registry host", REGISTRY), ("a home folder", HOME)], ids=["registry", "home"]
)
def test_no_tracked_file_names(tracked, what, pattern):
    """Such a name belongs to one machine, and the lock files work with the index of any machine."""
    assert len(tracked) > 50
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in tracked.items()
        for match in pattern.finditer(text)
    ]
    assert found == [], f"{what} is named"


@pytest.mark.parametrize("name", ["report.txt", "dev.txt"])
def test_every_locked_package_has_its_hashes(name):
    lines = (REPOSITORY / "locks" / name).read_text(encoding="utf-8").splitlines()
    packages = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9._-]+==", line)]
    assert packages
    assert [lines[number] for number in packages if "--hash=sha256:" not in lines[number + 1]] == []


def test_the_places_of_the_contract_are_there():
    there = {path.name for path in REPOSITORY.iterdir()}
    assert {"runner", "migrations", "analysis", "tests", "examples", "docs"} <= there
    assert {"alembic.ini", "pyproject.toml", "Makefile", "README.md", "grid.yaml", ".ci"} <= there


def test_no_two_test_files_share_a_name_and_test_folders_are_no_packages():
    files = [path.name for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert len(files) == len(set(files)) > 10
    packages = [path.parent.name for path in (REPOSITORY / "tests").rglob("__init__.py")]
    assert packages == ["support"]
