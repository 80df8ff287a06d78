"""Draw the same case on several interpreters."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures import layout, scales, style
from analysis.grouping import SEQUENTIAL, SIZE, STRONG, each, joined, panels
from analysis.statistics import Median

CAPTION = (
    "Total time of the same work run the same way, an interpreter a mark: further left is faster. Medians over the "
    "blocks with their 95 % intervals, on the largest size of each workload, with as many workers as there are usable "
    "CPUs, or the nearest below that several interpreters had. Sequential calls are as many as the others make."
)
LOG_FROM = 8
"""A panel whose times differ by more than this factor has a logarithmic axis."""
COLOURS, MARKERS = sns.color_palette("Dark2"), "os^Dv<>p"


def beside(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the medians of `wall_s`, with intervals, of the cases that several interpreters ran: a row for each case.

    `trials` are those that count, grouped. Columns: `panel`, here without the interpreter, `workload`, `setting`, SIZE,
    `interpreter, way, mode, workers, calls, n, wall_s, low, high`.
    """
    alike = trials["circumstances"]
    frame = trials.assign(panel=joined(trials["shape"], alike), setting=alike)
    frame = frame[frame.groupby("panel")["interpreter"].transform("nunique") > 1]
    largest = [panels(own)[-1] for _, own in frame.groupby(["workload", "setting"], sort=False)]
    keys = ["panel", "workload", "setting", *SIZE, "interpreter", "way", "mode", "workers", "calls"]
    chosen = [_with_most_workers(frame[frame["panel"] == panel]) for panel in largest]
    together = pd.concat([frame.iloc[:0], *chosen])
    return Median("wall_s", keys)(pd.DataFrame(together))


def _with_most_workers(panel: pd.DataFrame) -> pd.DataFrame:
    """Return the trials with the most workers that several interpreters have, within the usable CPUs if possible."""
    interpreters = panel.groupby("size")["interpreter"].nunique()
    concurrent = panel.loc[panel["mode"] != SEQUENTIAL, "size"]
    shared = [size for size in interpreters.index[interpreters > 1] if concurrent.empty or size in set(concurrent)]
    within = [size for size in shared if size <= panel["usable_cpus"].max()]
    size = max(within) if within else min(shared, default=panel["size"].min())
    strong = panel["scaling"].eq(STRONG) & panel["mode"].eq(SEQUENTIAL)
    return panel[panel["size"].eq(size) | strong]


def interpreters(rows: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw `beside`: a row for each way, a mark for each interpreter, a panel for each work."""
    names = layout.chosen(rows)
    shown = rows[rows["panel"].isin(names)]
    every = list(dict.fromkeys(shown["interpreter"]))
    most = shown.groupby("panel")["way"].nunique().max()
    height = 0.13 * most * max(3, len(every)) + 1.1
    drawn, axes = layout.figure(names, min(columns, 2), width=5.4 if columns > 1 else 4.2, height=height)
    looks = {name: (COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]) for place, name in enumerate(every)}
    for (axis,), name in zip(axes, names, strict=True):
        _draw(axis, shown[shown["panel"] == name], looks)
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=5, linestyle="", label=name)
        for name, (colour, marker) in looks.items()
    ]
    layout.legend(drawn, handles)
    return drawn


def _draw(axis: Axes, rows: pd.DataFrame, looks: dict[str, tuple[Any, str]]) -> None:
    ways, names = style.ways(rows), [name for name in looks if name in set(rows["interpreter"])]
    for row in each(rows):
        colour, marker = looks[row.interpreter]
        y = ways.index(row.way) + 0.7 * ((names.index(row.interpreter) + 0.5) / len(names) - 0.5)
        interval = [[row.wall_s - row.low], [row.high - row.wall_s]]  # NaN, and so no bar, if there is no interval
        axis.errorbar(row.wall_s, y, xerr=interval, fmt=marker, color=colour, markersize=5, elinewidth=1.4, capsize=2)
    labels = {row.way: _label(row) for row in each(rows)}
    axis.set_yticks(range(len(ways)), [labels[way] for way in ways], fontsize=8.5)
    for tick, way in zip(axis.get_yticklabels(), ways, strict=True):
        tick.set_color(style.ink(way))
    axis.set_ylim(len(ways) - 0.5, -0.5)
    for edge in range(1, len(ways)):
        axis.axhline(edge - 0.5, color="0.9", linewidth=0.8)
    axis.grid(visible=False, axis="y")
    lowest, highest = rows["wall_s"].min(), rows["wall_s"].max()
    if highest > LOG_FROM * lowest > 0:
        axis.set_xscale("log")
    else:
        axis.set_xlim(0, 1.08 * rows[["wall_s", "high"]].max().max() or 1)
    scales.time_axis(axis.xaxis, lowest, highest, log=axis.get_xscale() == "log")
    axis.set_xlabel("total time")


def _label(row: Any) -> str:
    return (
        f"{row.way} ×{row.workers}" if row.way != SEQUENTIAL else f"{row.way}, {row.calls} call{'s' * (row.calls > 1)}"
    )
