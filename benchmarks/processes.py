"""The commands that are measured, and how they are run: in silence, or on a terminal."""

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.bench import ROOT
from benchmarks.paired import Stopwatch


def tool(name: str) -> Path:
    """Return the path of a command of the environment that this runs in."""
    return Path(sys.executable).with_name(name)


def sweep_of(folder: Path, matrix: Mapping[str, object], repeats: int) -> list[str | Path]:
    """Write the matrix as a grid without warm-up and return the command that sweeps it into the folder's store."""
    grid = folder / f"grid{repeats}.yaml"
    grid.write_text(json.dumps({"matrix": matrix, "repeats": repeats, "warmup": 0}))
    return [tool("runner"), "sweep", "--matrix", grid, "--store", folder / "runs.db"]


def seconds_of(argv: Sequence[str | Path], folder: Path = ROOT) -> float:
    """Run a command whose output nobody reads and return what it took. Raises RuntimeError with what it said."""
    words = [str(word) for word in argv]
    with Stopwatch() as taken:
        done = subprocess.run(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return taken.seconds


@contextmanager
def in_terminal(argv: Sequence[str | Path]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command on a terminal of its own whose output is read, and wait for its end."""
    ours, theirs = pty.openpty()
    reader = threading.Thread(target=_read_all, args=(ours,), daemon=True)
    words = [str(word) for word in argv]
    try:
        with subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"}
        ) as process:
            os.close(theirs)
            reader.start()
            yield process
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
        reader.join()
    finally:
        os.close(ours)


def _read_all(terminal: int) -> None:
    with suppress(OSError):  # the other side is closed
        while os.read(terminal, 65536):
            pass
