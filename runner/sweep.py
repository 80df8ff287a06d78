"""The loop: execute each planned trial, record it, go on. What it needs is handed in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from runner.executors import Executor
from runner.interrupt import Interrupt
from runner.outcome import UNFINISHED, Outcome, Status
from runner.plan import Trial


class Journal(Protocol):
    """Keeps each trial durably, the moment it has ended."""

    def record(self, trial: Trial, outcome: Outcome) -> int:
        """Store the trial and return its number."""


class Watch(Protocol):
    """Is told how the sweep goes on, and shows it."""

    def begins(self, trial: Trial) -> None:
        """A trial is about to start."""

    def tick(self) -> None:
        """Time passes; a trial is running, so this must cost next to nothing."""

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        """A trial has ended and is stored."""


@dataclass(slots=True)
class Tally:
    """What came of the trials of one run of the loop."""

    statuses: Counter[Status] = field(default_factory=Counter)

    @property
    def finished(self) -> int:
        """Trials that came to an end, whatever end, and will not be run again."""
        return sum(number for status, number in self.statuses.items() if status not in UNFINISHED)


def run(
    trials: Iterable[Trial],
    executor: Executor,
    journal: Journal,
    watch: Watch,
    interrupt: Interrupt,
    timeout_s: float,
) -> Tally:
    """Run `trials` in their order, one at a time, until they are done or the user interrupts.

    Raises StoreUnusable when a trial cannot be stored, and ExecutorBroken when none can be run; every trial before it
    is in the store.
    """
    tally = Tally()
    for trial in trials:
        if interrupt.requested:
            break
        watch.begins(trial)
        outcome = executor.run(trial.case.request(), timeout_s, interrupt, watch.tick)
        trial_id = journal.record(trial, outcome)
        tally.statuses[outcome.status] += 1
        watch.ended(trial, outcome, trial_id)
    return tally
