import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.stores import (
    Planned,
    all_at_once,
    begin,
    change,
    contents,
    created,
    damage,
    everything,
    fill,
    foreign_database,
    newest_schema,
    old_store,
    open_and_begin,
    outcome,
    rows,
    schema_faults,
    timing,
)

from runner.commands import store as commands
from runner.errors import ExitCode, StoreUnusable
from runner.store import upkeep
from runner.store.location import writable
from runner.store.query import ask
from runner.store.read import Reader
from runner.store.schema import State, bring_up_to_date, inspect
from runner.store.write import Writer

STORE = Path("runs.db")


def read(path):
    with Reader(path) as reader:
        return reader.sweeps()


def query(path):
    with ask(path, "SELECT * FROM v_trials") as answer:
        return list(answer.rows)


ENTRY_POINTS = {
    "write": open_and_begin,
    "upgrade": lambda path: bring_up_to_date(writable(path)),
    "read": read,
    "query": query,
    "check": lambda path: commands.check(str(path)),
    "backup": lambda path: upkeep.copy(path, Path("copy.db")),
}


def text_file(path):
    path.write_text("mode: sequential\n" * 400, encoding="utf-8")


def short_text_file(path):
    path.write_text("ab", encoding="utf-8")


def random_bytes(path):
    path.write_bytes(bytes(range(256)) * 64)


def newer_store(path):
    fill(path, runner_version="77.1.0")
    change(path, "UPDATE runner_schema SET version_num = '9999'")


def cut_off(path):
    fill(path, [Planned(outcome=outcome(timings=[timing()]), repeat=repeat) for repeat in range(1, 5)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten_from_the_start(path):
    created(path)
    with path.open("r+b") as file:
        file.write(b"\0" * 4096)


def overwritten_schema(path):
    created(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)


UNUSABLE = {
    text_file: "not a database",
    short_text_file: "not a database",
    random_bytes: "not a database",
    foreign_database: "not a runner's store",
    newer_store: "newer runner",
    cut_off: "damaged",
    overwritten_from_the_start: "not a database",
    overwritten_schema: "damaged",
}


@pytest.mark.parametrize("use", ENTRY_POINTS.values(), ids=ENTRY_POINTS)
@pytest.mark.parametrize(("make", "told"), UNUSABLE.items(), ids=[make.__name__ for make in UNUSABLE])
def test_what_is_no_usable_store_is_refused_and_left_as_it_was(make, told, use, own_folder):
    make(STORE)
    before = contents(own_folder)
    with pytest.raises(StoreUnusable, match=r"^runs\.db: ") as refusal:
        use(STORE)
    assert told in str(refusal.value)
    assert refusal.value.exit_code == ExitCode.STORE_UNUSABLE
    assert contents(own_folder) == before


def test_a_file_of_one_byte_is_not_taken_for_an_empty_store():
    STORE.write_bytes(b"\n")
    with pytest.raises(StoreUnusable):
        open_and_begin(STORE)
    assert STORE.read_bytes() == b"\n"


@pytest.mark.parametrize("use", ENTRY_POINTS.values(), ids=ENTRY_POINTS)
def test_a_foreign_database_keeps_its_journal_mode_and_gets_no_files_beside_it(use, own_folder):
    foreign_database(STORE)
    with pytest.raises(StoreUnusable):
        use(STORE)
    assert [file.name for file in own_folder.iterdir()] == ["runs.db"]
    assert rows(STORE, "PRAGMA journal_mode") == [{"journal_mode": "delete"}]
    assert rows(STORE, "SELECT * FROM albums") == [{"title": "Kind of Blue"}]


def test_a_newer_store_names_both_schemas_and_who_wrote_it():
    newer_store(STORE)
    with pytest.raises(StoreUnusable) as refusal:
        read(STORE)
    message = str(refusal.value)
    assert re.search(rf"schema is 9999, .*schemas up to {newest_schema()}\b", message)
    assert "runner 77.1.0" in message
    assert "Upgrade the runner" in message
    assert "out of date" not in message


def test_a_newer_store_without_what_today_knows_is_still_only_newer():
    newer_store(STORE)
    change(STORE, "DROP VIEW v_trials", "ALTER TABLE sweeps RENAME COLUMN runner_version TO written_by")
    with pytest.raises(StoreUnusable, match="its schema is 9999"):
        read(STORE)


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (lambda path: None, (State.EMPTY, None)),
        (lambda path: path.touch(), (State.EMPTY, None)),
        (lambda path: change(path, "PRAGMA journal_mode = WAL"), (State.EMPTY, None)),
        (created, (State.CURRENT, newest_schema())),
        (old_store, (State.OLDER, "0001")),
        (newer_store, (State.NEWER, "9999")),
        (foreign_database, (State.FOREIGN, None)),
    ],
    ids=["missing", "no bytes", "no tables", "current", "older", "newer", "foreign"],
)
def test_the_state_of_a_file_is_told_without_writing(make, state, own_folder):
    make(STORE)
    existed, before = STORE.exists(), contents(own_folder)
    assert inspect(STORE) == state
    assert (STORE.exists(), contents(own_folder)) == (existed, before)


