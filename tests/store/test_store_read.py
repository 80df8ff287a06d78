import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.helpers import case, eventually
from support.stores import (
    BASELINE,
    HOST,
    THREADS,
    Planned,
    as_ordinary_user,
    begin,
    change,
    contents,
    created,
    damage,
    fill,
    folder_for_everyone,
    in_process,
    old_store,
    outcome,
    record,
    record_forever,
    rows,
    timing,
)

from runner.errors import BadInput, ExitCode, StoreUnusable
from runner.history import Done
from runner.outcome import FAILURES, Status
from runner.store import upkeep
from runner.store.connect import read_only
from runner.store.identity import identity
from runner.store.query import ask
from runner.store.read import Reader
from runner.store.write import Writer

STORE = Path("runs.db")


def ended(status, repeat=1, of=THREADS, **changes):
    return Planned(case=of, outcome=outcome(status), repeat=repeat, **changes)


def asked(question, path=STORE):
    with Reader(path) as reader:
        return question(reader)


def trials_of(path):
    """Return how many trials there are, by each way to ask."""
    with ask(path, "SELECT COUNT(*) FROM v_trials") as answer:
        ((by_query,),) = answer.rows
    (sweep,) = asked(Reader.sweeps, path)
    return by_query, sweep["done"], upkeep.check(path)


# Sweeps -------------------------------------------------------------------------------------------------------------


def test_sweeps_are_listed_with_what_is_planned_done_and_failed():
    ends = [*Status, Status.OK]
    trials = [ended(status, repeat) for repeat, status in enumerate(ends, 1)]
    fill(STORE, trials, name="first", repeats=6, warmup=1)
    fill(STORE, [], cases=[BASELINE], name="second", repeats=3, warmup=0)
    first, second = asked(Reader.sweeps)
    assert first.pop("started_at") <= second.pop("started_at")
    assert first == {
        "id": 1,
        "name": "first",
        "ended_at": None,
        "cases": 2,
        "planned": 14,
        "note": None,
        "stopped": None,
        "precision_reached": None,
        "tags": [],
        "done": len(ends) - 3,  # all but the interrupted, the lost and the disturbed one
        "failures": 3,
    }
    nothing = {"done": 0, "failures": 0, "note": None, "tags": [], "stopped": None, "precision_reached": None}
    assert second == {"id": 2, "name": "second", "ended_at": None, "cases": 1, "planned": 3, **nothing}


def test_a_trial_that_was_tried_again_is_one_trial_and_its_last_attempt_says_whether_it_failed():
    attempts = [Status.FAILED, Status.TIMEOUT, Status.OK]
    stored, _ = fill(STORE, [ended(status, 1) for status in attempts] + [ended(Status.CRASHED, 2) for _ in range(2)])
    (sweep,) = asked(Reader.sweeps)
    assert (sweep["done"], sweep["failures"]) == (2, 1)
    assert asked(lambda reader: reader.unsuccessful(stored.id)) == 1
    assert [row["attempt"] for row in rows(STORE, "SELECT attempt FROM trials ORDER BY id")] == [1, 2, 3, 1, 2]


@pytest.mark.parametrize(
    ("retry", "repeats"),
    [
        ((), {1, 2, 3, 4}),
        ((Status.FAILED,), {1, 3, 4}),
        ((Status.FAILED, Status.TIMEOUT), {1, 3}),
        ((Status.CRASHED,), {1, 2, 4}),
    ],
    ids=str,
)
def test_what_is_to_be_retried_is_not_done_when_its_last_attempt_ended_so(retry, repeats):
    ends = {1: [Status.FAILED, Status.OK], 2: [Status.FAILED], 3: [Status.FAILED, Status.CRASHED], 4: [Status.TIMEOUT]}
    stored, _ = fill(STORE, [ended(status, repeat) for repeat, attempts in ends.items() for status in attempts])
    found = asked(lambda reader: reader.history(stored.id, retry))
    assert set(found) == {(THREADS.key, False, repeat) for repeat in repeats}
    assert found.again == ({(THREADS.key, False, repeat) for repeat in ends} - set(found) if retry else set())


@pytest.mark.parametrize(
    ("reference", "number"),
    [("1", 1), ("2", 2), ("nightly", 3), ("gil-study", 1), ("7", 4), ("4", 4), ("002", 2)],
)
def test_a_sweep_is_found_by_its_number_or_as_the_newest_of_its_name(reference, number, four_sweeps):
    assert asked(lambda reader: reader.sweep(reference), four_sweeps)["id"] == number


