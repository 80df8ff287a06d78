"""Draw speedup and efficiency against workers."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, Locator, MultipleLocator

from analysis.figures import layout, scales, style

SPEEDUP_CAPTION = (
    "Speedup = time of the sequential calls ÷ time of the same calls run this way, both of one block; above 1 is "
    "faster. Points are medians over the blocks, bars the 95 % intervals of the medians. One step up is as long as "
    "one step to the right: twice the workers, twice as fast. The ideal rises to the usable CPUs and is flat beyond; "
    "waiting needs no CPU, so I/O may pass it."
)
EFFICIENCY_CAPTION = (
    "Efficiency = speedup ÷ workers: the share of each worker that is gained. Points are medians over the blocks, "
    "bars the 95 % intervals of the medians. The dashed line is all that the usable CPUs can give; waiting needs no "
    "CPU."
)
ASPECT = (0.8, 1.25)
"""Minimum and maximum height of a panel relative to its width."""


def speedup(speedups: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw speedup against workers, both on log2 axes, a panel for each work.

    `speedups` is `statistics.speedups` by PANEL, `way`, `size` and `calls`.
    """
    panels = layout.chosen(speedups)
    drawn, axes = layout.figure(panels, columns, height=3.9)
    for (axis,), panel in zip(axes, panels, strict=True):
        rows = speedups[speedups["panel"] == panel]
        cpus, sizes = scales.usable(rows), sorted(rows["size"].unique())
        style.medians(axis, rows, "speedup", "low", "high")
        _ideal(axis, sizes, cpus, per_worker=False)
        axis.axhline(1, color="0.6", linewidth=0.8, zorder=0)
        scales.worker_axis(axis, sizes, cpus)
        _ratio_axis(axis, rows)
        axis.set_xlabel(scales.sequential_at(rows))
        axis.set_ylabel("speedup over sequential")
    layout.legend(drawn, _handles(speedups[speedups["panel"].isin(panels)], "ideal on the CPUs"))
    drawn.draw_without_rendering()  # axes with a given aspect are laid out in two passes
    return drawn


def efficiency(speedups: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw efficiency against workers, a panel for each work; `speedups` as for `speedup`."""
    panels = layout.chosen(speedups)
    drawn, axes = layout.figure(panels, columns)
    for (axis,), panel in zip(axes, panels, strict=True):
        rows = speedups[speedups["panel"] == panel]
        cpus, sizes = scales.usable(rows), sorted(rows["size"].unique())
        style.medians(axis, rows, "efficiency", "efficiency_low", "efficiency_high")
        _ideal(axis, sizes, cpus, per_worker=True)
        scales.worker_axis(axis, sizes, cpus)
        highest = rows[["efficiency", "efficiency_high"]].max().max()
        axis.set_ylim(0, max(1.1, 1.05 * highest))
        axis.yaxis.set_major_locator(MultipleLocator(0.2 if highest < 2 else 0.5 * math.ceil(highest / 4)))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_xlabel(scales.sequential_at(rows))
        axis.set_ylabel("efficiency")
    layout.legend(drawn, _handles(speedups[speedups["panel"].isin(panels)], "all that the CPUs can give"))
    return drawn


def _handles(drawn: pd.DataFrame, ideal: str) -> list[Artist]:
    line = Line2D([], [], color="0.25", linestyle="--", label=ideal)
    return [*layout.way_handles(style.ways(drawn)), line, *layout.cpus_handles(drawn)]


def _ideal(axis: Axes, sizes: Sequence[int], usable_cpus: int, *, per_worker: bool) -> None:
    x = np.geomspace(sizes[0], sizes[-1], 200)
    x = np.unique([*x, *np.clip([usable_cpus], sizes[0], sizes[-1])])
    y = np.minimum(x, usable_cpus)
    axis.plot(x, y / x if per_worker else y, color="0.25", linestyle="--", linewidth=1.1, zorder=1.5)


def _ratio_axis(axis: Axes, rows: pd.DataFrame) -> None:
    """Make both axes log2 with the same length of a doubling, as far as ASPECT allows."""
    axis.set_yscale("log", base=2)
    axis.yaxis.set_major_locator(PowersOfTwo())
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ratio(value)))
    ends = [*axis.get_xlim(), rows[["speedup", "low"]].min().min(), rows[["speedup", "high"]].max().max()]
    left, right, bottom, top = (math.log2(end) for end in ends)
    bottom, top = min(bottom, -1) - 0.25, max(top, 1) + 0.25
    aspect = min(max((top - bottom) / (right - left), ASPECT[0]), ASPECT[1])
    wider, higher = (top - bottom) / aspect - (right - left), aspect * (right - left) - (top - bottom)
    right, top = right + max(0, wider) / 2, top + max(0, higher)
    left -= max(0, wider) / 2
    axis.set_xlim(2**left, 2**right)
    axis.set_ylim(2**bottom, 2**top)
    axis.set_box_aspect(aspect)


def ratio(value: float) -> str:
    """Write a power of two as a factor: ``4 ×``, and one below 1 as ``2 ×`` over ``slower``."""
    return f"{value:.0f} ×" if value >= 1 else f"{1 / value:.0f} ×\nslower"


class PowersOfTwo(Locator):
    """Whole powers of two, at most seven of them."""

    def __call__(self) -> Sequence[float]:
        """Return the ticks of the axis as it is."""
        return self.tick_values(*self.axis.get_view_interval())  # type: ignore[union-attr]

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the ticks between these two."""
        low, high = math.floor(math.log2(vmin)), math.ceil(math.log2(vmax))
        step = max(1, math.ceil((high - low) / 6))
        return [2.0**exponent for exponent in range(low - low % step, high + step, step)]
