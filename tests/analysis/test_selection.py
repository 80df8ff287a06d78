"""What `--select` selects, on a real store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.frames import CPU, IO, WAYS, grid
from support.stores import Planned, contents, fill, outcome, rows

from analysis import load
from analysis.selection import AXES, condition
from runner.errors import BadInput

WORKS = [CPU, ("cpu_bound", (("NUM", 25),)), IO, ("io_bound", (("TIME", 5e-05),))]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a store with two sweeps of every work and way, a trial of each case, some of them noisy."""
    path = tmp_path_factory.mktemp("selection") / "runs.db"
    cases = grid(WORKS, ways=WAYS[:4])
    for number, name in enumerate(("first", "second")):
        trials = [
            Planned(
                case=one,
                outcome=outcome(wall_ns=1_000 * place, gil=bool(number)),
                noisy="workers waited" if place % 3 == 0 else None,
            )
            for place, one in enumerate(cases, start=1)
        ]
        fill(path, trials, cases=cases, name=name)
    return str(path)


def selected(store: str, selection: str, sweep: int | None = 1) -> set[int]:
    return load.selected(store, sweep, condition(selection))


def of_them(store: str, wanted: Callable[[Row], bool]) -> set[int]:
    """Return the trials of the first sweep that are wanted, by nothing but Python."""
    return {row["trial_id"] for row in rows(Path(store), "SELECT * FROM v_trials WHERE sweep_id = 1") if wanted(row)}


class TestAxes:
    @pytest.mark.parametrize(
        ("selection", "wanted"),
        [
            ("workers=2", lambda row: row["workers"] == 2),
            ("WORKERS=2", lambda row: row["workers"] == 2),
            (" Workers = 1 , 4 ", lambda row: row["workers"] in (1, 4)),
            ("calls=1,2", lambda row: row["calls"] in (1, 2)),
            ("NUM=1_000_000", lambda row: row["num"] == 1_000_000),
            ("num=1000000", lambda row: row["num"] == 1_000_000),
            ("num=+1_000_000", lambda row: row["num"] == 1_000_000),
            ("Num=1e6, 2.5E+1", lambda row: row["num"] in (1_000_000, 25)),
            ("num=1_000e3", lambda row: row["num"] == 1_000_000),
            ("num=1_000E3", lambda row: row["num"] == 1_000_000),
            ("time=1_0e-2", lambda row: row["time"] == 0.1),
            ("num=25.0", lambda row: row["num"] == 25),
            ("TIME=0.1", lambda row: row["time"] == 0.1),
            ("time=.1", lambda row: row["time"] == 0.1),
            ("time=1e-1,5e-5", lambda row: row["time"] in (0.1, 5e-5)),
            ("mode=threading", lambda row: row["mode"] == "threading"),
            ("MODE=threading,sequential", lambda row: row["mode"] in ("threading", "sequential")),
            ("start_method=fork", lambda row: row["start_method"] == "fork"),
            ("Start_Method = fork, spawn", lambda row: row["start_method"] in ("fork", "spawn")),
            ("workload=io_bound", lambda row: row["workload"] == "io_bound"),
            ("python=cpython 3.11.2", lambda row: row["python"] == "cpython 3.11.2"),
            ("host=bench-1", lambda row: True),
            ("gil=off", lambda row: True),
        ],
    )
    def test_select_the_rows_that_have_one_of_their_values(self, store, selection, wanted):
        found = selected(store, selection)
        assert found == of_them(store, wanted)
        assert found

    @pytest.mark.parametrize(
        "selection",
        ["workers=3", "num=-1", "num=-1e6", "time=-0.1", "mode=fork", "gil=on", "host=bench-2", "num=25x", "num=2 5"],
    )
    def test_of_a_value_that_no_row_has_select_nothing(self, store, selection):
        assert selected(store, selection) == set()

    @pytest.mark.parametrize("axis", sorted(AXES))
    def test_are_all_columns_of_the_view(self, store, axis):
        (row,) = rows(Path(store), f"SELECT {axis} AS value FROM v_trials WHERE {axis} IS NOT NULL LIMIT 1")
        selection = f"{axis.upper()}={row['value']}"
        assert condition(selection) != selection
        assert of_them(store, lambda one: one[axis] == row["value"]) == selected(store, selection)

    def test_that_are_not_given_have_no_value(self, store):
        assert selected(store, "start_method=fork") & of_them(store, lambda row: row["mode"] == "threading") == set()


