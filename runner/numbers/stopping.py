"""The rule by which a sweep stops: when a figure is known precisely enough.

Who looks at growing data again and again, and stops as soon as an interval is narrow enough, stops too often where it
is narrow by chance: intervals of 95 % that are looked at after every block cover the truth in 92 %. So there are few
looks, and the interval of a look has a higher level. The constants come from simulations, one of which
`tests/numbers/test_stopping.py` repeats: with them the interval that is printed covers the truth in about 95 %.
"""

import math
from collections.abc import Iterable

from runner.numbers.medians import Estimate, estimate
from runner.numbers.student import CONFIDENCE

LOOKS = (10, 14, 20, 28, 40, 56, 80)
"""A figure is judged when it has this many blocks, and never in between."""
MOST_BLOCKS = LOOKS[-1]
LEVEL = 0.965
"""Level of the interval that is judged at a look, and that is printed of a sweep that was stopped by its precision."""
MARGIN = 1.2
"""How many times the blocks that the width alone would ask for a forecast names: a width varies, too."""


def last_look(blocks: int) -> int:
    """Return the number of blocks at the last look, of so many; 0 if there was none yet."""
    return max((look for look in LOOKS if look <= blocks), default=0)


def at_look(values: Iterable[float]) -> Estimate:
    """Return the figure as it is judged at a look, and printed. Raises ValueError when there is no value."""
    return estimate(values, LEVEL)


def level(target: float | None) -> float:
    """Return the level of the intervals of a sweep that was to reach the precision `target`, if there was one."""
    return CONFIDENCE if target is None else LEVEL


def precision(found: Estimate) -> float:
    """Return half the width of the interval as a share of the figure: 0.02 is ± 2 %. Infinite without an interval."""
    return found.precision if found.has_interval and found.value > 0 else math.inf


def is_settled(found: Estimate, target: float) -> bool:
    """Return whether the figure of a look is known to ± `target`, a share of itself."""
    return precision(found) <= target


def forecast(n: int, reached: float, target: float) -> int:
    """Return how many blocks it takes in all to reach `target`, if n blocks reached the precision `reached`.

    Widths shrink with the root of the number of blocks.
    """
    return max(n, math.ceil(MARGIN * n * (reached / target) ** 2))
