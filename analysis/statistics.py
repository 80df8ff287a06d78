"""Statistics of trials. Pure: frames in, frames out.

Frames have the columns of v_trials; only trials that succeeded and are no warm-ups count.
"""

import json

import pandas as pd

WORK = ["sweep_id", "workload", "params", "calls", "python"]
"""What a case and its baseline have in common."""
BLOCK = [*WORK, "repeat"]


def measured(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that count."""
    return trials[(trials["status"] == "ok") & (trials["warmup"] == 0)]


def with_panels(trials: pd.DataFrame) -> pd.DataFrame:
    """Add `panel`, the work that may share one pair of axes, and `size`, a case's place on the axis of workers.

    Where every worker makes one call, work grows with the workers (weak scaling): sequential calls are compared at
    the same number of calls, so their `size` is `calls`. A number of calls that some workers share (strong scaling)
    is a panel of its own, and there sequential calls have size 1.
    """
    concurrent = trials[trials["mode"] != "sequential"]
    work = ["workload", "params", "calls"]
    shared = concurrent.loc[concurrent["calls"] != concurrent["workers"], work].drop_duplicates()
    is_fixed = pd.MultiIndex.from_frame(trials[work]).isin(pd.MultiIndex.from_frame(shared))
    sequential = trials["mode"] == "sequential"
    names = [
        _work(workload, json.loads(params))
        for workload, params in zip(trials["workload"], trials["params"], strict=True)
    ]
    calls = [
        f", {calls} {'call' if calls == 1 else 'calls'} in all" if fixed else ", one call a worker"
        for calls, fixed in zip(trials["calls"], is_fixed, strict=True)
    ]
    return trials.assign(
        panel=[one + other for one, other in zip(names, calls, strict=True)],
        size=trials["workers"].where(~sequential | is_fixed, trials["calls"]),
        way=trials["mode"].where(
            trials["start_method"].isna(), trials["mode"] + "/" + trials["start_method"].fillna("")
        ),
    )


def block_ratios(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the concurrent trials with `baseline_s` and `speedup` = baseline / case, both of the same block.

    Trials whose block has no baseline are left out.
    """
    counted = measured(trials)
    sequential = counted["mode"] == "sequential"
    baselines = counted.loc[sequential, [*BLOCK, "wall_s"]].rename(columns={"wall_s": "baseline_s"})
    paired = counted[~sequential].merge(baselines, on=BLOCK, how="inner", validate="many_to_one")
    return paired.assign(speedup=paired["baseline_s"] / paired["wall_s"])


def medians(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return the median of column `value` for each panel, way and size; panels in the order of their work."""
    ordered = frame.sort_values(["workload", "num", "time", "calls"], kind="stable")
    grouped = ordered.groupby(["panel", "way", "size"], as_index=False, sort=False)
    return grouped.agg(**{value: (value, "median")})


def _work(workload: str, params: dict[str, int | float]) -> str:
    return f"{workload} ({', '.join(f'{name} = {_number(value)}' for name, value in params.items())})"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.10g}"
