"""Cells that somebody edited to another type: one message names table, column and row, and nothing computes on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.stores import TABLES, Planned, change, created, fill, old_store, outcome, timing

from runner.store.cells import odd_cells
from runner.store.schema import bring_up_to_date
from runner.store.upkeep import check

STORE = Path("runs.db")
EDITS = [
    ("UPDATE trials SET wall_ns = 'x' WHERE id = 2", "table trials, column wall_ns, row with id = 2: 'x' is not"),
    ("UPDATE trials SET wall_ns = 1.5", "table trials, column wall_ns, row with id = 1: 1.5 is not"),
    ("UPDATE trials SET load_1min = 'x'", "table trials, column load_1min, row with id = 1: 'x' is not"),
    ("UPDATE sweeps SET name = x'ff00'", "table sweeps, column name, row with id = 1: X'FF00' is not"),
    ("UPDATE cases SET barrier = 'x' WHERE id = 2", "table cases, column barrier, row with id = 2: 'x' is not"),
    (
        "UPDATE timings SET pid = x''",
        "table timings, column pid, row with trial_id = 1, worker = 0, call = 0: X'' is not",
    ),
    ("INSERT INTO tags VALUES (1, x'61')", "table tags, column tag, row with sweep_id = 1, tag = "),
    ("UPDATE trials SET noisy = CAST(zeroblob(9999) AS BLOB)", "column noisy, row with id = 1: X'000000"),
]


def found_in(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(odd_cells(connection, TABLES))


@pytest.fixture
def store(own_folder):
    fill(STORE, [Planned(outcome=outcome(timings=[timing(0)]), repeat=repeat) for repeat in (1, 2)])


@pytest.mark.parametrize(("edit", "said"), EDITS)
def test_a_value_of_another_type_is_found_with_its_place(store, edit, said):
    change(STORE, edit)
    (found,) = found_in(STORE)
    assert said in found
    assert len(found) < 200


def test_a_check_reports_it(store):
    change(STORE, EDITS[0][0], EDITS[3][0])
    assert [problem.partition(", row")[0] for problem in check(STORE)] == [
        "table sweeps, column name",
        "table trials, column wall_ns",
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_export_ends_with_one_message_and_no_file(store, cli, form):
    change(STORE, EDITS[0][0])
    result = cli("export", "--format", form, "-o", "rows")
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("runner: runs.db: table trials, column wall_ns, row with id = 2:")
    assert not Path("rows").exists()


def test_what_runners_have_written_is_never_odd(store, own_folder):
    assert found_in(STORE) == found_in(created(Path("empty.db"))) == []
    for version in ("0001", "0003", "0005", "0006", "0007"):
        bring_up_to_date(old_store(Path(f"{version}.db"), version))
        assert found_in(f"{version}.db") == []


def test_a_column_that_somebody_added_may_hold_anything(store):
    change(STORE, 'ALTER TABLE trials ADD COLUMN "my ""own"""', "UPDATE trials SET status = 'ok'")
    assert found_in(STORE) == []
