"""The wheel, installed where there is no checkout, does the whole job."""

import csv
import io
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from runner import __version__

REPOSITORY = Path(__file__).parents[1]
NEEDED_ONLY_FOR_FIGURES = {"jinja2", "matplotlib", "pandas", "pillow", "scipy", "seaborn"}
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RUNNER_"))}
QUICK = "matrix: {workload: [cpu_bound, io_bound], NUM: 1_000, TIME: 0.001, workers: 2}\nrepeats: 1\nwarmup: 0\n"

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment that sees our dependencies and not our checkout; return its `bin`."""
    root = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root], check=True, timeout=120)
    python = root / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel],
        env=CLEAN,
        check=True,
        timeout=120,
    )
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(asked, env=CLEAN, capture_output=True, text=True, check=True).stdout.strip())
    # A folder named in a .pth file is added at the end of the path, and the .pth files in it (including that of our
    # editable installation) are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return root / "bin"


@pytest.fixture
def installed(bin_folder: Path, own_folder: Path) -> Callable[..., str]:
    """Run a command of the fresh environment in the empty folder of the test; return what it printed."""

    def run(command: str, *words: str) -> str:
        result = subprocess.run(
            [bin_folder / command, *words], env=CLEAN, capture_output=True, text=True, timeout=120, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


class TestTheWheel:
    @pytest.mark.parametrize("folder", ["runner", "analysis"])
    def test_has_every_module_of_the_packages(self, names, folder):
        modules = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / folder).rglob("*.py")}
        assert modules <= set(names)
        assert {"runner/harness/__main__.py", "runner/harness/workloads/__init__.py"} <= set(names)

    def test_has_the_migrations_inside_the_package(self, names):
        migrations = [path.relative_to(REPOSITORY) for path in (REPOSITORY / "migrations").rglob("*.py")]
        assert len(migrations) > 1
        assert {f"runner/{path}" for path in migrations} <= set(names)
        assert "runner/migrations/env.py" in names

    def test_has_nothing_else(self, names):
        assert {name.split("/")[0] for name in names} == {
            "runner",
            "analysis",
            f"concurrency_runner-{__version__}.dist-info",
        }
        tests = re.compile(r"(^|/)(tests?/|test_|conftest)")
        assert [name for name in names if tests.search(name) or name.endswith((".pyc", ".db", ".yaml"))] == []

    def test_has_a_licence_and_the_command(self, wheel, names):
        assert any(name.endswith("/LICENSE") for name in names)
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (name for name in names if name.endswith("entry_points.txt"))
            assert "runner = runner.__main__:main" in archive.read(name).decode()

    def test_needs_the_libraries_of_figures_only_for_figures(self, metadata):
        needed = {}
        for requirement in metadata.get_all("Requires-Dist"):
            name = re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower()
            needed[name] = requirement.partition(";")[2].replace('"', "'").strip()
        assert {name for name, marker in needed.items() if "extra == 'report'" in marker} == NEEDED_ONLY_FOR_FIGURES
        assert {name for name, marker in needed.items() if not marker} == {
            "alembic",
            "pydantic",
            "pyyaml",
            "rich",
            "sqlalchemy",
            "typer",
        }
        assert {name for name, marker in needed.items() if "extra == 'parquet'" in marker} == {"pyarrow"}
        assert sorted(metadata.get_all("Provides-Extra")) == ["parquet", "report"]

    def test_says_what_it_is(self, metadata):
        assert (metadata["Name"], metadata["Version"]) == ("concurrency-runner", __version__)
        assert metadata["Requires-Python"] == ">=3.11"
        assert metadata["License-Expression"] == "MIT"


@pytest.mark.slow
class TestInstalled:
    def test_it_is_the_wheel_that_runs_and_not_the_checkout(self, installed, bin_folder):
        script = "import runner, analysis, sys; print(runner.__file__, analysis.__file__, *sys.path, sep='\\n')"
        *files, path = installed("python", "-c", script).split("\n", 2)
        assert all(Path(file).is_relative_to(bin_folder.parent) for file in files)
        assert str(REPOSITORY) not in path.splitlines()
        assert installed("runner", "--version").split()[-1] == __version__

    def test_it_goes_from_a_starter_grid_to_an_answer_in_sql(self, installed, own_folder):
        installed("runner", "init", "starter.yaml")
        assert "Expected duration" in installed("runner", "plan", "--matrix", "starter.yaml")
        (own_folder / "grid.yaml").write_text(QUICK, encoding="utf-8")
        assert "speedup" in installed("runner", "sweep", "--matrix", "grid.yaml")
        assert installed("runner", "list", "--quiet") == "1\n"
        printed = installed("runner", "query", "SELECT mode, status FROM v_trials ORDER BY mode", "--format", "csv")
        header, *lines = csv.reader(io.StringIO(printed))
        assert header == ["mode", "status"]
        assert lines == [[mode, "ok"] for mode in ("multiprocessing", "sequential", "threading") for _ in range(2)]

    def test_it_draws_the_figures(self, installed, own_folder):
        (own_folder / "grid.yaml").write_text(QUICK, encoding="utf-8")
        installed("runner", "sweep", "--matrix", "grid.yaml", "--quiet")
        *_, page = installed("python", "-m", "analysis", "report", "--format", "svg").splitlines()
        assert Path(page).stat().st_size > 100
        assert len(list(own_folder.glob("reports/1-grid/*.svg"))) == 7
        assert "The study" in (own_folder / "reports" / "1-grid" / "report.html").read_text(encoding="utf-8")
