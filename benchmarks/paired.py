"""Measuring side by side: every contender once in each round, in random order, so that drift meets all alike."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runner.display import console

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".bench"
"""On the disk of the checkout, as stores are; what is durable costs what it costs there."""


class Watch:
    """Shows how far a question is, on a terminal."""

    def __init__(self) -> None:
        self.messages = console.messages()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.messages,
            transient=True,
            disable=not self.messages.is_terminal,
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


def seconds_of(argv: Sequence[str | Path], folder: Path = ROOT, **environment: str) -> float:
    """Run a command whose output nobody reads and return what it took. Raises RuntimeError with what it said."""
    before = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=folder,
        env=surroundings(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - before
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))} ended with {done.returncode}: {done.stderr.strip()}")
    return taken


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment of what is measured: ours, but compiled modules may be kept, as they are by default."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | more


def tool(name: str) -> Path:
    """Return the path of a command of the environment that this runs in."""
    return Path(sys.executable).with_name(name)
