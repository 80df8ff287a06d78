"""`runner delete`: the contents are shown, the user is asked, and then the sweep is deleted."""

import os
import signal
from pathlib import Path

import pytest
from support.stores import BASELINE, THREADS, Planned, everything, fill, outcome, rows, schema_faults, timing
from support.terminal import on_terminal

from runner.store.lock import only_sweep

STORE = Path("runs.db")
QUESTION = "[y/N]"


@pytest.fixture(autouse=True)
def store(own_folder: Path) -> None:
    """Make a store of three sweeps, two of one name, the newest of which has a tag and a note."""
    ok = outcome(timings=[timing(0), timing(1)])
    for name in ("study", "other", "study"):
        fill(STORE, [Planned(case=BASELINE, outcome=ok), Planned(case=THREADS, outcome=ok)], name=name, note=name)


def left() -> list[int]:
    return [row["id"] for row in rows(STORE, "SELECT id FROM sweeps")]


def typing(text: bytes):
    return QUESTION, lambda _process, terminal: os.write(terminal, text)


def test_the_contents_are_shown_and_then_deleted(cli):
    (sweep,) = rows(STORE, "SELECT * FROM sweeps WHERE id = 3")
    cli("tag", "3", "paper")
    result = cli("delete", "study", "--yes")
    assert (result.code, result.out) == (0, "")
    *shown, message = result.err.splitlines()
    assert shown == [
        "sweep     3 (study)",
        f"started   {sweep['started_at']}",
        "holds     2 cases, 2 trials, 4 timings",
        "tags      paper",
        "note      study",
    ]
    assert message.startswith("Deleted sweep 3 (study).")
    assert "`runner store backup`" in message
    assert left() == [1, 2]
    assert schema_faults(STORE) == []


@pytest.mark.parametrize("answer", [b"y\n", pytest.param(b"Yes\n", marks=pytest.mark.slow)])
def test_the_answer_yes_deletes_it(answer):
    result = on_terminal("delete", "2", when=typing(answer))
    assert result.code == 0
    assert "2 cases, 2 trials, 4 timings" in result.err
    assert "Deleted sweep 2" in result.err
    assert left() == [1, 3]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"n\n", id="n", marks=pytest.mark.slow),
        pytest.param(b"\n", id="return"),
        pytest.param(b"2\n", id="something else", marks=pytest.mark.slow),
        pytest.param(b"\x04", id="Ctrl-D"),
    ],
)
def test_any_other_answer_keeps_it(answer):
    before = everything(STORE)
    result = on_terminal("delete", "2", when=typing(answer))
    assert result.code == 0
    assert "Nothing was deleted." in result.err
    assert everything(STORE) == before


def test_ctrl_c_at_the_question_keeps_it(own_folder):
    before = everything(STORE)
    result = on_terminal("delete", "2", when=(QUESTION, lambda process, _: process.send_signal(signal.SIGINT)))
    assert result.code == 130
    assert "Interrupted; nothing was changed." in result.err
    assert everything(STORE) == before
    assert not Path("runs.db.lock").exists()


def test_without_a_terminal_it_needs_the_option_yes(cli):
    before = everything(STORE)
    result = cli("delete", "2")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[-1] == (
        "runner: Nothing was deleted: there is no terminal to ask on. Use --yes to delete without being asked."
    )
    assert everything(STORE) == before


def test_while_a_sweep_runs_nothing_is_deleted(cli):
    before = everything(STORE)
    with only_sweep(STORE):
        result = cli("delete", "2", "--yes")
    assert (result.code, result.out) == (3, "")
    assert f"process {os.getpid()} is running a sweep into this store" in result.err
    assert everything(STORE) == before


@pytest.mark.parametrize(
    "name", ["link.db", "sqlite:///link.db", "folder/runs.db", "folder/link-to-link.db", "hard-link.db"]
)
@pytest.mark.parametrize(
    "words", [["delete", "2", "--yes"], ["resume"], ["store", "merge", "other.db"]], ids=lambda words: words[0]
)
def test_while_a_sweep_runs_no_other_name_of_its_store_gets_past_the_lock(cli, words, name):
    fill(Path("other.db"), [Planned(outcome=outcome())])
    before = everything(STORE)
    with only_sweep(STORE):
        Path("link.db").symlink_to(STORE)
        Path("folder").symlink_to(".")
        Path("link-to-link.db").symlink_to("link.db")
        if name == "hard-link.db":
            os.link(STORE, name)
        result = cli(*words, "--store", name)
        Path("hard-link.db").unlink(missing_ok=True)
    assert (result.code, result.out) == (3, "")
    assert everything(STORE) == before


def test_while_it_is_asked_no_sweep_can_begin(cli, grid_file):
    grid = grid_file("matrix: {workload: cpu_bound, NUM: 10, workers: 1}\n")
    tried = []

    def sweep_and_answer(_process: object, terminal: int) -> None:
        tried.append(cli("sweep", "--matrix", grid))
        os.write(terminal, b"y\n")

    on_terminal("delete", "2", when=(QUESTION, sweep_and_answer))
    assert [result.code for result in tried] == [3]
    assert left() == [1, 3]
