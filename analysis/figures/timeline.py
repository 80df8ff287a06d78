"""Draw what each worker did over time."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures import layout, scales, style
from analysis.grouping import SEQUENTIAL, each, with_workers
from runner.units import duration
from runner.visible import on_one_line

CAPTION = (
    "One bar for each call, or for several short ones that were recorded together: grey from when its worker was "
    "submitted to when the call began, framed while the call ran, a thin line until the worker was collected. The "
    "frame is filled as high as the share of that time that the call had a CPU: a full frame computed all the time, "
    "one that is half full took turns with another, an empty one slept. It is dotted where that is not known. Each "
    "block of bars is one trial, the median one of its case."
)
WIDTH, ROW_HEIGHT = 5.4, 0.24
"""Inches."""
MOST_PANELS = 4
"""They are high."""
MOST_CALLS = 12
"""Maximum number of calls of a trial that are drawn."""
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
    # The first calls of all workers, not all calls of the first ones.
    shown = calls.sort_values(["trial_id", "call", "worker"]).groupby("trial_id").head(MOST_CALLS).sort_index()
    panel_of = shown["trial_id"].map(trials.set_index("trial_id")["panel"])
    rows, blocks = panel_of.value_counts().max(), trials["panel"].value_counts().max()
    height = max(2.2, ROW_HEIGHT * (rows + 1.6 * blocks) + 0.8)
    drawn, axes = layout.figure(panels, min(columns, 2), width=WIDTH if columns > 1 else 4.2, height=height)
    for (axis,), panel in zip(axes, panels, strict=True):
        _draw_panel(axis, trials[trials["panel"] == panel], shown, short=columns == 1)
    grey = Patch(facecolor="0.75", label="starting")
    frame = Patch(facecolor="none", edgecolor="0.3", label="the call, BEGIN to END")
    fill = Patch(facecolor="0.45", edgecolor="0.3", label="share on a CPU")
    dots = [Patch(facecolor="none", edgecolor="0.3", hatch="...", label="share not known")]
    layout.legend(drawn, [grey, frame, fill, *(dots if shown["cpu_s"].isna().any() else [])])
    return drawn


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
            for call in each(own):
                _draw_call(axis, call, y, way, longest)
                ticks.append((y, _name(call, way)))
                y += 1
            axis.plot([trial.wall_s] * 2, [y - len(own) - 0.5, y - 0.5], color=colour, linewidth=1.2)
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
    hatch = None if known else "..."
    axis.add_patch(
        Rectangle((call.begin_s, bottom), ran, BAR, facecolor="none", edgecolor=colour, linewidth=1, hatch=hatch)
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


def _name(call: Any, way: str) -> str:
    if way == SEQUENTIAL:
        first = call.call + 1
        return f"call {first:,}" if call.batch == 1 else f"calls {first:,}–{call.call + call.batch:,}"
    names: Sequence[str | None] = (call.process_name, call.thread_name)
    name = names[0] if way.startswith(("multiprocessing", "process_pool")) else names[1]
    name = None if way == "asyncio" else name  # tasks of one thread, or each in any free thread
    shown = on_one_line(str(name or f"worker {call.worker + 1}")).partition(" (")[0]
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"
