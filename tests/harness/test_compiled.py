"""The harness is compiled for an interpreter when that is first asked what it is, and not again."""

import os
import shutil
from pathlib import Path

import pytest

from runner.executors.local import HARNESS, LocalExecutor


@pytest.fixture
def harness(tmp_path: Path) -> Path:
    folder = tmp_path / "harness"
    shutil.copytree(HARNESS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def compiled(folder: Path) -> dict[str, int]:
    """Return when each module below the folder was compiled, by its name."""
    found = {}
    for file in folder.rglob("*.pyc"):
        name = file.relative_to(folder).with_name(file.name.partition(".")[0] + ".py")
        found[str(name).replace("__pycache__/", "")] = file.stat().st_mtime_ns
    return found


def probe(folder: Path) -> None:
    with LocalExecutor(harness=folder) as executor:
        executor.ask({"kind": "probe"})


def sources(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*.py")}


def test_a_probe_compiles_all_of_it_even_where_python_is_told_not_to(
    harness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert compiled(harness) == {}
    probe(harness)
    assert set(compiled(harness)) == sources(harness)


def test_what_is_compiled_is_left_alone_and_what_has_changed_is_compiled_anew(
    harness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    probe(harness)
    before = compiled(harness)
    later = (harness / "gate.py").stat().st_mtime + 10
    os.utime(harness / "gate.py", (later, later))
    probe(harness)
    changed = {name for name, moment in compiled(harness).items() if moment != before[name]}
    assert changed == {"gate.py"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_folder_that_may_not_be_written_to_is_left_as_it_is(harness: Path) -> None:
    for folder in (harness, harness / "workloads"):
        folder.chmod(0o500)
    probe(harness)
    assert compiled(harness) == {}
