"""Which way of running to choose for each work: the fastest, and the cheapest that is about as fast. Pure."""

import pandas as pd

from analysis.grouping import PANEL, panels
from analysis.statistics import Median, measured
from runner.harness.modes import MODES

WITHIN = 1.05
"""About as fast: within 5 % of the fastest."""
DEAR = {name: mode.cost for name, mode in MODES.items()}
"""From cheap to expensive, by what has to be started."""


def recommendations(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each panel that has a choice: the fastest case and the cheapest within WITHIN of it.

    `trials` are grouped. What counts is the time of a call, that is total ÷ calls, so that numbers of workers can be
    compared where work grows with them. Columns: PANEL; `fastest_way`, `fastest_workers`, `fastest_calls`,
    `fastest_s` (seconds for each call, median); `cheapest_way`, `cheapest_workers`; `ratio, low, high, n`: its time of
    a call ÷ the fastest's, within blocks; `tied`: how many other cases the interval does not tell from the fastest.

    Cheap comes first by what has to be started (see DEAR), then by fewer workers, then by less time. Cheapest is
    taken among the cases whose median ratio is at most WITHIN.
    """
    counted = measured(trials)
    counted = counted.assign(call_s=counted["wall_s"] / counted["calls"])
    cases = Median("call_s", ["panel", "case_id", "way", "mode", "workers", "calls"])(counted)
    cases = cases[cases.groupby("panel")["case_id"].transform("size") > 1]
    best = cases.sort_values("call_s", kind="stable").drop_duplicates("panel").set_index("panel")
    near = cases.drop(columns=["n", "low", "high"]).merge(_against(counted, best["case_id"]), on="case_id")
    near = near.assign(dear=near["mode"].map(DEAR).fillna(len(DEAR)))
    near = near.sort_values(["dear", "workers", "call_s"], kind="stable")
    cheapest = near[near["ratio"] <= WITHIN].drop_duplicates("panel").set_index("panel")
    others = near[near["case_id"] != near["panel"].map(best["case_id"])]
    tied = others["low"].le(1).groupby(others["panel"]).sum()
    facts = counted.drop_duplicates("panel").set_index("panel", drop=False)
    rows = [
        {
            **facts.loc[panel, PANEL],
            **{f"fastest_{name}": best.loc[panel, name] for name in ("way", "workers", "calls")},
            "fastest_s": best.loc[panel, "call_s"],
            **{f"cheapest_{name}": cheapest.loc[panel, name] for name in ("way", "workers")},
            **cheapest.loc[panel, ["ratio", "low", "high", "n"]],
            "tied": int(tied.get(panel, 0)),
        }
        for panel in panels(counted)
        if panel in cheapest.index
    ]
    return pd.DataFrame(rows)


def _against(counted: pd.DataFrame, best: pd.Series) -> pd.DataFrame:
    """Return the median of each case's time of a call ÷ that of the best of its panel, both of the same block."""
    fastest = counted[counted["case_id"].isin(best)].drop_duplicates(["case_id", "repeat"])
    fastest = fastest[["panel", "repeat", "call_s"]].rename(columns={"call_s": "fastest_s"})
    both = counted.merge(fastest, on=["panel", "repeat"])
    return Median("ratio", ["case_id"])(both.assign(ratio=both["call_s"] / both["fastest_s"]))
