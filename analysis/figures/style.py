"""One look for all figures: each way of running has its colour and marker everywhere."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

_COLOURS = sns.color_palette("colorblind")
WAYS: dict[str, tuple[Any, str]] = {
    "sequential": ("0.35", "s"),
    "threading": (_COLOURS[1], "o"),
    "multiprocessing/fork": (_COLOURS[0], "^"),
    "multiprocessing/spawn": (_COLOURS[2], "v"),
    "multiprocessing/forkserver": (_COLOURS[4], "D"),
}
"""Colour (safe for the colour-blind) and marker."""
PANEL_WIDTH, PANEL_HEIGHT = 4.2, 3.7
ABOVE, CAPTION_LINE = 1.0, 0.17
"""Inches for title and legend, and for each line of the caption."""
SPREAD = 0.045
"""Points of different ways stand beside each other, this much of a doubling apart."""


def figure(panels: Sequence[str], title: str, caption: str) -> tuple[Figure, list[Axes]]:
    """Return a figure with one pair of axes for each panel, below a title and above a caption."""
    columns = min(len(panels), 3 if len(panels) > 4 or len(panels) == 3 else 2)
    rows = -(-len(panels) // columns)
    width = max(columns * PANEL_WIDTH, 8.2)
    lines = textwrap.wrap(caption, round(width * 14.5))
    below = CAPTION_LINE * len(lines) + 0.15
    height = rows * PANEL_HEIGHT + ABOVE + below
    with sns.axes_style("ticks", {"axes.grid": True, "grid.color": "0.9"}):
        layout = ConstrainedLayoutEngine(rect=(0, below / height, 1, 1 - (ABOVE + below) / height), hspace=0.06)
        drawn = Figure(figsize=(width, height), layout=layout)
        grid = drawn.subplots(rows, columns, squeeze=False)
    drawn.suptitle(title, x=0.01, y=1 - 0.12 / height, ha="left", va="top", fontsize=12, fontweight="bold")
    drawn.text(0.01, 0.08 / height, "\n".join(lines), ha="left", va="bottom", fontsize=8.5, color="0.3")
    axes = list(grid.flat)
    for unused in axes[len(panels) :]:
        unused.remove()
    for axis, panel in zip(axes, panels, strict=False):
        axis.set_title(panel.replace("), ", ")\n"), fontsize=10)
    return drawn, axes[: len(panels)]


def draw_ways(axis: Axes, points: pd.DataFrame, lines: pd.DataFrame, value: str) -> None:
    """Draw every trial as a point and join the medians of each way, in one panel."""
    present = [way for way in WAYS if way in set(points["way"])]
    for place, way in enumerate(present):
        colour, marker = WAYS[way]
        mine = points[points["way"] == way]
        beside = 2 ** (SPREAD * (place - (len(present) - 1) / 2))
        sns.scatterplot(
            x=mine["size"] * beside, y=mine[value], color=colour, marker=marker, s=18, alpha=0.55, linewidth=0, ax=axis
        )
        joined = lines[lines["way"] == way].sort_values("size")
        sns.lineplot(x=joined["size"] * beside, y=joined[value], color=colour, linewidth=1.6, errorbar=None, ax=axis)
    axis.set_xlabel("workers")


def worker_axis(axis: Axes, sizes: Sequence[int], usable_cpus: int) -> None:
    """Make the x axis one of worker counts: log2, the real counts as ticks, a line at the usable CPUs."""
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_locator(FixedLocator(sorted(set(sizes))))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlim(min(sizes) / 2**0.35, max(sizes) * 2**0.35)
    if min(sizes) <= usable_cpus <= max(sizes):
        axis.axvline(usable_cpus, color="0.6", linewidth=1, linestyle=":", zorder=0)


def legend(drawn: Figure, ways: Sequence[str], extra: Sequence[Line2D] = ()) -> None:
    """Put one legend for all panels below the title, where it covers no data."""
    handles = [
        Line2D([], [], color=WAYS[way][0], marker=WAYS[way][1], markersize=5, label=way) for way in WAYS if way in ways
    ]
    height = drawn.get_figheight()
    drawn.legend(
        handles=[*handles, *extra],
        loc="upper left",
        bbox_to_anchor=(0.0, 1 - 0.38 / height),
        ncols=4,
        borderaxespad=0.2,
        frameon=False,
        fontsize=9,
        columnspacing=1.4,
    )
