"""The four checks of pytest-alembic against the migrations, and stores of older schemas on the way up and down."""

import ast
import json
import sqlite3
import statistics
from contextlib import closing
from dataclasses import fields, replace
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
    BASELINE,
    FIRST_SCHEMA,
    HOST,
    OLD_STORES,
    TABLES,
    THREADS,
    Planned,
    change,
    contents,
    everything,
    fill,
    newest_schema,
    old_store,
    outcome,
    rows,
    schema_faults,
)

from runner.errors import StoreUnusable
from runner.facts import HostFacts, InterpreterFacts
from runner.interrupt import Interrupt
from runner.outcome import Status
from runner.store import location
from runner.store.engine import writing_engine
from runner.store.identity import identity
from runner.store.merge import merge
from runner.store.query import ask
from runner.store.read import Reader
from runner.store.schema import bring_up_to_date, migrations_folder
from runner.store.upkeep import copy
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
SCHEMAS = [file.name.partition("_")[0] for file in VERSIONS]
OLDER = SCHEMAS[:-1]
KEPT = sorted(file.stem for file in OLD_STORES.glob("*.db"))
FIRST_TABLES = {"hosts", "interpreters", "sweeps", "cases", "trials", "timings"}
TABLES_OF = {"0001": FIRST_TABLES, "0002": FIRST_TABLES, "0003": FIRST_TABLES, "0004": {*FIRST_TABLES, "tags"}}
STATUSES = {"ok", "failed", "crashed", "timeout", "interrupted"}


def configuration():
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    return config


@pytest.fixture
def alembic_config():
    return configuration()


@pytest.fixture
def alembic_engine():
    with writing_engine(STORE.absolute(), foreign_keys=False).connect() as connection:
        yield connection


def downgrade(path, version):
    config = configuration()
    with writing_engine(path, foreign_keys=False).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, version)


def kept(before, path):
    """Return the rows that are in the store now, in the columns that they had before."""
    return {table: rows(path, f"SELECT {', '.join(found[0])} FROM {table}") for table, found in before.items() if found}


# From every older schema --------------------------------------------------------------------------------------------


def test_there_is_a_store_of_every_older_schema_with_rows_in_every_table():
    assert KEPT in (OLDER, SCHEMAS)
    for version in KEPT:
        found = everything(old_store(STORE, version))
        assert set(found) == TABLES_OF.get(version, set(TABLES))
        assert min(map(len, found.values())) > 0
        statuses = {row["status"] for row in found["trials"]}
        assert statuses == (STATUSES if version < "0004" else {*STATUSES, "disturbed"})
        assert {row["warmup"] for row in found["trials"]} == {0, 1}
        assert rows(STORE, "SELECT version_num FROM runner_schema") == [{"version_num": version}]


@pytest.fixture(scope="module", params=KEPT)
def upgraded(request, tmp_path_factory):
    """Return the rows that a store had as its own runner left it, and its path after an upgrade. To be read only."""
    path = old_store(tmp_path_factory.mktemp("upgraded") / f"{request.param}.db", request.param)
    before = everything(path)
    bring_up_to_date(path)
    return before, path


def test_an_upgrade_keeps_all_rows(upgraded):
    before, path = upgraded
    assert schema_faults(path) == []
    assert kept(before, path) == before


def test_an_upgraded_store_answers_through_the_views(upgraded):
    before, path = upgraded
    workers = {(one["trial_id"], one["worker"]) for one in before["timings"]}
    concurrent = [one for one in before["cases"] if one["mode"] != "sequential"]
    assert {view: rows(path, f"SELECT COUNT(*) AS n FROM {view}")[0]["n"] for view in (*VIEWED, "v_speedups")} == {
        **{view: len(before.get(table, ())) for view, table in VIEWED.items()},
        "v_workers": len(workers),
        "v_speedups": len(concurrent),
    }
    assert rows(path, "SELECT case_id, speedup, n FROM v_speedups ORDER BY case_id") == [
        {"case_id": one["id"], **speedup(before["trials"], one)} for one in concurrent
    ]


VIEWED = {"v_trials": "trials", "v_calls": "timings", "v_cases": "cases", "v_omissions": "omissions", "v_workers": ""}


def speedup(trials, case):
    """Return in plain Python what v_speedups is to say of a case."""
    counted = [one for one in trials if one["status"] == "ok" and not one["warmup"]]
    bases = {(one["repeat"], one["host_id"]): one for one in counted if one["case_id"] == case["baseline_id"]}
    ours = [one for one in counted if one["case_id"] == case["id"] and (one["repeat"], one["host_id"]) in bases]
    ratios = [bases[one["repeat"], one["host_id"]]["wall_ns"] / one["wall_ns"] for one in ours]
    return {"speedup": pytest.approx(statistics.median(ratios)) if ratios else None, "n": len(ratios)}


