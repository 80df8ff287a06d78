"""The common look of all figures: each way of running has the same colour and marker everywhere."""

from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from analysis.resampling import Floats

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
SPREAD, MOST_SPREAD = 0.06, 0.4
"""Points of different ways are drawn side by side: distance between them, and total width, in doublings."""
CONTRAST = 4.5
"""Least ratio of text to white paper (WCAG 2.1, 1.4.3): (1 + 0.05) ÷ (luminance + 0.05)."""


def colour(way: str) -> Any:
    """Return the colour of a way of running."""
    return _look(way)[0]


def ink(way: str) -> Any:
    """Return the text colour of a way: its own colour, made darker if it is too pale to be read."""
    shade, darkest = np.array(to_rgb(colour(way))), 1.05 / CONTRAST - 0.05
    if luminance(shade) <= darkest:
        return colour(way)
    return tuple(_from_linear(_linear(shade) * 0.99 * darkest / luminance(shade)))


def luminance(shade: Any) -> float:
    """Return the relative luminance of an RGB colour (IEC 61966-2-1, as in WCAG 2.1)."""
    return float(_linear(np.array(shade)) @ (0.2126, 0.7152, 0.0722))


def _linear(shade: Floats) -> Floats:
    return np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4)


def _from_linear(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


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
