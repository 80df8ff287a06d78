"""Choose the trials to show call by call. Pure: frame in, frame out."""

import pandas as pd

from analysis.grouping import SEQUENTIAL, STRONG, panels


def representatives(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each trial to show: the median trial of every way, on the largest size of each workload.

    `trials` are those that count, grouped. The number of workers is the smallest above one that all ways have, or else
    the smallest that any has. The number of sequential calls is the same; in a strong panel it is what the panel has.
    """
    found = [trials.iloc[:0]]
    for _, workload in trials.groupby(["workload", "setting"], sort=False):
        several = workload[workload["workers"] > 1]
        panel = workload[workload["panel"] == panels(workload if several.empty else several)[-1]]
        for way, cases in panel[panel["size"].isin(_sizes(panel))].groupby("way", sort=False):
            own = cases if way == SEQUENTIAL else cases[cases["size"] == cases["size"].max()]
            ordered = own.sort_values(["wall_s", "trial_id"])
            found.append(ordered.iloc[[(len(ordered) - 1) // 2]])
    return pd.concat(found)


def _sizes(panel: pd.DataFrame) -> set[int]:
    """Return the values of `size` to show: one of the concurrent cases, and that of the sequential cases."""
    concurrent, sequential = (panel[(panel["mode"] == SEQUENTIAL) == which] for which in (False, True))
    if concurrent.empty:
        return {int(sequential["size"].min())}
    ways = concurrent.groupby("size")["way"].nunique()
    several = ways[ways.index > 1]
    common = several[several == concurrent["way"].nunique()]
    best = next(sizes for sizes in (common, several, ways) if len(sizes)).index.min()
    return {int(best), 1} if panel["scaling"].eq(STRONG).all() else {int(best)}
