"""The figures of the comparative study, beside the same six cases of a sweep. Pure.

Its figures: two calls each, two workers where there are workers, NUM = 240,000,000 and TIME = 10; it ran each driver
once, by hand, on one machine.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.grouping import SEQUENTIAL
from analysis.statistics import CASE, Median, block_ratios, measured

CALLS = 2
SIZES = {"cpu_bound": ("num", 240_000_000), "io_bound": ("time", 10)}


@dataclass(frozen=True, slots=True)
class StudyCase:
    """One of the six cases: what each call took, and the whole, in seconds."""

    workload: str
    mode: str
    calls_s: tuple[float, float]
    total_s: float


CASES = (
    StudyCase("io_bound", "sequential", (9.999, 10.000), 20.005),
    StudyCase("io_bound", "threading", (10.010, 10.010), 10.012),
    StudyCase("io_bound", "multiprocessing", (10.010, 10.010), 10.063),
    StudyCase("cpu_bound", "sequential", (10.137, 10.367), 20.504),
    StudyCase("cpu_bound", "threading", (18.838, 18.857), 18.883),
    StudyCase("cpu_bound", "multiprocessing", (11.069, 11.318), 11.369),
)
BASELINES = {case.workload: case.total_s for case in CASES if case.mode == SEQUENTIAL}


def beside_the_study(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the study's six cases and the nearest that these trials have: a row for each case and start method.

    `trials` are grouped, with `busy_s` of `load.activity`. The nearest has two calls and, where it is concurrent, two
    workers; of several sizes the study's own, or else the largest. Columns: `workload, mode, way, work`; the study's
    `study_call_s, study_total_s, study_speedup`; here `n, call_s, total_s` (medians), `speedup, low, high`. What is not
    there is missing: None or NaN.
    """
    counted = measured(trials)
    two = counted[(counted["calls"] == CALLS) & ((counted["workers"] == CALLS) | (counted["mode"] == SEQUENTIAL))]
    speedups = Median("speedup", CASE)(block_ratios(trials)).set_index(CASE)
    rows = []
    for case in CASES:
        nearest = _nearest(two[(two["workload"] == case.workload)], case)
        theirs = {
            "workload": case.workload,
            "mode": case.mode,
            "study_call_s": sum(case.calls_s) / CALLS,
            "study_total_s": case.total_s,
            "study_speedup": BASELINES[case.workload] / case.total_s,
        }
        rows += [
            {
                **theirs,
                "sweep_id": first["sweep_id"],
                "python": first["python"],
                "setting": first["setting"],
                "way": first["way"],
                "work": first["work"],
                "n": len(own),
                "call_s": (own["busy_s"] / CALLS).median(),
                "total_s": own["wall_s"].median(),
                **_speedup(speedups, key),
            }
            for key, own in nearest.groupby(CASE, sort=False)
            for first in [own.iloc[0]]
        ] or [theirs]
    columns = ["workload", "mode", "sweep_id", "python", "setting", "way", "work", "study_call_s", "study_total_s"]
    columns += ["study_speedup", "n", "call_s", "total_s", "speedup", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _nearest(two: pd.DataFrame, case: StudyCase) -> pd.DataFrame:
    column, size = SIZES[case.workload]
    if two.empty:
        return two
    sizes = two.groupby("setting")[column]
    wanted = sizes.transform("max").mask(sizes.transform(lambda values: (values == size).any()).astype(bool), size)
    of_mode = two[(two[column] == wanted) & (two["mode"] == case.mode)]
    return of_mode.sort_values("case_id", kind="stable")


def _speedup(speedups: pd.DataFrame, key: Any) -> dict[str, float]:
    if key not in speedups.index:
        return {}
    return dict(speedups.loc[key, ["speedup", "low", "high"]])
