"""What to sweep for a figure that the data do not allow: axes that a grid of the same workload accepts."""

import json

import pandas as pd

from analysis.grouping import SEQUENTIAL
from runner.matrix.case import number

OF_BUILT_IN = ("threading", "multiprocessing")
"""In these every workload of the runner can run. What suits a user's function shows only in what was swept."""


def ways(trials: pd.DataFrame) -> str:
    """Return axes that give concurrent cases."""
    swept = [mode for mode in trials["mode"].unique() if mode != SEQUENTIAL]
    modes = swept or ([] if trials["workload"].str.contains(":").any() else OF_BUILT_IN)
    return "workers: [1, 2, 4]" + (f", mode: [{', '.join([SEQUENTIAL, *modes])}]" if modes else "")


def sizes(trials: pd.DataFrame, least: int, factor: int) -> str | None:
    """Return an axis of so many sizes of the workload that takes longest; None if no workload has a size.

    They grow by the factor, and end about where the sweep did, so that they take no longer.
    """
    sized = trials[trials["parameter"].notna()]
    if sized.empty:
        return None
    largest = sized.iloc[int((sized["wall_s"] / sized["calls"]).fillna(0).to_numpy().argmax())]
    top = json.loads(largest["params"]).get(largest["parameter"], largest["work_size"])
    first = top / factor ** (least - 1)
    if isinstance(top, int):
        first = max(1, round(first))
    return f"{largest['parameter']}: [{', '.join(number(first * factor**step) for step in range(least))}]"
