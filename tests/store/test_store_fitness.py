"""What is said of a store's place and of its state, without a change to either."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.stores import (
    Planned,
    as_ordinary_user,
    change,
    contents,
    created,
    damage,
    fill,
    folder_for_everyone,
    foreign_database,
    newest_schema,
    old_store,
    outcome,
)

from runner.host.finding import Finding, Verdict
from runner.store import location
from runner.store.fitness import disk, findings, health, size
from runner.store.schema import VERSION_TABLE

STORE = Path("runs.db")
OK, WARNING, PROBLEM = Verdict


def last(store: str | Path = STORE) -> Finding:
    *_, finding = findings(str(store))
    return finding


def test_before_the_first_sweep_there_is_none_and_none_is_made(own_folder):
    assert [finding.verdict for finding in findings("runs.db")] == [OK, OK]
    assert last().says == "runs.db: none yet, a sweep makes it"
    assert list(own_folder.iterdir()) == []


def test_a_sound_store_is_told_with_its_unfinished_sweep():
    fill(STORE, [Planned(outcome=outcome())])
    assert last().verdict is OK
    assert last().says.startswith(f"runs.db: sound, {size(STORE.stat().st_size)}, schema {newest_schema()}")
    assert last().says.endswith("; sweep 1 is unfinished, `runner resume` goes on with it")
    change(STORE, "UPDATE sweeps SET ended_at = '2024-01-02T03:04:05.678Z'")
    assert "unfinished" not in last().says


def test_an_older_store_is_looked_into_and_not_upgraded(own_folder):
    old_store(STORE)
    before = contents(own_folder)
    assert last().verdict is WARNING
    assert last().remedy.startswith("`runner store upgrade`")
    assert contents(own_folder) == before


def test_damage_is_found_in_a_store_of_any_schema():
    for make in (created, old_store):
        STORE.unlink(missing_ok=True)
        make(STORE)
        change(STORE, "PRAGMA journal_mode = DELETE")
        damage(STORE, "timings")
        assert last().verdict is PROBLEM
        assert "damaged" in last().says + last().remedy


def test_rows_that_refer_to_nothing_are_damage():
    fill(STORE, [Planned(outcome=outcome())])
    change(STORE, "DELETE FROM hosts")
    assert last().verdict is PROBLEM
    assert "of trials refers to a row of hosts that is not there" in last().says


def foreign() -> None:
    foreign_database(STORE)


def newer() -> None:
    change(created(STORE), f"UPDATE {VERSION_TABLE} SET version_num = '9999'")


def text() -> None:
    STORE.write_text("no database " * 100)


@pytest.mark.parametrize(("make", "told"), [(foreign, "Mistyped"), (newer, "newer"), (text, "not a database")])
def test_what_is_no_store_of_ours_is_a_problem_and_left_alone(make, told, own_folder):
    make()
    before = contents(own_folder)
    assert last().verdict is PROBLEM
    assert told in last().remedy
    assert contents(own_folder) == before


@pytest.mark.parametrize("store", [".", "postgresql://lab/results", "no/such/folder/runs.db", "/dev/null"])
def test_a_name_that_cannot_be_a_store_is_a_problem_that_is_told(store):
    assert last(store).verdict is PROBLEM
    assert last(store).remedy.startswith(store)


def test_a_network_file_system_is_a_problem(monkeypatch):
    monkeypatch.setattr(location, "file_system", lambda folder: "nfs4")
    assert last().verdict is PROBLEM
    assert "network file system (nfs4)" in last().remedy


def test_a_folder_that_may_not_be_written_is_a_problem():
    with folder_for_everyone() as folder:
        folder.chmod(0o555)
        finding = as_ordinary_user(last, folder / "runs.db")
    assert finding.verdict is PROBLEM
    assert "you may not write here" in finding.remedy


@pytest.mark.parametrize(
    ("free", "verdict", "room"),
    [
        (5 * 10**12, OK, "5.0 TB free (ext4), room for some 25,000,000,000 calls"),
        (10**9, OK, "1.0 GB free (ext4), room for some 5,000,000 calls"),
        (10**9 - 1, WARNING, "1000.0 MB free (ext4)"),
        (10**8, WARNING, "100.0 MB free (ext4), room for some 500,000 calls"),
        (10**8 - 1, PROBLEM, "100.0 MB free (ext4)"),
        (0, PROBLEM, "0.0 kB free (ext4), room for some 0 calls"),
    ],
)
def test_room_is_told_by_what_fits_into_it(free, verdict, room, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    monkeypatch.setattr("runner.store.fitness.file_system", lambda folder: "ext4")
    finding = disk(STORE)
    assert finding.verdict is verdict
    assert finding.says.startswith(room)
    assert (finding.remedy is None) == (verdict is OK)


def test_room_in_a_folder_that_is_not_there_is_not_known():
    assert disk(Path("no/such/runs.db")).says.endswith("No such file or directory")


def test_an_empty_file_is_a_store_to_be(own_folder):
    STORE.touch()
    assert health(STORE).says == "runs.db: none yet, a sweep makes it"
