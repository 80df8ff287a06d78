"""The axes of figures: worker counts, and times with units."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from runner.units import duration

ACROSS = 8.5
"""Size of the times on a horizontal axis, in points."""
MARGIN = 2**0.35
"""Margin of the axis of workers beyond its first and last count."""


def worker_axis(axis: Axes, sizes: Iterable[int], usable_cpus: int) -> None:
    """Format the x axis for worker counts: log2, the actual counts as ticks, a line at the usable CPUs."""
    ticks = sorted({int(size) for size in sizes})
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_locator(FixedLocator(_apart(ticks)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlim(ticks[0] / MARGIN, ticks[-1] * MARGIN)
    axis.set_xlabel("workers")
    if on_axis(ticks, usable_cpus):
        axis.axvline(usable_cpus, color="0.6", linewidth=1, linestyle=":", zorder=0)


def on_axis(sizes: Sequence[int], usable_cpus: int) -> bool:
    """Return whether an axis of these worker counts reaches to the usable CPUs."""
    return min(sizes) / MARGIN <= usable_cpus <= max(sizes) * MARGIN


def _apart(ticks: Sequence[int]) -> list[int]:
    """Return counts that are far enough apart to be read: the last, the first, then preferably powers of two."""
    room = math.log2(max(2.0, ticks[-1] / ticks[0])) / 14
    kept: list[int] = []
    round_first = sorted(ticks[1:-1], key=lambda tick: tick & (tick - 1) != 0)
    for tick in [ticks[-1], ticks[0], *round_first]:
        if all(abs(math.log2(tick / other)) >= room for other in kept):
            kept.append(tick)
    return sorted(kept)


def time_axis(axis: Axis, lowest: float, highest: float, *, log: bool) -> None:
    """Format an axis's times with units; `lowest` and `highest` are the limits of the data, in seconds.

    A horizontal axis has fewer times, because there they stand side by side.
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value)))
    across = isinstance(axis, XAxis)
    if across:
        axis.set_tick_params(labelsize=ACROSS)
    if log:
        factor = highest / lowest
        steps = _steps_across(factor) if across else _steps_up(factor)
        axis.set_major_locator(LogLocator(subs=steps, numticks=9))
        axis.set_minor_locator(NullLocator())
    elif across:
        axis.set_major_locator(MaxNLocator(4))


def _steps_up(factor: float) -> Sequence[float]:
    return (1,) if factor > 300 else (1, 2, 5) if factor > 8 else (1, 1.5, 2, 3, 4, 6, 8)


def _steps_across(factor: float) -> Sequence[float]:
    return (1,) if factor > 30 else (1, 3) if factor > 8 else (1, 2, 5) if factor > 3 else (1, 1.5, 2, 3, 5, 7)


def seconds(value: float) -> str:
    """Write a time on an axis: ``0``, ``50 µs``, ``0.5 ms``, ``2 s``."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 9999.5:
        return f"{value:,.0f} s"
    factor, unit = (1.0, "s") if size >= 0.9995 else (1e3, "ms") if size >= 0.9995e-3 else (1e6, "µs")
    return f"{value * factor:.4g} {unit}"


def sequential_at(rows: pd.DataFrame) -> str:
    """Label the axis of workers, and say which time the speedups of a panel are relative to."""
    first = rows.sort_values("size").iloc[0]
    calls = f"{first['calls']} call{'' if first['calls'] == 1 else 's'}"
    return f"workers\n{calls} run sequentially: {duration(first['baseline_s'])}"


def usable(rows: pd.DataFrame) -> int:
    """Return the most CPUs that a trial of a panel could use."""
    return int(rows["usable_cpus"].max())