def test_an_upgraded_store_answers_the_commands(upgraded):
    before, path = upgraded
    with Reader(path) as reader:
        sweeps = reader.sweeps()
        cases = [case for sweep in sweeps for case in reader.cases(sweep["id"])]
        done = {sweep["id"]: len(reader.history(sweep["id"])) for sweep in sweeps}
        hosts = {sweep["id"]: reader.hosts(sweep["id"]) for sweep in sweeps}
    assert [(one["name"], one["cases"], one["planned"], one["done"]) for one in sweeps if one["name"] != "own"] == [
        ("study", 12, 48, 48),
        ("slow", 5, 10, 10),
        ("crowd", 2, 2, 2),
        ("study", 12, 48, 28),
    ]
    assert done == {one["id"]: one["done"] for one in sweeps}
    assert [one["key"] for one in cases] == [one["key"] for one in before["cases"]]
    assert [len(hosts[one["id"]]) for one in sweeps if one["name"] != "own"] == [1, 2, 1, 2]


def test_a_host_is_known_again_by_the_same_identity(upgraded):
    """The next trial on a host that an older runner has stored finds its row."""
    before, _ = upgraded
    for row in before["hosts"]:
        facts = {field.name: row[field.name] for field in fields(HostFacts)}
        assert identity(HostFacts(**facts).columns()) == row["identity"]


@pytest.mark.parametrize("version", [version for version in KEPT if version >= "0005"])
def test_an_interpreter_is_known_again_by_the_same_identity(version):
    json_of = {"start_methods", "modes", "flags"}
    truth = {"free_threaded_build", "gil", "gc"}
    for row in everything(old_store(STORE, version))["interpreters"]:
        facts = {field.name: row[field.name] for field in fields(InterpreterFacts)}
        facts |= {name: json.loads(facts[name]) for name in json_of} | {name: bool(facts[name]) for name in truth}
        assert identity(InterpreterFacts(**facts).columns()) == row["identity"]


def test_a_copy_that_is_upgraded_apart_has_the_same_sweeps(upgraded):
    before, path = upgraded
    found = merge(path, old_store(Path("copy.db"), path.stem), Interrupt())
    trials = len(before["trials"])
    assert (found.sweeps, found.trials, found.trials_here, found.trials_left_out) == (0, 0, trials, 0)


# Down and up again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0001", "0003", "0005"])
def test_a_sweep_keeps_its_identity_down_to_an_older_schema_and_up_again(version):
    old_store(STORE, "0005")
    bring_up_to_date(STORE)
    copy(STORE, Path("copy.db"))
    downgrade(STORE, version)
    bring_up_to_date(STORE)
    assert schema_faults(STORE) == []
    assert [rows(path, "SELECT id, uid FROM sweeps ORDER BY id") for path in (STORE, Path("copy.db"))] == [UIDS] * 2
    assert merge(Path("copy.db"), STORE, Interrupt()).sweeps == 0


UIDS = [
    {"id": number, "uid": uid}
    for number, uid in enumerate(
        [
            "cfaf7370aed24207ac700a7af396607c",
            "5678ce4bee8e4fdba6d3b8f4ee8564ad",
            "a5f9d9d1b8e045098ccc07d355b3be08",
            "9c53178099554dd1b993977c3bf5f314",
            "eb87d17a0f7644b787584ee1b16dc089",
        ],
        start=1,
    )
]
"""Of the sweeps in the store of schema 0005."""


def test_a_sweep_that_was_begun_in_place_of_a_deleted_one_gets_an_identity_of_its_own():
    old_store(STORE, "0005")
    bring_up_to_date(STORE)
    downgrade(STORE, "0003")
    change(STORE, "UPDATE sweeps SET started_at = '2030-01-01T00:00:00.000Z' WHERE id = 5")
    bring_up_to_date(STORE)
    found = rows(STORE, "SELECT id, uid FROM sweeps ORDER BY id")
    assert found[:4] == UIDS[:4]
    assert found[4] != UIDS[4]
    assert len(found[4]["uid"]) == 32


def test_all_trials_of_a_place_that_succeeded_on_several_hosts_go_down_and_up_again():
    hosts = [HOST, replace(HOST, hostname="second"), replace(HOST, hostname="third")]
    succeeded = [Planned(case=one, outcome=outcome(host=host)) for one in (BASELINE, THREADS) for host in hosts]
    disturbed = Planned(outcome=outcome(Status.DISTURBED), repeat=2)
    fill(STORE, [*succeeded, disturbed, Planned(outcome=outcome(), repeat=2)])
    before = everything(STORE)
    (speedups,) = rows(STORE, "SELECT n FROM v_speedups")
    downgrade(STORE, "0005")
    statuses = [row["status"] for row in rows(STORE, "SELECT status FROM trials ORDER BY id")]
    assert statuses == ["ok", "disturbed", "disturbed"] * 2 + ["disturbed", "ok"]
    bring_up_to_date(STORE)
    assert everything(STORE) == before
    assert rows(STORE, "SELECT n FROM v_speedups") == [speedups] == [{"n": 3}]
    assert schema_faults(STORE) == []


