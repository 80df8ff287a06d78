"""From a store to everything that a report says, as data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis import breakeven, claims, grouping, load, recommend, scaling, statistics, study
from analysis.representatives import representatives
from analysis.selection import condition
from runner.outcome import FAILURES

PER_CASE = [*grouping.PANEL, "way", "mode", "start_method", "size", "calls", "case_key"]
"""What tables of cases say about each, beside its figures."""

Step = Callable[[str], None]
"""Called with what comes next, when it begins."""
STEPS = 4


@dataclass(frozen=True)
class Findings:
    """What sweeps show. All frames are grouped (see `analysis.grouping`)."""

    store: str
    sweeps: Sequence[load.Sweep]
    selections: Sequence[str]
    trials: pd.DataFrame
    """All trials that were selected, with `outlier` and the columns of `load.activity`."""
    counted: pd.DataFrame
    """Those of them that count."""
    cases: pd.DataFrame
    """A row for each case with a trial: `n`, `failures`, `wall_s` with `wall_low` and `wall_high`, and, for concurrent
    ones, the columns of `statistics.speedups`."""
    speedups: pd.DataFrame
    fits: scaling.Fits
    break_even: pd.DataFrame
    recommendations: pd.DataFrame
    six_cases: pd.DataFrame
    timeline_trials: pd.DataFrame
    """The trials whose calls are shown one by one."""
    timeline_calls: pd.DataFrame
    verdicts: Sequence[tuple[str, Sequence[claims.Verdict]]]
    """For each sweep and interpreter: what it is called, and the answers to the study's claims."""


def find(store: str, sweeps: Sequence[load.Sweep], selections: Sequence[str] = (), step: Step = print) -> Findings:
    """Load the trials of these sweeps and work out all that can be said about them. Raises BadInput, StoreUnusable."""
    ids = [sweep.id for sweep in sweeps]
    step("reading the store")
    trials = load.trials(store, ids)
    for selection in selections:
        trials = _with_baselines(trials, load.selected(store, ids, condition(selection)))
    trials = trials.merge(load.activity(store, ids), on="trial_id", how="left")
    trials = statistics.with_outliers(grouping.grouped(trials))
    counted = statistics.measured(trials)
    step("speedups and their intervals")
    speedups = statistics.speedups(trials, PER_CASE)
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
        recommendations=recommend.recommendations(counted),
        six_cases=study.beside_the_study(counted),
        timeline_trials=shown,
        timeline_calls=load.timeline(store, shown["trial_id"].tolist()),
        verdicts=_verdicts(counted, break_even),
    )


def _with_baselines(trials: pd.DataFrame, chosen: set[int]) -> pd.DataFrame:
    """Return the chosen trials and those of the baselines that they are compared with."""
    own = trials["trial_id"].isin(chosen)
    return trials[own | trials["case_id"].isin(trials.loc[own, "baseline_id"].dropna())]


def _cases(trials: pd.DataFrame, counted: pd.DataFrame, speedups: pd.DataFrame) -> pd.DataFrame:
    failed = trials["status"].isin(FAILURES).groupby(trials["case_id"]).sum()
    walls = statistics.Median("wall_s", ["case_id"])(counted).rename(columns={"low": "wall_low", "high": "wall_high"})
    cases = trials.drop_duplicates("case_id")[["case_id", *PER_CASE, "workers"]]
    figures = ["case_id", "speedup", "low", "high", "efficiency", "efficiency_low", "efficiency_high", "baseline_s"]
    table = cases.merge(walls, on="case_id", how="left").merge(speedups[figures], on="case_id", how="left")
    table = table.assign(n=table["n"].fillna(0).astype(int), failures=table["case_id"].map(failed).astype(int))
    return table.sort_values(["sweep_id", "case_id"], ignore_index=True)


def _verdicts(counted: pd.DataFrame, break_even: pd.DataFrame) -> list[tuple[str, Sequence[claims.Verdict]]]:
    several = counted[["sweep_id", "python"]].drop_duplicates()
    found: list[tuple[str, Sequence[claims.Verdict]]] = []
    for sweep_id, python in several.itertuples(index=False):
        own = (counted["sweep_id"] == sweep_id) & (counted["python"] == python)
        rows = break_even[(break_even["sweep_id"] == sweep_id) & (break_even["python"] == python)]
        name = f"sweep {sweep_id} ({counted.loc[own, 'sweep'].iloc[0]}), {python}" if len(several) > 1 else ""
        found.append((name, claims.verdicts(counted[own], rows)))
    return found