class TestSql:
    @pytest.mark.parametrize(
        ("sql", "wanted"),
        [
            ("workers > 1 AND mode <> 'sequential'", lambda row: row["workers"] > 1 and row["mode"] != "sequential"),
            ("mode='threading'", lambda row: row["mode"] == "threading"),
            ("noisy IS NOT NULL", lambda row: row["noisy"] is not None),
            ("NOT warmup", lambda row: True),
            ("workers=2 OR workers=4", lambda row: row["workers"] in (2, 4)),
            ("start_method IS NULL", lambda row: row["start_method"] is None),
            ("params LIKE '%NUM%'", lambda row: row["num"] is not None),
            ("wall_s BETWEEN 2e-6 AND 5e-6", lambda row: 2e-6 <= row["wall_s"] <= 5e-6),
            ("repeat=1", lambda row: True),
            ("trial_id IN (SELECT MAX(trial_id) FROM v_trials WHERE sweep_id = 1)", lambda row: row["trial_id"] == 48),
            ("workers > 1 -- and nothing else", lambda row: row["workers"] > 1),
            ("workers /* of them */ = 2", lambda row: row["workers"] == 2),
            ("error IS '{nothing}'", lambda row: False),
        ],
    )
    def test_passes_through_and_selects_what_it_says(self, store, sql, wanted):
        assert condition(sql) == sql
        assert selected(store, sql) == of_them(store, wanted)

    @pytest.mark.parametrize(
        ("sweep", "expected"), [(1, {1}), ("second", {2}), ([1, "second"], {1, 2}), (None, {1, 2})], ids=str
    )
    def test_is_asked_of_the_sweeps_that_are_named(self, store, sweep, expected):
        found = load.selected(store, sweep, "1 = 1")
        assert {
            row["sweep_id"] for row in rows(Path(store), "SELECT * FROM v_trials") if row["trial_id"] in found
        } == expected
        assert len(found) == 48 * len(expected)


REFUSED = {
    "nothing": "",
    "blanks": "  ",
    "half a condition": "workers =",
    "an axis without a value": "workers=",
    "a list that goes on": "workers=1,",
    "no column": "wrokers = 2",
    "no axis": "colour=red",
    "an open string": "mode = 'threading",
    "an open comment": "workers = 2 /*",
    "two statements": "1; DROP TABLE trials",
    "two statements after the parenthesis": "1=1); DROP TABLE trials --",
    "a semicolon": ";",
    "a parenthesis too many": "1=1)",
    "a parenthesis too many and a comment": "1=1) --",
    "a statement that writes": "trial_id IN (DELETE FROM trials RETURNING id)",
    "a clause that writes": "1=1) INTO trials VALUES (1",
    "a setting": "PRAGMA writable_schema = 1",
    "another database": "1=1) UNION ATTACH 'other.db' AS (other",
    "an extension": "load_extension('evil.so')",
    "more columns": "1=1) UNION SELECT 1, 2 WHERE (1=1",
    "a parameter": "workers = ?",
    "a named parameter": "workers = :workers",
    "what fails as it runs": "json_extract(params, 'NUM') = 1",
    "a NUL": "workers = 2\0",
    "half a character": "mode = '\ud800'",
}
ESCAPES = {
    "all rows of the view": ("1=1) UNION SELECT trial_id FROM v_trials WHERE (1=1", "SELECT trial_id FROM v_trials"),
    "rows of another table": (
        "1=0) UNION SELECT worker FROM timings WHERE (1=1",
        "SELECT DISTINCT worker FROM timings",
    ),
    "or": ("1=0) OR (workers = 4", "SELECT trial_id FROM v_trials WHERE workers = 4"),
    "a comment to the end": ("workers = 2) /*", "SELECT trial_id FROM v_trials WHERE workers = 2 AND sweep_id = 1"),
    "an order": ("1=1) ORDER BY (1", "SELECT trial_id FROM v_trials WHERE sweep_id = 1"),
}


