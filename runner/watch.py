"""Who is told how a sweep goes on."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from runner.blocks import Trial
from runner.matrix.case import Case
from runner.outcome import Outcome


class Watch(Protocol):
    """Is told how a sweep goes on, and may show it."""

    def tell(self, message: str) -> None:
        """Take a message for the user: a sentence or two."""

    def starts(self, left: Counter[Case], known_ns: Mapping[str, float]) -> None:
        """The first trial is about to start; `left` are the trials of each case, at most.

        `known_ns` has what trials of a case took on average before, by its key.
        """

    def begins(self, trial: Trial) -> None:
        """A trial is about to start."""

    def tick(self) -> None:
        """Time passes; a trial is running, so this must cost next to nothing."""

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

    def begins(self, trial: Trial) -> None:
        """Show nothing."""

    def tick(self) -> None:
        """Show nothing."""

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        """Show nothing."""

    def stops(self) -> None:
        """Show nothing."""
