"""Format the cells of tables for people. Unknown values (NaN) are shown as NOTHING."""

import pandas as pd

from runner.numbers import written
from runner.numbers.medians import Estimate
from runner.units import duration, duration_range

NOTHING = "–"


def time(seconds: float) -> str:
    """Write a time: ``9.870 ms``."""
    return NOTHING if pd.isna(seconds) else duration(seconds)


def time_with_interval(seconds: float, low_s: float, high_s: float) -> str:
    """Write a time with its interval: ``9.870 ms [9.820 … 9.910 ms]``."""
    if pd.isna(seconds):
        return NOTHING
    return duration(seconds) if pd.isna(low_s) else f"{duration(seconds)} [{duration_range(low_s, high_s)}]"


def figure(value: float, low: float, high: float, unit: str = "") -> str:
    """Write a figure with its interval: ``1.94 × [1.92, 1.95]``."""
    return NOTHING if pd.isna(value) else Estimate(value, low, high).written(unit)


def speedup(value: float, low: float, high: float) -> str:
    """Write a speedup with its interval: ``1.94 × [1.92, 1.95]``, ``3.20 × slower [3.10, 3.30]``."""
    return NOTHING if pd.isna(value) else written.speedup(Estimate(value, low, high))


def bracket(loses_s: float, wins_s: float) -> str:
    """Write up to which size a way loses and from which it wins."""
    parts = [f"loses up to {duration(loses_s)}"] if pd.notna(loses_s) else []
    parts += [f"wins from {duration(wins_s)} on"] if pd.notna(wins_s) else []
    return ", ".join(parts) or NOTHING
