"""Which way of running to choose for each work: the fastest, and the cheapest that is about as fast. Pure."""

import pandas as pd

from analysis.grouping import PANEL, SEQUENTIAL, panels
from analysis.statistics import Median, measured

WITHIN = 1.05
"""About as fast: within 5 % of the fastest."""
DEAREST = (SEQUENTIAL, "threading", "multiprocessing")
"""From cheap to dear: nothing to start; threads that share one process; processes, each with memory of its own."""


def recommendations(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each panel that has a choice: the fastest case and the cheapest within WITHIN of it.

    `trials` are grouped. What counts is the time of a call, that is total ÷ calls, so that numbers of workers can be
    compared where work grows with them. Columns: PANEL; `fastest_way`, `fastest_workers`, `fastest_calls`,
    `fastest_s` (seconds for each call, median); `cheapest_way`, `cheapest_workers`; `ratio, low, high, n`: its time of
    a call ÷ the fastest's, within blocks; `tied`: how many other cases the interval does not tell from the fastest.

    Cheap comes first by what has to be started (see DEAREST), then by fewer workers, then by less time. Cheapest is
    taken among the cases whose median ratio is at most WITHIN.
    """
    counted = measured(trials)
    counted = counted.assign(call_s=counted["wall_s"] / counted["calls"])
    found = []
    own = dict(list(counted.groupby("panel", sort=False)))
    for panel in (own[name] for name in panels(counted)):
        cases = Median("call_s", ["case_id", "way", "mode", "workers", "calls"])(panel)
        if len(cases) < 2:
            continue
        best = cases.sort_values("call_s").iloc[0]
        ratios = _against(panel, int(best["case_id"]))
        near = cases.drop(columns=["n", "low", "high"]).merge(ratios, on="case_id")
        near = near.assign(dear=near["mode"].map({mode: place for place, mode in enumerate(DEAREST)}).fillna(9))
        cheapest = near[near["ratio"] <= WITHIN].sort_values(["dear", "workers", "call_s"]).iloc[0]
        found.append(
            {
                **panel[PANEL].iloc[0],
                **{f"fastest_{name}": best[name] for name in ("way", "workers", "calls")},
                "fastest_s": best["call_s"],
                **{f"cheapest_{name}": cheapest[name] for name in ("way", "workers")},
                **{name: cheapest[name] for name in ("ratio", "low", "high", "n")},
                "tied": int((near["low"] <= 1).sum() - (near["case_id"] == best["case_id"]).sum()),
            }
        )
    return pd.DataFrame(found)


def _against(panel: pd.DataFrame, best: int) -> pd.DataFrame:
    fastest = panel[panel["case_id"] == best].drop_duplicates("repeat").set_index("repeat")["call_s"]
    ratios = panel.assign(ratio=panel["call_s"] / panel["repeat"].map(fastest))
    return Median("ratio", ["case_id"])(ratios)
