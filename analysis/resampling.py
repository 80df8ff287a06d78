"""Resample several columns of times by the same draws of blocks. Pure.

What belongs together, such as the times of one way with several numbers of workers, is a table of blocks × columns, of
which a draw takes whole blocks.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from runner.numbers.draws import draws
from runner.numbers.medians import MIN_BLOCKS, Estimate
from runner.numbers.student import CONFIDENCE, expanded_tail

Floats = npt.NDArray[np.float64]


def by_block(trials: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Return `value` as a table of blocks × the values of `column`, NaN where a block has none."""
    blocks, row = np.unique(trials["repeat"].to_numpy(), return_inverse=True)
    columns, place = np.unique(trials[column].to_numpy(), return_inverse=True)
    table = np.full((len(blocks), len(columns)), np.nan)
    table[row, place] = trials[value].to_numpy(float)
    return pd.DataFrame(table, index=blocks, columns=columns)


def resampled_medians(values: Floats, resamples: int) -> Floats:
    """Return the medians of each column of blocks × columns, then those of as many draws of blocks, a row for each.

    A draw takes the same blocks in all columns. Below MIN_BLOCKS there is but the first row.
    """
    n = len(values)
    medians = [np.median(values, axis=0)[None, :]]
    if n >= MIN_BLOCKS:
        drawn = np.frombuffer(b"".join(draws(n, resamples)), np.uint8).reshape(resamples, n)
        resampled = np.empty((resamples, values.shape[1]))
        for column, rank in enumerate(np.argsort(values, axis=0).T):
            # How many of a draw's values are at most the k-th smallest: the middle is where that reaches half.
            up_to = drawn[:, rank].cumsum(axis=1, dtype=np.int16)
            lower, upper = ((up_to >= half).argmax(axis=1) for half in ((n + 1) // 2, n // 2 + 1))
            ordered = values[rank, column]
            resampled[:, column] = (ordered[lower] + ordered[upper]) / 2
        medians.append(resampled)
    return np.concatenate(medians)


def resampled_estimate(figures: Floats, blocks: int, confidence: float = CONFIDENCE) -> Estimate:
    """Return the first figure with the interval that the others have, one for each draw of so many blocks.

    There is none where there are no others. Figures may be infinite, so the interval ends at draws, not between two.
    """
    value = float(figures[0])
    if len(figures) == 1:
        return Estimate(value, n=blocks)
    tail = expanded_tail(blocks, confidence)
    low, high = np.nanquantile(figures[1:], [tail, 1 - tail], method="inverted_cdf")
    return Estimate(value, float(low), float(high), blocks)
