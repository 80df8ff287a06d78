"""The harness is compiled for an interpreter when that is first asked what it is, and not again."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.executors.local import HARNESS, LocalExecutor
from runner.interrupt import Interrupt


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the harness that nobody has compiled, for a Python that is told to write no bytecode."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return shutil.copytree(HARNESS, tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__"))


def compiled(folder: Path) -> dict[str, int]:
    """Return when each module below the folder was compiled, by its name."""
    found = {}
    for file in folder.rglob("*.pyc"):
        name = file.relative_to(folder).with_name(file.name.partition(".")[0] + ".py")
        found[str(name).replace("__pycache__/", "")] = file.stat().st_mtime_ns
    return found


def probe(folder: Path) -> None:
    with LocalExecutor(harness=folder) as executor, Interrupt() as interrupt:
        executor.probe(interrupt)


def compiler(folder: Path) -> Callable[[], None]:
    """Return what compiles this copy for the interpreter of the tests."""
    spec = importlib.util.spec_from_file_location("compiled_in_a_copy", folder / "compiled.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    compile_harness: Callable[[], None] = module.compile_harness
    return compile_harness


def sources(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*.py")}


def test_a_probe_compiles_all_of_it_even_where_python_is_told_not_to(harness: Path) -> None:
    assert compiled(harness) == {}
    probe(harness)
    assert set(compiled(harness)) == sources(harness)


def test_it_is_compiled_to_where_python_keeps_bytecode(
    harness: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / "bytecode"
    monkeypatch.setattr(sys, "pycache_prefix", str(prefix))
    compiler(harness)()
    assert compiled(harness) == {}
    assert set(compiled(prefix / harness.relative_to("/"))) == sources(harness)


@pytest.mark.slow  # because all of the standard library that a probe needs is compiled anew, too
def test_a_probe_compiles_it_to_where_the_environment_says(
    harness: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / "bytecode"
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(prefix))
    probe(harness)
    assert compiled(harness) == {}
    assert set(compiled(prefix / harness.relative_to("/"))) == sources(harness)


def test_what_is_compiled_is_left_alone_and_what_has_changed_is_compiled_anew(harness: Path) -> None:
    compile_harness = compiler(harness)
    compile_harness()
    before = compiled(harness)
    assert set(before) == sources(harness)
    later = (harness / "gate.py").stat().st_mtime + 10
    os.utime(harness / "gate.py", (later, later))
    compile_harness()
    changed = {name for name, moment in compiled(harness).items() if moment != before[name]}
    assert changed == {"gate.py"}


def test_where_nothing_can_be_written_it_is_left_as_it_is_without_a_word(
    harness: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (harness / "__pycache__").write_text("in the way, also for root")
    compiler(harness)()
    monkeypatch.setattr(sys, "pycache_prefix", "/dev/null/nowhere")
    compiler(harness)()
    assert {Path(name).parent.name for name in compiled(harness)} == {"workloads"}
    assert capfd.readouterr() == ("", "")
