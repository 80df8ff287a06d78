"""`runner query`: ad-hoc SQL that only reads, in four formats."""

import csv
import io
import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, command_line, eventually
from support.stores import BASELINE, THREADS, Planned, change, fill, outcome, rows, timing

STORE = Path("runs.db")
COLUMNS_OF_A_CASE = ["sweep_id", "sweep", "case_id", "workload", "num", "time", "params", "mode", "start_method"]
COLUMNS_OF_A_CASE += ["workers", "calls", "python"]
AWKWARD = (
    """SELECT 'a,b' AS "with, comma", 'say "x"' AS quoted, 'one' || char(10) || 'two' AS lines, 'a|b' AS bar, """
    """NULL AS missing, 'µ–×' AS other, 7 AS number, 0.1 AS fraction"""
)
AWKWARD_VALUES = ["a,b", 'say "x"', "one\ntwo", "a|b", None, "µ–×", 7, 0.1]


@pytest.fixture(autouse=True)
def store(own_folder: Path) -> None:
    """Make a store of one sweep: three blocks, where threads take twice as long as the sequential calls."""
    trials = [
        Planned(case=case, outcome=outcome(wall_ns=wall_ns, timings=[timing(0), timing(1)]), repeat=repeat)
        for repeat in (1, 2, 3)
        for case, wall_ns in ((BASELINE, 1_000_000 * repeat), (THREADS, 2_000_000 * repeat))
    ]
    fill(STORE, trials)


class TestFormats:
    def test_csv_reads_back_as_the_same_values(self, cli):
        result = cli("query", AWKWARD, "--format", "csv")
        assert result.code == 0
        header, *lines = csv.reader(io.StringIO(result.out))
        assert header == ["with, comma", "quoted", "lines", "bar", "missing", "other", "number", "fraction"]
        assert lines == [["" if value is None else str(value) for value in AWKWARD_VALUES]]

    @pytest.mark.parametrize("words", [["--format", "json"], ["--json"]], ids=" ".join)
    def test_json_reads_back_as_the_same_values(self, cli, words):
        (row,) = cli("query", AWKWARD, *words).json
        assert list(row.values()) == AWKWARD_VALUES

    def test_json_has_every_column_also_two_of_one_name(self, cli):
        sql = "SELECT a.n, b.n, b.n AS m FROM v_cases AS a JOIN v_cases AS b USING (sweep_id) LIMIT 1"
        assert cli("query", sql, "--json").json == [{"n": 3, "n:1": 3, "m": 3}]

    def test_json_has_numbers_that_every_reader_of_json_knows(self, cli):
        def unknown(word: str) -> None:
            pytest.fail(f"{word} is not JSON")

        out = cli("query", "SELECT 9e999 AS infinite, -9e999 AS below", "--format", "json").out
        assert len(json.loads(out, parse_constant=unknown)) == 1

    def test_json_shows_a_truth_value_that_somebody_has_edited_as_it_is(self, cli):
        change(STORE, "UPDATE trials SET warmup = CAST(x'eda080' AS TEXT)", "UPDATE trials SET gil = 'so'")
        (row, *_) = cli("query", "SELECT warmup, gil FROM trials", "--format", "json").json
        assert row == {"warmup": "\ufffd" * 3, "gil": "so"}

    def test_markdown_is_a_table_with_one_line_a_row(self, cli):
        printed = cli("query", f"{AWKWARD} UNION ALL {AWKWARD}", "--format", "markdown").out
        header, rule, *lines = printed.splitlines()
        assert header == "| with, comma | quoted | lines | bar | missing | other | number | fraction |"
        assert rule == "| --- | --- | --- | --- | --- | --- | --- | --- |"
        assert lines == [r"""| a,b | say "x" | one<br>two | a\|b |  | µ–× | 7 | 0.1 |"""] * 2

    def test_table_lines_the_columns_up(self, cli):
        printed = cli("query", "SELECT mode, COUNT(*) AS trials FROM v_trials GROUP BY mode ORDER BY mode").out
        header, _, *lines = printed.splitlines()
        assert [line.split() for line in [header, *lines]] == [
            ["mode", "trials"],
            ["sequential", "3"],
            ["threading", "3"],
        ]
        assert len({re.search(r"trials|3", line).start() for line in [header, *lines]}) == 1

    @pytest.mark.parametrize(
        ("columns", "lines"),
        [
            ("36", ["first  text", "a      some words and a line of them"]),
            ("35", ["row 1", "  first  a", "  text   some words and a line of", "         them"]),
            ("29", ["row 1", "  first  a", "  text   some words and a", "         line of them"]),
        ],
    )
    def test_table_that_is_wider_than_the_terminal_has_one_column_a_line(self, cli, monkeypatch, columns, lines):
        monkeypatch.setenv("COLUMNS", columns)
        printed = cli("query", "SELECT 'a' AS first, 'some words and a line of them' AS text").out.splitlines()
        assert [line.rstrip() for line in printed if "─" not in line] == lines

    def test_rows_of_one_column_a_line_are_numbered_and_each_line_of_a_value_is_one(self, cli, monkeypatch):
        monkeypatch.setenv("COLUMNS", "20")
        first = "SELECT 'one' || char(10) || 'two' AS lines, 'a-very-long-word-that-stays-whole' AS word"
        assert cli("query", f"{first} UNION ALL SELECT 1, 2").out.splitlines() == [
            "row 1",
            "  lines  one",
            "         two",
            "  word   a-very-long-word-that-stays-whole",
            "row 2",
            "  lines  1",
            "  word   2",
        ]

    def test_wide_columns_without_rows_are_named(self, cli, monkeypatch):
        monkeypatch.setenv("COLUMNS", "10")
        assert cli("query", "SELECT 1 AS first, 2 AS second WHERE 0").out.splitlines() == ["first", "second"]

    @pytest.mark.parametrize(
        ("form", "out"),
        [("csv", "mode\n"), ("json", "[]\n"), ("markdown", "| mode |\n| --- |\n")],
    )
    def test_an_answer_without_rows_still_has_its_shape(self, cli, form, out):
        result = cli("query", "SELECT mode FROM v_trials WHERE 0", "--format", form)
        assert (result.code, result.out, result.err) == (0, out, "")

    def test_a_pipe_gets_tables_that_are_not_folded(self, cli):
        wide = "x" * 500
        assert wide in cli("query", f"SELECT '{wide}' AS wide").out


