"""The figures of the benchmarks: results in, Figure out."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.typing import ColorType

from analysis.figures.scales import seconds
from benchmarks.result import Aim, Result, Verdict

_PALETTE = sns.color_palette("colorblind")
COLOURS = {Verdict.HOLDS: _PALETTE[0], Verdict.MISSED: "#b00020", Verdict.OPEN: "0.45"}
BAND = "#dbe9d8"
"""Of what we aim at."""


def truth(results: Sequence[Result]) -> Figure:
    """Draw what the harness takes relative to a bare script: a row for each case of work, none, and short calls."""
    own = [one for one in results if one.question == 1 and one.name.endswith((": total", ": a call")) and one.aim]
    empty = [one for one in own if "no work" in one.name]
    short = [one for one in own if " calls of " in one.name]
    work = [one for one in own if one not in empty and one not in short]
    panels = [
        ("Work of 0.2 s a call", work, 0.9, 1.1),
        ("No work: starting alone", empty, 0.0, 1.4),
        ("Short and many calls", short, 0.9, 1.1),
    ]
    panels = [panel for panel in panels if panel[1]]
    rows = [len(found) + 2 for _, found, _, _ in panels]
    figure = Figure(figsize=(8.5, 0.2 * sum(rows) + 1), layout="constrained")
    axes = figure.subplots(len(panels), 1, height_ratios=rows, squeeze=False)[:, 0]
    for axis, (title, found, low, high) in zip(axes, panels, strict=True):
        _forest(axis, found, low, high)
        axis.set_title(title, loc="left", fontsize=10)
    axes[-1].set_xlabel("harness ÷ bare script (green: the aim; bars: 95 % intervals)")
    return figure


def _forest(axis: Axes, results: Sequence[Result], low: float, high: float) -> None:
    found = [(one, one.found) for one in results if one.found]
    for row, (one, estimate) in enumerate(found):
        colour = COLOURS[one.verdict]
        axis.plot([estimate.low, estimate.high], [row, row], color=colour, lw=2.2, solid_capstyle="butt")
        axis.plot(estimate.value, row, "o", color=colour, ms=4.5)
    bounds = results[0].aim or Aim()
    axis.axvspan(max(low, bounds.low), min(high, bounds.high), color=BAND, zorder=0)
    axis.axvline(1, color="0.5", lw=0.8, zorder=1)
    axis.set_yticks(range(len(found)), [_short(one.name) for one, _ in found], fontsize=8)
    axis.set_ylim(len(found) - 0.4, -0.6)
    ends = [end for _, estimate in found for end in (estimate.low, estimate.high)]
    axis.set_xlim(min(low, *ends), max(high, *ends))
    sns.despine(ax=axis)


def _short(name: str) -> str:
    for words in (" of 0.2 s", "no work (NUM = 1), ", ": total"):
        name = name.replace(words, "")
    return name


def honesty(results: Sequence[Result]) -> Figure:
    """Draw how often two labels are told apart, by the number of blocks."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    axis.axhspan(3, 7, color=BAND, zorder=0)
    for number, one in enumerate(one for one in results if "curve" in one.data):
        blocks, shares, lows, highs = zip(*one.data["curve"], strict=True)
        more = 100 * (one.data["factor"] - 1)
        label = "the same work" if not more else f"{more:.0f} % longer"
        colour = "0.35" if not more else _PALETTE[number]
        axis.fill_between(blocks, lows, highs, color=colour, alpha=0.18, lw=0)
        axis.plot(blocks, shares, marker="o", ms=4, color=colour, label=label)
    axis.set_ylim(-2, 102)
    axis.set_xlabel("blocks")
    axis.set_ylabel("intervals that exclude 1, %")
    axis.legend(frameon=False, loc="center right")
    sns.despine(ax=axis)
    return figure


def growth(results: Sequence[Result]) -> Figure:
    """Draw what each step takes by the number of trials."""
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    axis = figure.subplots()
    for number, one in enumerate(one for one in results if "points" in one.data):
        trials, taken = zip(*one.data["points"], strict=True)
        colour = _PALETTE[number]
        axis.plot(trials, taken, marker="o", ms=4, color=colour)
        _label(axis, one.name.partition(":")[0], (trials[-1], taken[-1]), colour)
    low = min(taken for one in results for _, taken in one.data.get("points", ()))
    axis.plot([100, 100_000], [low, 1000 * low], color="0.7", ls=":", lw=1)
    _label(axis, "linear", (100_000, 1000 * low), "0.5")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(80, 350_000)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value)))
    axis.set_xlabel("trials")
    axis.set_ylabel("time of the step")
    sns.despine(ax=axis)
    return figure


def _label(axis: Axes, words: str, end: tuple[float, float], colour: ColorType) -> None:
    """Write beside the end of a line what it is."""
    axis.annotate(words, end, xytext=(6, 0), textcoords="offset points", color=colour, va="center", fontsize=9)
