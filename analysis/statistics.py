"""Statistics of trials. Pure: frames in, frames out.

The trial is the unit of inference, never the worker: the workers of one trial share its noise. A block is every case
once, in random order, so what the cases of one block have in common, the slow drift of a machine above all, cancels in
their ratios. Only trials that succeeded and are no warm-ups count; trials flagged as noisy do count, and stay flagged.

The figures themselves come from `runner.numbers`, as those of the terminal do.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.grouping import SEQUENTIAL
from runner.numbers.medians import estimate
from runner.numbers.pairs import Place, paired
from runner.numbers.student import CONFIDENCE

CASE = ["case_id", "host_id"]
"""Columns that are equal for trials whose times may be compared from block to block."""


@dataclass(frozen=True)
class Median:
    """The median of a column in each group, with its interval: a statistic, from frame to frame.

    The result has the columns `by`, then `n`, the column `value` (the median), `low` and `high`: the ends of the
    bootstrap interval (see `runner.numbers.interval`), NaN where there are fewer than MIN_BLOCKS values. Each row of
    the frame is a block's value. A column `level` has the confidence of the intervals of a sweep that was stopped by
    its precision (see `runner.numbers.stopping`), which is the same in a group.
    """

    value: str
    by: Sequence[str]
    confidence: float = CONFIDENCE

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a row for each group, in the order of their first rows."""
        known = frame.dropna(subset=[self.value])
        groups = known.groupby(list(self.by), sort=False, dropna=False)
        table = groups.size().reset_index(name="n")
        values = known[self.value].to_numpy(float)[np.argsort(groups.ngroup(), kind="stable")]
        levels = groups["level"].first() if "level" in known else itertools.repeat(self.confidence)
        split = np.split(values, np.cumsum(table["n"])[:-1]) if len(values) else []
        found = [estimate(own.tolist(), level) for own, level in zip(split, levels, strict=False)]
        columns = {self.value: "value", "low": "low", "high": "high"}
        return table.assign(
            **{name: np.array([getattr(one, end) for one in found], dtype=float) for name, end in columns.items()}
        )


def measured(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that count."""
    return trials[(trials["status"] == "ok") & (trials["warmup"] == 0)]


def whole_ns(seconds: pd.Series) -> pd.Series:
    """Return times in whole nanoseconds, as they were measured. The terminal and SQL use the same unit."""
    return (seconds * 1e9).round()


def walls(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the median time of each case on each host: `n, wall_s, wall_low, wall_high` by CASE."""
    table = Median("wall_ns", CASE)(trials.assign(wall_ns=whole_ns(trials["wall_s"])))
    columns = {"wall_s": "wall_ns", "wall_low": "low", "wall_high": "high"}
    return table[[*CASE, "n"]].assign(**{name: table[own] / 1e9 for name, own in columns.items()})


def block_ratios(trials: pd.DataFrame, value: str = "wall_s", baseline: str = "baseline_id") -> pd.DataFrame:
    """Return the concurrent trials with `baseline_s` and `speedup` = baseline / case, of one block on one host.

    `value` names the column of seconds that is compared, `baseline` that of the case it is compared with. Trials whose
    block has no baseline are left out, and so are cases that have none. Raises ValueError where a case has two trials
    in one block.
    """
    counted = measured(trials)
    places = [Place(*key) for key in counted[["case_id", "host_id", "repeat"]].itertuples(index=False, name=None)]
    times_ns = dict(zip(places, whole_ns(counted[value]).tolist(), strict=True))
    if len(times_ns) < len(places):
        raise ValueError("a case has two trials in one block")
    concurrent = counted.loc[(counted["mode"] != SEQUENTIAL) & counted[baseline].notna(), ["case_id", baseline]]
    pairs = paired(times_ns, dict(concurrent.drop_duplicates().astype("int64").itertuples(index=False, name=None)))
    own_ns, baseline_ns = np.array(list(pairs.values()), dtype=float).reshape(-1, 2).T  # in the order of the trials
    rows = counted[np.array([place in pairs for place in places], dtype=bool)]
    return rows.assign(baseline_s=baseline_ns / 1e9, speedup=baseline_ns / own_ns)


def speedups(trials: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return a row for each concurrent case on each host: its speedup, the median of the ratios within blocks.

    Columns: `case_id` and what else is named in `by`, `workers`, `n` (pairs), `speedup`, `low`, `high`, `efficiency`
    (speedup ÷ workers), `efficiency_low`, `efficiency_high`, `baseline_s` and `wall_s` (medians over the same pairs);
    `locked_speedup`, `locked_low`, `locked_high`: the same against the sequential calls of the build with the
    interpreter lock. `low` and `high` are NaN where `n` is below MIN_BLOCKS, and all of what was not swept.
    """
    ratios = block_ratios(trials)
    said = list(dict.fromkeys(["case_id", *by, "workers"]))
    cases = ratios.drop_duplicates(CASE)[list(dict.fromkeys([*said, *CASE]))]
    seconds = ratios.groupby(CASE, sort=False)[["baseline_s", "wall_s"]].median().reset_index()
    locked = Median("speedup", CASE)(block_ratios(trials, baseline="locked_baseline_id")).drop(columns="n")
    locked = locked.rename(columns=lambda name: name if name in CASE else f"locked_{name}")
    table = cases.merge(Median("speedup", CASE)(ratios), on=CASE).merge(seconds, on=CASE)
    table = table.merge(locked, on=CASE, how="left").sort_values(CASE, ignore_index=True)
    each = Median("efficiency", CASE)(ratios.assign(efficiency=ratios["speedup"] / ratios["workers"])).drop(columns="n")
    each = each.rename(columns={"low": "efficiency_low", "high": "efficiency_high"})
    return table.merge(each, on=CASE).drop(columns=[name for name in CASE if name not in said])