def test_a_number_is_taken_for_a_number_before_it_is_taken_for_a_name():
    fill(STORE, name="2")
    fill(STORE, name="1")
    assert asked(lambda reader: reader.sweep("2"))["name"] == "1"


def test_a_sweep_is_found_by_its_tag_too_but_by_its_name_first():
    for name in ("paper", "other", "third"):
        fill(STORE, name=name)
    change(STORE, "INSERT INTO tags VALUES (1, 'laptop'), (2, 'laptop'), (2, 'paper'), (2, '3')")
    found = {word: asked(lambda reader, word=word: reader.sweep(word))["id"] for word in ("laptop", "paper", "3")}
    assert found == {"laptop": 2, "paper": 1, "3": 3}
    with pytest.raises(BadInput, match="there is no sweep labtop; did you mean laptop"):
        asked(lambda reader: reader.sweep("labtop"))


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        *((word, ".") for word in ("5", "0", "-1", "1.0", "", "9" * 30, "' OR 1=1 --", "a\0b", "%")),
        *((word, "; did you mean nightly?") for word in ("Nightly", "nightly ", "nihgtly")),
    ],
)
def test_a_sweep_that_is_not_there_is_bad_input_that_says_what_there_is(reference, meant, four_sweeps):
    with pytest.raises(BadInput, match="there is no sweep") as refusal:
        asked(lambda reader: reader.sweep(reference), four_sweeps)
    listed = f"`runner list --store {four_sweeps}` shows the 4 there are."
    assert f"there is no sweep {reference}{meant} {listed}" in str(refusal.value)
    assert refusal.value.exit_code == ExitCode.BAD_INPUT


def test_a_store_without_sweeps_says_so():
    with Writer(created(STORE)):
        pass
    assert asked(Reader.sweeps) == []
    assert asked(Reader.newest) is None
    with pytest.raises(BadInput, match="It holds no sweep yet"):
        asked(lambda reader: reader.sweep("1"))


@pytest.fixture(scope="module")
def four_sweeps(tmp_path_factory):
    """Make a store where the first and the last of four sweeps, of two grids, have ended."""
    path = tmp_path_factory.mktemp("sweeps") / "runs.db"
    with Writer(created(path)) as writer:
        sweeps = [begin(writer, grid_sha256=grid, name=name) for grid, name in zip(GRIDS, NAMES, strict=True)]
        for sweep in (sweeps[0], sweeps[3]):
            writer.end_sweep(sweep)
    return path


GRIDS, NAMES = ("aaa", "bbb", "aaa", "aaa"), ("gil-study", "nightly", "nightly", "7")


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        ({}, 4),
        ({"unfinished": True}, 3),
        ({"grid_sha256": "aaa"}, 4),
        ({"grid_sha256": "bbb"}, 2),
        ({"grid_sha256": "aaa", "unfinished": True}, 3),
        ({"grid_sha256": "bbb", "unfinished": True}, 2),
        ({"grid_sha256": "ccc"}, None),
        ({"grid_sha256": "", "unfinished": True}, None),
    ],
    ids=str,
)
def test_the_newest_sweep_is_found_among_the_unfinished_and_those_of_a_grid(wish, number, four_sweeps):
    found = asked(lambda reader: reader.newest(**wish), four_sweeps)
    assert (found and found["id"]) == number


def test_cases_come_in_the_order_of_the_matrix_with_their_interpreter():
    cases = [case(workers=workers, calls=workers) for workers in (4, 1, 2)]
    stored, _ = fill(STORE, cases=cases)
    fill(STORE, cases=[BASELINE])
    found = asked(lambda reader: reader.cases(stored.id))
    assert [one["key"] for one in found] == [one.key for one in cases]
    assert {one["python"] for one in found} == {"cpython 3.11.2"}


def test_the_hosts_of_a_sweep_are_those_its_trials_ran_on():
    changed = replace(HOST, usable_cpus=1)
    with Writer(created(STORE)) as writer:
        first = begin(writer)
        other = begin(writer)
        record(writer, first, ended(Status.OK))
        record(writer, first, Planned(outcome=outcome(host=changed), repeat=2))
    known = {identity(host.columns()): HOST.hostname for host in (HOST, changed)}
    assert asked(lambda reader: reader.hosts(first.id)) == known
    assert asked(lambda reader: reader.hosts(other.id)) == {}


