"""Which trials may be compared with which, and what each group is called. Pure: frames in, frames out."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd

WEAK, STRONG = "weak", "strong"
SEQUENTIAL = "sequential"
PANEL = ["panel", "scaling", "work", "sweep_id", "sweep", "python", "workload", "params", "num", "time", "usable_cpus"]
"""What all rows of one panel have in common. `params` is JSON; in a strong panel the number of calls is common too."""


def grouped(trials: pd.DataFrame) -> pd.DataFrame:
    """Add to a frame of trials what they are grouped by.

    | column | is |
    |---|---|
    | `way` | mode and start method, such as ``multiprocessing/fork`` |
    | `work` | workload and arguments, such as ``cpu_bound (NUM = 1,000)`` |
    | `scaling` | ``weak``: every worker makes one call, so the work grows with the workers, and sequential calls are
      compared at the same number of calls. ``strong``: a fixed number of calls is shared out among the workers |
    | `panel` | what may share one pair of axes: work and scaling, and, where there are several, interpreter and sweep |
    | `size` | a case's place on the axis of workers: its workers; in a weak panel a sequential case's calls |

    Where some concurrent case of a work shares out its calls, all cases of that work and number of calls are strong.
    """
    concurrent = trials[trials["mode"] != SEQUENTIAL]
    common = ["sweep_id", "python", "workload", "params", "calls"]
    shared = concurrent.loc[concurrent["calls"] != concurrent["workers"], common].drop_duplicates()
    strong = pd.MultiIndex.from_frame(trials[common]).isin(pd.MultiIndex.from_frame(shared))
    sequential = trials["mode"] == SEQUENTIAL
    work = [_work(*pair) for pair in zip(trials["workload"], trials["params"], strict=True)]
    panel = pd.Series(work, index=trials.index, dtype=object) + ", one call a worker"
    panel = panel.mask(strong, pd.Series(work, index=trials.index) + [f", {_calls(n)}" for n in trials["calls"]])
    for column in ("python", "sweep"):
        ids = trials["sweep_id"].astype(str) + " (" + trials["sweep"] + ")" if column == "sweep" else trials[column]
        if ids.nunique() > 1:
            panel = panel + (", sweep " if column == "sweep" else ", ") + ids
    return trials.assign(
        way=trials["mode"].where(
            trials["start_method"].isna(), trials["mode"] + "/" + trials["start_method"].fillna("")
        ),
        work=work,
        scaling=pd.Series(WEAK, index=trials.index, dtype=object).mask(strong, STRONG),
        panel=panel,
        size=trials["workers"].where(~sequential | strong, trials["calls"]),
    )


def panels(frame: pd.DataFrame) -> list[str]:
    """Return the panels of a frame: by workload, then from small to large."""
    order = ["workload", "num", "time", "params", "calls", "sweep_id"]
    ordered = frame.sort_values([column for column in order if column in frame], kind="stable")
    return list(ordered["panel"].unique())


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows as named tuples. What their fields are, no type checker can know."""
    yield from frame.itertuples()


@cache
def _work(workload: str, params: str) -> str:
    arguments = ", ".join(f"{name} = {number(value)}" for name, value in json.loads(params).items())
    return f"{workload} ({arguments})" if arguments else workload


def _calls(calls: int) -> str:
    return f"{calls} {'call' if calls == 1 else 'calls'} in all"


def number(value: Any) -> str:
    """Write an argument: ``1,000,000``, ``0.05``, or what else it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
