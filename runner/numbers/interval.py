"""Compute the confidence interval of a median by a bootstrap over blocks."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

from runner.numbers.draws import RESAMPLES, draws
from runner.numbers.student import CONFIDENCE, expanded_tail


def interval(ordered: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return both ends of the interval of the median of values in ascending order.

    Which block a value came from does not matter here, so a resampled median is the mean of the two values at the
    middle ranks of the draw, and equal pairs of ranks need to be looked at only once.
    """
    medians = sorted(
        ((ordered[lower] + ordered[upper]) / 2, times) for lower, upper, times in _middle_ranks(len(ordered))
    )
    up_to = list(accumulate(times for _, times in medians))

    def at(share: float) -> float:
        """Return the value below which this share of the resamples lies, between two of them in proportion."""
        place = (RESAMPLES - 1) * share
        rank = math.floor(place)
        below, above = (medians[bisect_right(up_to, each)][0] for each in (rank, math.ceil(place)))
        part = place - rank
        # From the nearer of both, as numpy does.
        return below + (above - below) * part if part < 0.5 else above - (above - below) * (1 - part)

    tail = expanded_tail(len(ordered), confidence)
    return at(tail), at(1 - tail)


@cache
def _middle_ranks(n: int) -> Sequence[tuple[int, int, int]]:
    """Return the two middle ranks of the draws of n values, and how many draws have these."""
    found: Counter[tuple[int, int]] = Counter()
    for draw in draws(n):
        # How many of a draw's values are at most the k-th smallest: the middle is where that reaches half.
        up_to = list(accumulate(draw))
        found[bisect_left(up_to, (n + 1) // 2), bisect_left(up_to, n // 2 + 1)] += 1
    return [(*ranks, times) for ranks, times in found.items()]