# What is done and how long it took ----------------------------------------------------------------------------------


def test_what_is_done_is_every_trial_that_came_to_an_end_whatever_end():
    trials = [ended(status, repeat) for repeat, status in enumerate(Status, 1)]
    stored, _ = fill(STORE, [*trials, ended(Status.OK, 1, BASELINE, warmup=True)])
    fill(STORE, [ended(Status.OK, 9)])
    unfinished = {Status.INTERRUPTED, Status.LOST, Status.DISTURBED}
    found = asked(lambda reader: reader.history(stored.id))
    here = identity(HOST.columns())
    assert found.of(BASELINE.key, warmup=True) == {1: Done(9_000, here)}
    assert found.of(THREADS.key) == {
        repeat: Done(9_000 if status is Status.OK else None, here)
        for repeat, status in enumerate(Status, 1)
        if status not in unfinished
    }
    assert len(found) == 1 + len(found.of(THREADS.key))


def test_the_time_that_was_spent_on_a_block_is_that_of_all_attempts_and_the_warm_up_goes_with_the_first_block():
    attempts = [ended(Status.DISTURBED, 1), ended(Status.OK, 1), ended(Status.INTERRUPTED, 2)]
    stored, _ = fill(STORE, [ended(Status.OK, 1, BASELINE, warmup=True), *attempts])
    found = asked(lambda reader: reader.history(stored.id))
    assert [found.spent_ns(range(*ends)) for ends in ((1, 3), (1, 2), (2, 3), (3, 9))] == [200_000, 150_000, 50_000, 0]


def test_a_trial_that_was_interrupted_and_run_again_is_done():
    stored, _ = fill(STORE, [ended(Status.INTERRUPTED), ended(Status.LOST), ended(Status.FAILED)])
    assert set(asked(lambda reader: reader.history(stored.id))) == {(THREADS.key, False, 1)}


@pytest.mark.parametrize("number", [0, 1, 100_000], ids="and {} more".format)
def test_durations_are_known_for_any_number_of_cases(number):
    """Of more cases, too, than a statement of SQLite may have parameters."""
    cases = [case(params=(("NUM", value),)) for value in (1, 2, 3)]
    fill(STORE, [Planned(case=one, outcome=outcome(elapsed_ns=dict(one.params)["NUM"] * 1000)) for one in cases], cases)
    keys = [*(f"unknown {one}" for one in range(number)), *(one.key for one in cases)]
    durations = asked(lambda reader: reader.durations_ns(keys))
    assert durations == {one.key: dict(one.params)["NUM"] * 1000.0 for one in cases}
    assert asked(lambda reader: reader.durations_ns(keys[:number])) == {}


def test_a_duration_is_the_average_of_the_successful_trials_of_every_sweep():
    def took(elapsed_ns, status=Status.OK, **changes):
        return Planned(outcome=outcome(status, elapsed_ns=elapsed_ns), **changes)

    fill(STORE, [took(10), took(20, repeat=2), took(10**12, Status.TIMEOUT, repeat=3)])
    fill(STORE, [took(60, warmup=True)])
    assert asked(lambda reader: reader.durations_ns([THREADS.key, BASELINE.key, "no such key"])) == {THREADS.key: 30.0}


# A sweep and its trials ---------------------------------------------------------------------------------------------


def test_the_summary_joins_each_case_with_its_speedup():
    stored, _ = fill(
        STORE,
        [
            Planned(case=BASELINE, outcome=outcome(wall_ns=80)),
            Planned(outcome=outcome(wall_ns=20)),
            ended(Status.CRASHED, 2),
        ],
    )
    fill(STORE, [Planned(outcome=outcome(wall_ns=1))])
    baseline, threads = asked(lambda reader: reader.summary(stored.id))
    assert (baseline["case_id"], baseline["n"], baseline["speedup"]) == (stored.case_ids[BASELINE.key], 1, None)
    assert (threads["n"], threads["failures"], threads["median_wall_s"]) == (1, 1, 2e-8)
    assert (threads["speedup"], threads["efficiency"], threads["pairs"]) == (4.0, 2.0, 1)


