"""A figure from several blocks: a median with its interval, and how it is written."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.numbers.interval import interval
from runner.numbers.student import CONFIDENCE

MIN_BLOCKS = 6
"""Below it no interval is claimed: that even the whole range of n values covers their median has a probability of
1 - 2 · 0.5**n, which is less than 95 % for n < 6."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value from `n` blocks and the ends of its interval, NaN where none is claimed."""

    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0

    @property
    def has_interval(self) -> bool:
        """Whether an interval is claimed."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    @property
    def precision(self) -> float:
        """Half the width of the interval as a share of the value; NaN where none is claimed."""
        return (self.high - self.low) / 2 / self.value if self.value else math.nan

    @property
    def inverse(self) -> "Estimate":
        """The same of 1 ÷ the value: how many times slower, where this is how many times as fast."""
        value, low, high = (1 / end if end else math.inf for end in (self.value, self.high, self.low))
        return Estimate(value, low, high, self.n)

    def __str__(self) -> str:
        """Write the figure with its interval, ``1.94 [1.92, 1.95]``, no more exactly than the interval is wide."""
        return self.written()

    def written(self, unit: str = "") -> str:
        """Write the figure, its unit and its interval: with the unit `` ×``, ``1.94 × [1.92, 1.95]``."""
        figures = [self.value, self.low, self.high] if self.has_interval else [self.value]
        steps = [abs(self.value), 100 * (self.high - self.low)] if self.has_interval else [abs(self.value)]
        digits = max((2 - math.floor(math.log10(step)) for step in steps if 0 < step < math.inf), default=2)
        value, *ends = (f"{figure:.{max(digits, 0)}f}" if digits < 7 else f"{figure:.3g}" for figure in figures)
        return f"{value}{unit} [{', '.join(ends)}]" if ends else f"{value}{unit}"


def estimate(values: Iterable[float], confidence: float = CONFIDENCE) -> Estimate:
    """Return the median of values, one for each block, with its interval. Raises ValueError when there is none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    low, high = interval(ordered, confidence) if len(ordered) >= MIN_BLOCKS else (math.nan, math.nan)
    return Estimate(median(ordered), low, high, len(ordered))


def median(ordered: Sequence[float]) -> float:
    """Return the median of values in ascending order."""
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
