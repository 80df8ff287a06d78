"""Say where a fitted curve misses the times that were measured. Pure."""

import math
from dataclasses import dataclass

from analysis.resampling import Floats, resampled_estimate
from runner.numbers.medians import Estimate
from runner.numbers.student import CONFIDENCE

TOLERANCE = 0.05
"""A curve that is meant as a summary may miss a time by this share of it."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Miss:
    """By how much a curve misses one of its points: the time that was measured ÷ that of the curve, and its place."""

    place: int
    ratio: Estimate

    def __str__(self) -> str:
        """Say it: ``1.12 [1.10, 1.15] times``."""
        return self.ratio.written(" times")


def miss(seconds: Floats, fitted: Floats, blocks: int, tolerance: float = TOLERANCE) -> Miss | None:
    """Return the point that a curve misses by the most; None where it fits.

    Both are medians of the blocks first, then those of each resample (see `resampling.resampled_medians`): a column for
    each point, and the curve is fitted to each row by itself. A point is missed where the ratio is further than
    `tolerance` from 1, and its interval excludes 1 at a level that all points share (Bonferroni). Even the range of all
    values has that level only from so many blocks on; below, a smaller tolerance than TOLERANCE would refuse a fifth of
    all true curves. Without an interval, below six blocks, nothing can be said to be missed.
    """
    ratios = seconds / fitted
    level = 1 - (1 - CONFIDENCE) / ratios.shape[1]
    least = max(ROUNDING, tolerance if 2 * 0.5**blocks <= 1 - level else max(tolerance, TOLERANCE))
    missed = []
    for place, own in enumerate(ratios.T):
        found = resampled_estimate(own, blocks, level)
        if abs(found.value - 1) > least and (found.low > 1 or found.high < 1):
            missed.append(Miss(place, found))
    return max(missed, key=lambda one: abs(math.log(one.ratio.value)), default=None)
