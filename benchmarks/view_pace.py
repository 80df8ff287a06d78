"""How quickly the views answer on a million timings, beside SQL written by hand on the tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks import make_store
from benchmarks.bench import Bench
from benchmarks.paired import Stopwatch, rounds
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.store.connect import read_only

OF_CASE = "JOIN cases AS c ON c.id = t.case_id"
OF_TRIAL = f"JOIN trials AS t ON t.id = trial_id {OF_CASE}"
COUNTED = "t.status = 'ok' AND t.warmup = FALSE"


def median_by_hand(value: str, rows: str) -> str:
    """Write the SQL for the median of `value` for each case as one would by hand: all cases at once."""
    return f"""
        SELECT case_id, AVG(value) AS median FROM (
            SELECT t.case_id, {value} AS value, COUNT(*) OVER (PARTITION BY t.case_id) AS n,
                ROW_NUMBER() OVER (PARTITION BY t.case_id ORDER BY {value}) AS place
            FROM {rows}
        ) WHERE place IN ((n + 1) / 2, (n + 2) / 2) GROUP BY case_id
    """


PAIRS = f"""
    trials AS t {OF_CASE} JOIN trials AS b ON b.case_id = c.baseline_id AND b.repeat = t.repeat
    AND b.host_id = t.host_id AND b.status = 'ok' AND b.warmup = FALSE WHERE {COUNTED} AND t.wall_ns > 0
"""
WORKERS = "SELECT trial_id, MIN(first_instruction_ns - submitted_ns) AS latency FROM timings GROUP BY trial_id, worker"
QUESTIONS = {
    "v_trials: the mean time of each mode": (
        "SELECT mode, AVG(wall_s) FROM v_trials WHERE status = 'ok' GROUP BY mode",
        f"SELECT mode, AVG(wall_ns) / 1e9 FROM trials AS t {OF_CASE} WHERE status = 'ok' GROUP BY mode",
    ),
    "v_workers: the mean start of a worker by start method": (
        "SELECT start_method, AVG(start_latency_s) FROM v_workers GROUP BY start_method",
        f"SELECT start_method, AVG(latency) / 1e9 FROM ({WORKERS}) {OF_TRIAL} GROUP BY start_method",
    ),
    "v_calls: the CPU time of each workload": (
        "SELECT workload, SUM(cpu_s) FROM v_calls GROUP BY workload",
        f"SELECT workload, SUM(cpu_ns) / 1e9 FROM timings {OF_TRIAL} GROUP BY workload",
    ),
    "v_cases: the median of each case": (
        "SELECT case_id, median_wall_s FROM v_cases",
        median_by_hand("t.wall_ns", f"trials AS t WHERE {COUNTED}"),
    ),
    "v_speedups: the speedup of each case": (
        "SELECT case_id, speedup FROM v_speedups",
        median_by_hand("1.0 * b.wall_ns / t.wall_ns", PAIRS),
    ),
}
"""Name: (SQL on a view, SQL on the tables)."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    works: int
    blocks: int
    """Of `make_store`."""
    rounds: int


FULL = Size(works=392, blocks=20, rounds=8)
"""A little more than a million timings."""
SMOKE = Size(works=2, blocks=1, rounds=1)


def measure(bench: Bench) -> Iterator[Result]:
    """Ask each question of a view and of the tables."""
    size = bench.scale.pick(full=FULL, smoke=SMOKE)
    store = bench.fresh_folder("view_pace") / "large.db"
    bench.watch.begins("making a large store", 1)
    truth = make_store.make(store, size.works, size.blocks, seed=7)
    with closing(read_only(store)) as connection:
        for name, (view, tables) in QUESTIONS.items():
            check_same_answer(connection, name, view, tables)
            contenders = {"view": partial(_asked, connection, view), "tables": partial(_asked, connection, tables)}
            taken = rounds(contenders, size.rounds, bench.watch, name)
            found = ratio_of_medians(taken["view"], taken["tables"])
            note = f"{median(taken['view']):.2f} s on {truth['timings']:,} timings"
            yield Result(5, f"{name} ÷ by hand", found, aim=Aim(high=1.5), note=note)


def _asked(connection: sqlite3.Connection, sql: str) -> float:
    with Stopwatch() as taken:
        connection.execute(sql).fetchall()
    return taken.seconds


def check_same_answer(connection: sqlite3.Connection, name: str, view: str, tables: str) -> None:
    """Raise RuntimeError unless both SQL texts have the same answer, but for the unit."""
    seen, expected = (dict(connection.execute(sql).fetchall()) for sql in (view, tables))
    factor = 1e9 if name.startswith("v_cases") else 1.0
    same = seen.keys() == expected.keys() and all(
        seen[key] == value or abs(seen[key] * factor - value) <= 1e-6 * abs(value) for key, value in expected.items()
    )
    if not same:
        raise RuntimeError(f"{name}: the view and the tables do not answer the same")
