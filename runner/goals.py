"""When a sweep has enough blocks, and which cases the next block holds. No input or output."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from runner.history import History
from runner.judged import figures, judged_of, reached, widest
from runner.matrix.case import Case
from runner.numbers.stopping import LOOKS, MOST_BLOCKS, at_look, forecast, is_settled, precision


class Reason(StrEnum):
    """Why a sweep stopped."""

    PRECISION = "precision"
    BUDGET = "budget"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a sweep stopped, and what it has reached."""

    stopped: Reason
    precision: float | None
    """The least precise figure is known to ± this share of itself; None if there is one without an interval."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a sweep is from its goal when a block begins."""

    precision: float
    """Of the least precise figure of the block's cases; infinite before there is an interval."""
    target: float | None
    blocks: int
    """Blocks that it will take by what was measured so far, and at most."""
    left_ns: int | None
    """What is left of the budget."""


class Goal(Protocol):
    """Decides when a sweep has enough blocks, and which cases the next one holds."""

    @property
    def least(self) -> int:
        """The minimum number of blocks."""

    @property
    def most(self) -> int:
        """The maximum number of blocks."""

    def next_cases(self, cases: Sequence[Case], blocks: int, history: History) -> Sequence[Case]:
        """Return the cases of the block after `blocks` blocks, of which the last held `cases`; none if it is enough.

        Later blocks in `history` do not count: a sweep that is resumed takes the same decisions once more.
        """

    def standing(self, cases: Sequence[Case], blocks: int, history: History) -> Standing | None:
        """Return how far the sweep is from its goal after `blocks` blocks; None if that is just their number."""

    def ending(self, cases: Sequence[Case], last: Sequence[Case], blocks: int, history: History) -> Ending | None:
        """Return why a sweep of `cases` stopped after `blocks` blocks, of which the last one held the cases `last`."""


@dataclass(frozen=True, slots=True)
class FixedNumber:
    """A goal of `most` blocks."""

    most: int

    @property
    def least(self) -> int:
        """The same as the maximum."""
        return self.most

    def next_cases(self, cases: Sequence[Case], blocks: int, history: History) -> Sequence[Case]:  # noqa: ARG002
        """Return all cases until there are `most` blocks."""
        return cases if blocks < self.most else ()

    def standing(self, *_: object) -> None:
        """Return None."""

    def ending(self, *_: object) -> None:
        """Return None."""


@dataclass(frozen=True, slots=True)
class Enough:
    """A goal of a precision, of a time to be spent, or both, within a range of blocks.

    At its looks (see ``runner.numbers.stopping``) a case leaves when its figure is known to ± `precision`, a share of
    itself. The figure is the speedup, or the time where there is no baseline. A baseline has no figure of its own: it
    stays as long as a case that is compared with it. A case that has never succeeded leaves too.
    """

    repeats: int
    """Number of blocks before which nothing is decided."""
    most: int
    precision: float | None = None
    budget_ns: int | None = None
    since: int = 0
    """The number of blocks before the first one that the budget is for."""

    @property
    def least(self) -> int:
        """The number of blocks after which it can be reached."""
        if self.budget_ns is not None:
            return self.repeats
        looks = LOOKS if self.precision is not None else ()
        return min([look for look in looks if self.repeats <= look <= self.most], default=self.most)

    def next_cases(self, cases: Sequence[Case], blocks: int, history: History) -> Sequence[Case]:
        """Return the cases that are still open, and their baselines, until enough is measured or spent."""
        if blocks < self.repeats:
            return cases
        if blocks >= self.most or self._left_ns(blocks, history) == 0:
            return ()
        return self._open(cases, blocks, history)

    def standing(self, cases: Sequence[Case], blocks: int, history: History) -> Standing:
        """Return the widest of the cases' intervals, and what is left of the budget."""
        found, needed = widest(cases, blocks, history), self.most
        if found is not None and self.precision is not None and found.has_interval:
            more = forecast(found.n, precision(found), self.precision) - found.n
            needed = min(max(blocks + more, self.repeats), self.most)
        now = math.inf if found is None else precision(found)
        return Standing(now, self.precision, needed, self._left_ns(blocks, history))

    def ending(self, cases: Sequence[Case], last: Sequence[Case], blocks: int, history: History) -> Ending:
        """Return the first of precision, blocks and budget that was reached."""
        if not self._open(last, blocks, history):
            stopped = Reason.PRECISION
        else:
            stopped = Reason.BLOCKS if blocks >= self.most else Reason.BUDGET
        now = reached(cases, blocks, history)
        return Ending(stopped, now if now < math.inf else None)

    def _left_ns(self, blocks: int, history: History) -> int | None:
        if self.budget_ns is None:
            return None
        return max(self.budget_ns - history.spent_ns(range(self.since + 1, blocks + 1)), 0)

    def _open(self, cases: Sequence[Case], blocks: int, history: History) -> Sequence[Case]:
        if self.precision is None:
            return cases
        judged = [case for case in judged_of(cases) if not self._is_settled(case, blocks, history)]
        stay = {*judged, *(case.baseline() for case in judged)}
        kept = [case for case in cases if case in stay]
        return cases if len(kept) == len(cases) else kept

    def _is_settled(self, case: Case, blocks: int, history: History) -> bool:
        """Return whether nothing more is wanted of the case; it is judged only at a look, and not after the last."""
        held = sum(repeat <= blocks for repeat in history.of(case.key))
        if held not in LOOKS:
            return held > MOST_BLOCKS
        values = figures(case, blocks, history)
        return not values or (self.precision is not None and is_settled(at_look(values), self.precision))


def goal_of(row: Mapping[str, Any]) -> Goal:
    """Return the goal that the stored columns of a sweep describe."""
    if row["most_blocks"] is None:
        return FixedNumber(row["repeats"])
    return Enough(
        repeats=min(row["repeats"], row["most_blocks"]),
        most=row["most_blocks"],
        precision=row["precision"],
        budget_ns=row["budget_ns"],
        since=row.get("closed_blocks", 0),
    )
