"""Write the goal of a sweep, and how far it is from it."""

import math

from runner.goals import Standing


def goal_words(standing: Standing) -> list[str]:
    """Return the widest interval beside the precision that is wanted, if one is."""
    if standing.target is None:
        return []
    widest = "?" if standing.precision == math.inf else share(standing.precision)
    return [f"widest interval ± {widest}, goal ± {share(standing.target)}"]


def share(value: float) -> str:
    """Write a share with two significant digits: ``5 %``, ``0.25 %``, ``12 %``."""
    return f"{100 * value:.2g} %" if value < 0.995 else f"{100 * value:.0f} %"
