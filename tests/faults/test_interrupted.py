"""Ctrl-C before a command has begun: while Python still imports what it needs."""

import os
import signal
from pathlib import Path

import pytest
from support.faults import slow
from support.stores import fill

INTERRUPTED = 130
GRID = "matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"

# Replaces a library: it sends Ctrl-C as if the user had pressed it while the library was being imported.
INTERRUPTED_LIBRARY = """
import os, signal, time
os.kill(os.getpid(), signal.SIGINT)
time.sleep({seconds})
raise ImportError("it went on")
"""


@pytest.fixture
def interrupted_while_importing(own_folder, tmp_path, grid_file, monkeypatch):
    """Make Ctrl-C arrive during the import of a library."""

    def at(library: str, seconds: int = 600) -> None:
        (tmp_path / "path").mkdir()
        (tmp_path / "path" / f"{library}.py").write_text(INTERRUPTED_LIBRARY.format(seconds=seconds))
        before = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "path"), *before]))

    grid_file(GRID)
    fill(Path("runs.db"))
    return at


@pytest.mark.parametrize(
    ("library", "words", "module"),
    [
        ("typer", ["list"], "runner"),
        ("typer", ["report"], "analysis"),
        ("pandas", ["report"], "runner"),
        pytest.param("typer", ["sweep", "--matrix", "grid.yaml"], "runner", marks=slow),
        pytest.param("pydantic", ["list"], "runner", marks=slow),
        ("rich", ["list"], "runner"),
        pytest.param("matplotlib", ["report"], "analysis", marks=slow),
        pytest.param("yaml", ["plan", "--matrix", "grid.yaml"], "runner", marks=slow),
        pytest.param("sqlalchemy", ["sweep", "--matrix", "grid.yaml"], "runner", marks=slow),
    ],
)
def test_ends_with_one_word_and_the_documented_exit_code(interrupted_while_importing, program, library, words, module):
    interrupted_while_importing(library)
    result = program(*words, module=module)
    assert (result.code, result.out, result.err) == (INTERRUPTED, "", f"{module}: Interrupted.\n")


def test_is_ignored_if_the_process_that_started_it_ignores_it(interrupted_while_importing, program):
    """`nohup` and a shell's background jobs start programs like this."""
    interrupted_while_importing("typer", seconds=0)
    result = program("list", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert (result.code, result.err) == (2, "runner: cannot go on: it went on\n")
