"""What it costs to start workers."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.figures import style
from analysis.grouping import SEQUENTIAL

CAPTION = (
    "From submitting a worker to its BEGIN, medians over the trials. Left the first worker of a trial (cold: it pays for "
    "the forkserver itself, for first imports and allocations), right the mean of its other workers (warm). A bar is "
    "stacked of the call that starts the worker, the wait for its first instruction, and the way from there to BEGIN."
)
PARTS = {"call": ("start() runs", 1.0, ""), "wait": ("waits to run", 0.55, ""), "setup": ("until BEGIN", 0.2, "////")}
COLUMNS = [f"{which}_{part}_s" for which in ("first", "later") for part in PARTS]


def start_up_costs(trials: pd.DataFrame) -> pd.DataFrame:
    """Return medians of COLUMNS for each panel, way and number of workers: on the largest work of each workload."""
    concurrent = trials[(trials["mode"] != SEQUENTIAL) & trials["first_call_s"].notna()]
    if concurrent.empty:
        return concurrent.reindex(columns=["panel", "way", "workers", *COLUMNS])
    largest = [style.in_order(own)[-1] for _, own in concurrent.groupby(["workload", "sweep_id", "python"], sort=False)]
    own = concurrent[concurrent["panel"].isin(largest)]
    return own.groupby(["panel", "workload", "way", "workers"], sort=False)[COLUMNS].median().reset_index()


def start_up(costs: pd.DataFrame, columns: int = style.WIDE) -> Figure:
    """Draw `start_up_costs`: for each work two pairs of axes, the first worker's cost and the later ones'."""
    works = list(costs["panel"].unique())[: style.MOST_PANELS // 2]
    panels = [f"{work}\n{which}" for work in works for which in ("first worker of a trial", "later workers")]
    drawn, axes = style.figure(panels, min(2, columns), width=4.6 if columns > 1 else style.PANEL_WIDTH)
    for place, (axis,) in enumerate(axes):
        rows, which = costs[costs["panel"] == works[place // 2]], ("first", "later")[place % 2]
        rows = rows[rows[f"{which}_call_s"].notna()]
        ways = style.ways(costs[costs["panel"] == works[place // 2]])
        counts = sorted(costs.loc[costs["panel"] == works[place // 2], "workers"].unique())
        width = 0.8 / len(counts)
        for number, count in enumerate(counts):
            for group, way in enumerate(ways):
                own = rows[(rows["way"] == way) & (rows["workers"] == count)]
                if own.empty:
                    continue
                x, bottom = group + (number - (len(counts) - 1) / 2) * width, 0.0
                for part, (_, alpha, hatch) in PARTS.items():
                    cost = float(own[f"{which}_{part}_s"].iloc[0])
                    shade = {"color": style.colour(way), "alpha": alpha} if not hatch else {"facecolor": "none"}
                    axis.bar(
                        x, cost, width * 0.9, bottom=bottom, hatch=hatch, edgecolor=style.colour(way), linewidth=0, **shade
                    )
                    bottom += cost
                label = f" ×{count}  {style.seconds(float(f'{bottom:.3g}'))}"
                axis.text(x, bottom, label, ha="center", va="bottom", fontsize=7, rotation=90)
        axis.set_xticks(range(len(ways)), [way.replace("multiprocessing/", "") for way in ways])
        axis.set_xlim(-0.6, len(ways) - 0.4)
        axis.margins(y=0.42)
        style.time_axis(axis, log=False)
        axis.grid(visible=False, axis="x")
        axis.set_ylabel("submitted to BEGIN")
    handles = [
        Patch(facecolor="none" if hatch else "0.3", alpha=None if hatch else alpha, hatch=hatch, edgecolor="0.3", label=name)
        for name, alpha, hatch in PARTS.values()
    ]
    style.legend(drawn, handles)
    return drawn