class TestNewAxes:
    @pytest.mark.parametrize(
        ("selection", "sql"),
        [
            ("gil=on", "gil IN ('on')"),
            ("affinity=compact,any", "affinity IN ('compact', 'any')"),
            ("affinity=0, 1", "affinity IN ('0,1')"),
            ("barrier=true", "barrier IN (TRUE)"),
            ("warmup_calls=0,3", "warmup_calls IN (0, 3)"),
            ("python=cpython 3.14.0t, pypy 3.11.13", "python IN ('cpython 3.14.0t', 'pypy 3.11.13')"),
            ("workload=parse.py:parse,pkg.mod:fn", "workload IN ('parse.py:parse', 'pkg.mod:fn')"),
            ("workload=work/parse.py:parse", "workload IN ('work/parse.py:parse')"),
            ("SIZE=1_000,2e3", "JSON_EXTRACT(params, '$.SIZE') IN (1000, 2e3)"),
            ("path=a.json", "JSON_EXTRACT(params, '$.path') IN ('a.json')"),
            ("strict=False", "JSON_EXTRACT(params, '$.strict') IN (FALSE)"),
            ("size=1", "size=1"),
            ("workers = :workers", "workers = :workers"),
        ],
    )
    def test_are_named_like_the_others_and_so_are_parameters(self, selection, sql):
        assert condition(selection, {"SIZE", "path", "strict"}) == sql

    def test_select_by_a_parameter_that_has_no_column(self, own_folder):
        works = [("hashing", (("SIZE", size), ("path", path))) for size in (10, 20) for path in ("a", "b")]
        cases = grid(works, (2,), ("sequential", "threading"))
        fill(own_folder / "runs.db", [Planned(case=one, outcome=outcome()) for one in cases], cases=cases)

        def chosen(selection: str) -> list[dict[str, Any]]:
            found = load.selected("runs.db", 1, condition(selection, {"SIZE", "path"}))
            return [dict(one.params) for number, one in enumerate(cases, start=1) if number in found]

        assert chosen("SIZE=20") == [{"SIZE": 20, "path": path} for path in ("a", "a", "b", "b")]
        assert chosen("path=b") == [{"SIZE": size, "path": "b"} for size in (10, 10, 20, 20)]


class TestBadConditions:
    @pytest.mark.parametrize("selection", REFUSED.values(), ids=REFUSED)
    def test_are_bad_input_that_names_the_option_and_what_was_given(self, store, selection):
        before = contents(Path(store).parent)
        with pytest.raises(BadInput) as raised:
            selected(store, selection)
        assert str(raised.value).startswith(f"--select {selection!r}: ")
        assert contents(Path(store).parent) == before

    @pytest.mark.parametrize(("selection", "same"), ESCAPES.values(), ids=ESCAPES)
    def test_that_leave_their_parentheses_still_only_read(self, store, selection, same):
        before = contents(Path(store).parent)
        assert selected(store, selection) == {next(iter(row.values())) for row in rows(Path(store), same)}
        assert contents(Path(store).parent) == before

    def test_are_found_before_there_is_any_trial(self, own_folder):
        fill(own_folder / "runs.db")
        assert selected("runs.db", "workers=2") == set()
        with pytest.raises(BadInput, match="--select"):
            selected("runs.db", "wrokers=2")
