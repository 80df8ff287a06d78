"""List the figures of a report with their captions, and the reason for each that is left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from analysis import breakeven
from analysis.figures import (
    answer,
    break_even,
    interpreters,
    layout,
    ranking,
    raw_times,
    regime,
    scaling,
    speedup,
    start_up,
    timeline,
    wall_time,
)
from analysis.findings import Findings
from analysis.grouping import STRONG, WEAK
from analysis.report.advice import sizes, ways
from analysis.report.words import remedy
from analysis.scaling_laws import Refusal
from runner.numbers.medians import MIN_BLOCKS


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure that the data allow."""

    name: str
    """Of its files."""
    title: str
    caption: str
    draw: Callable[[int], Figure]
    """Called with the most panels side by side."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure that they do not."""

    title: str
    reason: str


BARRIER = " Where a panel says “from a barrier”, the total counts from when all workers were ready."
NO_SPEEDUP = "no concurrent case and its sequential baseline succeeded in the same block. Sweep, for one: "


def gallery(findings: Findings) -> Iterator[Picture | LeftOut]:
    """Return the figures in the order of a report."""
    yield _answer(findings)
    yield _timeline(findings)
    yield from _speedups(findings)
    yield from _interpreters(findings)
    yield _raw_times(findings)
    yield _wall_time(findings)
    yield _start_up(findings)
    yield _regime(findings)
    yield _break_even(findings)
    yield from _scaling(findings)


def _sweep(sizes: str | None, others: str) -> str:
    """Say what to sweep; there is no such advice for workloads without a size."""
    return "" if sizes is None else f" Sweep, for one: {sizes}, {others}"


def _drawn(frame: pd.DataFrame, column: str = "panel", most: int = layout.MOST_PANELS) -> str:
    """Say how many of the panels there are in a frame are drawn, where that is not all."""
    every = frame[column].nunique()
    few = f" Drawn: {most} of {every}; the tables have all, and --select chooses others."
    return few if every > most else ""


def _answer(findings: Findings) -> Picture | LeftOut:
    title, shown = "The answer", ranking.sections(findings.answers)
    if not shown:
        return LeftOut(title, NO_SPEEDUP + ways(findings.trials))
    every = len(ranking.comparable(findings.answers))
    few = f" Drawn: {len(shown)} of {every} works." if len(shown) < every else ""
    some = " Of some works, the fastest ways alone are drawn." if any(own.left_out for own in shown) else ""
    return Picture("answer", title, answer.CAPTION + few + some, lambda columns: answer.answer(shown, columns))


def _timeline(findings: Findings) -> Picture | LeftOut:
    title, trials, calls = "Who worked when", findings.timeline_trials, findings.timeline_calls
    if calls.empty:
        return LeftOut(title, f"no trial has succeeded yet. {remedy(findings)}")
    caption = timeline.CAPTION + _drawn(trials, most=timeline.MOST_PANELS)
    return Picture("timeline", title, caption, lambda columns: timeline.timeline(trials, calls, columns))


def _speedups(findings: Findings) -> Iterator[Picture | LeftOut]:
    table = findings.speedups
    for name, title, caption, draw in (
        ("speedup", "Speedup", speedup.SPEEDUP_CAPTION, speedup.speedup),
        ("efficiency", "Efficiency", speedup.EFFICIENCY_CAPTION, speedup.efficiency),
    ):
        if table.empty:
            yield LeftOut(title, NO_SPEEDUP + ways(findings.trials))
        else:
            few = "" if table["low"].notna().any() else f" No intervals: they take {MIN_BLOCKS} blocks."
            yield Picture(name, title, caption + few + _drawn(table), lambda columns, draw=draw: draw(table, columns))  # type: ignore[misc]


def _interpreters(findings: Findings) -> Iterator[Picture]:
    """Draw it only where there are several: one interpreter is no gap in a report."""
    rows = interpreters.beside(findings.counted)
    if not rows.empty:
        caption = interpreters.CAPTION + _drawn(rows)
        yield Picture(
            "interpreters",
            "The same on several interpreters",
            caption,
            lambda columns: interpreters.interpreters(rows, columns),
        )


