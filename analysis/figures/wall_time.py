"""Draw how the time of the calls is spent."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from analysis.figures import layout, style
from analysis.grouping import PANEL, SEQUENTIAL

CAPTION = (
    "Of the time between BEGIN and END, summed over all calls of a case: on a CPU, ready but waiting for one, and the"
    " rest. The rest is inferred, not measured, and hatched: asleep, waiting for the interpreter lock or for a "
    "device. CPU-bound threads that share the lock wait for it; sleeping calls are all rest. While a child process or "
    "a native thread computes for a call, its own thread waits: that part is blue. Where the wait for a CPU is not "
    "known, as of calls under 10 ms, it is among the rest."
)
SHARES = {
    "cpu": ("on a CPU", "0.25"),
    "run_queue": ("ready, waiting for a CPU", "#d55e00"),
    "others": ("waiting while children or native threads compute", "#56b4e9"),
}
LEAST = 0.05
"""Smallest share of the time in which children and native threads compute that is shown: reading the counters takes
some ten microseconds of CPU time, too."""
SEEN = 0.002
"""Smallest share that is as wide as a line."""
MOST_ROWS = 16
"""Maximum number of worker counts in a panel; of more, only some are drawn."""


def wall_shares(trials: pd.DataFrame) -> pd.DataFrame:
    """Return `cpu`, `run_queue`, `others` and `blocked`, shares of 1, for each panel, way and size with counters.

    A case's shares are those of the sum of its trials. `others` is the CPU time of children and native threads, at most
    what is left of the time. An unknown `run_queue` is part of `blocked`.
    """
    known = trials.dropna(subset=["cpu_s", "busy_s"])
    known = known.assign(others_s=(_tree_cpu_s(known) - known["cpu_s"]).clip(lower=0))
    keys = [*PANEL, "calls", "way", "mode", "size"]
    parts = ["busy_s", "cpu_s", "run_queue_s", "others_s"]
    sums = known.groupby(keys, sort=False, dropna=False)[parts].sum().reset_index()
    sums = sums[sums["busy_s"] > 0]
    cpu = (sums["cpu_s"] / sums["busy_s"]).clip(upper=1)
    queue = (sums["run_queue_s"] / sums["busy_s"]).clip(upper=1 - cpu)
    others = (sums["others_s"] / sums["busy_s"]).clip(upper=1 - cpu - queue)
    others = others.where(others >= LEAST, 0.0)
    return sums.assign(cpu=cpu, run_queue=queue, others=others, blocked=1 - cpu - queue - others)


def _tree_cpu_s(trials: pd.DataFrame) -> pd.Series:
    """Return the CPU time of the workers with their native threads and children.

    Workers that share a process start no other, so there it is that of the whole trial.
    """
    return trials["process_cpu_s"].fillna(trials["tree_cpu_s"])


def wall_time(shares: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw `wall_shares`: a stacked bar for each way and number of workers, a panel for each work."""
    panels = layout.chosen(shares)
    shares = shares[shares["panel"].isin(panels)]
    most = min(MOST_ROWS, int(shares.groupby("panel").size().max()))
    drawn, axes = layout.figure(panels, columns, height=0.22 * most + 1.2)
    occurring = {share: look for share, look in SHARES.items() if (shares[share] > SEEN).any()}
    for (axis,), panel in zip(axes, panels, strict=True):
        rows = shares[shares["panel"] == panel]
        order = {way: place for place, way in enumerate(style.ways(rows))}
        every = sorted(rows["size"].unique())
        sizes = layout.spread(every, max(1, MOST_ROWS // len(order)))
        rows = rows[rows["size"].isin(sizes)]
        rows = rows.assign(order=rows["way"].map(order)).sort_values(["order", "size"])
        places, left = range(len(rows)), pd.Series(0.0, index=rows.index)
        for share, (_, colour) in occurring.items():
            axis.barh(places, rows[share], left=left, color=colour, height=0.74)
            left = left + rows[share]
        axis.barh(
            places, rows["blocked"], left=left, height=0.74, facecolor="0.95", edgecolor="0.6", hatch="////", lw=0
        )
        labels = [
            f"{way.replace('multiprocessing/', '')} ×{size}"
            if mode != SEQUENTIAL
            else f"{way}, {calls} call{'s' * (calls > 1)}"
            for way, size, mode, calls in zip(rows["way"], rows["size"], rows["mode"], rows["calls"], strict=True)
        ]
        axis.set_yticks(list(places), labels, fontsize=8)
        for tick, way in zip(axis.get_yticklabels(), rows["way"], strict=True):
            tick.set_color(style.ink(way))
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_xlim(0, 1)
        axis.xaxis.set_major_formatter(PercentFormatter(1))
        axis.grid(visible=False)
        axis.set_xlabel("share of the time from BEGIN to END" + layout.some_counts(sizes, every), fontsize=8.5)
    known = [Patch(facecolor=colour, label=name) for name, colour in occurring.values()]
    rest = Patch(facecolor="0.95", edgecolor="0.6", hatch="////", linewidth=0, label="the rest: blocked (inferred)")
    layout.legend(drawn, [*known, *([rest] if (shares["blocked"] > 0).any() else [])])
    return drawn
