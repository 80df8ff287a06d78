import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.helpers import eventually
from support.stores import (
    PAGE_BYTES,
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
    overwrite,
    record,
    record_forever,
    rows,
    schema_faults,
    scratch,
    timing,
)

from runner.errors import BadInput, StoreUnusable
from runner.store import location
from runner.store.upkeep import OBJECTS, check, copy
from runner.store.write import Writer

STORE = Path("runs.db")
COPY = Path("copy.db")
TRIAL = Planned(outcome=outcome(timings=[timing(0), timing(1)]))


def trials(path):
    return rows(path, "SELECT * FROM trials")


@pytest.mark.parametrize("fill_it", [created, lambda path: fill(path, [TRIAL])], ids=["without rows", "with rows"])
def test_a_sound_store_has_no_problems(fill_it, own_folder):
    fill_it(STORE)
    before = contents(own_folder)
    assert check(STORE) == []
    assert contents(own_folder) == before


@pytest.mark.parametrize(
    "statement",
    ["DROP VIEW v_speedups", "DROP INDEX uq_trials_done", "DROP TABLE tags", "DROP INDEX ix_trials_case_id"],
)
def test_a_check_says_what_is_missing(statement):
    fill(STORE, [TRIAL])
    change(STORE, statement)
    assert check(STORE) == [f"{statement.split()[-1]} is missing"]


def test_a_check_looks_for_all_that_a_new_store_has():
    created(STORE)
    made = rows(STORE, "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name != 'runner_schema'")
    assert {row["name"] for row in made} == OBJECTS


@pytest.mark.parametrize("table", ["hosts", "interpreters", "sweeps", "cases", "trials"])
def test_a_check_says_where_a_store_is_damaged(table, own_folder):
    fill(STORE, [TRIAL])
    scratch(STORE, table)
    before = contents(own_folder)
    assert "On tree page" in "\n".join(check(STORE))
    assert contents(own_folder) == before


def test_what_a_check_has_found_is_said_also_when_it_can_look_no_further():
    fill(STORE, [TRIAL])
    overwrite(STORE, "trials", PAGE_BYTES - 100, b"\xff" * 100)  # the one row of the table
    assert "On tree page" in "\n".join(check(STORE))


@pytest.mark.parametrize("table", ["hosts", "sweeps", "cases", "trials", "timings"])
def test_a_page_that_is_lost_is_damage(table):
    fill(STORE, [TRIAL])
    damage(STORE, table)
    assert check(STORE) == ["the database says: database disk image is malformed"]


@pytest.mark.parametrize("part", [1 / 4, 1 / 2, 3 / 4])
def test_a_store_that_was_cut_off_is_damaged(part):
    fill(STORE, [TRIAL])
    size = STORE.stat().st_size
    STORE.write_bytes(STORE.read_bytes()[: int(size * part)])
    assert check(STORE) == [
        "the database says: database disk image is malformed",
        f"the file was cut short: it has {int(size * part):,} of its {size:,} bytes",
    ]


def test_a_table_that_an_older_store_has_lost_is_damage():
    change(old_store(STORE, "0003"), "DROP TABLE timings")
    assert check(STORE) == ["the database says: no such table: timings"]


def test_a_check_finds_an_index_that_does_not_match_its_table():
    fill(STORE, [TRIAL])
    (index,) = rows(STORE, "SELECT sql FROM sqlite_master WHERE name = 'uq_trials_done'")
    define = "UPDATE sqlite_master SET sql = '{}' WHERE name = 'uq_trials_done'"
    elsewhere = index["sql"].replace("repeat", "position").replace("'", "''")
    change(STORE, "PRAGMA writable_schema = ON", define.format(elsewhere))
    change(STORE, "UPDATE trials SET repeat = 77")
    change(STORE, "PRAGMA writable_schema = ON", define.format(index["sql"].replace("'", "''")))
    assert "uq_trials_done" in "\n".join(check(STORE))


def test_a_check_names_rows_that_refer_to_rows_that_are_not_there():
    fill(STORE, [TRIAL])
    change(STORE, "DELETE FROM hosts", "DELETE FROM sweeps")
    assert sorted(check(STORE)) == [
        "row 1 of cases refers to a row of sweeps that is not there",
        "row 1 of trials refers to a row of hosts that is not there",
        "row 2 of cases refers to a row of sweeps that is not there",
    ]


def test_a_copy_holds_what_the_store_holds_and_is_itself_sound(own_folder):
    fill(STORE, [TRIAL])
    before = contents(own_folder)
    assert copy(STORE, COPY) == COPY
    assert schema_faults(COPY) == []
    for table in ("hosts", "interpreters", "sweeps", "cases", "trials", "timings"):
        assert rows(COPY, f"SELECT * FROM {table}") == rows(STORE, f"SELECT * FROM {table}") != []
    assert {name: found for name, found in contents(own_folder).items() if name != "copy.db"} == before


