"""Speedup against workers."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, Locator

from analysis.figures import style

CAPTION = (
    "Speedup = time of the sequential calls ÷ time of the same calls run this way, both of one block. Every point is a "
    "trial; lines join the medians. Above 1 is faster than sequential. Waiting needs no CPU, so I/O may pass the "
    "ideal of the CPUs."
)


def speedup(ratios: pd.DataFrame, medians: pd.DataFrame, usable_cpus: int, title: str, note: str = "") -> Figure:
    """Draw a panel for each work and a line for each mode and start method; `note` ends the caption.

    `ratios` has `panel`, `way`, `size`, `speedup` and `baseline_s`, one row for each trial; `medians` the median
    `speedup` of each panel, way and size.
    """
    panels = list(medians["panel"].unique())
    drawn, axes = style.figure(panels, title, f"{CAPTION} {note}".strip())
    for axis, panel in zip(axes, panels, strict=True):
        points = ratios[ratios["panel"] == panel]
        style.draw_ways(axis, points, medians[medians["panel"] == panel], "speedup")
        sizes = sorted(points["size"].unique())
        _ideal(axis, sizes, usable_cpus)
        style.worker_axis(axis, sizes, usable_cpus)
        _ratio_axis(axis, points["speedup"].min())
        one_call_s = points.loc[points["size"] == sizes[0], "baseline_s"].median()
        axis.set_xlabel(f"workers (sequential at {sizes[0]}: {one_call_s:.3g} s)")
    ideal = Line2D([], [], color="0.25", linestyle="--", label=f"ideal on {usable_cpus} CPUs")
    cpus = Line2D([], [], color="0.6", linestyle=":", label=f"usable CPUs ({usable_cpus})")
    style.legend(drawn, list(ratios["way"].unique()), [ideal, cpus])
    return drawn


def _ideal(axis: Axes, sizes: list[int], usable_cpus: int) -> None:
    x = np.unique(np.clip([*sizes, usable_cpus], sizes[0], sizes[-1]))
    axis.plot(x, np.minimum(x, usable_cpus), color="0.25", linestyle="--", linewidth=1.1, zorder=1.5)


def _ratio_axis(axis: Axes, lowest: float) -> None:
    axis.set_yscale("log", base=2)
    axis.yaxis.set_major_locator(_PowersOfTwo())
    axis.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g} ×" if value >= 1 else f"1/{1 / value:g} ×")
    )
    axis.set_ylim(bottom=min(0.5, lowest) / 1.15)
    axis.axhline(1, color="0.6", linewidth=0.8, zorder=0)
    axis.set_ylabel("speedup over sequential")


class _PowersOfTwo(Locator):
    """Whole powers of two, at most seven of them."""

    def __call__(self) -> Sequence[float]:
        return self.tick_values(*self.axis.get_view_interval())  # type: ignore[union-attr]

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        low, high = math.floor(math.log2(vmin)), math.ceil(math.log2(vmax))
        step = max(1, math.ceil((high - low) / 6))
        return [2.0**exponent for exponent in range(low - low % step, high + step, step)]
