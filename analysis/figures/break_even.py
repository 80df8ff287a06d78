"""Draw the size of work from which a way of running is faster."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.breakeven import GROUP
from analysis.figures import layout, scales, style
from analysis.grouping import SEQUENTIAL
from analysis.resampling import Floats
from analysis.statistics import CASE, Median

CAPTION = (
    "Time against the size of the work, which is its own time when run sequentially. Points are medians over the "
    "blocks, lines the model T = start + gain × size, the wide band the best that any way reaches. A way breaks even "
    "where its line crosses the sequential one: the mark there has the 95 % interval of that size. Beyond the data "
    "all is grey and dashed."
)
BEYOND = 2.0
"""How far the axis goes beyond the data, as a factor."""


def curves(sized: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the trials of `breakeven.sizes` that a figure can show, with `curve`, the name of their panel.

    These are the groups for which some row of `breakeven.break_even` could be fitted.
    """
    fitted = table.loc[table["gain"].notna(), GROUP].drop_duplicates()
    concurrent = sized[sized["mode"] != SEQUENTIAL].merge(fitted, on=GROUP)
    baselines = (
        concurrent[["baseline_id", "host_id", *GROUP]].drop_duplicates().rename(columns={"baseline_id": "case_id"})
    )
    sequential = sized[sized["mode"] == SEQUENTIAL].drop(columns=GROUP)
    both = pd.concat([concurrent, sequential.merge(baselines.astype({"case_id": "int64"}), on=CASE)])
    scaling = both["scaling"] if both["scaling"].nunique() > 1 else [""] * len(both)
    parts = (both["workload"], both["others"], both["workers"].astype(str) + " workers", scaling)
    names = [", ".join(filter(None, words)) for words in zip(*parts, strict=True)]
    return both.assign(curve=["\n".join(filter(None, pair)) for pair in zip(names, both["setting"], strict=True)])


def break_even(shown: pd.DataFrame, table: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw `curves`, a panel for each workload and number of workers; `table` is `breakeven.break_even`."""
    order = shown.sort_values(["workload", "others", "workers", "work_size"], kind="stable")
    names = layout.chosen(order.assign(panel=order["curve"]))
    drawn, axes = layout.figure(names, min(columns, 2), width=5.4 if columns > 1 else 4.2, height=4.4)
    for (axis,), name in zip(axes, names, strict=True):
        rows = shown[shown["curve"] == name]
        group = rows[rows["mode"] != SEQUENTIAL].iloc[:1][GROUP]
        _draw(axis, rows, table.merge(group, on=GROUP))
    band = Line2D([], [], color="0.85", linewidth=6, label="the best of all")
    mark = Line2D([], [], color="0.2", marker="*", markersize=9, linestyle="-", label="breaks even with sequential")
    grey = Patch(facecolor="0.94", label="beyond the data")
    has_mark = any(line.get_marker() == "*" for (axis,) in axes for line in axis.get_lines())
    ways = style.ways(shown[shown["curve"].isin(names)])
    layout.legend(drawn, [*layout.way_handles(ways), band, *([mark] if has_mark else []), grey])
    return drawn


def _draw(axis: Axes, rows: pd.DataFrame, table: pd.DataFrame) -> None:
    medians = Median("wall_s", ["way", "size_s"])(rows)
    smallest, largest = rows["size_s"].min(), rows["size_s"].max()
    x = np.geomspace(smallest / BEYOND, largest * BEYOND, 300)
    inside = (x >= smallest) & (x <= largest)
    fits = table[table["against"] == SEQUENTIAL].set_index("way")
    lines = {way: fits.loc[way, "start_s"] + fits.loc[way, "gain"] * x for way in fits.index}
    lines[SEQUENTIAL] = x
    axis.plot(x[inside], np.min(list(lines.values()), axis=0)[inside], color="0.85", linewidth=7, zorder=1)
    for way in style.ways(rows):
        own = medians[medians["way"] == way]
        axis.scatter(own["size_s"], own["wall_s"], color=style.colour(way), marker=style.marker(way), s=22, zorder=3)
        if way in lines:
            axis.plot(x[inside], lines[way][inside], color=style.colour(way), linewidth=1.3, zorder=2)
            for side in (x < smallest, x > largest):
                axis.plot(x[side], lines[way][side], color="0.6", linewidth=1.0, linestyle="--", zorder=2)
    _marks(axis, fits, x)
    axis.set_xscale("log")
    axis.set_yscale("log")
    scales.time_axis(axis.xaxis, smallest, largest, log=True)
    scales.time_axis(axis.yaxis, medians["wall_s"].min(), medians["wall_s"].max(), log=True)
    axis.set_xlim(x[0], x[-1])
    for side in ((x[0], smallest), (largest, x[-1])):
        axis.axvspan(*side, color="0.94", zorder=0, linewidth=0)
    axis.set_xlabel("size of the work: its time run sequentially")
    axis.set_ylabel("total time")


def _marks(axis: Axes, fits: pd.DataFrame, x: Floats) -> None:
    """Mark where each way breaks even, and write the size at the foot."""
    crossings = fits[fits["break_even_s"].between(x[0], x[-1])].sort_values("break_even_s")
    for place, (way, fit) in enumerate(crossings.iterrows()):
        size, colour = fit["break_even_s"], style.ink(str(way))
        axis.axvline(size, color=colour, linewidth=0.8, linestyle=":", zorder=1.5)
        axis.plot(size, size, marker="*", color=style.colour(str(way)), markersize=11, markeredgecolor="0.2", zorder=5)
        if pd.notna(fit["low_s"]):
            axis.hlines(size, fit["low_s"], fit["high_s"], color="0.2", linewidth=2, zorder=4)
        axis.text(
            *(size, 0.02, f" {scales.seconds(float(f'{size:.3g}'))} "),
            transform=axis.get_xaxis_transform(),
            rotation=90,
            fontsize=7.5,
            color=colour,
            ha="left" if place % 2 else "right",
            va="bottom",
        )
