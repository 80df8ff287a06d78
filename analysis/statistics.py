"""Statistics of trials. Pure: frames in, frames out.

The trial is the unit of inference, never the worker: the workers of one trial share its noise. A block is every case
once, in random order, so what the cases of one block have in common, the slow drift of a machine above all, cancels in
their ratios. Only trials that succeeded and are no warm-ups count; trials flagged as noisy do count, and stay flagged.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.grouping import SEQUENTIAL

CONFIDENCE = 0.95
MIN_BLOCKS = 6
"""Below it no interval is claimed: that even the whole range of n values covers their median has a probability of
1 - 2 · 0.5**n, which is less than 95 % for n < 6."""
RESAMPLES = 5000
SEED = 7
OUTLIER_Z = 3.5
"""Iglewicz & Hoaglin 1993: a modified z-score beyond it is a potential outlier."""
VALUES_AT_ONCE = 4_000_000
"""Resampled medians held in memory at a time."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value from `n` blocks and the ends of its interval, NaN where none is claimed."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0

    @property
    def has_interval(self) -> bool:
        """Whether an interval is claimed."""
        return not (np.isnan(self.low) or np.isnan(self.high))

    def __str__(self) -> str:
        """Write the figure with its interval, ``1.94 [1.92, 1.95]``, no more exactly than the interval is wide."""
        return self.written()

    def written(self, unit: str = "") -> str:
        """Write the figure, its unit and its interval: with the unit `` ×``, ``1.94 × [1.92, 1.95]``."""
        figures = [self.value, self.low, self.high] if self.has_interval else [self.value]
        steps = [abs(self.value), 100 * (self.high - self.low)] if self.has_interval else [abs(self.value)]
        digits = max((2 - math.floor(math.log10(step)) for step in steps if 0 < step < math.inf), default=2)
        value, *ends = (f"{figure:.{max(digits, 0)}f}" if digits < 7 else f"{figure:.3g}" for figure in figures)
        return f"{value}{unit} [{', '.join(ends)}]" if ends else f"{value}{unit}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the data cannot carry an answer, and what would."""

    reason: str


