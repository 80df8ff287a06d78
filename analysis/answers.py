"""The answer for each work, as the terminal has it. Pure: from a frame of trials to typed values."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.grouping import BESIDE_THE_LOCK, each, is_number, number
from analysis.statistics import measured, whole_ns
from runner.axes import CONDITIONS
from runner.harness.modes import MODES
from runner.numbers import answer, grouping
from runner.numbers.answer import Answer
from runner.numbers.grouping import Described
from runner.numbers.pairs import Place
from runner.numbers.student import CONFIDENCE
from runner.numbers.summary import WallTime
from runner.numbers.works import Work

COSTS = {name: mode.cost for name, mode in MODES.items()}
"""From cheap to expensive, by what has to be started."""


def answers(trials: pd.DataFrame) -> list[Answer]:
    """Return the answer for each work of these trials, which are grouped, on each host."""
    return answer.answers(work for _, own in trials.groupby("host_id") for work in _works(own))


def cost(mode: str) -> int:
    """Return how much a mode has to start; a mode that is not known here is the most expensive."""
    return COSTS.get(mode, len(COSTS))


def _works(trials: pd.DataFrame) -> list[Work]:
    """Return the works of trials on one host."""
    cases = trials.drop_duplicates("case_id").sort_values("case_id", kind="stable")
    return grouping.works([_described(row) for row in each(cases)], _times(measured(trials)), {})


def _described(row: Any) -> Described:
    params = json.loads(row.params)
    sizes = {name: value for name, value in params.items() if is_number(value)}
    texts = {name: f"{name} = {number(value)}" for name, value in params.items() if name not in sizes}
    conditions = {
        name: CONDITIONS[name].in_words(CONDITIONS[name].kind.loaded(getattr(row, name))) for name in BESIDE_THE_LOCK
    }
    place = {"host": f"host {row.host_id} ({row.host})", "sweep": f"sweep {row.sweep_id} ({row.sweep})"}
    return Described(
        case_id=row.case_id,
        work=", ".join(filter(None, (row.work, row.setting))),
        features={"workload": row.workload, **texts, "interpreter": row.interpreter, **conditions, **place},
        sizes=sizes,
        way=row.way,
        mode=row.mode,
        cost=cost(row.mode),
        workers=int(row.workers),
        calls=int(row.calls),
        confidence=float(getattr(row, "level", CONFIDENCE)),
    )


def _times(counted: pd.DataFrame) -> Iterator[WallTime]:
    known = counted[counted["wall_s"].notna()]
    columns = [known[name].tolist() for name in ("case_id", "host_id", "repeat")]
    baselines = [None if baseline is pd.NA else int(baseline) for baseline in known["baseline_id"].tolist()]
    others = (baselines, whole_ns(known["wall_s"]).tolist(), known["noisy"].notna().tolist())
    for case_id, host_id, repeat, baseline_id, wall_ns, is_disturbed in zip(*columns, *others, strict=True):
        yield WallTime(Place(case_id, host_id, repeat), baseline_id, wall_ns, is_disturbed)
