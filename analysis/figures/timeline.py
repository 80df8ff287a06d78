"""Draw what each worker did over time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures import layout, scales, style
from analysis.grouping import SEQUENTIAL, each, with_workers
from runner.units import duration
from runner.visible import on_one_line

CAPTION = (
    "One bar for each call, or for several that were recorded together; a trial of many calls has one line for "
    "each worker, with neighbouring calls as one bar. Grey from when its worker was submitted to when the call "
    "began, framed while the call ran, a thin line until the worker was collected. The frame is filled as high as "
    "the share of that time that the call had a CPU: a full frame computed all the time, one that is half full "
    "took turns with another, an empty one slept. It is dotted where that is not known. Each block of bars is one "
    "trial, the median one of its case."
)
WIDTH, ROW_HEIGHT = 5.4, 0.24
"""Inches."""
MOST_PANELS = 4
"""They are high."""
MOST_CALLS = 12
"""A trial with more calls than this has a line for each worker, not for each call, and at most as many lines."""
MOST_BARS = 48
"""On such a line."""
MOST_EDGE = 50
"""A frame is as thick, in points, as this times its share of the longest trial: thicker ones would fill short bars."""
BAR = 0.68
"""Height of a bar relative to its row."""
LONGEST_NAME = 24
"""Maximum number of characters of a worker's name."""


