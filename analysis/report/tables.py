"""The tables of a report: for people, as rows of words; for programs, as frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from analysis.claims import Verdict
from analysis.findings import BEFORE, Findings
from analysis.grouping import SEQUENTIAL, STRONG, each
from analysis.scaling import WINDOWS, karp_flatt
from analysis.statistics import Refusal
from runner.numbers.medians import Estimate
from runner.units import duration, duration_range

NOTHING = "–"
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
            _time(row.wall_s),
            NOTHING if pd.isna(row.wall_low) else duration_range(row.wall_low, row.wall_high),
            *("base" if row.mode == SEQUENTIAL else _figure(row.speedup, row.low, row.high, " ×"),),
            NOTHING if row.mode == SEQUENTIAL else _figure(row.efficiency, row.efficiency_low, row.efficiency_high),
            *([_figure(row.locked_speedup, row.locked_low, row.locked_high, " ×")] if locked else []),
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
        [*_which(findings, row), *(_time(getattr(row, part)) for part in BEFORE)] for row in each(table.head(MOST_ROWS))
    ]
    headings = _headings(findings, ["work", "way", "setup", "warm-up calls", "queued", "longest queued"])
    return Table(headings, rows, "cases.csv", max(0, len(table) - MOST_ROWS))


def six_cases(findings: Findings) -> Table:
    """Return the study's six cases beside those here."""
    rows = [
        [
            row.workload,
            str(row.way if isinstance(row.way, str) else row.mode),
            _time(row.study_call_s),
            _time(row.study_total_s),
            f"{row.study_speedup:.2f} ×",
            ", ".join(filter(None, (row.work, row.setting)))
            if isinstance(row.work, str)
            else "not swept with two calls",
            _time(row.call_s),
            _time(row.total_s),
            "1.00 ×"
            if row.mode == SEQUENTIAL and pd.notna(row.total_s)
            else _figure(row.speedup, row.low, row.high, " ×"),
        ]
        for row in each(findings.six_cases.head(MOST_ROWS))
    ]
    there = [f"{name} in the study" for name in ("a call", "the total", "speedup")]
    here = ["here", "a call here", "the total here", "speedup here"]
    return Table(["workload", "way", *there, *here], rows, "six_cases.csv")


def recommendations(findings: Findings) -> Table:
    """Return what to choose for each work."""
    table = findings.recommendations
    rows = [
        [
            row.panel,
            _way(row.fastest_way, row.fastest_workers),
            f"{_time(row.fastest_s)} a call" + (f"; not told from {row.tied} more" if row.tied else ""),
            _way(row.cheapest_way, row.cheapest_workers),
            "it is the fastest"
            if (row.cheapest_way, row.cheapest_workers) == (row.fastest_way, row.fastest_workers)
            else f"{_figure(row.ratio, row.low, row.high)} times as long",
        ]
        for row in each(table.head(MOST_ROWS))
    ]
    headings = ["work", "fastest", "takes", "cheapest within 5 %", "takes"]
    return Table(headings, rows, "recommendations.csv", max(0, len(table) - MOST_ROWS))


