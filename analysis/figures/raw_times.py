"""Every trial's time."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from analysis.figures import style
from analysis.statistics import Median

CAPTION = (
    "Total time, from before the first worker is created until after the last is joined: every point is a trial, the "
    "blocks of a case from left to right. A bar is the median with its 95 % interval. Sequential calls stand where as "
    "many calls are made. A red cross: something else took the CPU meanwhile; a ring: far from the others of its case. "
    "Both count."
)
SLOT = 0.8
"""Of the width of a number of workers, what its points take."""
LOG_FROM = 20
"""A panel whose times differ by more than this factor has a logarithmic axis."""
RASTERIZED_FROM = 2_000
"""Points of a panel; so many would make a drawing of vectors slow to open."""


def raw_times(trials: pd.DataFrame, columns: int = style.WIDE) -> Figure:
    """Draw every trial that counts, a panel for each work, grouped by workers and side by side for each way.

    `trials` are grouped (see `analysis.grouping`), with `outlier` and `noisy`.
    """
    panels = style.chosen(trials)
    drawn, axes = style.figure(panels, columns)
    for (axis,), panel in zip(axes, panels, strict=True):
        rows = trials[trials["panel"] == panel]
        sizes, ways = sorted(rows["size"].unique()), style.ways(rows)
        place = {size: number for number, size in enumerate(sizes)}
        slot = SLOT / len(ways)
        medians = Median("wall_s", ["way", "size"])(rows)
        for number, way in enumerate(ways):
            left = (number - len(ways) / 2) * slot
            mine = rows[rows["way"] == way]
            within = (mine["repeat"] - rows["repeat"].min() + 0.5) / (rows["repeat"].max() - rows["repeat"].min() + 1)
            x = mine["size"].map(place) + left + slot * (0.1 + 0.8 * within)
            noisy = mine["noisy"].notna().to_numpy()
            calm = {"color": style.colour(way), "marker": style.marker(way), "alpha": 0.75, "linewidth": 0}
            flagged = {"color": style.FLAGGED, "marker": "x", "linewidth": 1.0}
            for those, look in ((~noisy, calm), (noisy, flagged)):
                points = axis.scatter(x[those], mine["wall_s"][those], s=12, zorder=2.5, **look)
                points.set_rasterized(len(rows) > RASTERIZED_FROM)
            far = mine["outlier"].to_numpy(bool)
            axis.scatter(x[far], mine["wall_s"][far], facecolor="none", edgecolor="0.2", s=34, linewidth=0.8, zorder=3)
            own = medians[medians["way"] == way]
            middle = own["size"].map(place) + left + slot / 2
            axis.hlines(own["wall_s"], middle - slot * 0.45, middle + slot * 0.45, color="0.15", linewidth=1.2, zorder=4)
            known = own["low"].notna()
            axis.vlines(middle[known], own["low"][known], own["high"][known], color="0.15", linewidth=1.2, zorder=4)
        lowest, highest = rows["wall_s"].min(), rows["wall_s"].max()
        style.time_axis(axis, log=highest > LOG_FROM * lowest > 0)
        if axis.get_yscale() == "log":
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if highest < 300 * lowest else (1,), numticks=9))
            axis.yaxis.set_minor_locator(NullLocator())
        else:
            axis.set_ylim(0, 1.08 * highest or 1)
        axis.xaxis.set_major_locator(FixedLocator(range(len(sizes))))
        axis.set_xticklabels([str(size) for size in sizes])
        axis.set_xlim(-0.5, len(sizes) - 0.5)
        axis.grid(visible=False, axis="x")
        for edge in range(1, len(sizes)):
            axis.axvline(edge - 0.5, color="0.9", linewidth=0.8)
        axis.set_xlabel(f"workers (usable CPUs: {style.usable(rows)})")
        axis.set_ylabel("total time")
    dots = [
        Line2D([], [], color=style.colour(way), marker=style.marker(way), linestyle="", markersize=5, label=way)
        for way in style.ways(trials)
    ]
    flagged = Line2D([], [], color=style.FLAGGED, marker="x", linestyle="", markersize=5, label="disturbed")
    far = Line2D([], [], markerfacecolor="none", markeredgecolor="0.2", marker="o", linestyle="", label="outlier")
    middle = Line2D([], [], color="0.15", marker="_", linestyle="", label="median, interval")
    style.legend(drawn, [*dots, middle, flagged, far])
    return drawn