def timeline(trials: pd.DataFrame, calls: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw the calls of these trials (see `analysis.representatives`), a panel for each work.

    `calls` is `load.timeline` of them.
    """
    panels = layout.chosen(trials, MOST_PANELS)
    last = calls.groupby(["trial_id", "worker"])["call"].transform("max") == calls["call"]
    # A worker is collected once, after its last call.
    calls = calls.assign(collected_s=calls["collected_s"].where(last))
    calls = calls[calls["trial_id"].isin(trials.loc[trials["panel"].isin(panels), "trial_id"])]
    shown = pd.concat([_lines(own) for _, own in calls.groupby("trial_id", sort=False)])
    panel_of = shown["trial_id"].map(trials.set_index("trial_id")["panel"])
    rows = shown.groupby(panel_of).apply(lambda own: own[["trial_id", "line"]].drop_duplicates().shape[0]).max()
    blocks = trials["panel"].value_counts().max()
    height = max(2.2, ROW_HEIGHT * (rows + 1.6 * blocks) + 0.8)
    drawn, axes = layout.figure(panels, min(columns, 2), width=WIDTH if columns > 1 else 4.2, height=height)
    for (axis,), panel in zip(axes, panels, strict=True):
        _draw_panel(axis, trials[trials["panel"] == panel], shown, short=columns == 1)
    layout.legend(drawn, _handles(shown))
    return drawn


def _handles(shown: pd.DataFrame) -> list[Artist]:
    """Return the legend's handles, for what is drawn."""
    grey = Patch(facecolor="0.75", label="starting")
    frame = Patch(facecolor="none", edgecolor="0.3", label="the call, BEGIN to END")
    fill = Patch(facecolor="0.45", edgecolor="0.3", label="share on a CPU")
    dots = Patch(facecolor="none", edgecolor="0.3", hatch="...", label="share not known")
    known = shown["cpu_s"].notna()
    drawn = ((grey, shown["submitted_s"].notna().any()), (frame, True), (fill, known.any()), (dots, not known.all()))
    return [handle for handle, is_drawn in drawn if is_drawn]


def _lines(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the calls of a trial with the `line` that each is drawn on; of many calls, neighbours as one."""
    if len(calls) <= MOST_CALLS:
        return calls.assign(line=range(len(calls)))
    workers = layout.spread(sorted(calls["worker"].unique()), MOST_CALLS)
    return pd.concat([_together(own) for worker, own in calls.groupby("worker") if worker in workers])


def _together(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the calls of one worker as at most MOST_BARS rows: each lasts as long as some neighbours together."""
    calls = calls.sort_values("begin_s")
    groups = calls.groupby(np.arange(len(calls)) * min(MOST_BARS, len(calls)) // len(calls))
    together = groups[["batch", "cpu_s"]].sum(min_count=1)
    ends = groups[["end_s", "collected_s"]].max()
    known = groups["cpu_s"].count() == groups.size()
    first = groups.head(1).set_index(together.index)
    return first.assign(**together, **ends, line=calls["worker"].iloc[0]).assign(cpu_s=together["cpu_s"].where(known))


def _draw_panel(axis: Axes, trials: pd.DataFrame, calls: pd.DataFrame, *, short: bool) -> None:
    """Draw the bars of each trial below its heading; `short` says that there is little space for headings."""
    longest, y = trials["wall_s"].max(), 0.0
    ticks: list[tuple[float, str]] = []
    for way in style.ways(trials):
        for trial in each(trials[trials["way"] == way]):
            own, colour = calls[calls["trial_id"] == trial.trial_id], style.colour(way)
            y += 1.3
            heading = _heading(trial, int(own["batch"].sum()), short=short)
            axis.text(0, y - 0.55, heading, fontsize=8.5, fontweight="bold", color=style.ink(way), va="bottom")
            top = y
            for _, line in own.groupby("line", sort=False):
                for call in each(line):
                    _draw_call(axis, call, y, way, longest)
                ticks.append((y, _name(next(each(line)), int(line["batch"].sum()), way)))
                y += 1
            axis.plot([trial.wall_s] * 2, [top - 0.5, y - 0.5], color=colour, linewidth=1.2)
    axis.set_ylim(y - 0.3, 0.2)
    axis.set_xlim(-0.01 * longest, 1.04 * longest)
    axis.set_yticks([place for place, _ in ticks], [name for _, name in ticks], fontsize=8)
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: scales.seconds(round(value, 12))))
    axis.grid(visible=False, axis="y")
    axis.set_xlabel("time since the driver began")


def _heading(trial: Any, calls: int, *, short: bool) -> str:
    way = with_workers(trial.way.replace("multiprocessing/", "") if short else trial.way, trial.workers)
    some = f", {calls} of {trial.calls} calls" if calls < trial.calls else ""
    return f"{way}: {duration(trial.wall_s)} in all (trial {trial.trial_id}{some})"


def _draw_call(axis: Axes, call: Any, y: float, way: str, longest: float) -> None:
    colour, bottom = style.colour(way), y - BAR / 2
    if call.call == 0 and pd.notna(call.submitted_s) and way != SEQUENTIAL:
        axis.add_patch(Rectangle((call.submitted_s, y - 0.12), call.begin_s - call.submitted_s, 0.24, color="0.75"))
    if pd.notna(call.collected_s):
        axis.plot([call.end_s, call.collected_s], [y, y], color="0.6", linewidth=0.8)
    ran = call.end_s - call.begin_s
    known = pd.notna(call.cpu_s)
    share = min(1.0, call.cpu_s / ran) if known and ran > 0 else 0.0
    axis.add_patch(Rectangle((call.begin_s, bottom + BAR * (1 - share)), ran, BAR * share, color=colour, linewidth=0))
    hatch, edge = None if known else "...", min(1.0, MOST_EDGE * ran / longest)
    axis.add_patch(
        Rectangle((call.begin_s, bottom), ran, BAR, facecolor="none", edgecolor=colour, linewidth=edge, hatch=hatch)
    )
    if known and ran > 0.22 * longest:
        label = f"{share:.0%} of it on a CPU" if ran > 0.45 * longest else f"{share:.0%}"
        axis.text(
            call.begin_s + ran / 2,
            y,
            label,
            ha="center",
            va="center",
            fontsize=7.5,
            color="0.1",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        )


def _name(call: Any, calls: int, way: str) -> str:
    """Return what a line is called, whose first call this is."""
    if way == SEQUENTIAL:
        first = call.call + 1
        return f"call {first:,}" if calls == 1 else f"calls {first:,}–{call.call + calls:,}"
    names: Sequence[str | None] = (call.process_name, call.thread_name)
    name = names[0] if way.startswith(("multiprocessing", "process_pool")) else names[1]
    name = None if way == "asyncio" else name  # tasks of one thread, or each in any free thread
    shown = on_one_line(str(name or f"worker {call.worker + 1}")).partition(" (")[0]
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"
