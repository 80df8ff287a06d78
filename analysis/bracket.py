"""Say without a model up to which size a way of running loses, and from which size on it wins. Pure."""

import numpy as np
import pandas as pd

from analysis.resampling import Floats
from analysis.statistics import Median


def bracket(ratios: pd.DataFrame, size_s: Floats) -> dict[str, float]:
    """Return `loses_up_to_s` and `wins_from_s` from time ratios, blocks × sizes; NaN where there is none.

    A size is lost or won where the interval of its ratio lies on one side of 1, from the blocks that it has. Losses
    count from the smallest size up and wins from the largest down, and neither goes beyond a size that is not (a fixed
    sequence). If each size were judged by itself, a fifth of all pairs of identical ways would have a bracket.
    """
    each = ratios.set_axis(size_s, axis=1).melt(var_name="size_s", value_name="ratio")
    table = Median("ratio", ["size_s"])(each.astype(float)).sort_values("size_s")
    sizes_s = table["size_s"].to_numpy()
    losses, wins = _leading(table["low"] > 1), _leading(table["high"][::-1] < 1)
    return {
        "loses_up_to_s": float(sizes_s[losses - 1]) if losses else np.nan,
        "wins_from_s": float(sizes_s[-wins]) if wins else np.nan,
    }


def _leading(flags: pd.Series) -> int:
    """Return how many there are before the first that is not set."""
    return int(flags.cummin().sum())
