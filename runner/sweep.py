"""The loop: execute each planned trial, record it, go on. What it needs is handed in."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol

from runner.executors import Executor, Request
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.noise import Noise, judge
from runner.outcome import FAILURES, UNFINISHED, Outcome, Status
from runner.plan import Trial

MOST_VOID_RERUNS = 3
"""How often a trial is run again, without being asked for, because it was stopped or the machine slept."""


class Journal(Protocol):
    """Keeps each trial durably, the moment it has ended."""

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        """Store the trial with what disturbed it, in words, and return its number."""


class Watch(Protocol):
    """Is told how the sweep goes on, and shows it."""

    def begins(self, trial: Trial) -> None:
        """A trial is about to start."""

    def tick(self) -> None:
        """Time passes; a trial is running, so this must cost next to nothing."""

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        """A trial has ended and is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the loop goes by."""

    timeout_s: float
    """For one trial."""
    usable_cpus: int
    rerun_noisy: int = 0
    """How often a disturbed trial is run again, at most."""
    max_failures: int | None = None
    """After how many failures the loop stops."""

    def reruns(self, noise: Noise) -> int:
        """Return how often a trial with that noise may be run again, at most."""
        if noise.void:
            return max(self.rerun_noisy, MOST_VOID_RERUNS)
        return self.rerun_noisy if noise.reasons else 0


@dataclass(slots=True)
class Tally:
    """What came of the trials of one run of the loop."""

    statuses: Counter[Status] = field(default_factory=Counter)
    gave_up: bool = False
    """Whether it stopped because of `Rules.max_failures`."""

    @property
    def finished(self) -> int:
        """Trials that came to an end, whatever end, and will not be run again."""
        return sum(number for status, number in self.statuses.items() if status not in UNFINISHED)

    @property
    def failures(self) -> int:
        """Trials that came to an end other than the one that counts."""
        return sum(self.statuses[status] for status in FAILURES)


def run(
    trials: Iterable[Trial],
    request_of: Callable[[Case], Request],
    executor: Executor,
    journal: Journal,
    watch: Watch,
    interrupt: Interrupt,
    rules: Rules,
) -> Tally:
    """Run `trials` in their order, one at a time, until they are done, there were too many failures or an interrupt.

    A disturbed trial that may be run again is, when its block is through: what disturbed it may be over by then.

    Raises StoreUnusable when a trial cannot be stored, and ExecutorBroken when none can be run; every trial before it
    is in the store.
    """
    tally = Tally()
    again: list[tuple[Trial, int]] = []
    for trial, reruns in _with_reruns(trials, again):
        if interrupt.requested or tally.gave_up:
            break
        watch.begins(trial)
        outcome = executor.run(request_of(trial.case), rules.timeout_s, interrupt, watch.tick)
        noise = judge(outcome, trial.case.workers, rules.usable_cpus)
        if outcome.status is Status.OK and not trial.warmup and reruns < rules.reruns(noise):
            outcome = replace(outcome, status=Status.DISTURBED, reason="another attempt takes its place")
            again.append((trial, reruns + 1))
        trial_id = journal.record(trial, outcome, noise.words)
        tally.statuses[outcome.status] += 1
        tally.gave_up = rules.max_failures is not None and tally.failures >= rules.max_failures
        watch.ended(trial, outcome, trial_id)
    return tally


def _with_reruns(trials: Iterable[Trial], again: list[tuple[Trial, int]]) -> Iterator[tuple[Trial, int]]:
    """Yield each trial with how often it was run again, and after each block what is in `again` by then."""
    for _, block in groupby(trials, key=lambda trial: (trial.warmup, trial.repeat)):
        yield from ((trial, 0) for trial in block)
        while again:
            yield again.pop(0)
