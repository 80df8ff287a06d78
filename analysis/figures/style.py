"""The common look of all figures: each way of running has the same colour and marker everywhere."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from analysis.grouping import panels as in_order
from runner.units import duration

_COLOURS = sns.color_palette("colorblind")
WAYS: dict[str, tuple[Any, str]] = {
    "sequential": ("0.35", "s"),
    "threading": (_COLOURS[1], "o"),
    "multiprocessing/fork": (_COLOURS[0], "^"),
    "multiprocessing/spawn": (_COLOURS[2], "v"),
    "multiprocessing/forkserver": (_COLOURS[4], "D"),
    "thread_pool": ("#e3b689", "P"),
    "process_pool/fork": ("#2814fe", "<"),
    "process_pool/spawn": ("#42c51d", ">"),
    "process_pool/forkserver": ("#b077ff", "d"),
    "interpreter_pool": ("#22d0ff", "h"),
    "asyncio": ("#cbc84d", "p"),
}
"""Colour (safe for the colour-blind) and marker."""
OTHER_COLOURS, OTHER_MARKERS = [_COLOURS[place] for place in (5, 7)], "XH8"
Look = dict[str, Any]
"""Keyword arguments of a drawing function."""
FLAGGED = "#b00020"
"""Colour of disturbed trials, which are drawn as crosses."""
PANEL_WIDTH, PANEL_HEIGHT = 3.9, 3.5
"""Inches."""
WIDE, NARROW = 3, 1
"""Number of panels side by side: on a page, on a phone."""
MOST_PANELS = 6
MARGIN = 2**0.35
"""Margin of the axis of workers beyond its first and last count."""
SPREAD, MOST_SPREAD = 0.06, 0.4
"""Points of different ways are drawn side by side: distance between them, and total width, in doublings."""
TITLE = 32
"""Maximum number of characters in a line of a panel's name."""
DARK = 0.4
"""Maximum luminance of text."""
LETTERS_PER_INCH = 15.2
"""Characters in an inch of a caption."""


def colour(way: str) -> Any:
    """Return the colour of a way of running."""
    return _look(way)[0]


def ink(way: str) -> Any:
    """Return the text colour of a way: its own colour, made darker if it is too pale to be read."""
    shade = np.array(to_rgb(colour(way)))
    bright = float(shade**2.2 @ (0.2126, 0.7152, 0.0722))
    return tuple(shade * (DARK / bright) ** (1 / 2.2)) if bright > DARK else colour(way)


def marker(way: str) -> str:
    """Return the marker of a way of running."""
    return _look(way)[1]


def _look(way: str) -> tuple[Any, str]:
    """Return the colour and marker of a way; if it has none here, they are derived from its name."""
    place = crc32(way.encode())
    return WAYS.get(way) or (OTHER_COLOURS[place % len(OTHER_COLOURS)], OTHER_MARKERS[place % len(OTHER_MARKERS)])


def ways(frame: pd.DataFrame) -> list[str]:
    """Return the ways in a frame, in their fixed order."""
    present = set(frame["way"])
    return [*(way for way in WAYS if way in present), *sorted(present - set(WAYS))]


def chosen(frame: pd.DataFrame, most: int = MOST_PANELS) -> list[str]:
    """Return the panels to draw: all, or `most` of them, shared evenly among the works, always with the largest sizes.

    A second setting of a workload is chosen only after every workload has one.
    """
    every = in_order(frame)
    if len(every) <= most:
        return every
    queues: dict[tuple[Any, Any], list[str]] = {}
    first = frame.drop_duplicates("panel").set_index("panel")
    for panel in every:
        queues.setdefault((first.loc[panel, "setting"], first.loc[panel, "workload"]), []).append(panel)
    settings = list(dict.fromkeys(setting for setting, _ in queues))
    share = dict.fromkeys(sorted(queues, key=lambda key: settings.index(key[0])), 0)
    while sum(share.values()) < most:
        open_queues = [key for key, queue in queues.items() if share[key] < len(queue)]
        share[min(open_queues, key=lambda key: (share[key], list(share).index(key)))] += 1
    kept = {panel for key, queue in queues.items() for panel in spread(queue, share[key])}
    return [panel for panel in every if panel in kept]


def spread(values: Sequence[Any], most: int) -> list[Any]:
    """Return at most that many of the values, evenly spaced, including the last."""
    places = np.linspace(len(values) - 1, 0, min(most, len(values))).round().astype(int)
    return [values[place] for place in sorted(places)]


