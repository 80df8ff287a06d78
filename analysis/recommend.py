"""Recommend a way of running for each work: the fastest, or the cheapest that is about as fast. Pure."""

from typing import Any

import pandas as pd

from analysis.answers import cost
from analysis.grouping import PANEL, each, panels, with_workers
from analysis.statistics import measured
from runner.numbers.answer import is_mostly
from runner.numbers.choice import Option, choose


def recommendations(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each panel that has a choice: the fastest case and the cheapest that is about as fast.

    `trials` are grouped. What counts is the time of a call, that is total ÷ calls, so that numbers of workers can be
    compared where work grows with them. Columns: PANEL; `fastest_way`, `fastest_workers`, `fastest_calls`,
    `fastest_s` (seconds for each call, median); `cheapest_way`, `cheapest_workers`; `ratio, low, high, n`: its time of
    a call ÷ the fastest's, within blocks; `is_within`: whether the interval shows that this is within 5 %;
    `tied`: the other cases that no interval shows to be slower than the fastest, which is one of all these; `is_busy`:
    whether so many trials were disturbed that nothing of this can be said.

    How they are chosen is said in `runner.numbers.choice`; cheap is first what has less to start.
    """
    counted = measured(trials)
    counted = counted.assign(call_s=counted["wall_s"] / counted["calls"])
    counted = counted[counted["call_s"] > 0]
    found = dict(list(counted.groupby("panel", sort=False)))
    rows = [_row(found[panel]) for panel in panels(counted) if found[panel]["case_id"].nunique() > 1]
    return pd.DataFrame(rows)


def _row(panel: pd.DataFrame) -> dict[str, Any]:
    cases = list(each(panel.drop_duplicates("case_id")))
    options = [_option(case, panel[panel["case_id"] == case.case_id]) for case in cases]
    choice = choose(options)
    fastest, cheapest = cases[choice.fastest], cases[choice.cheapest]
    tied = dict.fromkeys(with_workers(cases[place].way, cases[place].workers) for place in choice.tied)
    tied.pop(with_workers(fastest.way, fastest.workers), None)  # other numbers of sequential calls
    return {
        **panel.iloc[0][PANEL],
        **{f"fastest_{name}": getattr(fastest, name) for name in ("way", "workers", "calls")},
        "fastest_s": options[choice.fastest].median_s,
        **{f"cheapest_{name}": getattr(cheapest, name) for name in ("way", "workers")},
        "ratio": choice.ratio.value,
        "low": choice.ratio.low,
        "high": choice.ratio.high,
        "n": choice.ratio.n,
        "is_within": choice.is_within,
        "tied": ", ".join(tied),
        "is_busy": is_mostly(int(panel["noisy"].notna().sum()), len(panel)),
    }


def _option(case: Any, trials: pd.DataFrame) -> Option:
    blocks = zip(trials["host_id"].tolist(), trials["repeat"].tolist(), strict=True)
    seconds = dict(zip(blocks, trials["call_s"].tolist(), strict=True))
    return Option(cost(case.mode), int(case.workers), seconds)