class TestViews:
    @pytest.mark.parametrize(
        ("view", "columns"),
        [
            (
                "v_trials",
                "trial_id gil host repeat position warmup status wall_s started_at noisy error",
            ),
            (
                "v_workers",
                "trial_id worker pid process_name thread_name begin_s end_s elapsed_s cpu_s start_latency_s error",
            ),
            (
                "v_calls",
                "trial_id worker call pid process_name thread_name begin_s end_s elapsed_s cpu_s error",
            ),
            ("v_cases", "n failures median_wall_s min_wall_s max_wall_s startup_s"),
            ("v_speedups", "baseline_s wall_s speedup efficiency n"),
        ],
    )
    def test_each_has_the_columns_of_the_contract_and_those_of_its_case(self, view, columns):
        found = rows(STORE, f"SELECT * FROM {view}")
        assert found
        assert {*columns.split(), *COLUMNS_OF_A_CASE} <= set(found[0])

    def test_speedups_are_the_medians_of_the_ratios_of_each_block(self, cli):
        (row,) = cli("query", "SELECT speedup, efficiency, baseline_s, wall_s, n FROM v_speedups", "--json").json
        assert row == {"speedup": 0.5, "efficiency": 0.25, "baseline_s": 0.002, "wall_s": 0.004, "n": 3}


@pytest.mark.parametrize("sql", ["PRAGMA table_info(trials)", "SELECT name FROM sqlite_master -- a comment;"])
def test_what_only_reads_is_answered(cli, sql):
    result = cli("query", sql, "--format", "json")
    assert result.code == 0, result.err
    assert result.json


def test_ctrl_c_ends_a_query_that_never_would(own_folder):
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n"
    with subprocess.Popen(command_line("query", endless), stderr=subprocess.PIPE, text=True) as process:
        try:
            eventually(lambda: any(fd.resolve().name == STORE.name for fd in Path(f"/proc/{process.pid}/fd").iterdir()))
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