def figure(
    panels: Sequence[str], columns: int, *, rows: int = 1, width: float = PANEL_WIDTH, height: float = PANEL_HEIGHT
) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure with `rows` axes below each other for each panel, at most `columns` panels side by side.

    `width` and `height` are those of one pair of axes, in inches.
    """
    across = min(len(panels), columns)
    if len(panels) == 4 and across == 3:
        across = 2
    down = -(-len(panels) // across)
    with sns.axes_style("ticks", {"axes.grid": True, "grid.color": "0.9", "axes.axisbelow": True}):
        drawn = Figure(figsize=(across * width + 0.3, down * rows * height + 0.5), layout="constrained")
        grid = drawn.subplots(down * rows, across, squeeze=False)
    drawn.get_layout_engine().set(hspace=0.05, wspace=0.05, h_pad=0.06, w_pad=0.06)  # type: ignore[union-attr, call-arg]
    found = []
    for place, panel in enumerate(panels):
        column, row = place % across, place // across * rows
        mine = [grid[row + line][column] for line in range(rows)]
        mine[0].set_title(title(panel), fontsize=10)
        found.append(mine)
    for axis in set(grid.flat) - {axis for axes in found for axis in axes}:
        axis.remove()
    return drawn, found


def title(panel: str) -> str:
    """Break a panel's name into lines at commas; break elsewhere only if a part is too long for a line."""
    lines = []
    for part in panel.replace("), ", ")\n").split("\n"):
        words = [word if len(word) > TITLE else word.replace(" ", "\N{NO-BREAK SPACE}") for word in part.split(", ")]
        lines += textwrap.wrap(", ".join(words).replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"), TITLE)
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def frame(drawn: Figure, heading: str, caption: str) -> tuple[float, float]:
    """Add a heading and a caption, for a figure outside the page; return the height of each in inches."""
    width = drawn.get_figwidth()
    above = textwrap.wrap(heading, int(width * LETTERS_PER_INCH * 0.66))
    below = textwrap.wrap(caption, int(width * LETTERS_PER_INCH))
    room = 0.21 * len(above) + 0.1, 0.16 * len(below) + 0.12
    _enlarge(drawn, above=room[0], below=room[1])
    height = drawn.get_figheight()
    drawn.suptitle("\n".join(above), x=0.01, y=1 - 0.08 / height, ha="left", va="top", fontsize=12, fontweight="bold")
    drawn.text(0.01, 0.08 / height, "\n".join(below), ha="left", va="bottom", fontsize=8.5, color="0.3")
    return room


def _enlarge(drawn: Figure, *, above: float = 0.0, below: float = 0.0) -> None:
    """Add space above and below the drawing, in inches; objects above the axes are moved with them."""
    engine, before = drawn.get_layout_engine(), drawn.get_figheight()
    _, bottom, _, share = engine.get()["rect"]  # type: ignore[union-attr]
    height = before + above + below
    drawn.set_figheight(height)
    engine.set(rect=(0, (bottom * before + below) / height, 1, share * before / height))  # type: ignore[union-attr, call-arg]
    for legend in drawn.legends:
        legend.set_bbox_to_anchor((0, 1 - above / height), transform=drawn.transFigure)


def medians(axis: Axes, rows: pd.DataFrame, value: str, low: str, high: str) -> None:
    """Draw the medians of each way in one panel, joined, with their intervals if there are any."""
    present = ways(rows)
    apart = min(SPREAD, MOST_SPREAD / len(present))
    for place, way in enumerate(present):
        mine = rows[rows["way"] == way].sort_values("size")
        x = mine["size"] * 2 ** (apart * (place - (len(present) - 1) / 2))
        sns.lineplot(x=x, y=mine[value], color=colour(way), linewidth=1.4, errorbar=None, ax=axis, legend=False)
        axis.errorbar(
            x,
            mine[value],
            yerr=[mine[value] - mine[low], mine[high] - mine[value]],  # NaN, and so no bar, if there is no interval
            fmt=marker(way),
            color=colour(way),
            markersize=4.5,
            elinewidth=1.4,
            capsize=2.5,
            zorder=3,
        )


def worker_axis(axis: Axes, sizes: Iterable[int], usable_cpus: int) -> None:
    """Format the x axis for worker counts: log2, the actual counts as ticks, a line at the usable CPUs."""
    ticks = sorted({int(size) for size in sizes})
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_locator(FixedLocator(_apart(ticks)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlim(ticks[0] / MARGIN, ticks[-1] * MARGIN)
    axis.set_xlabel("workers")
    if _on_axis(ticks, usable_cpus):
        axis.axvline(usable_cpus, color="0.6", linewidth=1, linestyle=":", zorder=0)


def _on_axis(sizes: Sequence[int], usable_cpus: int) -> bool:
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
    """Format an axis's times with units; `lowest` and `highest` are the limits of the data, in seconds."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value)))
    if log:
        factor = highest / lowest
        steps = (1,) if factor > 300 else (1, 2, 5) if factor > 8 else (1, 1.5, 2, 3, 4, 6, 8)
        axis.set_major_locator(LogLocator(subs=steps, numticks=9))
        axis.set_minor_locator(NullLocator())


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


def way_handles(names: Sequence[str]) -> list[Artist]:
    """Return the legend's handles for the ways."""
    return [Line2D([], [], color=colour(way), marker=marker(way), markersize=5, label=way) for way in names]


def cpus_handles(drawn: pd.DataFrame) -> list[Artist]:
    """Return the legend's handle for the lines at the usable CPUs, if any of these panels has one."""
    counts = {usable(rows) for _, rows in drawn.groupby("panel") if _on_axis(list(rows["size"]), usable(rows))}
    number = f" ({counts.copy().pop()})" if len(counts) == 1 else ""
    return [Line2D([], [], color="0.6", linestyle=":", label=f"usable CPUs{number}")] if counts else []


def legend(drawn: Figure, handles: Sequence[Artist]) -> None:
    """Add one legend for all panels above them, so that it covers no data."""
    columns = max(1, min(len(handles), int(drawn.get_figwidth() / 2.15)))
    _enlarge(drawn, above=0.2 * -(-len(handles) // columns) + 0.12)
    drawn.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        fontsize=9,
        columnspacing=1.2,
    )


def usable(rows: pd.DataFrame) -> int:
    """Return the most CPUs that a trial of a panel could use."""
    return int(rows["usable_cpus"].max())
