"""Write what a report says of sweeps in sentences."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from analysis.breakeven import BREAKS_EVEN
from analysis.claims import Answer, Verdict
from analysis.claims.evidence import mostly_disturbed
from analysis.findings import Findings
from analysis.grouping import SEQUENTIAL, each
from analysis.report.cells import time_with_interval
from runner.numbers.medians import MIN_BLOCKS
from runner.numbers.words import sentences
from runner.outcome import FAILURES
from runner.store.location import command, resolve
from runner.units import count

MOST_SENTENCES = 4
"""About one kind of thing, so that a summary stays one."""


def answered(findings: Findings) -> list[str]:
    """Return the sentences that begin a report: what the trials answer, as the terminal says it."""
    if findings.counted.empty:
        return [f"There is nothing to compare yet. {remedy(findings)}."]
    return sentences(findings.answers)


def about(findings: Findings) -> list[str]:
    """Return what else there is to know: sizes that pay, the study's claims, and what limits all that is said."""
    if findings.counted.empty:
        return list(_trials(findings))
    return [*_break_even(findings), *_claims(findings), *_trials(findings), *_cautions(findings)]


def remedy(findings: Findings) -> str:
    """Say how to come by trials that succeed, where there are none among those shown."""
    unfinished = [sweep.id for sweep in findings.sweeps if not sweep.ended_at]
    if unfinished:
        return f"`{_resume(findings, unfinished[-1])}` runs what is left"
    if not findings.trials["status"].isin(FAILURES).any():
        return "Another `--select`, or none, chooses more"
    again = _resume(findings, findings.sweeps[-1].id, "--retry", ",".join(FAILURES))
    return f"None is left to run; fix what made them fail (see below), and `{again}` tries them again"


def _resume(findings: Findings, sweep_id: int, *options: str) -> str:
    return command(resolve(findings.store), "resume", str(sweep_id), *options)


def _where(row: pd.Series) -> str:
    return f", {row['setting']}" if row["setting"] else ""


def _break_even(findings: Findings) -> Iterator[str]:
    if mostly_disturbed(findings.counted):
        return
    table = findings.break_even
    # What lies beyond the sizes swept is in the table alone.
    found = table[(table["verdict"] == BREAKS_EVEN) & (table["against"] == SEQUENTIAL)]
    groups = ["workload", "workers", "others", "setting", "scaling"]
    for number, (key, own) in enumerate(found.groupby(groups, sort=False)):
        if number == MOST_SENTENCES:
            return
        ways = [f"{row.way} from {_size(row)}" for row in each(own.sort_values("break_even_s"))]
        work = (f"{key[0]} ({key[2]})" if key[2] else f"{key[0]}") + _where(own.iloc[0])
        yield f"With {key[1]} workers on {work}, it pays to use {_and(ways)} of sequential work on."


def _size(row: Any) -> str:
    return time_with_interval(row.break_even_s, row.low_s, row.high_s)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _claims(findings: Findings) -> Iterator[str]:
    for name, verdicts in findings.verdicts:
        answers = Counter(verdict.answer for verdict in verdicts)
        parts = [f"{answer.value}: {_numbers(verdicts, answer)}" for answer in Answer if answers[answer]]
        yield f"The study's {len(verdicts)} claims here{f' ({name})' if name else ''}: {'; '.join(parts)}."


def _numbers(verdicts: Sequence[Verdict], answer: Answer) -> str:
    return _and([str(verdict.number) for verdict in verdicts if verdict.answer is answer])


def _trials(findings: Findings) -> Iterator[str]:
    for sweep in findings.sweeps:
        own = findings.trials[findings.trials["sweep_id"] == sweep.id]
        failures = Counter(own.loc[own["status"] != "ok", "status"])
        failed = "".join(f", {number} {status}" for status, number in sorted(failures.items()))
        good = int((own["status"] == "ok").sum())
        chosen = "" if not findings.selections else " among those selected"
        state = "complete" if sweep.ended_at else f"unfinished: `{_resume(findings, sweep.id)}` runs what is left"
        yield (
            f"Sweep {sweep.id} ({sweep.name}) is {state}. {good:,} of {count(sweep.planned, 'planned trial')} "
            f"succeeded{chosen}{failed}."
        )


def _cautions(findings: Findings) -> Iterator[str]:
    omitted = sum(omission.cases for sweep in findings.sweeps for omission in sweep.omissions)
    if omitted:
        yield f"{count(omitted, 'case')} of the matrix {_were(omitted)} left out; why, is said below."
    counted = findings.counted
    noisy, far = int(counted["noisy"].notna().sum()), int(counted["outlier"].sum())
    if noisy or far:
        busy = " So the figures are those of a busy machine." if mostly_disturbed(counted) else ""
        yield (
            f"Of {count(len(counted), 'trial')} that count, {noisy} {_were(noisy)} disturbed and "
            f"{far} {'is an outlier' if far == 1 else 'are outliers'}. They are marked and they count.{busy}"
        )
    few = int((findings.cases["n"] < MIN_BLOCKS).sum())
    if few:
        yield (
            f"{count(few, 'case')} of {len(findings.cases)} {'has' if few == 1 else 'have'} fewer than {MIN_BLOCKS} "
            f"blocks, so no interval is claimed for {'it' if few == 1 else 'them'}: `repeats: 10` gives one."
        )
