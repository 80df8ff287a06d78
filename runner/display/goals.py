"""Write the goal of a sweep, how far it is from it, and why it stopped."""

import math
from collections.abc import Mapping
from typing import Any

from runner.goals import Reason, Standing
from runner.units import count

Columns = Mapping[str, Any]
"""The columns of ``sweeps`` that are about the number of blocks."""


def blocks_of(sweep: Columns) -> str:
    """Write how many blocks a sweep was to have: ``10 blocks``, ``10 to 80 blocks``."""
    least, most = sweep["repeats"], sweep["most_blocks"]
    return count(least, "block") if most in (None, least) else f"{least:,} to {count(most, 'block')}"


def stops_when(sweep: Columns) -> str:
    """Write when a sweep stops, other than after a fixed number of blocks."""
    ends = []
    if sweep["precision"] is not None:
        ends.append(f"when every speedup is known to ± {share(sweep['precision'])}")
    if sweep["budget_ns"] is not None:
        ends.append(f"when {span(sweep['budget_ns'] / 1e9)} are spent")
    return "stops " + ", ".join([*ends, f"after {count(sweep['most_blocks'], 'block')}"])


def stopped_because(sweep: Columns) -> str:
    """Write why a sweep stopped, and with what precision. It has stopped for a reason that is stored."""
    reached, target = sweep["precision_reached"], sweep["precision"]
    known = "not every figure has an interval" if reached is None else f"every figure is known to ± {share(reached)}"
    goal = "" if target is None else f" (goal ± {share(target)})"
    match sweep["stopped"]:
        case Reason.PRECISION:
            return f"{known}{goal}"
        case Reason.BUDGET:
            return f"{span(sweep['budget_ns'] / 1e9)} are spent; {known}{goal}"
    return f"{count(sweep['most_blocks'], 'block')} are run; {known}{goal}"


def goal_words(standing: Standing) -> list[str]:
    """Return the widest interval beside the precision that is wanted, if one is."""
    if standing.target is None:
        return []
    widest = "?" if standing.precision == math.inf else share(standing.precision)
    return [f"widest ± {widest}, goal ± {share(standing.target)}"]


def share(value: float) -> str:
    """Write a share with two significant digits: ``5 %``, ``0.25 %``, ``120 %``."""
    return f"{float(f'{100 * value:.2g}'):g} %"


def span(seconds: float) -> str:
    """Write a time as a grid file would: ``90 s``, ``10 min``, ``1.5 h``."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
