"""What every question gets: the scale of the measurement, a folder to work in, and a progress display."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runner.display import console
from runner.host.lock import VARIABLE, only_measurement
from runner.signals import interruptible

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".bench"
"""On the disk of the checkout, as stores are: a durable commit takes as long as it takes there."""
Size = TypeVar("Size")


class Scale(StrEnum):
    """How much is measured."""

    FULL = "full"
    QUICK = "quick"
    """Enough for a first look."""
    SMOKE = "smoke"
    """The least that starts everything. Its times say nothing."""

    def pick(self, *, full: Size, smoke: Size, quick: Size | None = None) -> Size:
        """Return the size for this scale; `quick` is as full by default."""
        sizes = {Scale.FULL: full, Scale.QUICK: full if quick is None else quick, Scale.SMOKE: smoke}
        return sizes[self]


class Watch:
    """Shows the progress of a question, on a terminal."""

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
        """Name what is measured from now on, and the number of its steps."""
        self._progress.reset(self._task, description=name, total=steps)
        self._progress.refresh()

    def step(self) -> None:
        """One step is done."""
        self._progress.advance(self._task)
        self._progress.refresh()


@dataclass(frozen=True, slots=True)
class Bench:
    """What every question gets."""

    scale: Scale
    watch: Watch
    scratch: Path = SCRATCH
    """The folder for stores and programs that are measured."""

    def fresh_folder(self, name: str) -> Path:
        """Return an empty folder of that name in `scratch`."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def forget_settings() -> None:
    """Remove the interpreter's settings from the environment: what is measured runs as it does by default."""
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]


@contextmanager
def host_to_oneself(scratch: Path = SCRATCH) -> Iterator[None]:
    """Hold the host's lock, after waiting for it; the commands that are measured take one in `scratch` instead."""
    with ExitStack() as held:
        with interruptible() as interrupt:
            held.enter_context(only_measurement("benchmarks", interrupt, console.messages().print, wait=True))
        scratch.mkdir(exist_ok=True)
        os.environ[VARIABLE] = str(scratch / "host.lock")
        yield
