"""The four checks of pytest-alembic against the migrations, and upgrades of stores that hold something."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from support.stores import (
    FIRST_SCHEMA,
    FIRST_TABLES,
    VIEWS,
    change,
    contents,
    first_store,
    newest_schema,
    old_store,
    rows,
    schema_faults,
)

from runner.errors import StoreUnusable
from runner.store import location
from runner.store.engine import writing_engine
from runner.store.query import ask
from runner.store.read import Reader
from runner.store.schema import bring_up_to_date, migrations_folder
from runner.store.write import Writer

__all__ = [
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]

STORE = Path("runs.db")
BACKUP = Path(f"runs.db.before-{newest_schema()}")
VERSIONS = sorted(migrations_folder().glob("versions/[0-9]*.py"))
OLDER = [file.name.partition("_")[0] for file in VERSIONS][:-1]


@pytest.fixture
def alembic_config():
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    return config


@pytest.fixture
def alembic_engine():
    with writing_engine(STORE.absolute(), foreign_keys=False).connect() as connection:
        yield connection


@pytest.mark.parametrize("version", OLDER)
def test_an_empty_store_of_every_older_schema_is_upgraded(version):
    old_store(STORE, version)
    bring_up_to_date(STORE)
    assert schema_faults(STORE) == []


def test_the_first_schema_with_rows_in_every_table_keeps_them_all():
    before = first_store(STORE)
    assert all(len(found) == 2 for found in before.values())
    bring_up_to_date(STORE)
    assert schema_faults(STORE) == []
    for table in FIRST_TABLES:
        columns = ", ".join(f'"{column}"' for column in before[table][0])
        assert rows(STORE, f"SELECT {columns} FROM {table}") == before[table]


def test_an_upgraded_store_answers_through_the_views():
    first_store(STORE)
    bring_up_to_date(STORE)
    assert {view: len(rows(STORE, f"SELECT * FROM {view}")) for view in VIEWS} == {
        "v_trials": 2,
        "v_workers": 2,
        "v_calls": 2,
        "v_cases": 2,
        "v_speedups": 2,  # without figures: the only trials are marked as warm-ups
        "v_omissions": 0,
    }


def test_an_upgrade_leaves_a_copy_of_the_older_store_beside_it():
    before = first_store(STORE)
    bring_up_to_date(STORE)
    assert rows(BACKUP, "SELECT version_num FROM runner_schema") == [{"version_num": FIRST_SCHEMA}]
    assert {table: rows(BACKUP, f"SELECT * FROM {table}") for table in FIRST_TABLES} == before
    assert rows(BACKUP, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_the_copy_beside_an_upgraded_store_can_itself_be_upgraded():
    first_store(STORE)
    bring_up_to_date(STORE)
    bring_up_to_date(BACKUP)
    assert schema_faults(BACKUP) == []
    assert [rows(BACKUP, f"SELECT * FROM {table}") for table in FIRST_TABLES] == [
        rows(STORE, f"SELECT * FROM {table}") for table in FIRST_TABLES
    ]


def test_a_new_store_leaves_no_copy_beside_it(own_folder):
    bring_up_to_date(STORE)
    assert list(contents(own_folder)) == ["runs.db"]


@pytest.mark.parametrize("rest", [b"", b"holiday pictures"], ids=["cut off", "not ours"])
def test_a_copy_is_made_also_when_something_has_its_name(rest, own_folder):
    before = first_store(STORE)
    BACKUP.write_bytes(rest)
    bring_up_to_date(STORE)
    copies = [file for file in own_folder.glob("runs.db.*") if file.read_bytes().startswith(b"SQLite format 3")]
    assert [{table: rows(copy, f"SELECT * FROM {table}") for table in FIRST_TABLES} for copy in copies] == [before]


def test_a_copy_overwrites_no_file():
    first_store(STORE)
    BACKUP.write_bytes(b"holiday pictures")
    bring_up_to_date(STORE)
    assert BACKUP.read_bytes() == b"holiday pictures"


def read(path):
    with Reader(path) as reader:
        assert len(reader.sweeps()) == 2


def query(path):
    with ask(path, "SELECT COUNT(*) FROM v_trials") as answer:
        assert list(answer.rows) == [(2,)]


def write(path):
    with Writer(path):
        pass


@pytest.mark.parametrize("use", [read, query, write])
def test_whatever_opens_an_older_store_upgrades_it(use):
    first_store(STORE)
    use(STORE)
    assert schema_faults(STORE) == []


def test_an_older_store_that_cannot_be_upgraded_is_named_with_its_schema_and_the_reason(monkeypatch):
    before = first_store(STORE)
    monkeypatch.setattr(location, "file_system", lambda folder: "nfs")
    with pytest.raises(StoreUnusable, match=r"its schema is 0001, older .* cannot be upgraded: .*network file system"):
        Reader(STORE)
    assert {table: rows(STORE, f"SELECT * FROM {table}") for table in FIRST_TABLES} == before


def test_an_upgrade_that_would_leave_rows_dangling_is_undone():
    first_store(STORE)
    change(STORE, "DELETE FROM hosts WHERE id = 2")
    before = {table: rows(STORE, f"SELECT * FROM {table}") for table in FIRST_TABLES}
    with pytest.raises(StoreUnusable, match="the upgrade was undone: 1 rows refer to rows that are not there"):
        bring_up_to_date(STORE)
    assert rows(STORE, "SELECT version_num FROM runner_schema") == [{"version_num": FIRST_SCHEMA}]
    assert rows(STORE, "SELECT name FROM sqlite_master WHERE type = 'view'") == []
    assert {table: rows(STORE, f"SELECT * FROM {table}") for table in FIRST_TABLES} == before


def test_an_upgrade_waits_for_a_writer_and_says_so_when_it_takes_too_long(monkeypatch):
    monkeypatch.setattr("runner.store.connect.BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr("runner.store.schema.BUSY_TIMEOUT_S", 0.05)
    first_store(STORE)
    with closing(sqlite3.connect(STORE)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match="another process has kept the store locked"):
            bring_up_to_date(STORE)
    assert rows(STORE, "SELECT version_num FROM runner_schema") == [{"version_num": FIRST_SCHEMA}]


def test_developers_migrate_the_store_of_their_folder_with_the_configuration_file():
    command.upgrade(Config(migrations_folder().with_name("alembic.ini")), "head")
    assert schema_faults(STORE) == []


@pytest.mark.parametrize("version", VERSIONS, ids=lambda file: file.stem)
def test_a_migration_imports_no_code_of_the_project_so_that_it_keeps_working(version):
    tree = ast.parse(version.read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= {"alembic", "sqlalchemy", "hashlib"}
