"""Panels on a figure: which are drawn, where they stand, and the words and the legend around them."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.drawing import Drawing
from analysis.figures.lettering import inches, wrapped
from analysis.figures.scales import on_axis, usable
from analysis.figures.style import colour, marker
from analysis.grouping import panels as in_order
from runner.visible import on_one_line

PANEL_WIDTH, PANEL_HEIGHT = 3.9, 3.5
"""Inches."""
WIDE, NARROW = 3, 1
"""Number of panels side by side: on a page, on a phone."""
MOST_PANELS = 6
TITLE = 32
"""Maximum number of characters in a line of a panel's name."""
HEADING, WORDS, LEGEND = 12, 8.5, 9
"""Size of the letters of a figure's heading, caption and legend, in points."""
BESIDE = 0.55
"""Inches beside the words of a legend: the mark, and the space between columns."""


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


def some_counts(shown: Sequence[int], every: Sequence[int]) -> str:
    """Return a line for below an axis, about the numbers of workers that are not drawn; nothing if all are."""
    return "" if len(shown) == len(every) else f"\ndrawn: {len(shown)} of {len(every)} numbers of workers"


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
        drawn = Drawing(figsize=(across * width + 0.3, down * rows * height + 0.5), layout="constrained")
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
    width = 0.95 * drawn.get_figwidth()  # letters on a grid of pixels are a little wider
    above = wrapped(on_one_line(heading), width, HEADING, "bold")
    below = wrapped(on_one_line(caption), width, WORDS)
    room = 0.21 * len(above) + 0.1, 0.16 * len(below) + 0.12
    _enlarge(drawn, above=room[0], below=room[1])
    height = drawn.get_figheight()
    drawn.suptitle(
        "\n".join(above), x=0.01, y=1 - 0.08 / height, ha="left", va="top", fontsize=HEADING, fontweight="bold"
    )
    drawn.text(0.01, 0.08 / height, "\n".join(below), ha="left", va="bottom", fontsize=WORDS, color="0.3")
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


def legend(drawn: Figure, handles: Sequence[Artist]) -> None:
    """Add one legend for all panels above them, so that it covers no data."""
    words = [str(handle.get_label()) for handle in handles]
    widest = max(inches(word, LEGEND) for word in words) + BESIDE
    columns = max(1, min(len(handles), int(drawn.get_figwidth() / widest)))
    _enlarge(drawn, above=0.2 * -(-len(handles) // columns) + 0.12)
    added = drawn.legend(
        list(handles),
        ["-"] * len(words),  # a name that begins with an underscore would be left out
        loc="upper left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        fontsize=LEGEND,
        columnspacing=1.2,
    )
    for text, word in zip(added.get_texts(), words, strict=True):
        text.set_text(word)


def way_handles(names: Sequence[str]) -> list[Artist]:
    """Return the legend's handles for the ways."""
    return [Line2D([], [], color=colour(way), marker=marker(way), markersize=5, label=way) for way in names]


def cpus_handles(drawn: pd.DataFrame) -> list[Artist]:
    """Return the legend's handle for the lines at the usable CPUs, if any of these panels has one."""
    counts = {usable(rows) for _, rows in drawn.groupby("panel") if on_axis(list(rows["size"]), usable(rows))}
    number = f" ({counts.copy().pop()})" if len(counts) == 1 else ""
    return [Line2D([], [], color="0.6", linestyle=":", label=f"usable CPUs{number}")] if counts else []
