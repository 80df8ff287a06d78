import json
import os
import re
import resource
import signal
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
from support.helpers import case, eventually, request
from support.stores import (
    BASELINE,
    HOST,
    INTERPRETER,
    THREADS,
    Planned,
    all_at_once,
    begin,
    change,
    contents,
    created,
    damage,
    expect_trials,
    fill,
    in_process,
    open_and_begin,
    outcome,
    record,
    record_forever,
    rows,
    schema_faults,
    sweep_columns,
    timing,
)

from runner.errors import ExitCode, StoreUnusable
from runner.harness import facts
from runner.harness.record import FIELDS
from runner.outcome import Status, Surroundings
from runner.store.engine import writing_engine
from runner.store.query import ask
from runner.store.read import Reader
from runner.store.schema import bring_up_to_date
from runner.store.tables import metadata
from runner.store.upkeep import check, copy
from runner.store.write import Writer

STORE = Path("runs.db")
TWO_TIMINGS = (timing(0), timing(1))
SMALLER_HOST = replace(HOST, usable_cpus=1)


def ask_one_question():
    with ask(STORE, "SELECT * FROM v_trials") as answer:
        return list(answer.rows)


def read_sweeps():
    with Reader(STORE) as reader:
        return reader.sweeps()


def open_another_writer():
    with Writer(STORE):
        pass


READERS = {
    "read": read_sweeps,
    "query": ask_one_question,
    "check": lambda: check(STORE),
    "backup": lambda: copy(STORE, Path("copy.db")),
    "write": open_another_writer,
    "upgrade": lambda: bring_up_to_date(STORE),
}


def raw(writer):
    """Return the writer's own connection, as sqlite3 knows it."""
    return writer._connection.connection.driver_connection


def columns(table):
    return {column.name for column in metadata.tables[table].columns}


def count(table):
    return rows(STORE, f"SELECT COUNT(*) AS n FROM {table}")[0]["n"]