def test_failures_are_the_trials_that_came_to_an_end_other_than_success():
    stored, numbers = fill(STORE, [ended(status, repeat) for repeat, status in enumerate(Status, 1)])
    fill(STORE, [ended(Status.FAILED)])
    found = asked(lambda reader: reader.failures(stored.id))
    by_status = dict(zip(Status, numbers, strict=True))
    wanted = {by_status[status] for status in FAILURES}
    assert {row["trial_id"] for row in found} == wanted


def test_a_trial_comes_with_its_timings_in_order():
    timings = [timing(1, 0), timing(0, 1), timing(0, 0)]
    stored, (number,) = fill(STORE, [Planned(outcome=outcome(timings=timings, output="hello"), noisy="load")])
    trial, found = asked(lambda reader: reader.trial(number, stored.id))
    assert (trial["trial_id"], trial["noisy"], trial["output"], trial["start_ns"]) == (number, "load", "hello", 1_000)
    assert [(one["worker"], one["call"]) for one in found] == [(0, 0), (0, 1), (1, 0)]


@pytest.mark.parametrize(("number", "there_are"), [(1, "2 to 3"), (4, "2 to 3"), (0, "2 to 3"), (-1, "2 to 3")])
def test_a_trial_of_another_sweep_is_bad_input_that_says_which_there_are(number, there_are):
    fill(STORE, [ended(Status.OK)])
    stored, _ = fill(STORE, [ended(Status.OK, 1), ended(Status.OK, 2)])
    with pytest.raises(BadInput, match=rf"sweep 2 has no trial {number}\. Its trials are among {there_are}\."):
        asked(lambda reader: reader.trial(number, stored.id))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30], ids=["2**63", "-2**63 - 1", "10**30"])
def test_a_trial_number_beyond_every_store_is_bad_input(number):
    stored, _ = fill(STORE, [ended(Status.OK)])
    with pytest.raises(BadInput, match=f"sweep 1 has no trial {number}"):
        asked(lambda reader: reader.trial(number, stored.id))


def test_a_sweep_without_trials_says_so_when_one_is_asked_for():
    fill(STORE, [ended(Status.OK)])
    stored, _ = fill(STORE)
    with pytest.raises(BadInput, match=r"sweep 2 has no trial 1\. It has none yet\."):
        asked(lambda reader: reader.trial(1, stored.id))


# Reading never writes -----------------------------------------------------------------------------------------------


