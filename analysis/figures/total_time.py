"""Total time against workers."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures import style

CAPTION = (
    "Total time = from before the first worker is created until after the last is joined. Every point is a trial; "
    "lines join the medians. Sequential calls stand where there are as many calls. Each panel has its own scale."
)


def total_time(trials: pd.DataFrame, medians: pd.DataFrame, usable_cpus: int, title: str, note: str = "") -> Figure:
    """Draw a panel for each work and a line for each mode and start method; `note` ends the caption.

    `trials` has `panel`, `way`, `size` and `wall_s`, one row for each trial; `medians` the median `wall_s` of each
    panel, way and size.
    """
    panels = list(medians["panel"].unique())
    drawn, axes = style.figure(panels, title, f"{CAPTION} {note}".strip())
    for axis, panel in zip(axes, panels, strict=True):
        points = trials[trials["panel"] == panel]
        style.draw_ways(axis, points, medians[medians["panel"] == panel], "wall_s")
        style.worker_axis(axis, sorted(points["size"].unique()), usable_cpus)
        axis.set_ylim(0, 1.08 * points["wall_s"].max() or 1)
        axis.set_ylabel("total time (s)")
    cpus = Line2D([], [], color="0.6", linestyle=":", label=f"usable CPUs ({usable_cpus})")
    style.legend(drawn, list(trials["way"].unique()), [cpus])
    return drawn