def test_a_copy_is_one_file_that_can_be_published(own_folder):
    fill(STORE, [TRIAL])
    copy(STORE, own_folder / "copy.db")
    assert [file.name for file in own_folder.glob("copy*")] == ["copy.db"]


def test_a_copy_taken_while_a_transaction_is_open_holds_what_was_committed_before_it():
    with Writer(created(STORE)) as writer:
        sweep = begin(writer)
        record(writer, sweep, TRIAL)
        with closing(sqlite3.connect(STORE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE trials SET wall_ns = 1")
            other.execute("DELETE FROM timings")
            copy(STORE, COPY)
            other.execute("COMMIT")
    assert schema_faults(COPY) == []
    assert [trial["wall_ns"] for trial in trials(COPY)] == [9_000]
    assert rows(COPY, "SELECT COUNT(*) AS n FROM timings") == [{"n": 2}]
    assert [trial["wall_ns"] for trial in trials(STORE)] == [1]


def test_a_copy_can_be_written_like_any_store():
    fill(STORE, [TRIAL])
    copy(STORE, COPY)
    fill(COPY, [TRIAL])
    assert (len(trials(COPY)), len(trials(STORE))) == (2, 1)
    assert check(COPY) == []


@pytest.mark.parametrize("there", ["file", "empty file", "folder", "the store itself"])
def test_a_copy_overwrites_nothing(there, own_folder):
    fill(STORE, [TRIAL])
    {
        "file": lambda: COPY.write_text("precious"),
        "empty file": COPY.touch,
        "folder": COPY.mkdir,
        "the store itself": lambda: COPY.symlink_to(STORE),
    }[there]()
    before = contents(own_folder)
    with pytest.raises(BadInput, match=r"copy\.db: this file exists already; name another"):
        copy(STORE, COPY)
    assert contents(own_folder) == before


@pytest.mark.parametrize("name", ["two words.db", "100%.db", "what?.db", "it's.db", ":memory:", "file:copy.db", "-q"])
def test_a_copy_can_have_any_name_that_a_file_can(name, own_folder):
    fill(STORE, [TRIAL])
    copy(STORE, Path(name))
    assert sorted(contents(own_folder)) == sorted([name, "runs.db"])
    assert trials(own_folder / name) == trials(STORE)


def test_a_copy_into_a_missing_folder_is_refused():
    fill(STORE, [TRIAL])
    with pytest.raises(StoreUnusable, match="there is no folder no/such"):
        copy(STORE, Path("no/such/copy.db"))


def test_a_copy_onto_a_network_file_system_is_refused(own_folder, monkeypatch):
    fill(STORE, [TRIAL])
    (own_folder / "share").mkdir()
    monkeypatch.setattr(location, "file_system", lambda folder: "nfs" if folder.name == "share" else "ext4")
    with pytest.raises(StoreUnusable, match="network file system"):
        copy(STORE, Path("share/copy.db"))
    assert contents(own_folder / "share") == {}


def test_a_copy_that_may_not_be_written_is_refused():
    with folder_for_everyone() as folder:
        fill(folder / "runs.db", [TRIAL])
        folder.chmod(0o555)
        with pytest.raises(StoreUnusable, match=r"copy\.db: you may not write here"):
            as_ordinary_user(copy, folder / "runs.db", folder / "copy.db")


def test_a_damaged_store_is_not_copied_as_if_it_were_sound():
    fill(STORE, [TRIAL])
    damage(STORE, "timings")
    with pytest.raises(StoreUnusable, match="the database is damaged"):
        copy(STORE, COPY)


@pytest.mark.parametrize("use", [check, lambda path: copy(path, COPY)], ids=["check", "copy"])
def test_where_there_is_no_store_none_is_made(use, own_folder):
    with pytest.raises(StoreUnusable, match="there is no store yet"):
        use(STORE)
    assert contents(own_folder) == {}


def test_copies_taken_while_another_process_records_are_all_sound():
    created(STORE)
    writer = in_process(record_forever, STORE.absolute())
    try:
        for number in range(1, 4):
            eventually(lambda at_least=5 * number: len(trials(STORE)) >= at_least)
            copied = copy(STORE, Path(f"copy-{number}.db"))
            assert schema_faults(copied) == []
            assert len(trials(copied)) >= 5 * number
            assert rows(copied, "SELECT trial_id FROM timings GROUP BY trial_id HAVING COUNT(*) <> 2") == []
    finally:
        writer.kill()
        writer.join()
