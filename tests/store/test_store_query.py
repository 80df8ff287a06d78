import shutil
from pathlib import Path

import pytest
from support.stores import BASELINE, THREADS, Planned, contents, damage, fill, outcome, timing

from runner.errors import BadInput, ExitCode, StoreUnusable
from runner.outcome import Status
from runner.store.query import Answer, ask

STORE = Path("runs.db")
VIEWS_ARE = "The views are v_calls, v_cases, v_omissions, v_speedups, v_trials and v_workers"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("query") / "runs.db"
    trials = [
        Planned(case=one, outcome=outcome(wall_ns=wall_ns, timings=[timing(0), timing(1)]), repeat=repeat)
        for one, wall_ns in ((BASELINE, 80), (THREADS, 20))
        for repeat in (1, 2)
    ]
    fill(path, [*trials, Planned(outcome=outcome(Status.FAILED, reason="it said {no}"), repeat=3)])
    return path


@pytest.fixture(autouse=True)
def _no_query_changes_the_store_or_leaves_a_file_beside_it(original, own_folder):
    shutil.copy(original, STORE)
    before = contents(own_folder)
    yield
    assert contents(own_folder) == before


def answer_to(sql, path=STORE):
    with ask(path, sql) as answer:
        return list(answer.columns), list(answer.rows)


@pytest.mark.parametrize(
    ("sql", "columns", "found"),
    [
        ("SELECT 1", ["1"], [(1,)]),
        ("SELECT 1;", ["1"], [(1,)]),
        ("  -- a comment\n /* another */ SELECT 1 AS one ; -- the end", ["one"], [(1,)]),
        ("select mode, n FROM v_cases ORDER BY n", ["mode", "n"], [("sequential", 2), ("threading", 2)]),
        ("SELECT speedup FROM v_speedups", ["speedup"], [(4.0,)]),
        ("SELECT trial_id FROM v_trials WHERE status = 'none such'", ["trial_id"], []),
        ("SELECT 1 AS a, 2 AS a", ["a", "a"], [(1, 2)]),
        (
            "SELECT NULL, x'00ff', 'é\U0001f40d'",
            ["NULL", "x'00ff'", "'é\U0001f40d'"],
            [(None, b"\0\xff", "é\U0001f40d")],
        ),
        ("VALUES (1), (2)", ["column1"], [(1,), (2,)]),
        ("WITH one(x) AS (SELECT 1) SELECT x FROM one", ["x"], [(1,)]),
        (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT x FROM n",
            ["x"],
            [(1,), (2,), (3,)],
        ),
        ("SELECT COUNT(*) FROM v_trials UNION SELECT COUNT(*) FROM v_calls", ["COUNT(*)"], [(5,), (8,)]),
        ("SELECT DISTINCT json_extract(params, '$.NUM') AS num FROM v_cases", ["num"], [(10,)]),
        ("SELECT j.key, value FROM v_cases, json_each(params) AS j WHERE mode = 'threading'", None, [("NUM", 10)]),
        ("SELECT 'INSERT INTO trials; DROP TABLE trials'", None, [("INSERT INTO trials; DROP TABLE trials",)]),
        ("SELECT NTILE(2) OVER (ORDER BY wall_s) AS half FROM v_trials LIMIT 2", ["half"], [(1,), (1,)]),
    ],
)
def test_what_only_reads_is_answered(sql, columns, found):
    answered_columns, answered = answer_to(sql)
    assert answered == found
    assert columns in (answered_columns, None)


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        (["a", "b"], ["a", "b"]),
        (["n", "n", "n"], ["n", "n:1", "n:2"]),
        (["n", "n", "n:1"], ["n", "n:2", "n:1"]),
        (["n:1", "n", "n"], ["n:1", "n", "n:2"]),
        (["n:1", "n:1", "n", "n"], ["n:1", "n:1:1", "n", "n:2"]),
        ([], []),
    ],
)
def test_columns_of_one_name_have_keys_of_their_own(columns, keys):
    assert Answer(columns, iter([])).keys() == keys


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("EXPLAIN SELECT * FROM v_cases", "opcode"),
        ("EXPLAIN QUERY PLAN SELECT * FROM v_cases", "detail"),
        ("PRAGMA table_info(v_trials)", "name"),
        ("PRAGMA table_info = trials", "name"),
        ("PRAGMA table_xinfo('trials')", "name"),
        ("PRAGMA index_list(trials)", "name"),
        ("PRAGMA index_info(uq_trials_done)", "name"),
        ("PRAGMA foreign_key_list(trials)", "table"),
        ("SELECT name FROM sqlite_master WHERE type = 'view'", "name"),
        ("SELECT name FROM pragma_table_info('v_trials')", "name"),
        ("SELECT value FROM json_each('[1, 2]')", "value"),
        ("SELECT value FROM json_tree('[1, 2]')", "value"),
    ],
)
def test_what_tells_about_the_store_is_answered(sql, column):
    columns, found = answer_to(sql)
    assert column in columns
    assert found


