"""Draw the cost of starting workers."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.figures import layout, scales, style
from analysis.grouping import SEQUENTIAL, each, panels

CAPTION = (
    "From submitting a worker to its BEGIN, medians over the trials. Left the first worker of a trial (cold: it pays "
    "for the forkserver itself, for first imports and allocations), right the mean of its other workers (warm). A bar"
    " is stacked of the call that starts the worker, the wait for its first instruction, and the way from there to "
    "BEGIN."
)
PARTS = {"call": ("start() runs", 1.0, ""), "wait": ("waits to run", 0.55, ""), "setup": ("until BEGIN", 0.2, "////")}
"""The parts of starting a worker: name, opacity and hatching."""
WORKERS = {"first": "first worker of a trial", "later": "later workers"}
MOST_COUNTS = 4
"""Maximum number of worker counts in a panel; of more, only some are drawn."""
MOST_BARS = 20
"""Maximum number of bars in a panel, unless it has more ways."""
MOST_LEVEL = 4
"""With more ways, their names are slanted."""
COLUMNS = [f"{which}_{part}_s" for which in WORKERS for part in PARTS]


def start_up_costs(trials: pd.DataFrame) -> pd.DataFrame:
    """Return medians of COLUMNS for each panel, way and number of workers, on the largest work of each workload.

    Trials with a barrier are left out: until BEGIN their workers wait for each other.
    """
    concurrent = trials[(trials["mode"] != SEQUENTIAL) & trials["first_call_s"].notna() & ~trials["barrier"]]
    works = [own for _, own in concurrent.groupby(["workload", "setting"], sort=False)]
    largest = concurrent[concurrent["panel"].isin([panels(own)[-1] for own in works])]
    keys = ["panel", "workload", "setting", "way", "workers"]
    return largest.groupby(keys, sort=False)[COLUMNS].median().reset_index()


def start_up(costs: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw `start_up_costs`: for each work two pairs of axes, the first worker's cost and the later ones'."""
    works = layout.chosen(costs, layout.MOST_PANELS // 2)
    wanted = [
        (work, which)
        for work in works
        for which in WORKERS
        if costs.loc[costs["panel"] == work, f"{which}_call_s"].notna().any()
    ]
    width = 4.6 if columns > 1 else layout.PANEL_WIDTH
    drawn, axes = layout.figure([f"{work}\n{WORKERS[which]}" for work, which in wanted], min(2, columns), width=width)
    for (axis,), (work, which) in zip(axes, wanted, strict=True):
        _draw(axis, costs[costs["panel"] == work], which)
    layout.legend(drawn, [_patch(name, opacity, hatch) for name, opacity, hatch in PARTS.values()])
    return drawn


def _draw(axis: Axes, costs: pd.DataFrame, which: str) -> None:
    ways = style.ways(costs)
    every = sorted(costs["workers"].unique())
    counts = layout.spread(every, min(MOST_COUNTS, max(1, MOST_BARS // len(ways))))
    width = 0.8 / len(counts)
    for row in each(costs[costs[f"{which}_call_s"].notna() & costs["workers"].isin(counts)]):
        way, workers = row.way, row.workers
        x = ways.index(way) + (counts.index(workers) - (len(counts) - 1) / 2) * width
        total = _bar(axis, x, 0.9 * width, [getattr(row, f"{which}_{part}_s") for part in PARTS], way)
        label = f" ×{workers}  {scales.seconds(float(f'{total:.3g}'))}"
        axis.text(x, total, label, ha="center", va="bottom", fontsize=7, rotation=90)
    slanted: style.Look = {"rotation": 30, "ha": "right", "fontsize": 8} if len(ways) > MOST_LEVEL else {}
    axis.set_xticks(range(len(ways)), [way.replace("multiprocessing/", "") for way in ways], **slanted)
    axis.set_xlim(-0.6, len(ways) - 0.4)
    axis.margins(y=0.42)
    scales.time_axis(axis.yaxis, *axis.get_ylim(), log=False)
    axis.grid(visible=False, axis="x")
    axis.set_ylabel("submitted to BEGIN")
    axis.set_xlabel(layout.some_counts(counts, every).strip(), fontsize=8.5)


def _bar(axis: Axes, x: float, width: float, costs_s: list[float], way: str) -> float:
    """Stack the parts, and return their total heights."""
    bottom = 0.0
    for cost, (_, opacity, hatch) in zip(costs_s, PARTS.values(), strict=True):
        shade: style.Look = {"facecolor": "none"} if hatch else {"facecolor": style.colour(way), "alpha": opacity}
        axis.bar(x, cost, width, bottom=bottom, hatch=hatch, edgecolor=style.colour(way), linewidth=0, **shade)
        bottom += cost
    return bottom


def _patch(name: str, opacity: float, hatch: str) -> Patch:
    shade: style.Look = {"facecolor": "none", "hatch": hatch} if hatch else {"facecolor": "0.3", "alpha": opacity}
    return Patch(edgecolor="0.3", label=name, **shade)
