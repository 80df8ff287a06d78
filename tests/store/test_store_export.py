import csv
import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from pyarrow import parquet
from support.stores import BASELINE, Planned, change, fill, outcome, rows, timing

from runner.errors import BadInput
from runner.outcome import Status
from runner.store import export
from runner.store.export import VIEWS, parquet_types, rows_of, write_csv, write_json_lines, write_parquet

STORE = Path("runs.db")
FILE = Path("rows.parquet")
SQLITE_TYPES = {"int64": {"integer"}, "bool": {"integer"}, "double": {"real"}, "string": {"text"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make a store where the trials of two sweeps take turns, and a third has none."""
    path = tmp_path_factory.mktemp("export") / "runs.db"
    ok = outcome(timings=[timing(0, 0), timing(0, 1), timing(1)])
    failed = outcome(Status.FAILED, reason='he said "no", then\nleft', wall_ns=None)
    fill(path, [Planned(outcome=ok, noisy="µ, |"), Planned(outcome=failed, repeat=2)], name="first")
    fill(path, [Planned(case=BASELINE, outcome=ok, warmup=True)], name="second")
    fill(path, name="third")
    change(path, "UPDATE trials SET id = 9 WHERE id = 1", "UPDATE timings SET trial_id = 9 WHERE trial_id = 1")
    return path


@pytest.fixture(autouse=True)
def three_sweeps(made, own_folder):
    shutil.copy(made, STORE)


def written(write, what, sweep_ids=None):
    stream = io.StringIO(newline="")
    with rows_of(STORE, what, sweep_ids) as answer:
        write(answer, stream)
    return stream.getvalue()


def written_parquet(what, sweep_ids=None):
    with rows_of(STORE, what, sweep_ids) as answer:
        write_parquet(answer, parquet_types(STORE, what), FILE)
    return parquet.read_table(FILE)


def expected(what, sweep_ids=(1, 2, 3)):
    view, order = VIEWS[what]
    chosen = ", ".join(map(str, sweep_ids))
    return rows(STORE, f"SELECT * FROM {view} WHERE sweep_id IN ({chosen}) ORDER BY {order}")


@pytest.mark.parametrize("sweep_ids", [None, {1}, {2}, {1, 2}, {3}], ids=str)
@pytest.mark.parametrize("what", VIEWS)
class TestEveryFormatHoldsTheRowsOfTheViewInTheirOrder:
    def test_csv(self, what, sweep_ids):
        there = expected(what, sweep_ids or (1, 2, 3))
        header, *lines = csv.reader(io.StringIO(written(write_csv, what, sweep_ids), newline=""))
        assert header == list(expected(what)[0])
        assert lines == [["" if value is None else str(value) for value in row.values()] for row in there]

    def test_json_lines(self, what, sweep_ids):
        lines = written(write_json_lines, what, sweep_ids).splitlines()
        documents = {"params", "env", "cpus"}
        assert [json.loads(line) for line in lines] == [
            {name: json.loads(value) if value and name in documents else value for name, value in row.items()}
            for row in expected(what, sweep_ids or (1, 2, 3))
        ]

    def test_parquet(self, what, sweep_ids):
        there = expected(what, sweep_ids or (1, 2, 3))
        table = written_parquet(what, sweep_ids)
        assert table.column_names == list(expected(what)[0])
        assert table.to_pylist() == there


@pytest.mark.parametrize("what", VIEWS)
def test_a_parquet_file_has_the_types_that_the_values_have_when_there_are_some(what):
    set_all = {
        "trials": (
            "tree_cpu_ns = 1, load_1min = 0.5, runnable = 1, others_cpu_ns = 1, steal_ns = 1, throttled_ns = 1, "
            "suspended_ns = 1"
        ),
        "timings": "native_id = 1, process_cpu_ns = 1, run_queue_ns = 1, voluntary_switches = 1, "
        "involuntary_switches = 1, "
        "peak_rss_bytes = 1, setup_ns = 1, warmup_ns = 1, queued_ns = 1, error_type = 'E', error_message = 'm'",
        "cases": "num = 1, time_s = 0.5, start_method = 'fork'",
    }
    set_all["trials"] += (
        ", clock_jump_ns = 1, stops = 1, noisy = 'so', reason = 'so', gil = 1, start_ns = 1, wall_ns = 1, cpus = '[0]'"
    )
    change(STORE, *(f"UPDATE {table} SET {values}" for table, values in set_all.items()))
    columns = list(expected(what)[0])
    view, _ = VIEWS[what]
    asked = ", ".join(f"GROUP_CONCAT(DISTINCT typeof({column})) AS {column}" for column in columns)
    (found,) = rows(STORE, f"SELECT {asked} FROM {view}")
    types = parquet_types(STORE, what)
    assert list(types) == columns
    assert {column: found[column] for column in columns if found[column] not in SQLITE_TYPES[types[column]]} == {}


@pytest.mark.parametrize("what", VIEWS)
def test_a_parquet_file_has_the_same_types_whatever_it_holds(what):
    full = written_parquet(what).schema
    assert written_parquet(what, {3}).schema == full
    assert {str(kind) for kind in full.types} == {"int64", "double", "string", "bool"}


def test_what_is_null_in_the_first_rows_may_hold_something_later(monkeypatch):
    monkeypatch.setattr(export, "ROWS_IN_GROUP", 1)
    table = written_parquet("trials")
    assert parquet.ParquetFile(FILE).num_row_groups == 3
    assert table.to_pylist() == expected("trials")
    assert table.column("wall_s").to_pylist()[0] is None
    assert table.column("warmup").to_pylist() == [False, True, False]


def test_rows_are_taken_as_they_are_asked_for():
    with rows_of(STORE, "trials", None) as answer:
        first = next(answer.rows)
        assert len(list(answer.rows)) == 2
    assert first[0] == 2


def test_without_pyarrow_a_parquet_file_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadInput, match=r"pip install 'concurrency-runner\[parquet\]'"):
        written_parquet("trials")
    assert not FILE.exists()
