"""The tables of a report for programs, as frames."""

from collections.abc import Iterator
from dataclasses import fields

import pandas as pd

from analysis.findings import Findings
from analysis.grouping import STRONG, each
from analysis.scaling_laws import Refusal, karp_flatt
from runner.numbers.medians import Estimate


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
