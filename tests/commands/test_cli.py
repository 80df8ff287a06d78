"""The command line as a citizen of a terminal: help, colours, widths, progress, and output that nobody reads."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, Finished, command_line
from support.stores import Planned, fill, outcome, rows
from support.terminal import on_terminal

import runner
from runner.outcome import Status

CONSOLE_COMMAND = str(Path(sys.executable).with_name("runner"))
COMMANDS = [
    ["sweep"],
    ["plan"],
    ["resume"],
    ["list"],
    ["show"],
    ["query"],
    ["export"],
    ["tag"],
    ["delete"],
    ["init"],
    ["doctor"],
    ["store"],
    ["store", "upgrade"],
    ["store", "check"],
    ["store", "backup"],
    ["store", "merge"],
]
QUICK = "matrix: {workload: cpu_bound, NUM: 10, workers: 1}\nrepeats: 1\nwarmup: 0\n"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
COLOUR = re.compile(r"\x1b\[[\d;]*\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[\d;]*m")
ESCAPE = "\x1b"


@pytest.fixture
def store() -> None:
    """Create a store with a sweep of two trials, one of which failed: `show` prints that in red."""
    failed = outcome(Status.FAILED, reason="worker 0: ValueError: no")
    fill(Path("runs.db"), [Planned(outcome=outcome()), Planned(outcome=failed, repeat=2)])


# Runs several command lines in one process; reports how each ended, its output, and the modules loaded by then.
ANSWERS = """
import io, json, sys
from runner.cli import main