@pytest.mark.parametrize("use", [read, query, upkeep.check], ids=["read", "query", "check"])
def test_reading_an_empty_store_names_the_command_that_fills_it(use):
    STORE.touch()
    with pytest.raises(StoreUnusable, match=r"the store is empty; `runner sweep --matrix grid\.yaml` fills"):
        use(STORE)
    assert STORE.read_bytes() == b""


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.touch(), created], ids=["new", "empty", "there"])
def test_opening_for_writing_leaves_one_sound_schema(make):
    make(STORE)
    bring_up_to_date(STORE)
    assert schema_faults(STORE) == []


def test_bringing_a_store_up_to_date_again_changes_nothing(own_folder):
    fill(STORE, [Planned(outcome=outcome())])
    before = contents(own_folder)
    bring_up_to_date(STORE)
    assert contents(own_folder) == before


FEW_AND_MANY = pytest.mark.parametrize(
    ("processes", "number"), [(4, 1), pytest.param(16, 2, marks=pytest.mark.slow)], ids=["few", "many"]
)
"""How many processes, and on how many stores one after the other."""


@FEW_AND_MANY
def test_processes_that_open_the_same_new_store_at_once_all_succeed(processes, number, own_folder):
    stores = [Path(f"new-{one}.db").absolute() for one in range(number)]
    assert all_at_once(open_and_begin, stores, processes) == []
    assert set(contents(own_folder)) == {store.name for store in stores}
    for store in stores:
        assert schema_faults(store) == []
        assert rows(store, "PRAGMA journal_mode") == [{"journal_mode": "wal"}]
        assert rows(store, "SELECT COUNT(*) AS sweeps FROM sweeps") == [{"sweeps": processes}]
        assert rows(store, "SELECT COUNT(*) AS n FROM interpreters") == [{"n": 1}]


@pytest.mark.parametrize("use", [open_and_begin, read], ids=["write", "read"])
@FEW_AND_MANY
def test_processes_that_upgrade_the_same_store_at_once_all_succeed(processes, number, use, own_folder):
    stores = [Path(f"old-{one}.db").absolute() for one in range(number)]
    before = everything(old_store(Path("as-it-was.db")))
    for store in stores:
        old_store(store)
    assert all_at_once(use, stores, processes) == []
    for store in stores:
        assert schema_faults(store) == []
        for table, found in before.items():
            assert rows(store, f"SELECT {', '.join(found[0])} FROM {table}")[: len(found)] == found
        assert [file.name for file in own_folder.glob(f"{store.name}.*")] == [f"{store.name}.before-{newest_schema()}"]


def test_a_reader_keeps_what_it_saw_while_the_store_is_upgraded():
    old_store(STORE)
    with closing(sqlite3.connect(STORE)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT COUNT(*) FROM trials").fetchone() == (91,)
        bring_up_to_date(STORE)
        assert reader.execute("SELECT version_num FROM runner_schema").fetchone() == ("0001",)
    assert schema_faults(STORE) == []


def test_a_store_with_a_damaged_page_is_refused_where_that_page_is_read():
    fill(STORE, [Planned(outcome=outcome(timings=[timing()]))])
    damage(STORE, "trials")
    with pytest.raises(StoreUnusable, match=r"runs\.db: the database is damaged.*`runner store check`"):
        query(STORE)


def test_a_store_that_was_restored_from_a_backup_is_written_with_a_write_ahead_log():
    fill(STORE, [Planned(outcome=outcome())])
    restored = upkeep.copy(STORE, Path("restored.db"))
    with Writer(restored) as writer:
        begin(writer)
        assert rows(restored, "PRAGMA journal_mode") == [{"journal_mode": "wal"}]
