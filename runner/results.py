"""The results of a stored sweep: its cases, its works, and what can be said about them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.axes import CONDITIONS, LOCK
from runner.harness.modes import MODES
from runner.matrix.case import number, way, work
from runner.numbers import grouping
from runner.numbers.answer import Answer, answers
from runner.numbers.grouping import Described
from runner.numbers.stopping import level
from runner.numbers.student import CONFIDENCE
from runner.numbers.summary import WallTime
from runner.numbers.works import Work
from runner.store.read import Reader
from runner.visible import on_one_line

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of a sweep's trials."""

    sweep: Columns
    """The row of ``sweeps``, with the goal, and why the sweep stopped."""
    cases: Sequence[Columns]
    """Rows of ``v_cases``, with `speedup`, `efficiency` and `pairs` of ``v_speedups``."""
    disturbed: int
    """Number of trials that count although they were disturbed."""
    failures: int
    """Number of trials that have not succeeded in any attempt."""
    answers: Sequence[Answer]
    """What can be said about each work."""
    failed: Sequence[Columns]
    """Every attempt that failed, as ``Reader.failures`` returns them."""


def summary(reader: Reader, sweep_id: int) -> Summary:
    """Return the summary of a sweep's trials."""
    row, cases = reader.sweep(str(sweep_id)), reader.summary(sweep_id)
    known = works(cases, reader.wall_times(sweep_id), reader.host_names(), level(row["precision"]))
    found = answers(known)
    return Summary(row, cases, reader.noisy(sweep_id), reader.unsuccessful(sweep_id), found, reader.failures(sweep_id))


def works(
    rows: Sequence[Columns], times: Iterable[WallTime], hosts: Mapping[int, str], confidence: float = CONFIDENCE
) -> list[Work]:
    """Return the works of cases; `rows` are those of v_cases, `hosts` has the names of hosts by number.

    `confidence` is the level of their intervals.
    """
    varying = [name for name in ("python", LOCK) if len({row[name] for row in rows}) > 1]
    named = {host: f"host {host} ({on_one_line(name)})" for host, name in hosts.items()}
    return grouping.works((_described(row, varying, confidence) for row in rows), times, named)


def _described(row: Columns, varying: Sequence[str], confidence: float) -> Described:
    params = json.loads(row["params"])
    sizes = {name: value for name, value in params.items() if _is_number(value)}
    texts = {name: f"{name}={number(value)}" for name, value in params.items() if name not in sizes}
    interpreter = " ".join([str(row["python"]), *([f"{LOCK} {row[LOCK]}"] if LOCK in varying else [])])
    others = {name: one.in_words(one.kind.loaded(row[name])) for name, one in CONDITIONS.items() if name != LOCK}
    features = {"workload": row["workload"], **texts, "interpreter": interpreter, **others}
    return Described(
        case_id=row["case_id"],
        work=on_one_line(", ".join([work(row["workload"], params), *_conditions(row, varying)])),
        features={name: on_one_line(words) for name, words in features.items()},
        sizes=sizes,
        way=on_one_line(way(row["mode"], row["start_method"])),
        mode=row["mode"],
        cost=MODES[row["mode"]].cost if row["mode"] in MODES else len(MODES),
        workers=row["workers"],
        calls=row["calls"],
        confidence=confidence,
    )


def _conditions(row: Columns, varying: Sequence[str]) -> Iterator[str]:
    """Yield the conditions that vary or differ from the default."""
    for name in varying:
        yield str(row[name]) if name == "python" else f"{name} {row[name]}"
    for name, condition in CONDITIONS.items():
        value = condition.kind.loaded(row[name])
        if name != LOCK and value != condition.usual:
            yield condition.in_short(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
