"""Command lines run in this process, many a second; what they print is caught where it leaves the process."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.__main__ import main
from support.helpers import PATIENCE_S, Finished

NOTHING = Path(os.devnull)
STREAMS = {1: "stdout", 2: "stderr"}


def run_here(*words: str, program: str = "runner", main: Callable[[], None] = main) -> Finished:
    """Run a command line through a program's entry point. Uncaught exceptions are raised; a hang is a failure."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    on_alarm = signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"{words} takes longer than {PATIENCE_S} s"))
    signal.alarm(PATIENCE_S)
    try:
        with pytest.MonkeyPatch.context() as patch, NOTHING.open() as nothing, _caught(1) as out, _caught(2) as err:
            patch.setattr(sys, "argv", [program, *words])
            patch.setattr(sys.modules["__main__"], "__package__", None)  # else usage says: python -m pytest.runner
            patch.setattr(sys, "stdin", nothing)
            code = _run(main)
            finished = Finished(code, *(os.pread(file, 1 << 30, 0).decode("utf-8", "replace") for file in (out, err)))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, on_alarm)
        signal.signal(signal.SIGINT, on_interrupt)
    assert "Traceback" not in finished.err, finished.err
    return finished


def _run(main: Callable[[], None]) -> int:
    try:
        with pytest.raises(SystemExit) as end:
            main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return int(end.value.code or 0)


@contextmanager
def _caught(descriptor: int) -> Iterator[int]:
    """Redirect `descriptor` to a file, and yield the file."""
    stream, original = getattr(sys, STREAMS[descriptor]), os.dup(descriptor)
    with tempfile.TemporaryFile() as file, open(descriptor, "w", encoding="utf-8", closefd=False) as own:
        os.dup2(file.fileno(), descriptor)
        setattr(sys, STREAMS[descriptor], own)
        try:
            yield file.fileno()
        finally:
            setattr(sys, STREAMS[descriptor], stream)
            os.dup2(original, descriptor)
            os.close(original)


@contextmanager
def folder_like(made: Path) -> Iterator[Path]:
    """Work in a copy of a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = shutil.copytree(made, Path(temporary) / "work", symlinks=True)
        before = Path.cwd()
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)
