"""Find the trials that lie far from the others of their case. Pure: frames in, frames out. Nothing is dropped."""

import numpy as np
import pandas as pd

from analysis.statistics import CASE, measured
from runner.numbers.medians import MIN_BLOCKS

BLOCK = ["sweep_id", "host_id", "repeat"]
CUT_OFFS = {6: 5.6, 8: 4.9, 10: 4.6, 15: 4.3, 20: 4.0, 40: 3.8}
"""By the number of trials of a case, the modified z-score beyond which a trial is an outlier. In a simulation of normal
noise 5 % of cases have one by chance; with 3.5 for every number (Iglewicz & Hoaglin 1993), 12 % of those of 10 have."""
NEAR = 0.02
"""A trial that is within this share of the usual time of its case is never an outlier."""
MIN_OTHERS = 3
"""Other cases in a block that it takes to say how slow the block was: of fewer, one outlier would sway the median."""


def with_outliers(trials: pd.DataFrame) -> pd.DataFrame:
    """Add `outlier`: whether a trial that counts lies far from the others of its case on its host.

    Distances are those of the logarithms of the times, less what the block was slower or faster for the other cases
    (the median of their distances). The modified z-score is 0.6745 · distance / MAD (Iglewicz & Hoaglin 1993); where
    more than half of the values are the same, the mean absolute deviation / 1.2533 stands for MAD / 0.6745. Cases of
    fewer than MIN_BLOCKS trials have no outliers.
    """
    counted = measured(trials)
    cases = [counted[name] for name in CASE]
    seconds = counted["wall_s"].where(counted["wall_s"] > 0).to_numpy(float)
    away = _from_median(pd.Series(np.log(seconds), counted.index), cases)
    away = away - away.groupby([counted[name] for name in BLOCK]).transform(_median_of_others)
    away = _from_median(away, cases).abs()
    spread = away.groupby(cases)
    sigma = spread.transform("median") / 0.6745
    sigma = sigma.where(sigma > 0, spread.transform("mean") * 1.2533)
    n = spread.transform("size")
    cut_off = np.interp(n, list(CUT_OFFS), list(CUT_OFFS.values()))
    far = (away > cut_off * sigma) & (away > np.log1p(NEAR)) & (n >= MIN_BLOCKS)
    return trials.assign(outlier=far.reindex(trials.index, fill_value=False))


def _from_median(values: pd.Series, cases: list[pd.Series]) -> pd.Series:
    return values - values.groupby(cases).transform("median")


def _median_of_others(values: pd.Series) -> pd.Series:
    """Return for each value of a block the median of the others; 0 where these are too few."""
    known = values.dropna()
    others = len(known) - 1
    if others < MIN_OTHERS:
        return pd.Series(0.0, values.index)
    rank, ordered = known.rank(method="first").to_numpy(int) - 1, np.sort(known)
    lower, upper = (middle + (rank <= middle) for middle in ((others - 1) // 2, others // 2))
    return pd.Series((ordered[lower] + ordered[upper]) / 2, known.index).reindex(values.index)
