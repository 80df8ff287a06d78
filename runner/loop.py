"""The loop of a sweep: run each trial of each block and record it. Its dependencies are passed in."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from runner.blocks import Block, Source, Trial
from runner.executors import Executor
from runner.history import Done
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.noise import Noise, judge
from runner.outcome import FAILURES, UNFINISHED, Outcome, Status
from runner.request import TrialRequest
from runner.store.identity import identity
from runner.watch import Watch

MOST_VOID_RERUNS = 3
"""How often a trial is run again by default because it was stopped or the machine slept."""


class Journal(Protocol):
    """Stores each trial durably as soon as it has ended."""

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        """Store the trial and return its number; `noisy` says in words what disturbed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The limits of the loop."""

    timeout_s: float
    """Of one trial."""
    rerun_noisy: int = 0
    """Maximum number of reruns of a disturbed trial."""
    max_failures: int | None = None
    """Number of failures after which the loop stops."""

    def reruns(self, noise: Noise) -> int:
        """Return the maximum number of reruns of a trial with that noise."""
        if noise.void:
            return max(self.rerun_noisy, MOST_VOID_RERUNS)
        return self.rerun_noisy if noise.reasons else 0


@dataclass(slots=True)
class Tally:
    """The trials of one run of the loop, counted by status."""

    statuses: Counter[Status] = field(default_factory=Counter)
    gave_up: bool = False
    """Whether the loop stopped because of `Rules.max_failures`."""
    complete: bool = False
    """Whether no trial is left to run."""

    def count(self, outcome: Outcome) -> None:
        """Count a trial."""
        self.statuses[outcome.status] += 1

    @property
    def finished(self) -> int:
        """Number of trials that have ended, with success or without, and will not be run again."""
        return sum(number for status, number in self.statuses.items() if status not in UNFINISHED)

    @property
    def failures(self) -> int:
        """Number of trials that failed, crashed or timed out."""
        return sum(self.statuses[status] for status in FAILURES)


@dataclass(frozen=True, slots=True)
class Loop:
    """Runs the trials of a sweep with an executor, records them in a journal, and reports to a watch."""

    request_of: Callable[[Case], TrialRequest]
    executor: Executor
    journal: Journal
    watch: Watch
    interrupt: Interrupt
    rules: Rules

    def run(self, source: Source) -> Tally:
        """Run the blocks of `source`, one trial at a time, until none is left, too many trials failed, or an interrupt.

        Raises StoreUnusable if a trial cannot be stored, and ExecutorBroken if none can be run; all earlier trials
        are in the store.
        """
        tally = Tally()
        for block in source:
            self._run_block(block, source, tally)
            if self._is_to_stop(tally):
                break
        tally.complete = next(iter(source), None) is None
        return tally

    def _run_block(self, block: Block, source: Source, tally: Tally) -> None:
        """Run the trials of a block, then the disturbed ones again: the disturbance may be over by then."""
        self.watch.enters(block, source.standing(block))
        queue = deque((trial, 0) for trial in block.trials)
        while queue and not self._is_to_stop(tally):
            trial, reruns = queue.popleft()
            outcome = self._run_trial(trial, reruns)
            tally.count(outcome)
            source.history.spend(trial.warmup, trial.repeat, outcome.elapsed_ns)
            if outcome.status is Status.DISTURBED:
                queue.append((trial, reruns + 1))
            elif outcome.status not in UNFINISHED:
                wall_ns = outcome.wall_ns if outcome.status is Status.OK else None
                source.history.add(trial.place, Done(wall_ns, identity(outcome.host.columns())))

    def _run_trial(self, trial: Trial, reruns: int) -> Outcome:
        self.watch.begins(trial)
        request = self.request_of(trial.case)
        outcome = self.executor.run(request, self.rules.timeout_s, self.interrupt, self.watch.tick)
        noise = judge(outcome, trial.case.workers)
        if outcome.status is Status.OK and not trial.warmup and reruns < self.rules.reruns(noise):
            outcome = replace(outcome, status=Status.DISTURBED, reason="another attempt takes its place")
        trial_id = self.journal.record(trial, outcome, noise.words)
        self.watch.ended(trial, outcome, trial_id)
        return outcome

    def _is_to_stop(self, tally: Tally) -> bool:
        most = self.rules.max_failures
        tally.gave_up = most is not None and tally.failures >= most
        return self.interrupt.requested or tally.gave_up