def break_even(findings: Findings) -> Table:
    """Return from which size on each way pays."""
    table = findings.break_even
    rows = [
        [
            _of_sizes(row),
            row.way,
            row.against,
            _seconds(row.break_even_s, row.low_s, row.high_s),
            _bracket(row.loses_up_to_s, row.wins_from_s),
            row.verdict,
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


def files(findings: Findings) -> Iterator[tuple[str, pd.DataFrame]]:
    """Return the tables for programs, by the name of their file."""
    yield "cases.csv", findings.cases
    yield "six_cases.csv", findings.six_cases
    yield "recommendations.csv", findings.recommendations
    yield "break_even.csv", findings.break_even
    yield "scaling.csv", _scaling_frame(findings)
    yield "claims.csv", _claims_frame(findings)


def _scaling_frame(findings: Findings) -> pd.DataFrame:
    columns = ["panel", "way", "window", "law", "workers", "parameter", "value", "low", "high", "reason"]
    strong = karp_flatt(findings.speedups[findings.speedups["scaling"] == STRONG])
    rows = [
        (
            row.panel,
            row.way,
            "wall_s",
            "Karp-Flatt",
            row.workers,
            "e",
            row.serial,
            row.serial_low,
            row.serial_high,
            None,
        )
        for row in each(strong)
    ]
    for (panel, way, window, law), fit in findings.fits.items():
        named = {} if isinstance(fit, Refusal) else {field.name: getattr(fit, field.name) for field in fields(fit)}
        for name, found in named.items() if named else [(None, fit)]:
            value, reason = (None, found.reason) if isinstance(found, Refusal) else (found, None)
            ends = (value.value, value.low, value.high) if isinstance(value, Estimate) else (None, None, None)
            rows.append((panel, way, window, law, None, name, *ends, reason))
    return pd.DataFrame(rows, columns=columns)


def _claims_frame(findings: Findings) -> pd.DataFrame:
    columns = ["sweep", "claim", "answer", "question", "value", "low", "high", "n", "unit", "bound", "question_answer"]
    rows = [
        (
            *(name, verdict.number, verdict.answer.value, question.about),
            *(*_ends(question.found), question.unit, question.bound, question.answer.value),
        )
        for name, verdicts in findings.verdicts
        for verdict in verdicts
        for question in verdict.questions
    ]
    return pd.DataFrame(rows, columns=columns)


def _ends(found: Estimate | None) -> tuple[float | None, ...]:
    return (None, None, None, None) if found is None else (found.value, found.low, found.high, found.n)


def questions(verdict: Verdict) -> Table:
    """Return what a verdict rests on."""
    rows = [
        [
            question.about,
            NOTHING if question.found is None else _measured(question.found, question.unit),
            question.bound or NOTHING,
            question.answer.value,
        ]
        for question in verdict.questions
    ]
    return Table(["what was compared", "found", "bound", "answer"], rows, "claims.csv")


def _measured(found: Estimate, unit: str) -> str:
    if unit == "s" and found.value > 0 and found.has_interval and found.low > 0:
        return _seconds(found.value, found.low, found.high)
    return f"{found} {unit}".strip()


def _which(findings: Findings, row: Any) -> list[str]:
    calls = f", {row.calls} calls" if row.calls > 1 and row.mode == SEQUENTIAL else ""
    shared = f", {row.calls} calls" if row.mode != SEQUENTIAL and row.calls != row.workers else ""
    setting = [row.setting] if _has_settings(findings) else []
    return [*setting, row.work, _way(row.way, row.workers) + calls + shared]


def _headings(findings: Findings, headings: Sequence[str]) -> list[str]:
    return ["where and how", *headings] if _has_settings(findings) else [*headings]


def _has_settings(findings: Findings) -> bool:
    return bool((findings.cases["setting"] != "").any())


def _of_sizes(row: Any) -> str:
    fixed = "fixed work" if row.scaling == STRONG else ""
    return ", ".join(filter(None, (row.workload, row.others, f"{row.workers} workers", row.setting, fixed)))


def _way(way: str, workers: int) -> str:
    return way if way == SEQUENTIAL else f"{way} ×{workers}"


def _time(seconds: float) -> str:
    return NOTHING if pd.isna(seconds) else duration(seconds)


def _figure(value: float, low: float, high: float, unit: str = "") -> str:
    if pd.isna(value):
        return NOTHING
    return Estimate(value, low, high).written(unit)


def _seconds(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return NOTHING
    return duration(value) if pd.isna(low) else f"{duration(value)} [{duration_range(low, high)}]"


def _bracket(loses: float, wins: float) -> str:
    parts = [f"loses up to {duration(loses)}"] if pd.notna(loses) else []
    parts += [f"wins from {duration(wins)} on"] if pd.notna(wins) else []
    return ", ".join(parts) or NOTHING


def _parameters(fit: object) -> tuple[str, str]:
    signs = {"sigma": "σ", "kappa": "κ", "alpha": "α"}
    words = [f"{sign} = {getattr(fit, name)}" for name, sign in signs.items() if hasattr(fit, name)]
    peak = getattr(fit, "peak", None)
    where = peak.reason if isinstance(peak, Refusal) else f"{peak} workers"
    return "; ".join(words), NOTHING if peak is None else where