@dataclass(frozen=True)
class Median:
    """The median of a column in each group, with its interval: a statistic, from frame to frame.

    The result has the columns `by`, then `n`, the column `value` (the median), `low` and `high`: the ends of the
    bootstrap interval, NaN where there are fewer than MIN_BLOCKS values. Each row of the frame is a block's value.

    The interval is the expanded percentile interval: blocks are drawn with replacement, and the percentiles of the
    resampled medians are taken a little further out than 2.5 and 97.5, as far as Student's t with n - 1 degrees of
    freedom is from the normal distribution, because resampling understates the spread of few values (Hesterberg 2015,
    The American Statistician 69(4), section 5.3).
    """

    value: str
    by: Sequence[str]
    confidence: float = CONFIDENCE
    resamples: int = RESAMPLES
    seed: int = SEED

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a row for each group, in the order of their first rows."""
        known = frame.dropna(subset=[self.value])
        groups = known.groupby(list(self.by), sort=False, dropna=False)
        table = groups.agg(**{"n": (self.value, "size"), self.value: (self.value, "median")}).reset_index()
        ordered = known.assign(_group=groups.ngroup()).sort_values(["_group", self.value], kind="stable")
        values, starts = ordered[self.value].to_numpy(float), np.concatenate([[0], np.cumsum(table["n"])[:-1]])
        low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
        for n in sorted(set(table["n"])):
            if n >= MIN_BLOCKS:
                rows = np.flatnonzero(table["n"] == n)
                low[rows], high[rows] = self.interval(values[starts[rows][:, None] + np.arange(n)])
        return table.assign(low=low, high=high)

    def interval(self, ordered: Floats) -> tuple[Floats, Floats]:
        """Return both ends of the interval for each row of values in ascending order.

        Which block a value came from does not matter for its group alone, so all groups of n values share the draws:
        a resampled median is the mean of the two values at the middle ranks of the draw.
        """
        groups, n = ordered.shape
        lower, upper = _middle_ranks(n, self.resamples, self.seed)
        tail = expanded_tail(n, self.confidence)
        low, high = np.empty(groups), np.empty(groups)
        for part in _chunks(groups, max(1, VALUES_AT_ONCE // self.resamples)):
            medians = (ordered[part][:, lower] + ordered[part][:, upper]) / 2
            low[part], high[part] = np.quantile(medians, [tail, 1 - tail], axis=1)
        return low, high


def expanded_tail(n: int, confidence: float = CONFIDENCE) -> float:
    """Return the share of resamples to leave out at either end, for n values."""
    quantile = stats.t.ppf((1 + confidence) / 2, n - 1)
    return float(stats.norm.cdf(-np.sqrt(n / (n - 1)) * quantile))


@lru_cache(maxsize=8)
def _draws(n: int, resamples: int, seed: int) -> npt.NDArray[np.int16]:
    """Return how often each draw, a row, takes each of n blocks."""
    return np.random.default_rng([seed, n]).multinomial(n, [1 / n] * n, size=resamples).astype(np.int16)


@cache
def _middle_ranks(n: int, resamples: int, seed: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    return _middles(_draws(n, resamples, seed))


def _middles(draws: npt.NDArray[np.int16]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the two middle ranks of each draw, whose columns stand in the order of the blocks' values."""
    n = draws.shape[1]
    # How many of a draw's values are at most the k-th smallest: the middle is where that reaches half.
    up_to = draws.cumsum(axis=1, dtype=draws.dtype)
    return (up_to >= (n + 1) // 2).argmax(axis=1), (up_to >= n // 2 + 1).argmax(axis=1)


def _chunks(total: int, size: int) -> Iterator[slice]:
    for start in range(0, total, size):
        yield slice(start, min(start + size, total))


def by_block(trials: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Return `value` as a table of blocks × the values of `column`, NaN where a block has none."""
    blocks, row = np.unique(trials["repeat"].to_numpy(), return_inverse=True)
    columns, place = np.unique(trials[column].to_numpy(), return_inverse=True)
    table = np.full((len(blocks), len(columns)), np.nan)
    table[row, place] = trials[value].to_numpy(float)
    return pd.DataFrame(table, index=blocks, columns=columns)


def resampled_medians(values: Floats, resamples: int, seed: int = SEED) -> Floats:
    """Return the medians of each column of blocks × columns, then those of as many draws of blocks, a row for each.

    A draw takes the same blocks in all columns. Below MIN_BLOCKS there is but the first row.
    """
    n = len(values)
    medians = [np.median(values, axis=0)[None, :]]
    if n >= MIN_BLOCKS:
        drawn = _draws(n, resamples, seed)
        order = np.argsort(values, axis=0)
        resampled = np.empty((resamples, values.shape[1]))
        for column, rank in enumerate(order.T):
            lower, upper = _middles(drawn[:, rank])
            ordered = values[rank, column]
            resampled[:, column] = (ordered[lower] + ordered[upper]) / 2
        medians.append(resampled)
    return np.concatenate(medians)


def measured(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that count."""
    return trials[(trials["status"] == "ok") & (trials["warmup"] == 0)]


def block_ratios(trials: pd.DataFrame, value: str = "wall_s", baseline: str = "baseline_id") -> pd.DataFrame:
    """Return the concurrent trials with `baseline_s` and `speedup` = baseline / case, both of the same block.

    `value` names the column of seconds that is compared, `baseline` that of the case it is compared with. Trials whose
    block has no baseline are left out, and so are cases that have none.
    """
    counted = measured(trials)
    baselines = counted.loc[counted["case_id"].isin(counted[baseline].dropna()), ["case_id", "repeat", value]]
    baselines = baselines.rename(columns={"case_id": baseline, value: "baseline_s"})
    concurrent = counted[(counted["mode"] != SEQUENTIAL) & counted[baseline].notna()].astype({baseline: "int64"})
    paired = concurrent.merge(baselines, on=[baseline, "repeat"], how="inner", validate="many_to_one")
    paired = paired[paired[value] > 0]
    return paired.assign(speedup=paired["baseline_s"] / paired[value])


def speedups(trials: pd.DataFrame, by: Sequence[str] = (), resamples: int = RESAMPLES) -> pd.DataFrame:
    """Return a row for each concurrent case: its speedup, the median of the ratios within blocks, with its interval.

    Columns: `case_id` and what else is named in `by`, `workers`, `n` (pairs), `speedup`, `low`, `high`, `efficiency`
    (speedup ÷ workers), `efficiency_low`, `efficiency_high`, `baseline_s` and `wall_s` (medians over the same pairs);
    `locked_speedup`, `locked_low`, `locked_high`: the same against the sequential calls of the build with the
    interpreter lock. `low` and `high` are NaN where `n` is below MIN_BLOCKS, and all of what was not swept.
    """
    ratios = block_ratios(trials)
    table = Median("speedup", ["case_id"], resamples=resamples)(ratios)
    cases = ratios.drop_duplicates("case_id")[list(dict.fromkeys(["case_id", *by, "workers"]))]
    seconds = ratios.groupby("case_id", sort=False)[["baseline_s", "wall_s"]].median().reset_index()
    locked = Median("speedup", ["case_id"], resamples=resamples)(block_ratios(trials, baseline="locked_baseline_id"))
    locked = locked.drop(columns="n").rename(columns=lambda name: name if name == "case_id" else f"locked_{name}")
    table = cases.merge(table, on="case_id").merge(seconds, on="case_id").merge(locked, on="case_id", how="left")
    return table.sort_values("case_id", ignore_index=True).assign(
        efficiency=lambda rows: rows["speedup"] / rows["workers"],
        efficiency_low=lambda rows: rows["low"] / rows["workers"],
        efficiency_high=lambda rows: rows["high"] / rows["workers"],
    )


def estimate(values: pd.Series) -> Estimate:
    """Return the median of values, one for each block, with its interval. Raises ValueError when there is none."""
    if values.dropna().empty:
        raise ValueError("no values")
    (row,) = Median("value", ["all"])(pd.DataFrame({"all": 0, "value": values})).to_dict("records")
    return Estimate(row["value"], row["low"], row["high"], row["n"])


def with_outliers(trials: pd.DataFrame) -> pd.DataFrame:
    """Add `outlier`: whether a trial that counts lies far from the others of its case. Nothing is dropped.

    The modified z-score is 0.6745 · (x - median) / MAD (Iglewicz & Hoaglin 1993); where more than half of the values
    are the same, the mean absolute deviation / 1.2533 stands for MAD / 0.6745. Beyond OUTLIER_Z it is an outlier.
    Cases of fewer than MIN_BLOCKS trials have none.
    """
    counted = measured(trials)
    values = counted.groupby("case_id")["wall_s"]
    away = (counted["wall_s"] - values.transform("median")).abs()
    spread = away.groupby(counted["case_id"])
    sigma = spread.transform("median") / 0.6745
    sigma = sigma.where(sigma > 0, spread.transform("mean") * 1.2533)
    far = (away > OUTLIER_Z * sigma) & (values.transform("size") >= MIN_BLOCKS)
    return trials.assign(outlier=far.reindex(trials.index, fill_value=False))
