"""Show the progress of a sweep on stderr. The loop itself draws it: a thread could disturb a trial."""

import time
from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from runner.blocks import Block, Trial
from runner.display.goals import goal_words
from runner.display.study_log import lines
from runner.estimate import Expectation
from runner.goals import Standing
from runner.matrix.case import Case
from runner.outcome import FAILURES, Outcome, Status
from runner.units import clock, count
from runner.visible import on_one_line

SECONDS_BETWEEN_DRAWINGS = 1.0
SECONDS_BETWEEN_LINES = 60.0
"""Without a terminal, so that a log shows that the sweep goes on."""
WIDE = 120
"""Columns of a terminal in which there is room for both a goal and the case that runs."""


class ProgressWatch:
    """A `Watch` with a bar: trials done, the case under way, elapsed and remaining time.

    Prints messages, except if `quiet`. The bar is drawn only on a terminal; elsewhere a line is printed each minute.
    With `verbose`, each trial is printed in the format of the study.
    """

    def __init__(self, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._verbose = verbose
        self._expectation = Expectation({})
        self._left: Counter[Case] = Counter()
        self._began = self._drawn = self._entered = time.monotonic()
        self._standing: Standing | None = None
        self._doing, self._done = "", 0
        self._progress = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[times]}", markup=False),
            TextColumn("{task.description}", markup=False),
            console=console,
            auto_refresh=False,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task("", times="")

    def tell(self, message: str) -> None:
        """Print a message."""
        if not self._quiet:
            self._console.print(message, soft_wrap=True)

    def starts(self, left: Counter[Case], known_ns: Mapping[str, float]) -> None:
        """Show the bar, for the trials that are left."""
        self._left, self._expectation = left, Expectation(known_ns)
        self._began = self._drawn = time.monotonic()
        self._progress.update(self._task, total=left.total())
        self._progress.start()

    def stops(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def enters(self, block: Block, standing: Standing | None) -> None:
        """Take off the trials of cases that are settled, and show how far the sweep is from its goal."""
        if standing is None:
            return
        self._left = Counter(trial.case for trial in block.trials)
        for case in block.cases:
            self._left[case] += max(standing.blocks - block.number, 0)
        self._progress.update(self._task, total=self._progress.tasks[0].completed + self._left.total())
        self._standing, self._entered = standing, time.monotonic()

    def begins(self, trial: Trial) -> None:
        """Show the case that runs now."""
        self._doing = on_one_line(f"{'warm-up: ' * trial.warmup}{trial.case}")
        # A narrow terminal shows the goal rather than half of both.
        narrow = self._standing is not None and self._console.width < WIDE
        self._progress.update(self._task, description="" if narrow else self._doing)
        self.tick()

    def tick(self) -> None:
        """Draw the bar, at most once a second, or print a line, at most once a minute."""
        now = time.monotonic()
        has_bar = self._console.is_terminal
        if self._quiet or now - self._drawn < (SECONDS_BETWEEN_DRAWINGS if has_bar else SECONDS_BETWEEN_LINES):
            return
        self._drawn = now
        if has_bar:
            self._progress.update(self._task, times=self._times(now))
            self._progress.refresh()
        else:
            of = f"{self._done} of {count(self._done + self._left.total(), 'trial')}"
            self._console.print(f"{of}, {self._times(now)}: {self._doing}", soft_wrap=True)

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        """Count the trial, and print it at once if it did not succeed."""
        if outcome.status is Status.OK:
            self._expectation.learn(trial.case, outcome.elapsed_ns)
        if outcome.status is not Status.DISTURBED:  # it will be run again
            self._left[trial.case] -= 1
            self._done += 1
            self._progress.update(self._task, advance=1)
        if self._verbose:
            self._log(trial.case, outcome, trial_id)
        elif outcome.status in FAILURES and not self._progress.disable:
            ended = f"trial {trial_id}, {trial.case}: {outcome.status}: {outcome.reason}"
            self._console.print(on_one_line(ended), style="red")

    def _times(self, now: float) -> str:
        remaining_ns = self._expectation.total_ns(self._left.items())
        remaining = "?" if remaining_ns is None else clock(remaining_ns / 1e9)
        if self._standing is None:
            return f"{clock(now - self._began)} elapsed, {remaining} left"
        left_ns = self._standing.left_ns
        budget = [] if left_ns is None else [f"budget {clock(max(left_ns / 1e9 - (now - self._entered), 0))}"]
        return ", ".join([f"{remaining} left", *budget, *goal_words(self._standing)])

    def _log(self, case: Case, outcome: Outcome, trial_id: int) -> None:
        self._console.print(on_one_line(f"trial {trial_id}: {case}"), soft_wrap=True)
        wall_s = None if outcome.wall_ns is None else outcome.wall_ns / 1e9
        for line in lines(case.workload, outcome.timings, wall_s, outcome.status, outcome.reason):
            self._console.print(on_one_line(line), soft_wrap=True)
