"""Whatever somebody writes into a store by hand: every command answers, or says what no runner writes."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.faults import CHAOS, STORE
from support.here import folder_like, run_here
from support.stores import BASELINE, TABLES, THREADS, VERSION_TABLE, Planned, change, fill, outcome, rows, timing

from runner.harness import facts
from runner.outcome import Status

ANSWERS = {0, 1, 2, 3}
STORE_UNUSABLE = 3
GRID = "matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"
COMMANDS = [
    ["list"],
    ["list", "--json"],
    ["show", "1"],
    ["show", "1", "--json"],
    ["show", "1", "--trial", "1"],
    ["show", "1", "--trial", "2", "--json"],
    ["plan", "--matrix", "grid.yaml"],
    ["query", "SELECT * FROM v_speedups"],
    ["query", "SELECT * FROM v_workers", "--json"],
    ["store", "check"],
    ["resume", "--no-wait"],
]
ODD_VALUES = [
    *["'x'", "''", "x'ff00'", "CAST(x'ff' AS TEXT)", "CAST(x'eda080' AS TEXT)", "NULL", "-1", "1.5", "9e999", "'[1]'"],
    *["""'{"NUM": [1]}'""", """'{"NUM": null}'""", f"'{'[' * 5000}'"],
]
EDITS_TRIED = 2_000 if CHAOS else 8


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with a store of a complete sweep; every table has rows."""
    made = tmp_path_factory.mktemp("finished")
    ok = outcome(timings=[timing(0), timing(1)])
    failed = outcome(Status.FAILED, timings=[timing(error_type="E", error_message="m", traceback="t")])
    trials = [
        Planned(case=case, outcome=ended, repeat=repeat)
        for case in (BASELINE, THREADS)
        for repeat, ended in enumerate((ok, failed), start=1)
    ]
    fill(made / STORE, trials, repeats=2, warmup=0)
    change(made / STORE, "INSERT INTO tags VALUES (1, 'paper')")
    change(made / STORE, f"UPDATE interpreters SET label = '{facts.interpreter()['label']}'")
    (made / "grid.yaml").write_text(GRID)
    return made


def edit(table: str, column: str, value: str) -> bool:
    """Write a value into a whole column; return False if the database itself refuses it."""
    with closing(sqlite3.connect(STORE)) as connection:
        try:
            with connection:
                connection.execute(f"UPDATE {table} SET {column} = {value}")
        except sqlite3.IntegrityError:
            return False
    return True


def edits(store: Path) -> list[tuple[str, str, str]]:
    """Return (table, column, odd value) for every column."""
    return [
        (table, column["name"], value)
        for table in (*TABLES, VERSION_TABLE)
        for column in rows(store, "SELECT name FROM pragma_table_info(?)", table)
        for value in ODD_VALUES
    ]


@pytest.mark.slow
def test_no_edit_makes_a_command_fail_with_a_traceback(finished):
    possible = edits(finished / STORE)
    for table, column, value in random.Random(1).sample(possible, min(EDITS_TRIED, len(possible))):
        with folder_like(finished):
            if not edit(table, column, value):
                continue
            for words in COMMANDS:
                result = run_here(*words)
                assert result.code in ANSWERS, (table, column, value, words, result)
                assert "Traceback" not in result.err, (table, column, value, words, result)


@pytest.mark.parametrize("value", ["'x'", "'[1]'", """'{"NUM": [1]}'""", """'{"NUM": null}'""", "x'ff00'"])
def test_arguments_that_no_runner_writes_are_named(finished, value):
    with folder_like(finished):
        assert edit("cases", "params", value)
        for words in (["show", "1"], ["show", "1", "--trial", "1"], ["resume", "--no-wait"]):
            result = run_here(*words)
            assert result.code == STORE_UNUSABLE, result
            assert result.err.startswith("runner: runs.db: a row has ")
            assert " as params, which no runner writes." in result.err
