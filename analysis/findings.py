"""Compute everything that a report says, as data, from a store."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from analysis import answers, breakeven, claims, grouping, load, recommend, scaling, statistics, study
from analysis.outliers import with_outliers
from analysis.representatives import representatives
from analysis.scaling_laws import Fits
from analysis.selection import axis_and_values, condition, words
from analysis.statistics import CASE
from runner.errors import BadInput
from runner.numbers.answer import Answer
from runner.numbers.stopping import level
from runner.outcome import FAILURES
from runner.store.location import command, resolve
from runner.words import did_you_mean

PER_CASE = [*grouping.PANEL, "way", "mode", "start_method", "size", "calls", "case_key"]
"""Columns that describe a case in tables, other than its figures."""

BEFORE = ["setup_s", "warmup_s", "queued_s", "longest_queued_s"]
"""Columns of `load.activity` about the time before a call begins."""

Step = Callable[[str], None]
"""Called with what comes next, when it begins."""
STEPS = 4


@dataclass(frozen=True)
class Findings:
    """The results of sweeps. All frames are grouped (see `analysis.grouping`)."""

    store: str
    sweeps: Sequence[load.Sweep]
    selections: Sequence[str]
    trials: pd.DataFrame
    """All trials that were selected, with `outlier` and the columns of `load.activity` and `load.survivors`."""
    counted: pd.DataFrame
    """Those of them that count."""
    cases: pd.DataFrame
    """A row for each case with a trial, on each host: `n`, `failures`, `wall_s` with `wall_low` and `wall_high`,
    medians of BEFORE, and, for concurrent ones, the columns of `statistics.speedups`."""
    speedups: pd.DataFrame
    fits: Fits
    break_even: pd.DataFrame
    answers: Sequence[Answer]
    """What can be said about each work; the terminal says the same."""
    recommendations: pd.DataFrame
    six_cases: pd.DataFrame
    timeline_trials: pd.DataFrame
    """The trials whose calls are shown one by one."""
    timeline_calls: pd.DataFrame
    verdicts: Sequence[tuple[str, Sequence[claims.Verdict]]]
    """For each setting with a workload of the study: what it is called, and the answers to the study's claims."""


def find(store: str, sweeps: Sequence[load.Sweep], selections: Sequence[str] = (), step: Step = print) -> Findings:
    """Load the trials of these sweeps and work out all that can be said about them. Raises BadInput, StoreUnusable."""
    ids = [sweep.id for sweep in sweeps]
    step("reading the store")
    levels = {sweep.id: level(sweep.precision) for sweep in sweeps}
    trials = load.trials(store, ids).assign(level=lambda frame: frame["sweep_id"].map(levels))
    parameters = {name for params in trials["params"].unique() for name in json.loads(params)}
    for selection in selections:
        chosen = trials["trial_id"].isin(load.selected(store, ids, condition(selection, parameters)))
        if trials.size and not chosen.any():
            raise BadInput(_nothing_selected(store, trials, selections))
        trials = _with_baselines(trials, chosen)
    for known in (load.activity(store, ids), load.survivors(store, ids)):
        trials = trials.merge(known, on="trial_id", how="left")
    trials = with_outliers(grouping.grouped(trials))
    counted = statistics.measured(trials)
    step("speedups and their intervals")
    speedups = statistics.speedups(trials, [*PER_CASE, "host_id"])
    step("scaling laws")
    fits = scaling.laws(counted)
    step("break-even, claims and recommendations")
    break_even = breakeven.break_even(counted)
    shown = representatives(counted)
    return Findings(
        store=store,
        sweeps=sweeps,
        selections=selections,
        trials=trials,
        counted=counted,
        cases=_cases(trials, counted, speedups),
        speedups=speedups,
        fits=fits,
        break_even=break_even,
        answers=answers.answers(trials),
        recommendations=recommend.recommendations(counted),
        six_cases=study.beside_the_study(counted),
        timeline_trials=shown,
        timeline_calls=load.timeline(store, shown["trial_id"].tolist()),
        verdicts=_verdicts(trials, break_even, store),
    )


def _with_baselines(trials: pd.DataFrame, chosen: "pd.Series[bool]") -> pd.DataFrame:
    """Return the chosen trials and those of the baselines that they are compared with."""
    return trials[chosen | trials["case_id"].isin(trials.loc[chosen, "baseline_id"].dropna())]


def _nothing_selected(store: str, trials: pd.DataFrame, selections: Sequence[str]) -> str:
    options = " ".join(f"--select {selection!r}" for selection in selections)
    meant = "".join(_nearest_value(trials, selection) for selection in selections)
    sweeps = ", ".join(str(number) for number in trials["sweep_id"].unique())
    ask = f'"SELECT * FROM v_cases WHERE sweep_id IN ({sweeps})"'  # noqa: S608 - integers
    return (
        f"{options}: no trial is like that{meant or '.'} To see what there is: {command(resolve(store), 'query', ask)}"
    )


def _nearest_value(trials: pd.DataFrame, selection: str) -> str:
    """Return the question whether a similar value of the axis was meant, or nothing."""
    axis, values = axis_and_values(selection) or ("", "")
    known = [value for value in trials.get(axis.lower(), pd.Series()).unique() if isinstance(value, str)]
    return "".join(did_you_mean(word, known, "; ") for word in words(values) if word not in known)


def _cases(trials: pd.DataFrame, counted: pd.DataFrame, speedups: pd.DataFrame) -> pd.DataFrame:
    failed = trials["status"].isin(FAILURES).groupby([trials[name] for name in CASE]).sum().rename("failures")
    cases = trials.drop_duplicates(CASE)[[*CASE, *PER_CASE, "workers"]]
    figures = [*CASE, "speedup", "low", "high", "efficiency", "efficiency_low", "efficiency_high", "baseline_s"]
    figures += ["locked_speedup", "locked_low", "locked_high"]
    before = counted.groupby(CASE)[BEFORE].median().reset_index()
    table = cases
    for more in (statistics.walls(counted), speedups[figures], before, failed.reset_index()):
        table = table.merge(more, on=CASE, how="left")
    table = table.assign(n=table["n"].fillna(0).astype(int))
    return table.sort_values(["sweep_id", *CASE], ignore_index=True).drop(columns="host_id")


def _verdicts(trials: pd.DataFrame, break_even: pd.DataFrame, store: str) -> list[tuple[str, Sequence[claims.Verdict]]]:
    audiences = [*statistics.measured(trials)["audience"], *claims.crashes(trials)["audience"]]
    found: list[tuple[str, Sequence[claims.Verdict]]] = []
    for audience in dict.fromkeys(audiences):
        own = trials[trials["audience"] == audience]
        if not own["workload"].isin(claims.WORKLOADS).any():
            continue
        answers = claims.verdicts(own, break_even[break_even["setting"].isin(own["setting"])])
        extend = partial(_extend, resolve(store), own["sweep_id"].iloc[0])
        found.append((audience, [claims.with_commands(answer, extend) for answer in answers]))
    return found


def _extend(store: Path, sweep_id: int, blocks: int) -> str:
    return command(store, "extend", str(sweep_id), "--blocks", str(blocks))
