"""A host and a store to oneself, on the user's terms."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.blocks import Trial
from runner.executors import Host
from runner.interrupt import Interrupt
from runner.outcome import Outcome
from runner.store.lock import only_sweep
from runner.store.write import SweepInStore, Writer
from runner.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms the user wants trials to be run."""

    rerun_noisy: int = 0
    """How often a disturbed trial is run again, at most."""
    max_failures: int | None = None
    """After how many failures to stop."""
    wait: bool = True
    """For the host, while another measures there."""


@dataclass(frozen=True, slots=True)
class Session:
    """A host and a store to oneself."""

    path: Path
    host: Host
    note: Callable[[str], None]
    """Changes what those can read who wait for the host."""
    interrupt: Interrupt
    watch: Watch
    terms: Terms


@contextmanager
def session(
    path: Path, doing: str, *, host: Host, interrupt: Interrupt, watch: Watch, terms: Terms
) -> Iterator[Session]:
    """Lock the host and the store at `path`; those who wait for the host are shown `doing`."""
    doing = f"{doing}, store {path.absolute()}"
    with host.reserved(doing, interrupt, watch.tell, wait=terms.wait) as note, only_sweep(path):
        yield Session(path, host, note, interrupt, watch, terms)


@dataclass(frozen=True, slots=True)
class StoreJournal:
    """A `Journal` that writes to the store."""

    writer: Writer
    stored: SweepInStore

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        """Store the trial with what disturbed it, in words, and return its number."""
        return self.writer.record(
            self.stored,
            trial.case.key,
            outcome,
            warmup=trial.warmup,
            repeat=trial.repeat,
            position=trial.position,
            noisy=noisy,
        )
