"""Draw the answer for each work: its ways ranked by speed, with their speedups over sequential calls."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.figures import layout, style
from analysis.figures.drawing import Drawing
from analysis.figures.lettering import wrapped
from analysis.figures.ranking import FASTEST, Row, Section
from runner.numbers.medians import Estimate

CAPTION = (
    "Speedup of each way over sequential calls, the fastest way of a work first, with its 95 % interval: right of the "
    "line is faster. The square is the base: sequential calls, with what a call takes. `*` is the fastest beyond "
    "doubt, `~` is not told from it."
)
WIDE, NARROW = 5.7, 4.0
"""Inches."""
ROW = 0.15
"""Height of a row in inches."""
ABOVE, BELOW = 1.1, 0.3
"""Room for a heading above the rows of a work, and below them, in rows."""
BELOW_AXIS = 0.6
"""Inches for the axis and its words."""
PAD = 0.08
"""Inches around the drawing."""
MARGIN = 1.25
"""Space left and right of the data, as a factor."""
SMALL = 7.5
"""Size of letters, in points."""
GREY = "0.4"
"""Colour of a work about which nothing can be said: 5.7 : 1 on white."""


Placed = tuple[float, Section, Row]
"""A row, its section, and its place from the top, in rows."""


def answer(shown: Sequence[Section], columns: int = layout.WIDE) -> Figure:
    """Draw `sections` below each other on one logarithmic axis of speedups."""
    short = columns == layout.NARROW
    width = NARROW if short else WIDE
    placed = list(_placed(shown, width))
    height = ROW * (placed[-1][0] + 1) + BELOW_AXIS
    with sns.axes_style("ticks", {"axes.grid": True, "grid.color": "0.92", "axes.axisbelow": True}):
        drawn = Drawing(figsize=(width, height), layout="constrained")
        axis = drawn.add_subplot()
    drawn.get_layout_engine().set(w_pad=PAD, h_pad=PAD)  # type: ignore[union-attr, call-arg]
    for place, section, row in placed:
        _draw(axis, place, row, is_busy=section.is_busy)
    _write_headings(axis, placed, width)
    _write_names(axis, placed, short=short)
    _write_figures(axis, placed, short=short)
    _ratio_axis(axis, [row.speedup for _, _, row in placed])
    return drawn


def _placed(shown: Sequence[Section], width: float) -> Iterator[Placed]:
    place = 0.0
    for section in shown:
        place += ABOVE + len(_heading(section, width)) - 1
        for row in section.rows:
            yield place, section, row
            place += 1
        place += BELOW


def _heading(section: Section, width: float) -> list[str]:
    return wrapped(section.heading, 0.96 * width, SMALL, "bold")


def _draw(axis: Axes, place: float, row: Row, *, is_busy: bool) -> None:
    colour, found = "0.6" if is_busy else style.colour(row.name), row.speedup
    if found.has_interval:
        axis.plot([found.low, found.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
    axis.plot(found.value, place, marker=style.marker(row.name), color=colour, markersize=5, linestyle="")


def _write_headings(axis: Axes, placed: Sequence[Placed], width: float) -> None:
    for place, section, row in placed:
        if row is not section.rows[0]:
            continue
        lines = _heading(section, width)
        written = axis.annotate(
            "\n".join(lines),
            (0, place - 0.5 - len(lines) / 2),
            xycoords=("figure fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=SMALL,
            fontweight="bold",
            va="center",
            linespacing=1.1,
            color=GREY if section.is_busy else "0.1",
            annotation_clip=False,
        )
        written.set_in_layout(False)


def _write_names(axis: Axes, placed: Sequence[Placed], *, short: bool) -> None:
    names = [f"{row.sign} {row.way.name}".strip() for _, _, row in placed]
    names = [name.replace("multiprocessing/", "") if short else name for name in names]
    axis.set_yticks([place for place, _, _ in placed], names, fontsize=SMALL)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(placed[-1][0] + 0.6, -0.4)
    _colour(axis.get_yticklabels(), placed, [style.ink(row.name) for _, _, row in placed])


def _write_figures(axis: Axes, placed: Sequence[Placed], *, short: bool) -> None:
    right = axis.secondary_yaxis("right")
    figures = [row.figures(short=short) for _, _, row in placed]
    right.set_yticks([place for place, _, _ in placed], figures, fontsize=SMALL)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    _colour(right.get_yticklabels(), placed, ["0.1"] * len(placed))


def _colour(labels: Sequence[Text], placed: Sequence[Placed], colours: Sequence[Any]) -> None:
    for label, (_, section, row), colour in zip(labels, placed, colours, strict=True):
        label.set_color(GREY if section.is_busy else colour)
        label.set_fontweight("bold" if row.sign == FASTEST else "normal")


def _ratio_axis(axis: Axes, speedups: Sequence[Estimate]) -> None:
    ends = [end for found in speedups for end in (found.value, found.low, found.high) if not math.isnan(end)]
    low, high = min(*ends, 1 / MARGIN) / MARGIN, max(*ends, MARGIN) * MARGIN
    axis.set_xscale("log")
    axis.set_xlim(low, high)
    axis.xaxis.set_major_locator(FixedLocator(ticks_between(low, high)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _ratio(value)))
    axis.tick_params(axis="x", labelsize=SMALL)
    axis.axvline(1, color="0.5", linewidth=1, zorder=0)
    axis.grid(visible=False, axis="y")
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
    axis.set_xlabel("speedup over sequential calls", fontsize=SMALL + 0.5)


def ticks_between(low: float, high: float, most: int = 4) -> list[float]:
    """Return 1 and factors between these two, the same in both directions, as round as there is room for."""
    for step in (1.1, 1.25, 1.5, 2.0, 5.0, 10.0, 100.0, 1000.0):
        steps = range(math.ceil(math.log(low, step)), math.floor(math.log(high, step)) + 1)
        if len(steps) <= most:
            return [step**exponent for exponent in steps]
    return [1.0]


def _ratio(value: float) -> str:
    if abs(math.log(value)) < 1e-9:
        return "1 ×"
    return f"{value:.3g} ×" if value > 1 else f"{1 / value:.3g} ×\nslower"
