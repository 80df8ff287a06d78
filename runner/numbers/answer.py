"""The answer that the trials of a work give: which way is the fastest, by how much, and whether that can be said."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from runner.numbers.choice import WITHIN, choose
from runner.numbers.medians import Estimate, estimate
from runner.numbers.stopping import forecast
from runner.numbers.works import Way, Work

DISTURBED = 0.5
"""If other programs disturbed more than this share of the trials, nothing is said about their times: the median may
then be the time of a disturbed trial."""
ENOUGH = 10
"""Blocks, where there are too few for an interval: what a grid has by default."""


class Verdict(Enum):
    """What can be said about a work."""

    NOTHING = auto()
    """No trial counts."""
    ALONE = auto()
    """Only sequential calls, or no sequential calls to compare with."""
    BUSY = auto()
    """Too many trials were disturbed."""
    FEW = auto()
    """There are too few blocks for an interval."""
    FASTER = auto()
    """A way is faster than sequential calls beyond doubt."""
    SEQUENTIAL = auto()
    """No way is faster than them by more than 5 %."""
    UNSURE = auto()
    """The intervals allow both."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for a work."""

    work: Work
    verdict: Verdict
    ranked: Sequence[Way] = ()
    """The ways that have times, by the time of a call, the fastest first."""
    tied: Sequence[Way] = ()
    """Those that are not shown to be slower than the first."""
    cheapest: Way | None = None
    """The cheapest about as fast as the first."""
    is_within: bool = False
    """Whether it is shown to be within 5 %."""
    best: Way | None = None
    """The concurrent way that the verdict is about."""
    speedup: Estimate | None = None
    """That of the best over sequential calls."""
    blocks: int | None = None
    """About how many blocks would decide, if these do not."""

    @property
    def is_decided(self) -> bool:
        """Whether the question of the fastest way is answered."""
        return self.verdict in (Verdict.FASTER, Verdict.SEQUENTIAL)

    @property
    def clearness(self) -> float:
        """How far the whole interval is from 1, as a logarithm; -1 for what is not decided."""
        if self.speedup is None or not self.is_decided:
            return -1.0
        nearer = self.speedup.low if self.verdict is Verdict.FASTER else 1 / max(1e-9, self.speedup.high)
        return max(0.0, math.log(nearer))


def answers(works: Iterable[Work]) -> list[Answer]:
    """Return the answer for each work."""
    return [answer(work) for work in works]


def answer(work: Work) -> Answer:
    """Return the answer for a work: its fastest way by the time of a call, compared with that way's own baseline."""
    measured = [way for way in work.ways if way.call_s]
    if not measured:
        return Answer(work, Verdict.NOTHING)
    choice = choose([way.option for way in measured])
    ranked = [measured[place] for place in choice.ranked]
    tied = [measured[place] for place in choice.tied]
    found = Answer(work, Verdict.ALONE, ranked, tied, measured[choice.cheapest], choice.is_within)
    compared = [way for way in ranked if way.ratios]
    if is_mostly(work.disturbed, work.trials):
        return replace(found, verdict=Verdict.BUSY)
    return _judged(found, compared) if compared else found


def is_mostly(disturbed: int, trials: int) -> bool:
    """Return whether so many of the trials were disturbed that their times say nothing."""
    return disturbed > DISTURBED * trials


def _judged(found: Answer, compared: Sequence[Way]) -> Answer:
    """Return the answer with its verdict; `compared` are the ways that have a baseline, the fastest first.

    The best of k ways looks faster than it is: it must be so at the confidence 1 - 0.05 ÷ k (Bonferroni).
    """
    best, speedup = compared[0], compared[0].speedup
    if not speedup.has_interval:
        return replace(found, verdict=Verdict.FEW, best=best, speedup=speedup, blocks=ENOUGH)
    surely = estimate(best.ratios, 1 - (1 - best.confidence) / len(compared))
    if best is found.ranked[0] and surely.low > 1:
        return replace(found, verdict=Verdict.FASTER, best=best, speedup=speedup)
    open_ways = [way for way in compared if _may_be_faster(way)]
    if not open_ways:
        return replace(found, verdict=Verdict.SEQUENTIAL, best=best, speedup=speedup)
    best = open_ways[0]
    speedup = best.speedup
    return replace(found, verdict=Verdict.UNSURE, best=best, speedup=speedup, blocks=_would_decide(speedup))


def _may_be_faster(way: Way) -> bool:
    """Return whether a way may be faster than sequential calls by more than 5 %."""
    speedup = way.speedup
    return (speedup.high if speedup.has_interval else way.ratios[-1]) >= WITHIN


def _would_decide(speedup: Estimate) -> int:
    """Forecast the number of blocks whose interval excludes 1, or 5 % more than that, whichever is less."""
    distance = max(abs(speedup.value - 1), abs(WITHIN - speedup.value))
    half = (speedup.high - speedup.low) / 2 if speedup.has_interval else distance
    return 10 * math.ceil(max(forecast(speedup.n, half, distance), speedup.n + 1) / 10)