QUESTIONS = {
    "sweeps": Reader.sweeps,
    "sweep": lambda reader: reader.sweep("1"),
    "newest": lambda reader: reader.newest(unfinished=True),
    "sweep_of": lambda reader: reader.sweep_of(1),
    "cases": lambda reader: reader.cases(1),
    "hosts": lambda reader: reader.hosts(1),
    "history": lambda reader: reader.history(1),
    "durations_ns": lambda reader: reader.durations_ns([THREADS.key]),
    "summary": lambda reader: reader.summary(1),
    "wall_times": lambda reader: reader.wall_times(1),
    "failures": lambda reader: reader.failures(1),
    "tags": lambda reader: reader.tags(1),
    "sizes": lambda reader: reader.sizes(1),
    "trial": lambda reader: reader.trial(1, 1),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_no_question_changes_the_store(question, own_folder):
    fill(STORE, [Planned(outcome=outcome(timings=[timing()]))])
    before = contents(own_folder)
    asked(question)
    assert contents(own_folder) == before


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_to_a_damaged_store_is_answered_or_explained(question):
    fill(STORE, [Planned(outcome=outcome(timings=[timing()]))])
    for table in ("sweeps", "tags", "cases", "trials", "timings"):
        damage(STORE, table)
    with pytest.raises(StoreUnusable, match=r"^runs\.db: the database is damaged"):
        asked(question)


@pytest.mark.parametrize("attempt", ["DELETE FROM trials", "CREATE TABLE mine (a)", "PRAGMA user_version = 5"])
def test_a_reading_connection_cannot_be_talked_into_writing(attempt, own_folder):
    fill(STORE, [Planned(outcome=outcome())])
    before = contents(own_folder)
    with closing(read_only(STORE)) as connection:
        connection.execute("PRAGMA query_only = OFF")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute(attempt)
    assert contents(own_folder) == before


def test_a_reader_sees_what_a_writer_has_recorded_and_not_what_it_is_about_to():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        record(writer, sweep, ended(Status.OK))
        with closing(sqlite3.connect(STORE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM trials")
            assert trials_of(STORE) == (1, 1, [])


def test_a_reader_does_not_keep_a_writer_from_writing(monkeypatch):
    monkeypatch.setattr("runner.store.connect.BUSY_TIMEOUT_S", 0.05)
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        with Reader(STORE) as reader:
            before = reader.history(sweep.id)
            record(writer, sweep, ended(Status.OK))
            assert len(reader.history(sweep.id)) == len(before) == 0
    assert len(asked(lambda reader: reader.history(sweep.id))) == 1


def test_a_reader_that_a_lock_keeps_out_says_so_and_does_not_look_past_it(monkeypatch):
    monkeypatch.setattr("runner.store.connect.BUSY_TIMEOUT_S", 0.05)
    fill(STORE, [ended(Status.OK)])
    change(STORE, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(STORE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM trials")
        with pytest.raises(StoreUnusable, match="kept the store locked"):
            trials_of(STORE)


# Where nothing may be written ---------------------------------------------------------------------------------------


@pytest.fixture
def public_folder():
    with folder_for_everyone() as folder:
        yield folder


@pytest.mark.parametrize("folder_mode", [0o555, 0o755], ids=["read-only folder", "folder of another"])
@pytest.mark.parametrize("store_mode", [0o444, 0o644], ids=["read-only store", "store of another"])
@pytest.mark.parametrize("read_before", [False, True], ids=["never read", "read before"])
def test_a_store_is_read_where_nothing_may_be_written(folder_mode, store_mode, read_before, public_folder):
    store = public_folder / "runs.db"
    fill(store, [ended(Status.OK)])
    if read_before:  # which leaves the files of a write-ahead log behind
        asked(Reader.sweeps, store)
    store.chmod(store_mode)
    public_folder.chmod(folder_mode)
    before = contents(public_folder)
    assert as_ordinary_user(trials_of, store) == (1, 1, [])
    assert contents(public_folder) == before


def test_a_store_that_another_user_is_writing_is_read_up_to_date(public_folder):
    store = public_folder / "runs.db"
    with Writer(created(store)) as writer:
        sweep = begin(writer)
        for repeat in (1, 2):
            record(writer, sweep, ended(Status.OK, repeat))
            assert as_ordinary_user(trials_of, store) == (repeat, repeat, [])


@pytest.mark.parametrize("folder_mode", [0o555, 0o755], ids=["read-only folder", "folder of another"])
def test_a_store_whose_writer_was_killed_is_read_up_to_date_where_nothing_may_be_written(folder_mode, public_folder):
    store = created(public_folder / "runs.db")
    writer = in_process(record_forever, store)
    eventually(lambda: rows(store, "SELECT COUNT(*) AS n FROM trials")[0]["n"] >= 5)
    writer.kill()
    writer.join()
    public_folder.chmod(folder_mode)
    by_query, by_reader, problems = as_ordinary_user(trials_of, store)
    assert (by_query, by_reader, problems) == (len(rows(store, "SELECT id FROM trials")), by_query, [])


def test_a_store_that_may_not_be_read_is_refused(public_folder):
    store = public_folder / "runs.db"
    fill(store, [ended(Status.OK)])
    store.chmod(0)
    with pytest.raises(StoreUnusable, match=r"cannot be opened\. Check its permissions"):
        as_ordinary_user(trials_of, store)


def test_an_older_store_where_nothing_may_be_written_is_named_with_its_schema(public_folder):
    store = public_folder / "runs.db"
    old_store(store)
    store.chmod(0o444)
    public_folder.chmod(0o555)
    with pytest.raises(StoreUnusable, match=r"its schema is 0001, older .* cannot be upgraded: .*you may not write"):
        as_ordinary_user(trials_of, store)
    public_folder.chmod(0o755)
    assert rows(store, "SELECT version_num FROM runner_schema") == [{"version_num": "0001"}]


def test_of_the_disturbed_trials_those_are_counted_that_count():
    trials = [
        Planned(outcome=outcome(), warmup=True, noisy="a neighbour"),
        Planned(outcome=outcome(Status.DISTURBED), noisy="a neighbour"),
        Planned(outcome=outcome(), noisy="a neighbour"),
        Planned(outcome=outcome(Status.TIMEOUT), repeat=2, noisy="a neighbour"),
        Planned(outcome=outcome(), repeat=3),
    ]
    stored, _ = fill(STORE, trials)
    assert asked(lambda reader: reader.noisy(stored.id)) == 1
