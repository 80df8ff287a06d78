"""What a store keeps of users' functions, of several interpreters in one sweep, and of what was left out."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.helpers import case
from support.stores import (
    INTERPRETER,
    Planned,
    contents,
    created,
    outcome,
    record,
    rows,
    schema_faults,
    sweep_columns,
    timing,
)

from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.store.deletion import delete
from runner.store.merge import merge
from runner.store.new_sweep import NewSweep
from runner.store.read import Reader
from runner.store.write import SweepInStore, Writer

STORE, OTHER = Path("runs.db"), Path("other.db")
LOCKED, FREE = "cpython 3.14.1", "cpython 3.14.0t"
NAME = "own.py:parse"
SHA = "a" * 64
THREADS = case(workload=NAME, params=(("kind", "x"), ("lines", 10)), python=LOCKED, source_sha256=SHA)
FREE_THREADS = replace(THREADS, python=FREE).under(gil="off")
BASELINE, FREE_BASELINE = THREADS.baseline(), FREE_THREADS.baseline()
CASES = (BASELINE, THREADS, FREE_BASELINE, FREE_THREADS)
OMISSION = {
    "workload": None,
    "mode": None,
    "start_method": None,
    "python": LOCKED,
    "gil": "off",
    "cases": 2,
    "reason": "only a free-threaded build can do without the interpreter lock",
}


def function(**changes: Any) -> dict[str, Any]:
    known = {"name": NAME, "module": "own", "qualname": "parse", "folder": "/there", "file": "/there/own.py"}
    return {**known, "source": "/there/own.py", "source_sha256": SHA, "distributions": {"numpy": "2.0"}, **changes}


def begin(path: Path = STORE, **changes: Any) -> SweepInStore:
    """Begin the sweep of a function on two builds; `changes` are of the function."""
    interpreters = {
        LOCKED: replace(INTERPRETER, label=LOCKED),
        FREE: replace(INTERPRETER, label=FREE, free_threaded_build=True, gil=False),
    }
    with Writer(path) as writer:
        return writer.begin_sweep(
            NewSweep(
                sweep=sweep_columns(),
                cases=[one.columns() for one in CASES],
                baselines={THREADS.key: BASELINE.key, FREE_THREADS.key: FREE_BASELINE.key},
                locked_baselines={THREADS.key: BASELINE.key, FREE_THREADS.key: BASELINE.key},
                interpreters=interpreters,
                functions={(label, NAME): function(**changes) for label in interpreters},
                omissions=[OMISSION],
            )
        )


def run(sweep: SweepInStore, *trials: tuple[Case, int, int], path: Path = STORE) -> None:
    """Record trials of (case, block, nanoseconds)."""
    with Writer(path) as writer:
        for one, repeat, wall_ns in trials:
            record(
                writer, sweep, Planned(case=one, outcome=outcome(wall_ns=wall_ns, timings=[timing()]), repeat=repeat)
            )


@pytest.fixture
def sweep() -> SweepInStore:
    created(STORE)
    return begin()


def test_each_case_has_its_interpreter_and_the_function_it_runs(sweep: SweepInStore) -> None:
    with Reader(STORE) as reader:
        found = reader.cases(sweep.id)
    assert [(row["key"], row["python"], row["name"], row["source_sha256"]) for row in found] == [
        (one.key, one.python, NAME, SHA) for one in CASES
    ]
    assert [Case.from_columns(row, row["python"]) for row in found] == list(CASES)
    assert len(rows(STORE, "SELECT * FROM interpreters")) == 2
    (kept,) = rows(STORE, "SELECT * FROM functions")  # one version of it, whatever runs it
    assert json.loads(kept["distributions"]) == {"numpy": "2.0"}


@pytest.mark.parametrize("change", [{"source_sha256": "b" * 64}, {"distributions": {"numpy": "2.1"}}])
def test_another_version_of_a_function_is_another_row(sweep: SweepInStore, change: dict[str, Any]) -> None:
    begin()
    assert len(rows(STORE, "SELECT * FROM functions")) == 1
    begin(**change)
    assert len(rows(STORE, "SELECT * FROM functions")) == 2


def test_what_was_left_out_is_kept_in_its_order(sweep: SweepInStore) -> None:
    with Reader(STORE) as reader:
        found = reader.omissions(sweep.id)
    assert found == [{"sweep_id": sweep.id, "number": 1, **OMISSION}]
    assert rows(STORE, "SELECT * FROM v_omissions") == [{"sweep_id": sweep.id, "sweep": "study", **OMISSION}]


def test_the_case_of_a_trial_is_told_with_its_function(sweep: SweepInStore) -> None:
    run(sweep, (FREE_THREADS, 1, 10))
    with Reader(STORE) as reader:
        row = reader.case_of(1)
    assert Case.from_columns(row, row["python"]) == FREE_THREADS


def test_views_have_the_function_the_lock_that_was_asked_for_and_the_conditions(sweep: SweepInStore) -> None:
    found = rows(STORE, "SELECT mode, python, gil, source, source_sha256, distributions FROM v_cases ORDER BY case_id")
    of_function = {"source": "/there/own.py", "source_sha256": SHA, "distributions": '{"numpy": "2.0"}'}
    assert found == [
        {"mode": mode, "python": python, "gil": gil, **of_function}
        for python, gil in ((LOCKED, "on"), (FREE, "off"))
        for mode in ("sequential", "threading")
    ]


def test_a_second_speedup_is_against_the_build_with_the_lock(sweep: SweepInStore) -> None:
    """It is the median of the ratios within blocks as the first one is."""
    walls = {BASELINE: (100, 200, 300), THREADS: (100, 200, 300), FREE_BASELINE: (120, 240, 360)}
    for one, each in (walls | {FREE_THREADS: (50, 50, 100)}).items():
        run(sweep, *((one, block, wall_ns) for block, wall_ns in enumerate(each, 1)))
    columns = "speedup, baseline_s, locked_speedup, locked_baseline_s, n"
    locked, free = rows(STORE, f"SELECT {columns} FROM v_speedups ORDER BY case_id")
    assert locked == {"speedup": 1.0, "baseline_s": 2e-7, "locked_speedup": 1.0, "locked_baseline_s": 2e-7, "n": 3}
    assert free["speedup"] == pytest.approx(3.6)  # of 2.4, 4.8, 3.6
    assert free["locked_speedup"] == pytest.approx(3.0)  # of 2, 4, 3
    assert (free["baseline_s"], free["locked_baseline_s"]) == (2.4e-7, 2e-7)


def test_without_a_trial_of_the_build_with_the_lock_there_is_no_second_speedup(sweep: SweepInStore) -> None:
    run(sweep, (FREE_BASELINE, 1, 100), (FREE_THREADS, 1, 50), (BASELINE, 2, 100))
    (free,) = rows(STORE, "SELECT speedup, locked_speedup, locked_baseline_s FROM v_speedups WHERE n > 0")
    assert free == {"speedup": 2.0, "locked_speedup": None, "locked_baseline_s": None}


def test_what_only_a_deleted_sweep_has_goes_with_it(sweep: SweepInStore) -> None:
    other = begin(source_sha256="b" * 64)
    delete(STORE, other.id, Interrupt())
    assert [row["source_sha256"] for row in rows(STORE, "SELECT source_sha256 FROM functions")] == [SHA]
    assert len(rows(STORE, "SELECT * FROM omissions")) == 1
    assert schema_faults(STORE) == []
    delete(STORE, sweep.id, Interrupt())
    for table in ("functions", "omissions", "interpreters", "cases"):
        assert rows(STORE, f"SELECT * FROM {table}") == []


def test_functions_and_what_was_left_out_come_with_a_merge_once(sweep: SweepInStore) -> None:
    run(sweep, (FREE_THREADS, 1, 10))
    created(OTHER)
    theirs = begin(OTHER, source_sha256="b" * 64)
    run(theirs, (BASELINE, 1, 10), (FREE_THREADS, 1, 20), path=OTHER)
    merge(STORE, OTHER, Interrupt())
    assert schema_faults(STORE) == []
    assert [row["source_sha256"] for row in rows(STORE, "SELECT source_sha256 FROM functions ORDER BY id")] == [
        SHA,
        "b" * 64,
    ]
    assert [row["sweep_id"] for row in rows(STORE, "SELECT sweep_id FROM omissions ORDER BY sweep_id")] == [1, 2]
    joined = rows(
        STORE,
        "SELECT c.sweep_id, i.label, f.source_sha256 AS sha, b.mode AS baseline, l.interpreter_id AS locked "
        "FROM cases AS c JOIN interpreters AS i ON i.id = c.interpreter_id JOIN functions AS f ON f.id = c.function_id "
        "JOIN cases AS b ON b.id = c.baseline_id JOIN cases AS l ON l.id = c.locked_baseline_id "
        "WHERE b.sweep_id = c.sweep_id AND l.sweep_id = c.sweep_id ORDER BY c.id",
    )
    (on_lock,) = rows(STORE, "SELECT id FROM interpreters WHERE label = ?", LOCKED)
    assert joined == [
        {"sweep_id": number, "label": label, "sha": sha, "baseline": "sequential", "locked": on_lock["id"]}
        for number, sha in ((1, SHA), (2, "b" * 64))
        for label in (LOCKED, FREE)
    ]
    before = contents(Path())[STORE.name]
    merge(STORE, OTHER, Interrupt())
    assert len(rows(STORE, "SELECT * FROM omissions")) == 2
    assert contents(Path())[STORE.name] == before