def test_a_sweep_that_stopped_by_itself_keeps_its_trials_down_and_up_and_has_a_fixed_number_of_blocks_then():
    fill(STORE, [Planned(case=one, outcome=outcome()) for one in (BASELINE, THREADS)], **UNTIL)
    change(STORE, "UPDATE sweeps SET stopped = 'precision', precision_reached = 0.01, closed_blocks = 3")
    before = everything(STORE)
    downgrade(STORE, "0007")
    bring_up_to_date(STORE)
    assert schema_faults(STORE) == []
    (sweep,) = before.pop("sweeps")
    forgotten = {**dict.fromkeys([*UNTIL, "stopped", "precision_reached"]), "closed_blocks": 0}
    after = everything(STORE)
    assert after.pop("sweeps") == [sweep | forgotten]
    assert after == before


UNTIL = {"precision": 0.02, "budget_ns": 10**9, "most_blocks": 80}


def test_on_the_way_down_a_store_has_the_views_and_indexes_that_the_runner_of_each_schema_made():
    fill(STORE, [Planned(outcome=outcome())])
    for version in reversed(OLDER):
        downgrade(STORE, version)
        theirs = old_store(Path(f"{version}.db"), version)
        assert [rows(path, VIEWS_AND_INDEXES) for path in (STORE, theirs)] == [rows(theirs, VIEWS_AND_INDEXES)] * 2


VIEWS_AND_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'index') ORDER BY name"


# What an upgrade leaves, and when it fails --------------------------------------------------------------------------


def test_an_upgrade_leaves_a_copy_of_the_older_store_beside_it():
    before = everything(old_store(STORE))
    bring_up_to_date(STORE)
    assert rows(BACKUP, "SELECT version_num FROM runner_schema") == [{"version_num": FIRST_SCHEMA}]
    assert everything(BACKUP) == before
    assert rows(BACKUP, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_the_copy_beside_an_upgraded_store_can_itself_be_upgraded():
    old_store(STORE)
    bring_up_to_date(STORE)
    bring_up_to_date(BACKUP)
    assert schema_faults(BACKUP) == []
    assert everything(BACKUP) == everything(STORE)


def test_a_new_store_leaves_no_copy_beside_it(own_folder):
    bring_up_to_date(STORE)
    assert list(contents(own_folder)) == ["runs.db"]


@pytest.mark.parametrize("rest", [b"", b"holiday pictures"], ids=["cut off", "not ours"])
def test_a_copy_is_made_also_when_something_has_its_name_and_overwrites_no_file(rest, own_folder):
    before = everything(old_store(STORE))
    BACKUP.write_bytes(rest)
    bring_up_to_date(STORE)
    copies = [file for file in own_folder.glob("runs.db.*") if file.read_bytes().startswith(b"SQLite format 3")]
    assert [everything(copy) for copy in copies] == [before]
    assert BACKUP.read_bytes() == rest


def read(path):
    with Reader(path) as reader:
        assert len(reader.sweeps()) == 4


def query(path):
    with ask(path, "SELECT COUNT(*) FROM v_trials") as answer:
        assert list(answer.rows) == [(91,)]


def write(path):
    with Writer(path):
        pass


@pytest.mark.parametrize("use", [read, query, write])
def test_whatever_opens_an_older_store_upgrades_it(use):
    old_store(STORE)
    use(STORE)
    assert schema_faults(STORE) == []


def test_an_older_store_that_cannot_be_upgraded_is_named_with_its_schema_and_the_reason(monkeypatch):
    before = everything(old_store(STORE))
    monkeypatch.setattr(location, "file_system", lambda folder: "nfs")
    with pytest.raises(StoreUnusable, match=r"its schema is 0001, older .* cannot be upgraded: .*network file system"):
        read(STORE)
    assert everything(STORE) == before


def test_an_upgrade_that_would_leave_rows_dangling_is_undone():
    old_store(STORE)
    change(STORE, "DELETE FROM interpreters")
    before = everything(STORE)
    with pytest.raises(StoreUnusable, match="the upgrade was undone: 31 rows refer to rows that are not there"):
        bring_up_to_date(STORE)
    assert rows(STORE, "SELECT version_num FROM runner_schema") == [{"version_num": FIRST_SCHEMA}]
    assert rows(STORE, "SELECT name FROM sqlite_master WHERE type = 'view'") == []
    assert everything(STORE) == before


def test_an_upgrade_waits_for_a_writer_and_says_so_when_it_takes_too_long(monkeypatch):
    monkeypatch.setattr("runner.store.connect.BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr("runner.store.schema.BUSY_TIMEOUT_S", 0.05)
    old_store(STORE)
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
