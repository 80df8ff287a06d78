"""Lock a host and a store for one run, and hold the settings of that run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.blocks import Trial
from runner.executors import Host
from runner.host.finding import Verdict
from runner.interrupt import Interrupt
from runner.outcome import Outcome
from runner.store.fitness import disk
from runner.store.lock import only_sweep
from runner.store.write import SweepInStore, Writer
from runner.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The user's settings for running trials."""

    rerun_noisy: int = 0
    """Maximum number of reruns of a disturbed trial."""
    max_failures: int | None = None
    """Number of failures after which to stop."""
    wait: bool = True
    """Whether to wait while another process measures on the host."""
    other_host: bool = False
    """Whether to continue a sweep that was begun on another host."""


@dataclass(frozen=True, slots=True)
class Session:
    """A locked host and store, with what a run needs besides."""

    path: Path
    host: Host
    note: Callable[[str], None]
    """Changes the description that processes waiting for the host show."""
    interrupt: Interrupt
    watch: Watch
    terms: Terms


@contextmanager
def session(
    path: Path, doing: str, *, host: Host, interrupt: Interrupt, watch: Watch, terms: Terms
) -> Iterator[Session]:
    """Lock the host and the store at `path`; processes that wait for the host show `doing`."""
    doing = f"{doing}, store {path.absolute()}"
    with host.reserved(doing, interrupt, watch.tell, wait=terms.wait) as note, only_sweep(path):
        if (room := disk(path)).verdict is Verdict.PROBLEM:
            watch.tell(f"{room}. `runner doctor` says what to do.")
        yield Session(path, host, note, interrupt, watch, terms)


@dataclass(frozen=True, slots=True)
class StoreJournal:
    """A `Journal` that writes to the store."""

    writer: Writer
    stored: SweepInStore

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        """Store the trial and return its number; `noisy` says in words what disturbed it."""
        return self.writer.record(
            self.stored,
            trial.case.key,
            outcome,
            warmup=trial.warmup,
            repeat=trial.repeat,
            position=trial.position,
            noisy=noisy,
        )
