"""Draw where each way of running is faster than sequential calls."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter

from analysis.figures import layout, style
from analysis.figures.speedup import PowersOfTwo, ratio
from analysis.grouping import WEAK, each

CAPTION = (
    "Speedup over sequential calls by size of work and number of workers. Blue is faster than sequential, red slower,"
    " white the same; a hatched field is not told from sequential: its 95 % interval includes 1, or it has none."
)
UNITS = {"TIME": "s", "SIZE": "bytes"}
"""Units of the built-in workloads' parameters."""
MIN_SIZES = 2
MOST_DOUBLINGS = 5
"""The colour scale ends at 32 times faster or slower."""
COLOURS = "RdBu"
MOST_MAPS = 12
MOST_LETTERED = 10
"""Maximum number of sizes in a panel for which the fields contain their figures."""
CASE = ["setting", "workload", "scaling", "scope", "way"]


def maps(speedups: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `statistics.speedups` that belong to a map, with its name in `map`.

    A map is one way on one workload at MIN_SIZES sizes or more.
    """
    known = speedups[speedups["work_size"].notna()]
    calls = known["calls"].astype(str) + " calls in all"
    fixed = pd.Series("one call a worker", index=known.index).where(known["scaling"] == WEAK, calls)
    known = known.assign(scope=fixed + (", " + known["others"]).where(known["others"] != "", ""))
    sizes = known.groupby(CASE, dropna=False)["work_size"].transform("nunique")
    known = known[sizes >= MIN_SIZES]
    parts = (known["workload"] + ", " + known["way"], known["scope"], known["setting"])
    return known.assign(map=["\n".join(filter(None, words)) for words in zip(*parts, strict=True)])


def regime_map(mapped: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    """Draw `maps`: a field for each size and number of workers, a panel for each way."""
    order = {way: place for place, way in enumerate(style.ways(mapped))}
    ordered = mapped.assign(order=mapped["way"].map(order)).sort_values(["workload", "scope", "order"], kind="stable")
    names = layout.spread(list(ordered["map"].unique()), MOST_MAPS)
    counts = max(mapped[mapped["map"] == name]["workers"].nunique() for name in names)
    drawn, axes = layout.figure(names, min(columns, 2), width=5.2 if columns > 1 else 4.2, height=0.44 * counts + 1.5)
    limit = float(np.clip(np.ceil(np.log2(mapped["speedup"]).abs().max()), 1, MOST_DOUBLINGS))
    shades = ScalarMappable(Normalize(-limit, limit), COLOURS)
    for (axis,), name in zip(axes, names, strict=True):
        _draw_map(axis, mapped[mapped["map"] == name], shades)
    bar = drawn.colorbar(shades, ax=[axis for (axis,) in axes], shrink=0.7, aspect=30, pad=0.02, location="bottom")
    bar.ax.xaxis.set_major_locator(_WholeSteps())
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: ratio(2.0**value)))
    bar.set_label("speedup over sequential")
    drawn.set_figheight(drawn.get_figheight() + 0.8)
    layout.legend(
        drawn, [Patch(facecolor="white", edgecolor="0.35", hatch="////", lw=0, label="not told from sequential")]
    )
    return drawn


def _draw_map(axis: Any, rows: pd.DataFrame, shades: ScalarMappable) -> None:
    sizes, counts = sorted(rows["work_size"].unique()), sorted(rows["workers"].unique())
    fields = rows.drop_duplicates(["work_size", "workers"])
    logs = fields.assign(log=np.log2(fields["speedup"])).pivot(index="workers", columns="work_size", values="log")
    edges = (np.arange(len(sizes) + 1) - 0.5, np.arange(len(counts) + 1) - 0.5)
    axis.pcolormesh(*edges, logs.to_numpy(float), cmap=shades.cmap, norm=shades.norm, edgecolors="white", linewidth=1)
    for row in each(fields):
        corner = (sizes.index(row.work_size) - 0.5, counts.index(row.workers) - 0.5)
        told = row.low > 1 or row.high < 1
        if not told:
            axis.add_patch(Rectangle(corner, 1, 1, facecolor="none", edgecolor="0.35", hatch="////", linewidth=0))
        if len(sizes) <= MOST_LETTERED:
            dark = told and sum(shades.to_rgba(np.log2(row.speedup))[:3]) < 1.35
            text = axis.text(
                corner[0] + 0.5, corner[1] + 0.5, factor(row.speedup), ha="center", va="center", fontsize=7.5
            )
            text.set_color("white" if dark else "0.1")
            if not told:
                text.set_bbox({"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"})
    axis.set_xlim(-0.5, len(sizes) - 0.5)
    axis.set_ylim(-0.5, len(counts) - 0.5)
    shown = range(0, len(sizes), -(-len(sizes) // MOST_LETTERED))
    axis.set_xticks(list(shown), [short(sizes[place]) for place in shown], fontsize=8)
    axis.set_yticks(range(len(counts)), [str(count) for count in counts])
    axis.grid(visible=False)
    parameter = rows["parameter"].iloc[0]
    axis.set_xlabel(f"{parameter} ({UNITS[parameter]})" if parameter in UNITS else parameter)
    axis.set_ylabel("workers")


def factor(value: float) -> str:
    """Write a speedup in few characters: ``1.94``, ``12``, and one below 1 as ``2.3 ×`` over ``slower``."""
    times = value if value >= 1 else 1 / max(value, 1e-12)
    written = f"{times:,.0f}" if times >= 9.95 else f"{times:.2f}"
    return written if value >= 1 or written == "1.00" else f"{written} ×\nslower"


def short(value: float) -> str:
    """Write a size in few characters: ``640k``, ``10.2M``, ``0.05``."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.3g}{unit}"
    return f"{value:.3g}"


class _WholeSteps(PowersOfTwo):
    """The ticks for speedups, on an axis of their logarithms."""

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        return [float(np.log2(value)) for value in super().tick_values(2.0**vmin, 2.0**vmax)]
