"""What a stranger's store holds is shown, and does nothing to the terminal; programs get it exactly."""

import csv
import io
import json
from pathlib import Path

import pytest
from support.stores import rows
from support.stranger import HARMFUL, HOSTILE, SHOWN, strangers_store
from support.terminal import on_terminal

STORE = Path("runs.db")
LINES = frozenset("\r\n")
"""In what is shown: a terminal ends its own lines with both."""


@pytest.fixture(autouse=True)
def theirs(own_folder: Path) -> None:
    strangers_store(STORE)


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["show", "1"],
        ["show", "1", "--trial", "1"],
        ["show", "1", "--trial", "3"],
        ["query", "SELECT noisy FROM v_trials"],
        ["query", f'SELECT 1 AS "{HOSTILE[1:]}"'],
        ["query", "SELECT noisy FROM v_trials", "--format", "markdown"],
        ["tag", "1"],
        ["delete", "1", "--yes"],
        ["resume"],
        ["resume", "1", "--no-wait"],
        ["show", HOSTILE[1:]],
        ["list", "--tag", HOSTILE[1:]],
        ["list", "--store", HOSTILE[1:]],
    ],
    ids=lambda words: " ".join(words).partition("\x07")[0],
)
def test_what_is_shown_has_no_control_character(cli, words):
    result = cli(*words)
    assert HARMFUL & frozenset(result.out + result.err) - {"\n"} == set()
    assert r"\x1b[2J" in result.out + result.err


def test_a_terminal_gets_no_sequence_but_the_colours_of_the_runner(own_folder):
    shown = on_terminal("show", "1", both=True).err
    assert r"\x1b]0;title\x07" in shown
    assert "\x1b]" not in shown
    assert "\x1b[2J" not in shown


def test_a_text_is_one_line_where_each_line_says_something_of_its_own(cli):
    lines = cli("show", "1").out.splitlines()
    (failure,) = (line for line in lines if line.startswith("trial 3 failed"))
    assert failure == f"trial 3 failed: {SHOWN}it was failed"
    assert f"note      {SHOWN}a note" in lines


def test_what_a_trial_printed_keeps_its_lines(cli):
    assert "It printed:\n" + SHOWN.replace(r"\n", "\n") + "said\n" in cli("show", "1", "--trial", "3").out


def test_programs_get_exactly_what_is_stored(cli):
    noisy = f"{HOSTILE}steal"
    assert json.loads(cli("query", "SELECT noisy FROM v_trials", "--json").out)[0] == {"noisy": noisy}
    exported = next(csv.DictReader(io.StringIO(cli("export").out, newline="")))
    assert exported["noisy"] == noisy
    assert cli("list", "--json").json[0]["sweep"] == cli("show", "1", "--json").json["sweep"] == f"{HOSTILE}study"
    assert cli("show", "1", "--trial", "1", "--json").json["noisy"] == noisy
    assert rows(STORE, "SELECT noisy FROM trials")[0]["noisy"] == noisy
