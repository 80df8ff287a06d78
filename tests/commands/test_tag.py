"""`runner tag`, and where tags and notes are shown."""

from pathlib import Path

import pytest
from support.stores import fill, rows

STORE = Path("runs.db")


@pytest.fixture(autouse=True)
def store(own_folder: Path) -> None:
    for name in ("first", "second", "third"):
        fill(STORE, name=name, ended_at="2024-01-02T03:05:00.000Z")


def test_tags_and_a_note_are_put_on_and_printed(cli):
    result = cli("tag", "first", "paper", "laptop", "--note", "fan off")
    assert (result.code, result.out, result.err) == (0, "tags      laptop, paper\nnote      fan off\n", "")
    assert cli("tag", "1").out == result.out


def test_tags_and_the_note_are_taken_off(cli):
    cli("tag", "1", "paper", "laptop", "server", "--note", "fan off")
    result = cli("tag", "1", "--remove", "laptop", "--remove", "server", "--remove", "never-there", "--note", "")
    assert (result.code, result.out) == (0, "tags      paper\n")


def test_a_sweep_without_either_says_so(cli):
    result = cli("tag", "2")
    assert (result.code, result.out, result.err) == (0, "", "Sweep 2 has no tags and no note.\n")


def test_tagging_twice_has_the_same_effect_as_once(cli):
    words = ["tag", "1", "paper", "--remove", "laptop", "--note", "fan off"]
    first = cli(*words)
    assert cli(*words) == first
    assert rows(STORE, "SELECT * FROM tags") == [{"sweep_id": 1, "tag": "paper"}]


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_changed(cli):
    result = cli("tag", "1", "two words", "good", "--remove", "a,b", "--note", "fan off")
    assert result.code == 2
    assert "'two words'" in result.err
    assert "'a,b'" in result.err
    assert rows(STORE, "SELECT * FROM tags") == []
    assert rows(STORE, "SELECT note FROM sweeps WHERE id = 1") == [{"note": None}]


def test_a_list_has_a_column_for_what_there_is(cli):
    def heading() -> list[str]:
        return cli("list").out.splitlines()[0].split()

    assert heading()[-1] == "failures"
    cli("tag", "2", "paper")
    assert heading()[-2:] == ["failures", "tags"]
    cli("tag", "1", "laptop", "paper", "--note", "[red]fan off[/red]")
    assert heading()[-3:] == ["failures", "tags", "note"]
    first, second, third = cli("list").out.splitlines()[2:]
    assert first.split("–")[1].split() == ["laptop,", "paper", "[red]fan", "off[/red]"]
    assert second.split("–")[1].split() == ["paper"]
    assert third.split("–")[1].split() == []
    cli("tag", "1", "--remove", "laptop", "--remove", "paper")
    cli("tag", "2", "--remove", "paper")
    assert heading()[-2:] == ["failures", "note"]


def test_a_list_as_json_has_both(cli):
    cli("tag", "1", "paper", "laptop", "--note", "fan off")
    assert [(row["tags"], row["note"]) for row in cli("list", "--json").json] == [
        (["laptop", "paper"], "fan off"),
        ([], None),
        ([], None),
    ]


def test_a_list_may_be_of_one_tag_only(cli):
    cli("tag", "1", "paper")
    cli("tag", "3", "paper", "paper2")
    cli("tag", "2", "paper2")
    assert cli("list", "--tag", "paper", "--quiet").out == "1\n3\n"
    assert [row["sweep_id"] for row in cli("list", "--tag", "paper2", "--json").json] == [2, 3]
    result = cli("list", "--tag", "pap")
    assert (result.code, result.out, result.err) == (0, "", "runs.db: no sweep has the tag pap; did you mean paper?\n")


def test_a_tag_names_its_sweep_in_every_command(cli):
    cli("tag", "2", "paper")
    assert cli("show", "paper").out == cli("show", "2").out
    assert cli("export", "paper").out == cli("export", "2").out
    assert cli("tag", "paper", "laptop").out == "tags      laptop, paper\n"
    assert "Sweep 2 is complete" in cli("resume", "paper").err
    assert cli("delete", "paper", "--yes").code == 0
    assert cli("list", "--quiet").out == "1\n3\n"


def test_a_sweep_is_shown_with_both(cli):
    assert "tags" not in cli("show", "1").out
    cli("tag", "1", "paper", "laptop", "--note", "fan off")
    printed = cli("show", "1").out.splitlines()
    assert {"tags      laptop, paper", "note      fan off"} <= set(printed)
