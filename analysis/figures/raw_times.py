"""Draw the time of every trial."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures import layout, scales, style
from analysis.figures.lettering import POINTS_PER_INCH, inches
from analysis.statistics import Median

CAPTION = (
    "Total time, from before the first worker is created until after the last is joined: every point is a trial, the "
    "blocks of a case from left to right. A bar is the median with its 95 % interval. Sequential calls stand where as"
    " many calls are made. A red cross on a point: something disturbed it (`noisy` says what); a ring: far from the "
    "others of its case. Both count."
)
MOST_LABELS = 10
"""Maximum number of labels below a panel; they are numbers of workers."""
MOST_NAMED = 16
"""Maximum number of columns below which the ways of a panel are named; colour and marker tell more apart."""
NAMES = 7
"""Size of these names, in points."""
SLOT = 0.8
"""Share of the width for a number of workers that its points use."""
LOG_FROM = 20
"""A panel whose times differ by more than this factor has a logarithmic axis."""
RASTERIZED_FROM = 2_000
"""Number of points in a panel from which they are rasterized: as vectors they would make an SVG slow to open."""


def raw_times(trials: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw every trial that counts, a panel for each work, grouped by workers and side by side for each way.

    `trials` are grouped (see `analysis.grouping`), with `outlier` and `noisy`.
    """
    panels = layout.chosen(trials)
    drawn, axes = layout.figure(panels, columns)
    for (axis,), panel in zip(axes, panels, strict=True):
        rows = trials[trials["panel"] == panel]
        sizes = sorted(rows["size"].unique())
        _draw_points(axis, rows, sizes)
        _draw_medians(axis, rows, sizes)
        _time_axis(axis, rows["wall_s"].min(), rows["wall_s"].max())
        _count_axis(axis, sizes)
        _name_columns(axis, rows, sizes)
        axis.set_xlabel(f"workers (usable CPUs: {scales.usable(rows)})")
    layout.legend(drawn, _handles(trials[trials["panel"].isin(panels)]))
    return drawn


def _slots(rows: pd.DataFrame, sizes: Sequence[int]) -> dict[tuple[str, int], float]:
    """Return the left edge of each way's slot at each number of workers."""
    ways = style.ways(rows)
    return {
        (way, size): place + (number / len(ways) - 0.5) * SLOT
        for number, way in enumerate(ways)
        for place, size in enumerate(sizes)
    }


def _draw_points(axis: Axes, rows: pd.DataFrame, sizes: Sequence[int]) -> None:
    slots, width = _slots(rows, sizes), SLOT / rows["way"].nunique()
    first, last = rows["repeat"].min(), rows["repeat"].max()
    for way, mine in rows.groupby("way", sort=False):
        left = pd.Series([slots[str(way), size] for size in mine["size"]], index=mine.index)
        x = left + width * (0.1 + 0.8 * (mine["repeat"] - first + 0.5) / (last - first + 1))
        noisy, far = mine["noisy"].notna(), mine["outlier"]
        own: style.Look = {
            "color": style.colour(str(way)),
            "marker": style.marker(str(way)),
            "alpha": 0.75,
            "linewidth": 0,
        }
        flagged: style.Look = {"color": style.FLAGGED, "marker": "x", "linewidth": 0.7}
        for those, size, look in ((mine["wall_s"].notna(), 14, own), (noisy, 8, flagged)):
            points = axis.scatter(x[those], mine["wall_s"][those], s=size, zorder=2.5, **look)
            points.set_rasterized(len(rows) > RASTERIZED_FROM)
        ring: style.Look = {"facecolor": "none", "edgecolor": "0.2", "linewidth": 0.8}
        axis.scatter(x[far], mine["wall_s"][far], s=34, zorder=3, **ring)


def _draw_medians(axis: Axes, rows: pd.DataFrame, sizes: Sequence[int]) -> None:
    slots, width = _slots(rows, sizes), SLOT / rows["way"].nunique()
    medians = Median("wall_s", ["way", "size"])(rows)
    left = pd.Series([slots[key] for key in zip(medians["way"], medians["size"], strict=True)], dtype=float)
    look: style.Look = {"color": "0.15", "linewidth": 1.2, "zorder": 4}
    axis.hlines(medians["wall_s"], left + 0.05 * width, left + 0.95 * width, **look)
    known = medians["low"].notna()
    axis.vlines((left + width / 2)[known], medians["low"][known], medians["high"][known], **look)


def _time_axis(axis: Axes, lowest: float, highest: float) -> None:
    if highest > LOG_FROM * lowest > 0:
        axis.set_yscale("log")
    else:
        axis.set_ylim(0, 1.08 * highest or 1)
    scales.time_axis(axis.yaxis, lowest, highest, log=axis.get_yscale() == "log")
    axis.set_ylabel("total time")


def _count_axis(axis: Axes, sizes: Sequence[int]) -> None:
    shown = layout.spread(range(len(sizes)), MOST_LABELS)
    axis.set_xticks(shown, [str(sizes[place]) for place in shown])
    axis.set_xlim(-0.5, len(sizes) - 0.5)
    axis.grid(visible=False, axis="x")
    for edge in range(1, len(sizes)):
        axis.axvline(edge - 0.5, color="0.9", linewidth=0.8)


def _name_columns(axis: Axes, rows: pd.DataFrame, sizes: Sequence[int]) -> None:
    """Write below each column of points which way it is, where there is room, and the numbers of workers below that."""
    slots, width = _slots(rows, sizes), SLOT / rows["way"].nunique()
    columns = list(rows[["way", "size"]].drop_duplicates().itertuples(index=False, name=None))
    if len(columns) > MOST_NAMED:
        return
    names = [str(way).replace("multiprocessing/", "") for way, _ in columns]
    axis.xaxis.remove_overlapping_locs = False  # the number of workers stands below the column in the middle
    axis.set_xticks([slots[column] + width / 2 for column in columns], names, minor=True, rotation=90, fontsize=NAMES)
    axis.tick_params(axis="x", which="minor", length=2)
    longest = max(inches(name, NAMES) for name in names)
    axis.tick_params(axis="x", which="major", length=0, pad=POINTS_PER_INCH * longest + 8)


def _handles(shown: pd.DataFrame) -> list[Artist]:
    """Return the legend's handles, for what is drawn."""
    points: list[tuple[str, style.Look]] = [
        (way, {"color": style.colour(way), "marker": style.marker(way), "markersize": 5}) for way in style.ways(shown)
    ]
    points.append(("median, interval", {"color": "0.15", "marker": "_"}))
    if shown["noisy"].notna().any():
        points.append(("disturbed", {"color": style.FLAGGED, "marker": "x", "markersize": 5}))
    if shown["outlier"].any():
        points.append(("outlier", {"markerfacecolor": "none", "markeredgecolor": "0.2", "marker": "o"}))
    return [Line2D([], [], linestyle="", label=name, **look) for name, look in points]
