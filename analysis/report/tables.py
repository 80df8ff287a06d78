"""The tables of a report for people, as rows of words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.claims import Question, Verdict
from analysis.claims.evidence import mostly_disturbed
from analysis.findings import BEFORE, Findings
from analysis.grouping import SEQUENTIAL, STRONG, each, with_workers
from analysis.report.cells import NOTHING, bracket, figure, speedup, time, time_with_interval
from analysis.scaling_laws import WINDOWS, Refusal
from runner.numbers.medians import Estimate
from runner.numbers.written import factor
from runner.units import duration_range

CANNOT_SAY, BUSY = "cannot say", "most trials were disturbed"
MOST_ROWS = 300
"""On the page; the files have all."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of words, and how many more rows the file has."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    file: str
    left_out: int = 0


def cases(findings: Findings) -> Table:
    """Return a row for each case: what it took, and its speedup; where both were swept, over the locked build too."""
    locked = findings.cases["locked_speedup"].notna().any()
    rows = [
        [
            *_which(findings, row),
            str(row.n),
            str(row.failures or NOTHING),
            time(row.wall_s),
            NOTHING if pd.isna(row.wall_low) else duration_range(row.wall_low, row.wall_high),
            *("base" if row.mode == SEQUENTIAL else speedup(row.speedup, row.low, row.high),),
            NOTHING if row.mode == SEQUENTIAL else figure(row.efficiency, row.efficiency_low, row.efficiency_high),
            *([speedup(row.locked_speedup, row.locked_low, row.locked_high)] if locked else []),
        ]
        for row in each(findings.cases.head(MOST_ROWS))
    ]
    headings = ["work", "way", "trials", "failed", "median", "its interval", "speedup", "efficiency"]
    headings += ["speedup over the locked build"] if locked else []
    return Table(_headings(findings, headings), rows, "cases.csv", max(0, len(findings.cases) - MOST_ROWS))


def before(findings: Findings) -> Table:
    """Return what setting up, warming up and queueing took, for the cases in which there is any."""
    table = findings.cases.dropna(how="all", subset=BEFORE)
    rows = [
        [*_which(findings, row), *(time(getattr(row, part)) for part in BEFORE)] for row in each(table.head(MOST_ROWS))
    ]
    headings = _headings(findings, ["work", "way", "setup", "warm-up calls", "queued", "longest queued"])
    return Table(headings, rows, "cases.csv", max(0, len(table) - MOST_ROWS))


def six_cases(findings: Findings) -> Table:
    """Return the study's six cases beside those here that were swept."""
    rows = [
        [
            row.workload,
            row.way,
            time(row.study_call_s),
            time(row.study_total_s),
            factor(row.study_speedup),
            ", ".join(filter(None, (row.work, row.setting))),
            time(row.call_s),
            time(row.total_s),
            "1.00 ×" if row.mode == SEQUENTIAL and pd.notna(row.total_s) else speedup(row.speedup, row.low, row.high),
        ]
        for row in each(findings.six_cases.head(MOST_ROWS))
        if isinstance(row.work, str)
    ]
    there = [f"{name} in the study" for name in ("a call", "the total", "speedup")]
    here = ["here", "a call here", "the total here", "speedup here"]
    return Table(["workload", "way", *there, *here], rows, "six_cases.csv")


def not_swept(findings: Findings) -> str:
    """Name those of the study's six cases that were not swept with two calls."""
    table = findings.six_cases
    missing = table[table["work"].isna()]
    return "; ".join(dict.fromkeys(f"{row.workload} with {row.mode}" for row in each(missing)))


def recommendations(findings: Findings) -> Table:
    """Return what to choose for each work."""
    table = findings.recommendations
    rows = [
        [row.panel, CANNOT_SAY, BUSY, NOTHING, NOTHING]
        if row.is_busy
        else [
            row.panel,
            with_workers(row.fastest_way, row.fastest_workers),
            f"{time(row.fastest_s)} a call" + (f"; tied with {row.tied}" if row.tied else ""),
            with_workers(row.cheapest_way, row.cheapest_workers),
            _as_long(row),
        ]
        for row in each(table.head(MOST_ROWS))
    ]
    headings = ["work", "fastest", "takes", "cheapest that is about as fast", "takes"]
    return Table(headings, rows, "recommendations.csv", max(0, len(table) - MOST_ROWS))


