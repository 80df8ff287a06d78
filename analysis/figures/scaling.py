"""Draw serial fractions, and the laws of scaling with their residuals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from analysis.figures import layout, scales, style
from analysis.grouping import STRONG
from analysis.resampling import Floats
from analysis.scaling_laws import Amdahl, Fit, Gustafson, Refusal, Usl, karp_flatt

CAPTION = (
    "Fixed work. Above, the serial fraction of Karp and Flatt with its 95 % interval: flat is a serial part, rising "
    "an overhead, negative a superlinear speedup. In the middle, medians of the total time and the laws fitted to "
    "them up to the usable CPUs, dashed beyond; below, what the law leaves unexplained. Where a law is refused there "
    "is no line, and the table says why."
)
WEAK_CAPTION = (
    "Work that grows with the workers. Above, the serial share of Gustafson's law at each number of workers; in the "
    "middle the scaled speedup and the law, dashed beyond the usable CPUs; below, what the law leaves unexplained."
)
Laws = dict[tuple[str, str], Fit]
"""By panel and way: the law to draw."""


def strong_scaling(speedups: pd.DataFrame, laws: Laws, columns: int = layout.WIDE) -> Figure:
    """Draw serial fraction, time with the fitted law, and residuals, three axes below each other for each work.

    `speedups` is `statistics.speedups` by PANEL, `way`, `size`, `calls` of strong panels.
    """
    serial = karp_flatt(speedups[speedups["scaling"] == STRONG])
    panels = layout.chosen(serial)
    drawn, axes = _axes(panels, columns, laws)
    for (above, middle, below), panel in zip(axes, panels, strict=True):
        rows = speedups[speedups["panel"] == panel]
        style.medians(above, serial[serial["panel"] == panel], "serial", "serial_low", "serial_high")
        above.axhline(0, color="0.6", linewidth=0.8, zorder=0)
        above.set_ylabel("serial fraction")
        _draw_law(middle, below, rows, "wall_s", laws)
        middle.set_yscale("log")
        scales.time_axis(middle.yaxis, rows["wall_s"].min(), rows["wall_s"].max(), log=True)
        middle.set_ylabel("total time")
        _share_axes(above, middle, below, rows)
    layout.legend(drawn, _handles(serial[serial["panel"].isin(panels)], axes))
    return drawn


def weak_scaling(speedups: pd.DataFrame, laws: Laws, columns: int = layout.WIDE) -> Figure:
    """Draw the same three axes for work that grows with the workers: `speedups` of weak panels."""
    several = speedups[speedups["workers"] > 1]
    workers = several["workers"]
    serial = several.assign(
        serial=(workers - several["speedup"]) / (workers - 1),
        serial_low=(workers - several["high"]) / (workers - 1),
        serial_high=(workers - several["low"]) / (workers - 1),
    )
    panels = layout.chosen(serial)
    drawn, axes = _axes(panels, columns, laws)
    for (above, middle, below), panel in zip(axes, panels, strict=True):
        rows = speedups[speedups["panel"] == panel]
        style.medians(above, serial[serial["panel"] == panel], "serial", "serial_low", "serial_high")
        above.set_ylabel("serial share α")
        _draw_law(middle, below, rows, "speedup", laws)
        middle.set_ylim(bottom=0)
        middle.set_ylabel("scaled speedup")
        _share_axes(above, middle, below, rows)
    layout.legend(drawn, _handles(serial[serial["panel"].isin(panels)], axes))
    return drawn


def _axes(panels: Sequence[str], columns: int, laws: Laws) -> tuple[Figure, list[tuple[Axes, Axes, Axes | None]]]:
    """Return a figure with axes for each panel: the lowest, for residuals, only where it has a law."""
    fitted = {panel for (panel, _), law in laws.items() if not isinstance(law, Refusal)}
    rows = 3 if fitted & set(panels) else 2
    drawn, axes = layout.figure(panels, columns, rows=rows, height=2.2)
    found: list[tuple[Axes, Axes, Axes | None]] = []
    for (above, middle, *below), panel in zip(axes, panels, strict=True):
        if panel in fitted:
            found.append((above, middle, below[0]))
            continue
        for axis in below:
            axis.remove()
        found.append((above, middle, None))
    return drawn, found


def _handles(shown: pd.DataFrame, axes: Sequence[tuple[Axes, Axes, Axes | None]]) -> list[Artist]:
    """Return the legend's handles, for what is drawn."""
    beyond = Line2D([], [], color="0.4", linestyle="--", label="beyond what was fitted")
    has_law = any(line.get_linestyle() == "--" for _, middle, _ in axes for line in middle.get_lines())
    return [*layout.way_handles(style.ways(shown)), *([beyond] if has_law else []), *layout.cpus_handles(shown)]


def _draw_law(axis: Axes, residuals: Axes | None, rows: pd.DataFrame, value: str, laws: Laws) -> None:
    cpus = scales.usable(rows)
    for way in style.ways(rows):
        own = rows[rows["way"] == way].sort_values("workers")
        look = {"color": style.colour(way), "marker": style.marker(way)}
        axis.scatter(own["workers"], own[value], s=22, zorder=3, **look)
        law = laws.get((rows["panel"].iloc[0], way))
        if law is None or isinstance(law, Refusal) or residuals is None:
            continue
        fitted = own[own["workers"] <= cpus]
        x = np.geomspace(1, own["workers"].max() * 2**0.3, 200)
        y, last = _predicted(law, x), fitted["workers"].max()
        axis.plot(x[x <= last], y[x <= last], color=style.colour(way), linewidth=1.3)
        axis.plot(x[x >= last], y[x >= last], color=style.colour(way), linewidth=1.1, linestyle="--")
        left = fitted[value] / _predicted(law, fitted["workers"].to_numpy(float)) - 1
        residuals.plot(fitted["workers"], left, linewidth=0.8, markersize=4.5, **look)
    if residuals is None:
        return
    residuals.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    residuals.yaxis.set_major_formatter(PercentFormatter(1))
    residuals.set_ylabel("measured\n÷ law - 1")


def _predicted(law: Amdahl | Usl | Gustafson, workers: Floats) -> Floats:
    return law.speedup(workers) if isinstance(law, Gustafson) else law.seconds(workers)


def _share_axes(above: Axes, middle: Axes, below: Axes | None, rows: pd.DataFrame) -> None:
    lowest = below or middle
    for axis in filter(None, (above, middle, below)):
        scales.worker_axis(axis, rows["size"], scales.usable(rows))
        axis.set_xlabel("")
        axis.tick_params(labelbottom=axis is lowest)
    lowest.set_xlabel(scales.sequential_at(rows))
