"""5. Does the store keep up?

A durable commit of a trial with four timings through the runner's writer, and the same rows by plain ``sqlite3`` with
the same durability, in turn. Then how quickly the views answer (`view_pace`).
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from functools import partial
from itertools import count
from statistics import median

from benchmarks import made_up, view_pace
from benchmarks.bench import Bench
from benchmarks.drivers import trial_of
from benchmarks.paired import Stopwatch, rounds
from benchmarks.result import Aim, Result, median_ms, ratio_of_medians
from runner.matrix.case import Case
from runner.numbers.medians import Estimate
from runner.outcome import Outcome
from runner.store.write import SweepInStore, Writer

CASE = Case("cpu_bound", (("NUM", 1),), "threading", None, 4, 4, made_up.PYTHON)
TRIAL_S = 1.0
"""A commit must be negligible beside a trial of this length."""


def measure(bench: Bench) -> Iterator[Result]:
    """Measure commits, then views."""
    yield from _commits(bench, bench.scale.pick(full=500, smoke=2))
    yield from view_pace.measure(bench)


def _commits(bench: Bench, commits: int) -> Iterator[Result]:
    folder = bench.fresh_folder("store_pace")
    outcome = replace(trial_of(CASE), host=made_up.HOST)
    ours, theirs = folder / "ours.db", folder / "theirs.db"
    with ExitStack() as stack:
        writer = stack.enter_context(Writer(ours))
        sweep = _begin(writer, commits)
        other = stack.enter_context(Writer(theirs))
        _record(other, _begin(other, commits), outcome, repeat=0)  # for its host, which is stored with the first trial
        connection = stack.enter_context(closing(sqlite3.connect(theirs, isolation_level=None)))
        connection.execute("PRAGMA synchronous = FULL")
        contenders = {
            "runner": partial(_timed, partial(_record, writer, sweep, outcome), count(1)),
            "sqlite3": partial(_timed, partial(_insert, connection, outcome), count(1)),
        }
        taken = rounds(contenders, commits, bench.watch, "durable commits")
    note = f"sqlite3 {1e3 * median(taken['sqlite3']):.2f} ms"
    name = "a durable commit of a trial with 4 timings"
    yield Result(5, name, median_ms(taken["runner"]), "ms", Aim(high=10 * TRIAL_S), note)
    found = ratio_of_medians(taken["runner"], taken["sqlite3"])
    yield Result(5, "that commit ÷ by plain sqlite3", found, aim=Aim(high=3))
    size = ours.stat().st_size / (commits * len(outcome.timings))
    note = f"of a file with {commits} trials, all its tables and indexes"
    yield Result(5, "bytes a timing", Estimate(size, n=1), "bytes", Aim(high=400), note)


def _begin(writer: Writer, commits: int) -> SweepInStore:
    return writer.begin_sweep(made_up.new_sweep([CASE], repeats=commits, seed=1))


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
    rows = [timing.columns() for timing in outcome.timings]
    names = ["trial_id", *rows[0]]
    connection.executemany(_insertion("timings", names), [[trial_id, *row.values()] for row in rows])
    connection.execute("COMMIT")


def _insertion(table: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
