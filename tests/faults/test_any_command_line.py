"""Whatever is typed: an exit code of the contract, a message, no traceback, a sound store. ``make chaos``: 20,000."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from support.faults import STORE, assert_sound, many
from support.here import folder_like, run_here
from support.stores import Planned, change, created, fill, foreign_database, outcome, rows

from runner.cli.app import app
from runner.outcome import Status

OK, TRIALS_FAILED, BAD_INPUT, STORE_UNUSABLE = 0, 1, 2, 3
ANSWERS_1 = ("sweep", "resume", "doctor")
GRID = "matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"

NAMES = [
    *[
        "runs.db",
        "other.db",
        "newer.db",
        "albums.db",
        "notes.txt",
        "empty.db",
        "folder",
        "missing.db",
        "no/such/runs.db",
    ],
    *["tiny.yaml", "bad.yaml", "missing.yaml", "loop", ".", "..", "/", "~", "~/x", "~nobody-of-that-name/x", "-"],
    *["/dev/null", "/dev/full", "/proc/self/mem", ":memory:", "file:runs.db?mode=rw", "sqlite:///runs.db"],
    *["sqlite://runs.db", "sqlite:///", "postgresql://host/runs"],
]
NUMBERS = ["0", "1", "2", "99", "-1", "1.5", "1e3", "0x1", "\N{ARABIC-INDIC DIGIT ONE}", str(2**63 - 1), str(2**63)]
WORDS = [
    *["study", "table", "csv", "json", "jsonl", "markdown", "xml", "trials", "failed,crashed", "timeout", "paper"],
    *["--help", "-h", "--version", "--", "--quiet", "--json", "--store", "--no-such-option", "sweep", "store"],
    *["", " ", "x" * 300, "a\nb", "größe", os.fsdecode(b"\xff\xfe"), "%s", "{}", "\x1b[2J"],
]
QUESTIONS = [
    *[
        "SELECT * FROM v_trials",
        "SELECT * FROM v_speedups",
        "VALUES (1)",
        "EXPLAIN SELECT 1",
        "SELECT",
        ";",
        "-- nothing",
    ],
    *["SELECT 1; SELECT 2", "SELECT ?", "SELECT '", "SELECT CAST(x'ff' AS TEXT)", "SELECT json('{')"],
    *["SELECT x'ff', 9e999, NULL, char(0), char(55296)", "SELECT zeroblob(9999999999)", "SELECT load_extension('x')"],
    *["DELETE FROM trials", "ATTACH 'x.db' AS x", "PRAGMA journal_mode = DELETE", "VACUUM INTO 'x.db'"],
]
# No slash, because files must stay in the folder; no NUL, because an argument of a process cannot contain one.
texts = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=12)
words = st.sampled_from([*NAMES, *NUMBERS, *WORDS, *QUESTIONS]) | texts


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Yield every command of the program, with its parameters."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command.params


COMMANDS = list(commands(typer.main.get_command(app)))
SLOW = [command for command in COMMANDS if command[0] == ("doctor",)]  # it looks at the machine for two seconds
QUICK = [command for command in COMMANDS if command not in SLOW]
LIKELY = {"matrix": "tiny.yaml", "store": "runs.db", "sweep": "1", "trial": "1", "sql": QUESTIONS[0], "form": "csv"}


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Return a command with some of its options and arguments, and sometimes with invalid ones."""
    path, parameters = draw(st.sampled_from([*QUICK * 20, *SLOW]))
    line: list[str] = []
    for parameter in draw(st.permutations(parameters)):
        value = st.just(LIKELY[parameter.name]) | words if parameter.name in LIKELY else words
        if parameter.param_type_name == "argument":
            line += draw(st.lists(value, max_size=2 if parameter.nargs == -1 else 1))
        elif parameter.required or draw(st.integers(0, 3)) == 0:
            option = draw(st.sampled_from(parameter.opts))
            line += [option] if parameter.is_flag else [option, draw(value)]
    if draw(st.integers(0, 9)) == 0:
        line.insert(draw(st.integers(0, len(line))), draw(words))
    return [*path, *line]


@pytest.fixture(scope="module")
def crowded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder of valid and invalid stores and grids."""
    made = tmp_path_factory.mktemp("crowded")
    trials = [Planned(outcome=outcome()), Planned(outcome=outcome(Status.FAILED), repeat=2)]
    for name in ("runs.db", "other.db"):
        fill(made / name, trials)
        change(made / name, "UPDATE interpreters SET label = 'cpython 3.0.0'")  # so that no machine can resume it
    fill(made / "runs.db", trials, name="second")
    change(created(made / "newer.db"), "UPDATE runner_schema SET version_num = '9999'")
    foreign_database(made / "albums.db")
    (made / "notes.txt").write_text("No database.\n" * 100)
    (made / "empty.db").touch()
    (made / "folder").mkdir()
    (made / "loop").symlink_to("loop")
    (made / "bad.yaml").write_text("matrix: 1\n")
    (made / "tiny.yaml").write_text(GRID)
    return made


@many
@given(line=command_lines())
def test_it_is_accepted_or_refused(line: list[str], crowded_folder: Path) -> None:
    with folder_like(crowded_folder) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder / "folder"))
        before = rows(STORE, "SELECT * FROM trials")
        result = run_here(*line)
        assert_sound()
        assert "delete" in line or rows(STORE, "SELECT * FROM trials")[: len(before)] == before
    assert result.code in (OK, BAD_INPUT, STORE_UNUSABLE) or (result.code, line[0] in ANSWERS_1) == (1, True), result
    assert "Traceback" not in result.err
    assert result.code == OK or result.err or result.out
