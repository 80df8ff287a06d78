"""Rank the ways of running each work for the chart of the answer. Pure: answers in, rows out."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.numbers.answer import Answer, Verdict
from runner.numbers.medians import Estimate
from runner.numbers.words import MOST_SENTENCES, in_order
from runner.numbers.works import Way
from runner.numbers.written import factor, speedup
from runner.units import duration

MOST_ROWS = 40
"""Of all works together, with their headings, so that the chart fits on a first screen."""
FASTEST, TIED = "*", "~"


@dataclass(frozen=True, slots=True)
class Row:
    """A way of running in the chart."""

    way: Way
    speedup: Estimate
    """Of the base it is 1, without an interval."""
    sign: str = ""
    """FASTEST, TIED, or nothing."""

    @property
    def name(self) -> str:
        """Return mode and start method, which decide the look."""
        return _without_workers(self.way)

    def figures(self, *, short: bool = False) -> str:
        """Return the speedup in words, `short` without its interval, or what a call of the base takes."""
        if self.way.is_sequential:
            return f"{duration(self.way.option.median_s)} a call"
        return factor(self.speedup.value) if short else speedup(self.speedup)


@dataclass(frozen=True, slots=True)
class Section:
    """A work in the chart."""

    answer: Answer
    rows: Sequence[Row]
    left_out: int
    """How many of its ways are not drawn."""

    @property
    def is_busy(self) -> bool:
        """Whether nothing can be said, because most trials were disturbed."""
        return self.answer.verdict is Verdict.BUSY

    @property
    def heading(self) -> str:
        """Return the work, and what limits its answer."""
        return f"{self.answer.work.name}{': cannot say (disturbed)' * self.is_busy}"


def sections(answers: Sequence[Answer]) -> list[Section]:
    """Return the works to draw, in the order of the sentences: those with speedups over sequential calls."""
    drawn = comparable(answers)[:MOST_SENTENCES]
    room = MOST_ROWS // max(1, len(drawn)) - 2  # the heading and the base
    return [_section(found, room) for found in drawn]


def comparable(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers about works with a speedup, in the order of the sentences."""
    return [found for found in in_order(answers) if any(way.ratios for way in found.ranked)]


def _section(found: Answer, most: int) -> Section:
    concurrent = [way for way in found.ranked if way.ratios]
    base = min((way for way in found.ranked if way.is_sequential), key=lambda way: way.calls, default=None)
    kept = concurrent if len(concurrent) <= most else _best_of_each(concurrent)[:most]
    rows = [Row(way, way.speedup, _sign(found, way)) for way in kept]
    rows += [] if base is None else [Row(base, Estimate(1.0), _sign(found, base))]
    return Section(found, sorted(rows, key=lambda row: -row.speedup.value), len(concurrent) - len(kept))


def _best_of_each(ranked: Sequence[Way]) -> list[Way]:
    """Return each mode and start method with the number of workers at which it is fastest, still ranked."""
    best: dict[str, Way] = {}
    for way in ranked:
        best.setdefault(_without_workers(way), way)
    return list(best.values())


def _without_workers(way: Way) -> str:
    return way.name.rpartition(" ×")[0] or way.name


def _sign(found: Answer, way: Way) -> str:
    """Crown what the sentence says of the work: no concurrent way where none beats sequential calls."""
    if found.verdict is Verdict.FASTER:
        return FASTEST if way is found.ranked[0] else TIED if way in found.tied else ""
    return FASTEST if found.verdict is Verdict.SEQUENTIAL and way.is_sequential else ""