def _as_long(row: Any) -> str:
    if (row.cheapest_way, row.cheapest_workers) == (row.fastest_way, row.fastest_workers):
        return "it is the fastest"
    return f"{figure(row.ratio, row.low, row.high)} times as long, {'within' if row.is_within else 'about'} 5 %"


def break_even(findings: Findings) -> Table:
    """Return from which size on each way pays."""
    table = findings.break_even
    busy = f"{CANNOT_SAY}: {BUSY}" if mostly_disturbed(findings.counted) else None
    rows = [
        [
            _of_sizes(row),
            row.way,
            row.against,
            time_with_interval(row.break_even_s, row.low_s, row.high_s),
            bracket(row.loses_up_to_s, row.wins_from_s),
            busy or row.verdict,
        ]
        for row in each(table.head(MOST_ROWS))
    ]
    headings = ["work", "way", "against", "breaks even at", "measured", "verdict"]
    return Table(headings, rows, "break_even.csv", max(0, len(table) - MOST_ROWS))


def scaling(findings: Findings) -> Table:
    """Return what the laws of scaling say, for the ways to which one could be fitted."""
    fitted = [(key, fit) for key, fit in findings.fits.items() if not isinstance(fit, Refusal)]
    rows = [
        [panel, way, WINDOWS[window], law, *_parameters(fit)] for (panel, way, window, law), fit in fitted[:MOST_ROWS]
    ]
    headings = ["work", "way", "time of", "law", "parameters", "peak"]
    return Table(headings, rows, "scaling.csv", max(0, len(fitted) - MOST_ROWS))


def refusals(findings: Findings) -> list[str]:
    """Return why laws were refused, once for each reason."""
    return list(dict.fromkeys(fit.reason for fit in findings.fits.values() if isinstance(fit, Refusal)))


def questions(verdict: Verdict) -> Table:
    """Return what a verdict rests on."""
    rows = [
        [
            question.about,
            NOTHING if question.found is None else _measured(question.found, question.unit),
            _bound(question),
            question.answer.value,
        ]
        for question in verdict.questions
    ]
    return Table(["what was compared", "found", "bound", "answer"], rows, "claims.csv")


def _bound(question: Question) -> str:
    """Write the bound with its unit; ratios have none."""
    return f"{question.bound} {question.unit}" if question.bound and question.unit != "×" else question.bound or NOTHING


def _measured(found: Estimate, unit: str) -> str:
    if unit == "s" and found.value > 0 and found.has_interval and found.low > 0:
        return time_with_interval(found.value, found.low, found.high)
    return f"{found} {unit}".strip()


def _which(findings: Findings, row: Any) -> list[str]:
    calls = f", {row.calls} calls" if row.calls > 1 and row.mode == SEQUENTIAL else ""
    shared = f", {row.calls} calls" if row.mode != SEQUENTIAL and row.calls != row.workers else ""
    setting = [row.setting] if _has_settings(findings) else []
    return [*setting, row.work, with_workers(row.way, row.workers) + calls + shared]


def _headings(findings: Findings, headings: Sequence[str]) -> list[str]:
    return ["where and how", *headings] if _has_settings(findings) else [*headings]


def _has_settings(findings: Findings) -> bool:
    return bool((findings.cases["setting"] != "").any())


def _of_sizes(row: Any) -> str:
    fixed = "fixed work" if row.scaling == STRONG else ""
    return ", ".join(filter(None, (row.workload, row.others, f"{row.workers} workers", row.setting, fixed)))


def _parameters(fit: object) -> tuple[str, str]:
    signs = {"sigma": "σ", "kappa": "κ", "alpha": "α"}
    words = [f"{sign} = {getattr(fit, name)}" for name, sign in signs.items() if hasattr(fit, name)]
    peak = getattr(fit, "peak", None)
    where = peak.reason if isinstance(peak, Refusal) else f"{peak} workers"
    return "; ".join(words), NOTHING if peak is None else where