answers, stdout = [], sys.stdout
for words in json.load(sys.stdin):
    sys.argv, sys.stdout = ["runner", *words], io.TextIOWrapper(io.BytesIO(), "utf-8")
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        answers.append([end.code or 0, sys.stdout.buffer.getvalue().decode(), sorted(sys.modules)])
print(json.dumps(answers), file=stdout)
"""


def answers(lines: list[list[str]]) -> dict[str, tuple[str, set[str]]]:
    """Return what each command line printed, and the modules that were loaded when it had ended."""
    asked = subprocess.run(
        [sys.executable, "-c", ANSWERS],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    found = {}
    for words, (code, text, loaded) in zip(lines, json.loads(asked.stdout), strict=True):
        assert code == 0, words
        found[" ".join(words)] = text, set(loaded)
    return found


class TestHelp:
    def test_of_every_command_has_an_example_and_imports_nothing_that_takes_long(self):
        """What a command needs is imported when it runs. (Typer imports pydantic to read the options of a command.)"""
        slow = {"alembic", "matplotlib", "numpy", "pandas", "pyarrow", "rich", "seaborn", "sqlalchemy", "yaml"}
        for words, (text, loaded) in answers([[*words, "--help"] for words in ([], *COMMANDS)]).items():
            command = f"runner {words}".removesuffix("--help").rstrip()
            assert not loaded & (slow | ({"pydantic"} if command == "runner" else set())), command
            own = {name for name in loaded if name.startswith("runner.") and not name.startswith("runner.cli")}
            light = {"entry", "errors", "interrupt", "plugins", "signals", "store", "store.location", "version"}
            assert {name.removeprefix("runner.") for name in own} <= light | {"visible"}
            assert f"Usage: {command} " in text
            example = re.search(r"(?:Examples?|Begin with): (.*)", text, re.DOTALL)
            assert example, text
            assert command in " ".join(example[1].split())

    def test_of_the_runner_names_every_command(self, cli):
        printed = cli("--help").out
        for name, *_ in COMMANDS:
            assert re.search(rf"^  {name} ", printed, re.MULTILINE)

    def test_says_what_every_option_is_for(self, cli):
        printed = cli("sweep", "--help").out
        for option in ("--matrix", "--store", "--resume", "--verbose", "--quiet", "--json", "--help"):
            assert re.search(rf"^  .*{option}\b.*  +\w", printed, re.MULTILINE), option
        assert "RUNNER_STORE" in printed


@pytest.mark.parametrize("program", [[CONSOLE_COMMAND], command_line()], ids=["runner", "python -m runner"])
def test_the_version_is_printed_by_either_way_to_start_the_program(program):
    printed = subprocess.run(
        [*program, "--version"], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    ).stdout
    assert printed == f"{runner.__version__}\n"


@pytest.mark.parametrize(
    "program", [[CONSOLE_COMMAND], [sys.executable, "-P", "-m", "runner"]], ids=["runner", "python -P -m runner"]
)
def test_files_that_a_user_called_like_this_program_are_not_run(own_folder, program):
    for name in ("runner", "analysis", "random"):
        Path(f"{name}.py").write_text("raise SystemExit('a file of the user')\n", encoding="utf-8")
    result = subprocess.run(
        [*program, "report", "--help"], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "[SWEEP]..." in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_completion_for_the_shell(shell):
    environment = {**os.environ, "_RUNNER_COMPLETE": f"source_{shell}"}
    result = subprocess.run(
        [CONSOLE_COMMAND], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert result.returncode == 0, result.stderr
    assert f"complete_{shell}" in result.stdout


class TestColours:
    def test_are_there_on_a_terminal(self, store):
        assert COLOUR.search(on_terminal("show", "1", both=True).err)

    @pytest.mark.slow
    def test_are_not_when_the_user_says_so(self, store):
        result = on_terminal("show", "1", both=True, NO_COLOR="1")
        assert result.code == 0
        assert "ValueError: no" in result.err
        assert not COLOUR.search(result.err)

    def test_are_not_in_a_pipe(self, store, cli):
        result = cli("show", "1")
        assert "ValueError: no" in result.out
        assert ESCAPE not in result.out + result.err


def test_commands_that_only_read_do_not_load_what_writes(store):
    lines = [["list"], ["show", "1"], ["query", "SELECT 1"], ["export"], ["tag", "1"], ["store", "check"]]
    for words, (_, loaded) in answers(lines).items():
        assert "runner.store.read" in loaded
        assert not loaded & {"sqlalchemy", "alembic", "pyarrow", "yaml", "runner.matrix.grid"}, words


class TestProgress:
    def test_shows_how_many_trials_are_done_and_which_case_runs(self, grid_file):
        grid = "matrix: {workload: io_bound, TIME: 1.3, workers: 1, mode: sequential}\nrepeats: 2\nwarmup: 0\n"
        result = on_terminal("sweep", "--matrix", grid_file(grid))
        assert result.code == 0
        frames = [re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", frame) for frame in re.split(r"[\r\n]", result.err)]
        case = "io_bound(TIME=1.3) sequential ×1"
        assert any(re.search(rf"━.* 0/2 .*{re.escape(case)}", frame) for frame in frames), frames
        assert any(re.search(rf"━.* 1/2 .* elapsed, \d:\d\d left .*{re.escape(case)}", frame) for frame in frames), (
            frames
        )
        assert "━" not in frames[-1]
        assert ESCAPE not in result.out
        assert "io_bound(TIME=1.3)" in result.out

    @pytest.mark.slow
    def test_is_not_drawn_for_the_quiet(self, grid_file):
        assert on_terminal("sweep", "--matrix", grid_file(QUICK), "--quiet") == Finished(0, "", "")

    @pytest.mark.slow
    def test_tells_of_a_failure_at_once(self, grid_file):
        grid = (
            "matrix: {workload: io_bound, TIME: 9, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\ntimeout: 0.1\n"
        )
        result = on_terminal("sweep", "--matrix", grid_file(grid))
        assert result.code == 1
        assert "io_bound(TIME=9) sequential ×1: timeout: still running" in " ".join(result.err.split())

    @pytest.mark.slow
    def test_fits_into_a_narrow_terminal(self, grid_file):
        result = on_terminal("sweep", "--matrix", grid_file(QUICK), columns=20)
        assert result.code == 0
        assert len(rows(Path("runs.db"), "SELECT * FROM trials")) == 3


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        (["list"], "0"),
        (["list"], "1"),
        (["show", "1"], "20"),
        (["query", "SELECT * FROM v_trials"], "20"),
        (["plan", "--matrix", "grid.yaml"], "20"),
    ],
    ids=" ".join,
)
def test_a_narrow_terminal_is_no_reason_to_fail(cli, grid_file, store, monkeypatch, words, columns):
    grid_file(QUICK)
    monkeypatch.setenv("COLUMNS", columns)
    result = cli(*words)
    assert result.code == 0
    assert result.out.strip()


def test_json_is_not_folded_in_a_narrow_terminal(cli, store, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert cli("show", "1", "--json").json["sweep_id"] == 1


class TestOutput:
    @pytest.mark.parametrize(
        "words",
        [
            pytest.param(["list"], id="a table"),
            pytest.param(["query", f"{ENDLESS} SELECT x FROM n", "-f", "csv"], id="rows without end"),
            pytest.param(["export"], id="rows", marks=pytest.mark.slow),
            pytest.param(["export", "--format", "jsonl"], id="lines", marks=pytest.mark.slow),
            pytest.param(["sweep", "--matrix", "grid.yaml"], id="a sweep", marks=pytest.mark.slow),
        ],
    )
    def test_that_nobody_reads_to_the_end_is_no_failure(self, grid_file, store, words):
        grid_file(QUICK)
        read_end, write_end = os.pipe()
        os.close(read_end)
        try:
            result = subprocess.run(
                command_line(*words),
                stdout=write_end,
                stderr=subprocess.PIPE,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        finally:
            os.close(write_end)
        assert not re.search("Traceback|Error|Exception", result.stderr), result.stderr
        assert result.returncode == 0

    @pytest.mark.parametrize(
        "words",
        [
            pytest.param(["list"], id="a table"),
            pytest.param(["query", "SELECT 1", "-f", "csv"], id="a row", marks=pytest.mark.slow),
            pytest.param(["export"], id="rows", marks=pytest.mark.slow),
        ],
    )
    def test_onto_a_full_disk_fails_with_a_message(self, store, words):
        with Path("/dev/full").open("w") as full:
            result = subprocess.run(
                command_line(*words), stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False
            )
        assert result.returncode != 0
        assert "Traceback" not in result.stderr, result.stderr
        assert "No space left on device" in result.stderr

    @pytest.mark.slow
    @pytest.mark.parametrize("closed", ["stdout", "stderr"])
    def test_to_a_closed_descriptor_is_no_failure(self, grid_file, closed):
        grid = grid_file(QUICK)
        descriptor, other = {"stdout": (1, "stderr"), "stderr": (2, "stdout")}[closed]
        result = subprocess.run(
            ["sh", "-c", f'exec "$@" {descriptor}>&-', "sh", *command_line("sweep", "--matrix", grid)],
            **{other: subprocess.PIPE},
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert "Traceback" not in (result.stdout or "") + (result.stderr or "")
        assert result.returncode == 0
        (sweep,) = rows(Path("runs.db"), "SELECT ended_at FROM sweeps")
        assert sweep["ended_at"]

    def test_in_an_encoding_without_our_signs_is_no_failure(self, program, store):
        result = program("show", "1", env={**os.environ, "PYTHONIOENCODING": "ascii"})
        assert result.code == 0
        assert " threading ?2 " in result.out


def test_output_and_messages_are_kept_apart(cli, grid_file):
    result = cli("sweep", "--matrix", grid_file(QUICK), "--json", "--verbose")
    assert json.loads(result.out)["complete"]
    assert "Finished in " in result.err