@contextmanager
def somebody_writes(path):
    """Hold the one write lock of the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_sweep_is_stored_with_all_its_cases():
    spawned = case(mode="multiprocessing", start_method="spawn", workers=4, calls=4, params=(("TIME", 0.25),))
    stored, _ = fill(STORE, cases=(BASELINE, THREADS, spawned), name="gil-study", git_commit="abc", git_dirty=True)
    (sweep,) = rows(STORE, "SELECT * FROM sweeps")
    assert sweep.pop("started_at").endswith("Z")
    assert len(sweep.pop("uid")) == 32
    assert sweep == {
        "id": stored.id,
        **asdict(sweep_columns(name="gil-study", git_commit="abc", git_dirty=1)),
        "ended_at": None,
        "note": None,
        "closed_blocks": 0,
        "stopped": None,
        "precision_reached": None,
    }
    found = rows(STORE, "SELECT * FROM cases ORDER BY id")
    assert [one["key"] for one in found] == [BASELINE.key, THREADS.key, spawned.key]
    assert stored.case_ids == {one["key"]: one["id"] for one in found}
    assert [one["baseline_id"] for one in found] == [None, stored.case_ids[BASELINE.key], None]
    assert [(one["num"], one["time_s"]) for one in found] == [(10, None), (10, None), (None, 0.25)]
    assert [json.loads(one["params"]) for one in found] == [{"NUM": 10}, {"NUM": 10}, {"TIME": 0.25}]


def test_a_trial_is_stored_as_it_came():
    calls = [timing(0, 0, cpu_ns=17), timing(0, 1), timing(1, 0)]
    around = Surroundings(load_1min=0.75, runnable=3, others_cpu_ns=17, clock_jump_ns=-5, stops=0)
    given = outcome(surroundings=around, output="hello\n", timings=calls, cpus=[0, 2], tree_cpu_ns=4_000)
    planned = Planned(outcome=given, repeat=3, position=2, noisy="steal 5 %", warmup=True)
    stored, (trial_id,) = fill(STORE, [planned])
    assert rows(STORE, "SELECT * FROM trials") == [
        {
            "id": trial_id,
            "case_id": stored.case_ids[THREADS.key],
            "host_id": 1,
            "warmup": 1,
            "repeat": 3,
            "position": 2,
            "attempt": 1,
            "status": "ok",
            "reason": None,
            "started_at": given.started_at,
            "elapsed_ns": given.elapsed_ns,
            "start_ns": 1_000,
            "end_ns": 10_000,
            "wall_ns": 9_000,
            "tree_cpu_ns": 4_000,
            "gil": 1,
            "cpus": "[0, 2]",
            "load_1min": 0.75,
            "runnable": 3,
            "others_cpu_ns": 17,
            "steal_ns": None,
            "throttled_ns": None,
            "suspended_ns": None,
            "clock_jump_ns": -5,
            "runner_held_ns": 0,
            "stops": 0,
            "noisy": "steal 5 %",
            "output": "hello\n",
        }
    ]
    timings = rows(STORE, "SELECT * FROM timings ORDER BY worker, call")
    assert timings == [{"trial_id": trial_id, **one.columns()} for one in given.timings]


@pytest.mark.parametrize("status", Status)
def test_every_way_to_end_can_be_stored(status):
    fill(STORE, [Planned(outcome=outcome(status, wall_ns=None))])
    assert rows(STORE, "SELECT status, wall_ns, reason IS NULL AS ok FROM trials") == [
        {"status": status, "wall_ns": None, "ok": status is Status.OK}
    ]


def test_a_status_that_is_not_known_is_refused_by_the_database():
    fill(STORE, [Planned(outcome=outcome())])
    with pytest.raises(sqlite3.IntegrityError, match="status_is_known"):
        change(STORE, "UPDATE trials SET status = 'fine'")


def test_the_tables_have_a_column_for_everything_that_a_child_replies():
    assert columns("timings") == {"trial_id", *FIELDS}
    assert columns("hosts") == {"id", "identity", *facts.host()} - {"allowed_cpus"}
    assert columns("interpreters") == {"id", "identity", *facts.interpreter()}


def on(host, repeat=1, **changes):
    return Planned(outcome=outcome(host=host, **changes), repeat=repeat)


def test_the_same_host_and_interpreter_are_stored_once_and_a_changed_one_anew():
    with Writer(created(STORE)) as writer:
        first, second = begin(writer), begin(writer)
        third = begin(writer, interpreter=replace(INTERPRETER, gc=False))
        for sweep in (first, second, third):
            record(writer, sweep, on(HOST))
        record(writer, first, on(SMALLER_HOST, 2))
    assert (count("hosts"), count("interpreters"), count("sweeps")) == (2, 2, 3)
    assert [row["host_id"] for row in rows(STORE, "SELECT host_id FROM trials ORDER BY id")] == [1, 1, 1, 2]
    assert json.loads(rows(STORE, "SELECT * FROM interpreters")[0]["start_methods"]) == ["fork", "spawn", "forkserver"]


def test_a_host_that_another_writer_has_stored_is_the_same():
    fill(STORE, [on(HOST)])
    fill(STORE, [on(HOST)])
    assert (count("hosts"), count("trials")) == (1, 2)


def test_a_host_is_stored_with_its_first_trial_and_looked_for_no_more_after_it():
    statements = []
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        raw(writer).set_trace_callback(statements.append)
        asked = {}
        for repeat, host in enumerate((HOST, HOST, SMALLER_HOST, HOST, SMALLER_HOST), 1):
            statements.clear()
            record(writer, sweep, on(host, repeat))
            asked[repeat] = sum(" hosts" in statement for statement in statements)
        raw(writer).set_trace_callback(None)
    assert asked == {1: 2, 2: 0, 3: 2, 4: 0, 5: 0}
    assert [row["host_id"] for row in rows(STORE, "SELECT host_id FROM trials ORDER BY id")] == [1, 1, 2, 1, 2]


def test_a_host_whose_first_trial_cannot_be_stored_is_not_stored_either_and_comes_with_the_next():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        with pytest.raises(StoreUnusable):
            record(writer, sweep, on(HOST, timings=[timing(0), timing(0)]))
        assert count("hosts") == 0
        record(writer, sweep, on(HOST))
    assert schema_faults(STORE) == []
    assert (count("hosts"), count("trials")) == (1, 1)


def test_the_end_of_a_sweep_is_noted_once():
    with Writer(created(STORE)) as writer:
        ended, open_ = begin(writer), begin(writer)
        writer.end_sweep(ended)
        change(STORE, "UPDATE sweeps SET ended_at = 'long ago' WHERE ended_at IS NOT NULL")
        writer.end_sweep(ended)
    assert rows(STORE, "SELECT id, ended_at FROM sweeps ORDER BY id") == [
        {"id": ended.id, "ended_at": "long ago"},
        {"id": open_.id, "ended_at": None},
    ]


def test_a_writer_keeps_the_promises_of_durability():
    with Writer(created(STORE)) as writer:
        assert {
            name: raw(writer).execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        } == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30_000}


def test_a_migration_runs_with_foreign_keys_off():
    with writing_engine(created(STORE), foreign_keys=False).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0


def test_a_trial_can_be_read_the_moment_it_is_recorded():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        for repeat in range(1, 4):
            record(writer, sweep, Planned(outcome=outcome(timings=TWO_TIMINGS), repeat=repeat))
            assert (count("trials"), count("timings")) == (repeat, 2 * repeat)


def test_a_killed_writer_leaves_whole_trials_only():
    created(STORE)
    writer = in_process(record_forever, STORE.absolute())
    eventually(lambda: count("trials") >= 20)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert schema_faults(STORE) == []
    assert count("timings") == 2 * count("trials") >= 40
    assert rows(STORE, "SELECT trial_id FROM timings GROUP BY trial_id HAVING COUNT(*) <> 2") == []


@pytest.mark.parametrize(
    "timings",
    [
        [timing(0, 0), timing(1, 0), timing(0, 0)],
        [timing(0, 0), replace(timing(), worker=None)],
        [timing(0, 0), replace(timing(), call=None)],
    ],
    ids=["twice the same call", "no worker", "no call"],
)
def test_a_timing_that_cannot_be_stored_leaves_no_trial_either(timings):
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        record(writer, sweep, Planned(outcome=outcome(timings=TWO_TIMINGS)))
        with pytest.raises(StoreUnusable):
            record(writer, sweep, Planned(outcome=outcome(timings=timings), repeat=2))
        assert (count("trials"), count("timings")) == (1, 2)
        record(writer, sweep, Planned(outcome=outcome(timings=TWO_TIMINGS), repeat=2))
    assert (count("trials"), count("timings")) == (2, 4)


def test_a_second_successful_trial_of_the_same_case_and_block_is_refused_by_the_database():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        record(writer, sweep, Planned(outcome=outcome(wall_ns=1)))
        with pytest.raises(StoreUnusable, match=r"another process is running sweep 1 too.*already there") as refusal:
            record(writer, sweep, Planned(outcome=outcome(wall_ns=2)))
    assert refusal.value.exit_code == ExitCode.STORE_UNUSABLE
    assert rows(STORE, "SELECT wall_ns FROM trials") == [{"wall_ns": 1}]


@pytest.mark.parametrize(
    "other",
    [
        Planned(outcome=outcome(), repeat=2),
        Planned(outcome=outcome(), warmup=True),
        Planned(outcome=outcome(), case=BASELINE),
        *(Planned(outcome=outcome(status)) for status in Status if status is not Status.OK),
    ],
    ids=["other block", "warm-up", "other case", *(status for status in Status if status is not Status.OK)],
)
def test_what_is_not_the_same_success_may_stand_beside_a_success(other):
    success = Planned(outcome=outcome())
    fill(STORE, [other, success])
    fill(STORE, [success, other])
    assert count("trials") == 4


def test_a_place_may_succeed_once_on_each_host():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        for host in (HOST, SMALLER_HOST):
            record(writer, sweep, on(host))
        with pytest.raises(StoreUnusable, match="already there"):
            record(writer, sweep, on(SMALLER_HOST))
    assert count("trials") == 2


def test_a_trial_may_fail_more_than_once():
    fill(STORE, [Planned(outcome=outcome(Status.INTERRUPTED, wall_ns=None))] * 3 + [Planned(outcome=outcome())])
    assert count("trials") == 4


def test_two_writers_may_record_at_once():
    created(STORE)
    with Writer(STORE) as one, Writer(STORE) as two:
        sweeps = begin(one), begin(two)
        for repeat in range(1, 4):
            for writer, sweep in zip((one, two), sweeps, strict=True):
                record(writer, sweep, Planned(outcome=outcome(), repeat=repeat))
    assert rows(STORE, "SELECT sweep_id, COUNT(*) AS n FROM v_trials GROUP BY sweep_id ORDER BY sweep_id") == [
        {"sweep_id": sweep.id, "n": 3} for sweep in sweeps
    ]


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(read, id=name, marks=[] if name in ("query", "write") else pytest.mark.slow)
        for name, read in READERS.items()
    ],
)
def test_reading_in_the_process_of_a_writer_does_not_take_its_locks_away(read):
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        read()
        # Another process would now remove the write-ahead log when it is done, if it took itself for the last one.
        assert all_at_once(open_and_begin, [STORE.absolute()], processes=1) == []
        record(writer, sweep, Planned(outcome=outcome()))
        assert all_at_once(partial(expect_trials, number=1), [STORE.absolute()], processes=1) == []


def test_a_sweep_that_was_deleted_meanwhile_takes_no_trial():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        with closing(sqlite3.connect(STORE)) as other, other:
            other.execute("PRAGMA foreign_keys = ON")
            other.execute("DELETE FROM sweeps")
        with pytest.raises(StoreUnusable, match=r"sweep 1 .*deleted"):
            record(writer, sweep, Planned(outcome=outcome()))
    assert (count("cases"), count("trials")) == (0, 0)


@pytest.mark.parametrize(
    "write",
    [
        lambda writer, sweep: record(writer, sweep, Planned(outcome=outcome())),
        lambda writer, sweep: begin(writer),
        lambda writer, sweep: writer.reopen_sweep(sweep.id),
        lambda writer, sweep: writer.end_sweep(sweep),
    ],
    ids=["record", "begin", "reopen", "end"],
)
def test_a_lock_held_for_longer_than_the_busy_timeout_is_explained(write, monkeypatch):
    monkeypatch.setattr("runner.store.connect.BUSY_TIMEOUT_S", 0.05)
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        with somebody_writes(STORE), pytest.raises(StoreUnusable, match=r"locked for 0\.05 s\. Try again") as refusal:
            write(writer, sweep)
        assert refusal.value.exit_code == ExitCode.STORE_UNUSABLE
        write(writer, sweep)  # the same writer goes on once the lock is free


def test_a_full_disk_is_named_and_keeps_every_trial_before_it():
    large = outcome(output="x" * 20_000, timings=TWO_TIMINGS)
    trials = [Planned(outcome=large, repeat=repeat) for repeat in range(1, 100)]
    recorded = []
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        (pages,) = raw(writer).execute("PRAGMA page_count").fetchone()
        raw(writer).execute(f"PRAGMA max_page_count = {pages + 12}")
        with pytest.raises(StoreUnusable, match=r"^runs\.db: the disk is full\. Make room, then `runner resume`"):
            recorded.extend(record(writer, sweep, trial) for trial in trials)
        assert [row["id"] for row in rows(STORE, "SELECT id FROM trials ORDER BY id")] == recorded != []
        raw(writer).execute("PRAGMA max_page_count = 1000000")
        record(writer, sweep, trials[len(recorded)])
    assert schema_faults(STORE) == []
    assert count("timings") == 2 * count("trials") == 2 * len(recorded) + 2


@pytest.mark.slow
def test_a_file_size_limit_ends_a_sweep_with_3_and_keeps_every_trial_before_it(program, cli, grid_file):
    created(STORE)
    matrix = grid_file("matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 6\nwarmup: 0\n")
    limit = 96 * 1024  # bytes, for the write-ahead log; below what 6 trials take
    result = program(
        "sweep", "--matrix", matrix, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert result.code == 3
    assert re.search(r"runs\.db: the disk (cannot be written|is full)", result.err)
    assert "runner resume 1" in result.err
    assert schema_faults(STORE) == []
    assert 0 < count("trials") == count("timings") < 6
    assert cli("resume", "--quiet").code == 0
    assert count("trials") == 6


def test_a_damaged_store_is_named_when_it_is_written():
    stored, _ = fill(STORE, [Planned(outcome=outcome())])
    damage(STORE, "trials")
    with Writer(STORE) as writer, pytest.raises(StoreUnusable, match="the database is damaged"):
        record(writer, stored, Planned(outcome=outcome(), repeat=2))


def test_opening_a_writer_on_a_store_that_is_there_writes_nothing(own_folder):
    fill(STORE, [Planned(outcome=outcome())])
    before = contents(own_folder)
    with Writer(STORE):
        pass
    assert contents(own_folder) == before


@pytest.mark.parametrize("text", ["nul \0 byte", "lone \udc80 surrogate", "emoji \N{SNAKE}", "x" * 200_000])
def test_whatever_text_a_trial_leaves_is_stored(text):
    failed = timing(error_type="ValueError", error_message=text, traceback=text, thread_name=text)
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        record(writer, sweep, Planned(outcome=outcome(Status.FAILED, reason=text, timings=[failed]), repeat=1))
        record(writer, sweep, Planned(outcome=outcome(), repeat=2))
    assert [row["status"] for row in rows(STORE, "SELECT status FROM trials ORDER BY id")] == ["failed", "ok"]


def test_an_exception_whose_message_is_no_utf_8_is_stored(broken_executor, interrupt):
    failed = broken_executor.run(request("raises", TEXT="\udc80"), 60, interrupt, lambda: None)
    fill(STORE, [Planned(outcome=failed)])
    assert rows(STORE, "SELECT status FROM trials") == [{"status": "failed"}]