WOULD_WRITE = [
    "INSERT INTO trials SELECT * FROM trials",
    "INSERT INTO hosts (id) VALUES (99) RETURNING id",
    "REPLACE INTO hosts (id) VALUES (1)",
    "UPDATE trials SET wall_ns = 1",
    "UPDATE trials SET wall_ns = 1 WHERE 0",
    "DELETE FROM trials",
    "WITH old AS (SELECT 1) DELETE FROM trials",
    "DROP TABLE timings",
    "DROP VIEW v_trials",
    "CREATE TABLE mine (a)",
    "CREATE TABLE IF NOT EXISTS trials (a)",
    "CREATE TABLE mine AS SELECT * FROM trials",
    "CREATE TEMP TABLE mine (a)",
    "CREATE TEMP VIEW mine AS SELECT 1",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE INDEX mine ON trials (wall_ns)",
    "CREATE TRIGGER mine AFTER INSERT ON trials BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE mine USING fts5(a)",
    "ALTER TABLE trials ADD COLUMN mine",
    "ATTACH 'other.db' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SAVEPOINT mine",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 5",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA incremental_vacuum",
    "PRAGMA optimize",
    "EXPLAIN DELETE FROM trials",
]


@pytest.mark.parametrize("sql", WOULD_WRITE)
def test_what_would_write_is_refused_and_writes_nothing(sql):
    assert_refused(sql, "Queries are read-only")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        (";", "empty"),
        ("-- only a comment", "empty"),
        ("/* only a comment */", "empty"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT 1; DELETE FROM trials", "one statement"),
        ("DELETE FROM trials; SELECT 1", ""),
        ("DROP TABLE IF EXISTS no_such_table", ""),
        ("UPDATE sqlite_master SET sql = ''", ""),
        ("DELETE FROM sqlite_master", ""),
        ("SELEC 1", 'near "SELEC": syntax error'),
        ("SELECT FROM", "syntax error"),
        ("SELECT 1 +", "incomplete input"),
        ("SELECT 'no end", "unrecognized token"),
        ("SELECT (1", "incomplete input"),
        ("SELECT * FROM no_such", f"no such table: no_such. {VIEWS_ARE}"),
        ("SELECT no_such FROM v_trials", f"no such column: no_such. {VIEWS_ARE}"),
        ("SELECT * FROM locked_trials", f"no such table: locked_trials; did you mean v_trials? {VIEWS_ARE}"),
        ("SELECT * FROM hots", "no such table: hots; did you mean hosts?"),
        ("SELECT wal_s FROM v_trials", "no such column: wal_s; did you mean wall_s?"),
        ("SELECT t.spedup FROM v_speedups AS t", "no such column: t.spedup; did you mean speedup?"),
        ("SELECT malformed FROM v_trials", f"no such column: malformed. {VIEWS_ARE}"),
        ("SELECT NO_SUCH(1)", "no such function: NO_SUCH"),
        ("SELECT COUNT(1, 2, 3) FROM trials", "wrong number of arguments"),
        ("SELECT json_extract(error, '$.x') FROM v_trials WHERE error IS NOT NULL", "malformed JSON"),
        ("SELECT 'a' || abs(-9223372036854775808)", "integer overflow"),
        ("SELECT CASE trial_id WHEN 3 THEN abs(-9223372036854775808) END FROM v_trials", "integer overflow"),
        ("SELECT zeroblob(2000000000)", "too big"),
        ("SELECT CAST(x'ff' AS TEXT)", "UTF-8"),
        ("SELECT ?", ""),
        ("SELECT :name", ""),
        ("SELECT '\0'", "null"),
        ("SELECT 1 \0 ; DELETE FROM trials", "null"),
        ("SELECT '\ud800'", ""),
        ("SELECT load_extension('mine')", ""),
        ("SELECT " + "(" * 5000 + "1" + ")" * 5000, ""),
        ("SELECT " + ",".join("1" * 5000), "too many columns"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_what_is_no_question_is_refused_with_one_clear_message(sql, told):
    assert_refused(sql, told)


def assert_refused(sql, told):
    """See that this is bad input, and that the reason is one sentence or two on one line."""
    with pytest.raises(BadInput) as refusal:
        answer_to(sql)
    message = str(refusal.value)
    assert told in message
    assert message.startswith("The query ")
    assert "\n" not in message
    assert message.endswith(".")
    assert not message.endswith("..")
    assert refusal.value.exit_code == ExitCode.BAD_INPUT == 2


def test_rows_come_as_they_are_asked_for():
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    with ask(STORE, endless) as answer:
        assert [row for row, _ in zip(answer.rows, range(3), strict=False)] == [(1,), (2,), (3,)]


def test_an_error_of_whoever_asks_is_not_the_querys():
    with pytest.raises(ValueError, match="of mine"), ask(STORE, "SELECT 1"):
        raise ValueError("of mine")


def test_a_query_to_a_place_without_a_store_is_refused_and_makes_none():
    with pytest.raises(StoreUnusable, match="there is no store yet"), ask(Path("no-such.db"), "SELECT 1"):
        pass
    assert not Path("no-such.db").exists()


@pytest.fixture
def damaged(original, tmp_path):
    path = Path(shutil.copy(original, tmp_path / "damaged.db"))
    damage(path, "timings")
    return path


def test_damage_is_told_apart_from_a_wrong_question(damaged):
    with pytest.raises(StoreUnusable, match="the database is damaged"):
        answer_to("SELECT * FROM v_calls", damaged)
    with pytest.raises(BadInput, match="syntax error"):
        answer_to("SELEC 1", damaged)


def test_what_is_not_damaged_can_still_be_asked_for(damaged):
    assert answer_to("SELECT COUNT(*) AS n FROM v_trials", damaged) == (["n"], [(5,)])
