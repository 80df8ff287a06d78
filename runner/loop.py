"""The loop of a sweep: run each trial of each block, record it, go on. What it needs is handed in."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from runner.blocks import Block, Source, Trial
from runner.executors import Executor
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.noise import Noise, judge
from runner.outcome import FAILURES, UNFINISHED, Outcome, Status
from runner.request import TrialRequest
from runner.watch import Watch

MOST_VOID_RERUNS = 3
"""How often a trial is run again, without being asked for, because it was stopped or the machine slept."""


class Journal(Protocol):
    """Keeps each trial durably, the moment it has ended."""

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        """Store the trial with what disturbed it, in words, and return its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the loop goes by."""

    timeout_s: float
    """For one trial."""
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
    complete: bool = False
    """Whether no trial is left to run."""

    def count(self, outcome: Outcome) -> None:
        """Note how a trial ended."""
        self.statuses[outcome.status] += 1

    @property
    def finished(self) -> int:
        """Trials that came to an end, whatever end, and will not be run again."""
        return sum(number for status, number in self.statuses.items() if status not in UNFINISHED)

    @property
    def failures(self) -> int:
        """Trials that came to an end other than the one that counts."""
        return sum(self.statuses[status] for status in FAILURES)


@dataclass(frozen=True, slots=True)
class Loop:
    """What it takes to run trials: who runs them, who keeps them, who is told, who may stop it."""

    request_of: Callable[[Case], TrialRequest]
    executor: Executor
    journal: Journal
    watch: Watch
    interrupt: Interrupt
    rules: Rules

    def run(self, source: Source) -> Tally:
        """Run the blocks of `source`, one trial at a time, until there is none left, too many failed, or an interrupt.

        Raises StoreUnusable when a trial cannot be stored, and ExecutorBroken when none can be run; every trial before
        it is in the store.
        """
        tally = Tally()
        for block in source:
            self._run_block(block, source, tally)
            if self._is_to_stop(tally):
                break
        tally.complete = next(iter(source), None) is None
        return tally

    def _run_block(self, block: Block, source: Source, tally: Tally) -> None:
        """Run the trials of a block, and then those again that were disturbed: what disturbed them may be over."""
        queue = deque((trial, 0) for trial in block.trials)
        while queue and not self._is_to_stop(tally):
            trial, reruns = queue.popleft()
            outcome = self._run_trial(trial, reruns)
            tally.count(outcome)
            if outcome.status is Status.DISTURBED:
                queue.append((trial, reruns + 1))
            elif outcome.status not in UNFINISHED:
                source.history[trial.place] = outcome.wall_ns if outcome.status is Status.OK else None

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
