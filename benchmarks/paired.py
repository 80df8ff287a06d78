"""Measuring side by side: every contender once in each round, in random order, so that drift meets all alike."""

import json
import math
import os
import pty
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runner.display import console
from runner.host.lock import VARIABLE, only_measurement
from runner.interrupt import Interrupt

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".bench"
"""On the disk of the checkout, as stores are; what is durable costs what it costs there."""


class Watch:
    """Shows how far a question is, on a terminal."""

    def __init__(self) -> None:
        messages = console.messages()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=messages,
            transient=True,
            disable=not messages.is_terminal,
            auto_refresh=False,  # a thread that draws would disturb what is measured
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> "Watch":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begins(self, name: str, steps: int) -> None:
        """Say what is measured from now on, in how many steps."""
        self._progress.reset(self._task, description=name, total=steps)
        self._progress.refresh()

    def step(self) -> None:
        """One step is done."""
        self._progress.advance(self._task)
        self._progress.refresh()


class Stopwatch:
    """Times a `with` block: `seconds` is what it took."""

    seconds = math.nan

    def __enter__(self) -> "Stopwatch":
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._begun


def rounds(
    contenders: Mapping[str, Callable[[], float]], number: int, watch: Watch, name: str, seed: int = 7
) -> dict[str, list[float]]:
    """Return what each contender gave in each round."""
    chance = random.Random(seed)  # noqa: S311 - an order
    found: dict[str, list[float]] = {one: [] for one in contenders}
    watch.begins(name, number)
    for _ in range(number):
        for one in chance.sample(list(contenders), len(contenders)):
            found[one].append(contenders[one]())
        watch.step()
    return found


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
    """Run a command on a terminal of its own that somebody reads, and wait for its end."""
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


def forget_settings() -> None:
    """Take the interpreter's settings out of the environment: what is measured runs as it does by default."""
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]


@contextmanager
def host_to_oneself() -> Iterator[None]:
    """Hold the host's lock, after waiting for it; the commands that are measured take one of their own instead."""
    with ExitStack() as held:
        with Interrupt() as interrupt:
            held.enter_context(only_measurement("benchmarks", interrupt, console.messages().print, wait=True))
        SCRATCH.mkdir(exist_ok=True)
        os.environ[VARIABLE] = str(SCRATCH / "host.lock")
        yield


def tool(name: str) -> Path:
    """Return the path of a command of the environment that this runs in."""
    return Path(sys.executable).with_name(name)


def fresh_folder(name: str) -> Path:
    """Return an empty folder on the checkout's disk."""
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def sweep_of(folder: Path, matrix: Mapping[str, object], repeats: int) -> list[str | Path]:
    """Write the matrix as a grid without warm-up and return the command that sweeps it into the folder's store."""
    grid = folder / f"grid{repeats}.yaml"
    grid.write_text(json.dumps({"matrix": matrix, "repeats": repeats, "warmup": 0}))
    return [tool("runner"), "sweep", "--matrix", grid, "--store", folder / "runs.db"]
