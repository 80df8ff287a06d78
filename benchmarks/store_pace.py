"""5. Does the store keep up?

A durable commit of a trial with four timings through the runner's writer, and the same rows by plain ``sqlite3`` with
the same durability, in turn. Then the views' answers on a million timings, beside SQL written by hand on the tables.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks import make_store
from benchmarks.drivers import trial_of
from benchmarks.paired import Stopwatch, Watch, fresh_folder, rounds
from benchmarks.result import Aim, Result, median_ms, ratio_of_medians
from runner.matrix.case import Case
from runner.numbers.estimate import Estimate
from runner.outcome import Outcome
from runner.store.connect import read_only
from runner.store.write import SweepInStore, Writer

CASE = Case("cpu_bound", (("NUM", 1),), "threading", None, 4, 4, make_store.PYTHON)
COMMITS = 500
TRIAL_S = 1.0
"""A commit must not be felt beside a trial of this length."""
WORKS, BLOCKS = 392, 20
"""Of `make_store`: a little more than a million timings."""
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
    AND b.status = 'ok' AND b.warmup = FALSE WHERE {COUNTED} AND t.wall_ns > 0
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


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:  # noqa: ARG001
    """Measure commits, then views."""
    folder = fresh_folder("store_pace")
    yield from _commits(folder, watch)
    yield from _views(folder / "large.db", watch)


def _commits(folder: Path, watch: Watch) -> Iterator[Result]:
    outcome = trial_of(CASE)
    ours, theirs = folder / "ours.db", folder / "theirs.db"
    with ExitStack() as stack:
        writer = stack.enter_context(Writer(ours))
        sweep = _begin(writer)
        _begin(stack.enter_context(Writer(theirs)))
        connection = stack.enter_context(closing(sqlite3.connect(theirs, isolation_level=None)))
        connection.execute("PRAGMA synchronous = FULL")
        contenders = {
            "runner": partial(_timed, partial(_record, writer, sweep, outcome), count(1)),
            "sqlite3": partial(_timed, partial(_insert, connection, outcome), count(1)),
        }
        taken = rounds(contenders, COMMITS, watch, "durable commits")
    note = f"sqlite3 {1e3 * median(taken['sqlite3']):.2f} ms"
    name = "a durable commit of a trial with 4 timings"
    yield Result(5, name, median_ms(taken["runner"]), "ms", Aim(high=10 * TRIAL_S), note)
    found = ratio_of_medians(taken["runner"], taken["sqlite3"])
    yield Result(5, "that commit ÷ by plain sqlite3", found, aim=Aim(high=3))
    size = ours.stat().st_size / (COMMITS * len(outcome.timings))
    note = f"of a file with {COMMITS} trials, all its tables and indexes"
    yield Result(5, "bytes a timing", Estimate(size, n=1), "bytes", Aim(high=400), note)


def _begin(writer: Writer) -> SweepInStore:
    columns = {**make_store.SWEEP, "seed": 1, "repeats": COMMITS}
    return writer.begin_sweep(columns, [CASE.columns()], {}, make_store.FACTS)


def _timed(record: Callable[[int], object], repeats: Iterator[int]) -> float:
    repeat = next(repeats)
    with Stopwatch() as taken:
        record(repeat)
    return taken.seconds


def _record(writer: Writer, sweep: SweepInStore, outcome: Outcome, repeat: int) -> None:
    writer.record(sweep, CASE.key, outcome, warmup=False, repeat=repeat, position=1, noisy=None)


def _insert(connection: sqlite3.Connection, outcome: Outcome, repeat: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    trial = {
        "case_id": 1,
        "host_id": 1,
        "warmup": False,
        "repeat": repeat,
        "position": 1,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "started_at": outcome.started_at,
        "elapsed_ns": outcome.elapsed_ns,
        "start_ns": outcome.start_ns,
        "end_ns": outcome.end_ns,
        "wall_ns": outcome.wall_ns,
        "gil": outcome.gil,
        **asdict(outcome.surroundings),
        "noisy": None,
        "output": outcome.output,
    }
    trial_id = connection.execute(_insertion("trials", list(trial)), list(trial.values())).lastrowid
    names = ["trial_id", *outcome.timings[0]]
    connection.executemany(_insertion("timings", names), [[trial_id, *one.values()] for one in outcome.timings])
    connection.execute("COMMIT")


def _insertion(table: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _views(store: Path, watch: Watch) -> Iterator[Result]:
    watch.begins("making a store of a million timings", 1)
    truth = make_store.make(store, WORKS, BLOCKS, seed=7)
    with closing(read_only(store)) as connection:
        for name, (view, tables) in QUESTIONS.items():
            _same_answer(connection, name, view, tables)
            contenders = {"view": partial(_asked, connection, view), "tables": partial(_asked, connection, tables)}
            taken = rounds(contenders, 8, watch, name)
            found = ratio_of_medians(taken["view"], taken["tables"])
            note = f"{median(taken['view']):.2f} s on {truth['timings']:,} timings"
            yield Result(5, f"{name} ÷ by hand", found, aim=Aim(high=1.5), note=note)


def _asked(connection: sqlite3.Connection, sql: str) -> float:
    with Stopwatch() as taken:
        connection.execute(sql).fetchall()
    return taken.seconds


def _same_answer(connection: sqlite3.Connection, name: str, view: str, tables: str) -> None:
    """See to it that both ask the same, but for the unit."""
    seen, expected = (dict(connection.execute(sql).fetchall()) for sql in (view, tables))
    factor = 1e9 if name.startswith("v_cases") else 1.0
    same = seen.keys() == expected.keys() and all(
        seen[key] == value or abs(seen[key] * factor - value) <= 1e-6 * abs(value) for key, value in expected.items()
    )
    if not same:
        raise RuntimeError(f"{name}: the view and the tables do not answer the same")
