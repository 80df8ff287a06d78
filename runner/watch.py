"""The interface to which a sweep reports its progress."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from runner.blocks import Block, Trial
from runner.goals import Standing
from runner.matrix.case import Case
from runner.outcome import Outcome


class Watch(Protocol):
    """Receives the progress of a sweep, and may show it."""

    def tell(self, message: str) -> None:
        """Receive a message for the user: one or two sentences."""

    def starts(self, left: Counter[Case], known_ns: Mapping[str, float]) -> None:
        """The first trial is about to start; `left` has the maximum number of trials of each case.

        `known_ns` has the average duration of earlier trials of a case, by its key.
        """

    def enters(self, block: Block, standing: Standing | None) -> None:
        """A block is about to start; `standing` says how far the sweep is from a goal other than a number of blocks."""

    def begins(self, trial: Trial) -> None:
        """A trial is about to start."""

    def tick(self) -> None:
        """About a second has passed; a trial is running, so this must return quickly."""

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        """A trial has ended and is stored."""

    def stops(self) -> None:
        """No trial follows."""


class Silence:
    """A `Watch` that shows nothing."""

    def tell(self, message: str) -> None:
        """Show nothing."""

    def starts(self, left: Counter[Case], known_ns: Mapping[str, float]) -> None:
        """Show nothing."""

    def enters(self, block: Block, standing: Standing | None) -> None:
        """Show nothing."""

    def begins(self, trial: Trial) -> None:
        """Show nothing."""

    def tick(self) -> None:
        """Show nothing."""

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        """Show nothing."""

    def stops(self) -> None:
        """Show nothing."""