def _raw_times(findings: Findings) -> Picture | LeftOut:
    title, trials = "Every trial's time", findings.counted
    if trials.empty:
        return LeftOut(title, f"no trial has succeeded yet. {remedy(findings)}")
    caption = raw_times.CAPTION + BARRIER * bool(trials["barrier"].any()) + _drawn(trials)
    return Picture("raw_times", title, caption, lambda columns: raw_times.raw_times(trials, columns))


def _wall_time(findings: Findings) -> Picture | LeftOut:
    title, shares = "Where the time goes", wall_time.wall_shares(findings.counted)
    if shares.empty:
        return LeftOut(title, "it takes trials with counters of CPU time")
    caption = wall_time.CAPTION + _drawn(shares)
    return Picture("wall_time", title, caption, lambda columns: wall_time.wall_time(shares, columns))


def _start_up(findings: Findings) -> Picture | LeftOut:
    title, costs = "What starting costs", start_up.start_up_costs(findings.counted)
    if costs.empty:
        return LeftOut(
            title,
            f"it takes a mode that starts workers, and no barrier. Sweep, for one: {ways(findings.trials)}",
        )
    caption = start_up.CAPTION + _drawn(costs, most=layout.MOST_PANELS // 2)
    return Picture("start_up", title, caption, lambda columns: start_up.start_up(costs, columns))


def _regime(findings: Findings) -> Picture | LeftOut:
    title, mapped = "Where each way wins", regime.maps(findings.speedups)
    if mapped.empty:
        return LeftOut(
            title,
            f"it takes speedups at {regime.MIN_SIZES} sizes of a workload or more."
            + _sweep(sizes(findings.trials, regime.MIN_SIZES, 10), ways(findings.trials)),
        )
    caption = regime.CAPTION + _drawn(mapped, "map", regime.MOST_MAPS)
    return Picture("regime", title, caption, lambda columns: regime.regime_map(mapped, columns))


def _break_even(findings: Findings) -> Picture | LeftOut:
    title, table = "From which size on a way pays", findings.break_even
    if not table["gain"].notna().any():
        return LeftOut(
            title,
            f"it takes {breakeven.MIN_SIZES} sizes of a workload, spaced by a constant factor, with several workers."
            + _sweep(sizes(findings.trials, breakeven.MIN_SIZES, 4), "workers: 2"),
        )
    shown = break_even.curves(breakeven.sizes(findings.counted), table)
    caption = break_even.CAPTION + _drawn(shown, "curve")
    return Picture("break_even", title, caption, lambda columns: break_even.break_even(shown, table, columns))


def _scaling(findings: Findings) -> Iterator[Picture | LeftOut]:
    """Draw the law of the whole run that says most: the Universal Scalability Law, or else Amdahl's."""
    several = findings.speedups[findings.speedups["workers"] > 1]
    strong, weak = (findings.speedups[findings.speedups["scaling"] == kind] for kind in (STRONG, WEAK))
    best: scaling.Laws = {}
    for (panel, way, value, _), fit in findings.fits.items():
        if value == "wall_s" and not isinstance(fit, Refusal):
            best[panel, way] = fit
    title = "How fixed work scales"
    if strong.empty or not (several["scaling"] == STRONG).any():
        yield LeftOut(
            title,
            "it takes a fixed number of calls that workers share out. Sweep, for one: "
            "calls: 24, workers: [1, 2, 3, 4, 6, 8]",
        )
    else:
        yield Picture("scaling", title, scaling.CAPTION, lambda columns: scaling.strong_scaling(strong, best, columns))
    title = "How growing work scales"
    if not {panel for panel, _ in best} & set(weak["panel"]):
        yield LeftOut(
            title,
            "Gustafson's law takes four numbers of workers, none above the usable CPUs, with one call for each worker. "
            "Sweep, for one, on a machine with eight CPUs: workers: [1, 2, 4, 8]",
        )
    else:
        yield Picture(
            "weak_scaling", title, scaling.WEAK_CAPTION, lambda columns: scaling.weak_scaling(weak, best, columns)
        )
