"""How a run of the benchmarks ends: what was found, or one message and an exit code."""

import sqlite3
from contextlib import nullcontext
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.result import Aim, Result
from runner.errors import ExecutorBroken, Interrupted, StoreUnusable
from runner.numbers.medians import Estimate


@pytest.fixture
def answer(monkeypatch, capsys):
    """Ask one question, which finds a value or raises an error, and return the exit code and the output."""

    def ask(found):
        def question(bench):
            if isinstance(found, BaseException):
                raise found
            yield Result(1, "what it costs", Estimate(found), aim=Aim(high=1))

        monkeypatch.setattr(command, "QUESTIONS", {1: question})
        return command.main(), *capsys.readouterr()

    monkeypatch.setattr(command, "forget_settings", lambda: None)  # they are the tests' own here
    monkeypatch.setattr(command, "host_to_oneself", nullcontext)
    monkeypatch.setattr(command, "FOUND", Path("found"))
    monkeypatch.setattr(command.document, "write", lambda answers: command.ROOT / "page")
    monkeypatch.setattr("sys.argv", ["benchmarks", "--only", "1"])
    return ask


@pytest.mark.parametrize(("found", "code", "verdict"), [(0.5, 0, "holds"), (1.5, 1, "missed")])
def test_a_run_ends_with_whether_the_aims_hold(answer, found, code, verdict):
    ended, out, _ = answer(found)
    assert (ended, out.splitlines()[-1]) == (code, f"Aims: 1 {verdict}")


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (OSError(28, "No space left on device", "runs.db"), 2, "cannot go on: [Errno 28] No space left on device: 'ru"),
        (ExecutorBroken("no interpreter"), 2, "no interpreter"),
        (RuntimeError("runner sweep ended with 1"), 2, "runner sweep ended with 1"),
        (StoreUnusable("runs.db: the disk is full."), 3, "runs.db: the disk is full."),
        (sqlite3.OperationalError("disk I/O error"), 3, "a store of the benchmarks says: disk I/O error"),
        (Interrupted("nothing was run."), 130, "nothing was run."),
        (KeyboardInterrupt(), 130, "interrupted. `make bench` goes on"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_stops_a_run_is_one_message_and_an_exit_code(answer, error, code, told):
    ended, _, err = answer(error)
    assert (ended, err.count("\n")) == (code, 1)
    assert err.startswith(f"benchmarks: {told}")


@pytest.mark.parametrize(("found", "code"), [(1.5, 0), (TypeError("no such field"), 1)])
def test_a_smoke_run_ends_with_whether_all_started_whatever_was_found(answer, monkeypatch, found, code):
    monkeypatch.setattr("sys.argv", ["benchmarks", "--smoke", "--only", "1"])
    ended, out, _ = answer(found)
    assert (ended, out.count("\n")) == (code, 1)
    assert not Path("found").exists()


def test_a_folder_that_cannot_be_written_is_told_in_a_message(answer, monkeypatch):
    Path("a file").touch()
    monkeypatch.setattr(command, "FOUND", Path("a file") / "found")
    ended, _, err = answer(0.5)
    assert (ended, err.count("\n")) == (2, 1)
    assert "a file" in err
