"""Group the trials that may be compared with each other, and name each group. Pure: frames in, frames out."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from runner.axes import CONDITIONS as KNOWN
from runner.axes import IN_A_GRID, LOCK
from runner.visible import on_one_line, shortened

WEAK, STRONG = "weak", "strong"
SEQUENTIAL = "sequential"
BESIDE_THE_LOCK = [name for name in IN_A_GRID if name != LOCK]
CONDITIONS = ["lock", *BESIDE_THE_LOCK]
"""Columns, other than host and interpreter, that must be equal for trials to be compared; see `load.trials`."""
NAMES = ["workload", "mode", "start_method", "python", "host", "sweep"]
"""Columns of names that a user, or the maker of a store, chose."""
SIZE = ["parameter", "work_size", "others"]
PANEL = [
    *("panel", "shape", "scaling", "work", "workload", "params", "num", "time", *SIZE),
    *("sweep_id", "sweep", "python", "interpreter", "circumstances", "setting", *CONDITIONS, "usable_cpus"),
]
"""Columns that all rows of one panel share, except for the usable CPUs: trials may be pinned to as many as they have
workers. `params` is JSON; in a strong panel the number of calls is common too, and so is the host, which
`circumstances` names where there are several."""


def grouped(trials: pd.DataFrame) -> pd.DataFrame:
    """Add to a frame of trials what they are grouped by.

    | column | is |
    |---|---|
    | `way` | mode and start method, such as ``multiprocessing/fork`` |
    | `work` | workload and arguments, such as ``cpu_bound (NUM = 1,000)`` |
    | `scaling` | ``weak``: every worker makes one call, so the work grows with the workers, and sequential calls are
      compared at the same number of calls. ``strong``: a fixed number of calls is shared out among the workers |
    | `interpreter` | its label, and the state of its lock where that varies or is not its own |
    | `circumstances` | the other conditions, the host and the sweep, in words: what varies or is not the usual |
    | `setting` | the interpreter, if there are several, its lock likewise, and the circumstances |
    | `audience` | the setting, but for a barrier that all trials of the workload have: who asks about several workloads
      at once, as the claims do, asks all that are in one |
    | `shape` | work and scaling, such as ``cpu_bound (NUM = 1,000), 8 calls in all`` |
    | `panel` | what may share one pair of axes: shape and setting |
    | `size` | a case's place on the axis of workers: its workers; in a weak panel a sequential case's calls |
    | `parameter` | the parameter of the workload that is its size: a numeric one, of several the one with most values |
    | `work_size` | its value; NaN for a workload that has none |
    | `others` | the other parameters, in words |

    Where some concurrent case of a work shares out its calls, all cases of that work and number of calls are strong.
    """
    trials = _with_visible_names(trials)
    work = [_work(*pair) for pair in zip(trials["workload"], trials["params"], strict=True)]
    trials = _with_sizes(_with_settings(trials.assign(work=pd.Series(work, index=trials.index, dtype=object))))
    concurrent = trials[trials["mode"] != SEQUENTIAL]
    common = ["setting", "workload", "params", "calls"]
    shared = concurrent.loc[concurrent["calls"] != concurrent["workers"], common].drop_duplicates()
    strong = pd.MultiIndex.from_frame(trials[common]).isin(pd.MultiIndex.from_frame(shared))
    sequential = trials["mode"] == SEQUENTIAL
    weak = pd.Series("one call a worker", index=trials.index, dtype=object)
    shape = joined(
        trials["work"], weak.mask(strong, [f"{n} {'call' if n == 1 else 'calls'} in all" for n in trials["calls"]])
    )
    return trials.assign(
        way=trials["mode"].where(
            trials["start_method"].isna(), trials["mode"] + "/" + trials["start_method"].fillna("")
        ),
        scaling=pd.Series(WEAK, index=trials.index, dtype=object).mask(strong, STRONG),
        shape=shape,
        panel=joined(shape, trials["setting"]),
        size=trials["workers"].where(~sequential | strong, trials["calls"]),
    )


def _with_visible_names(trials: pd.DataFrame) -> pd.DataFrame:
    """Let each name be one line that hides nothing: a store can come from anybody."""
    for column in NAMES:
        shown = {name: on_one_line(name) for name in trials[column].dropna().unique()}
        if odd := {name: safe for name, safe in shown.items() if name != safe}:
            trials = trials.assign(**{column: trials[column].replace(odd)})
    return trials


def _with_settings(trials: pd.DataFrame) -> pd.DataFrame:
    """Add `interpreter`, `circumstances` and `setting`."""
    varies = trials.groupby("python")["lock"].transform("nunique") > 1
    named = (varies | ~trials["default_lock"].fillna(True).astype(bool)) & trials["lock"].notna()
    lock = ("lock " + trials["lock"].fillna("")).where(named, "")
    host = _if_several("host " + trials["host_id"].astype(str) + " (" + trials["host"] + ")")
    sweep = _if_several("sweep " + trials["sweep_id"].astype(str) + " (" + trials["sweep"] + ")")
    conditions = _conditions(trials)
    # Some workloads always have a barrier; that alone says nothing of the others.
    chosen = trials.groupby("workload")["barrier"].transform("nunique") > 1
    conditions["barrier"] = conditions["barrier"].where(chosen | trials["barrier"], "")
    circumstances = joined(*conditions.values(), host, sweep)
    python = _if_several(trials["python"])
    conditions["barrier"] = conditions["barrier"].where(chosen, "")
    return trials.assign(
        interpreter=joined(trials["python"], lock),
        circumstances=circumstances,
        setting=joined(python, lock, circumstances),
        audience=joined(python, lock, *conditions.values(), host, sweep),
    )


def _if_several(words: pd.Series) -> pd.Series:
    return words if words.nunique() > 1 else pd.Series("", index=words.index, dtype=object)


def _conditions(trials: pd.DataFrame) -> dict[str, pd.Series]:
    """Return each condition beside the lock in words, where it varies or is not the usual one."""
    found = {}
    for name in BESIDE_THE_LOCK:
        condition, values = KNOWN[name], trials[name]
        named = values.ne(condition.kind.stored(condition.usual)) | (values.nunique() > 1)
        in_words = {value: condition.in_words(condition.kind.loaded(value)) for value in values.unique().tolist()}
        found[name] = values.map(in_words).where(named, "").astype(object)
    return found


def joined(*columns: pd.Series) -> pd.Series:
    """Return what the columns of words say together, with commas; what is empty says nothing."""
    words = [", ".join(filter(None, row)) for row in zip(*columns, strict=True)]
    return pd.Series(words, index=columns[0].index, dtype=object)


def _with_sizes(trials: pd.DataFrame) -> pd.DataFrame:
    """Add SIZE."""
    found: dict[tuple[Any, ...], tuple[str | None, float, str]] = {}
    works = trials[["sweep_id", "workload", "params"]].drop_duplicates()
    for (sweep_id, workload), own in works.groupby(["sweep_id", "workload"], sort=False):
        arguments = {params: json.loads(params) for params in own["params"]}
        name = _size_parameter(list(arguments.values()))
        for params, given in arguments.items():
            rest = {other: value for other, value in given.items() if other != name}
            size = float(given[name]) if name in given else math.nan
            found[sweep_id, workload, params] = (name and on_one_line(name), size, _arguments(rest))
    keys = zip(trials["sweep_id"], trials["workload"], trials["params"], strict=True)
    sizes = pd.DataFrame([found[key] for key in keys], columns=SIZE, index=trials.index)
    return trials.assign(**sizes.astype({"parameter": object, "work_size": float, "others": object}))


def _size_parameter(arguments: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the numeric parameter with the most values, the first of several; None where none is numeric."""
    values: dict[str, list[Any]] = {}
    for given in arguments:
        for name, value in given.items():
            values.setdefault(name, []).append(value)
    numeric = {name: len(set(own)) for name, own in values.items() if all(is_number(value) for value in own)}
    return max(numeric, key=lambda name: numeric[name]) if numeric else None


def is_number(value: Any) -> bool:
    """Return whether an argument is a number, and so says how large a work is."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def panels(frame: pd.DataFrame) -> list[str]:
    """Return the panels of a frame: by workload, then from small to large."""
    order = ["workload", "others", "work_size", "params", "calls", "sweep_id"]
    ordered = frame.sort_values([column for column in order if column in frame], kind="stable")
    return list(ordered["panel"].unique())


def with_workers(way: str, workers: int) -> str:
    """Write a way of running and its workers: ``threading ×4``."""
    return way if way == SEQUENTIAL else f"{way} ×{workers}"


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows as named tuples. What their fields are, no type checker can know."""
    yield from frame.itertuples()


@cache
def _work(workload: str, params: str) -> str:
    arguments = _arguments(json.loads(params))
    return f"{workload} ({arguments})" if arguments else workload


def _arguments(given: Mapping[str, Any]) -> str:
    return on_one_line(", ".join(f"{name} = {number(value)}" for name, value in given.items()))


def number(value: Any) -> str:
    """Write an argument: ``1,000,000``, ``0.05``, or what else it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.10g}" if isinstance(value, float) else shortened(str(value))
