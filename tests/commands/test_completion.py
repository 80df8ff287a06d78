"""What a shell offers when a word is not complete: asked as a shell asks, in this process."""

from pathlib import Path

import pytest
from support.stores import change, contents, created, damage, fill, old_store

STORE = Path("runs.db")


@pytest.fixture
def offered(cli, monkeypatch):
    """Return what is offered for the last word of a command line."""

    def ask(line: str, **environment: str) -> list[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("_RUNNER_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        result = cli()
        assert result.err == ""
        return result.out.split()

    return ask


@pytest.fixture
def three_sweeps(own_folder):
    for name in ("parsing", "parsing", "waiting"):
        fill(STORE, name=name)
    change(STORE, "INSERT INTO tags VALUES (1, 'paper'), (2, 'paper'), (2, 'laptop')")


@pytest.mark.parametrize("command", ["show", "resume", "export 1", "tag", "delete", "report", "report --sweep"])
def test_sweeps_are_offered_by_number_name_and_tag(three_sweeps, offered, command):
    assert offered(f"runner {command} pa") == ["paper", "parsing"]
    assert set(offered(f"runner {command} ")) >= {"1", "2", "3", "laptop", "paper", "parsing", "waiting"}


@pytest.mark.parametrize("words", ["list --tag", "tag 1 --remove", "tag 1"])
def test_tags_are_offered_where_only_tags_are_taken(three_sweeps, offered, words):
    assert offered(f"runner {words} ") == ["laptop", "paper"]


def test_they_are_those_of_the_store_that_the_command_line_or_the_environment_names(three_sweeps, offered):
    STORE.rename("lab.db")
    assert offered("runner show p") == []
    assert offered("runner show --store lab.db pap") == ["paper"]
    assert offered("runner show pap", RUNNER_STORE="lab.db") == ["paper"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("resume --retry ", ["failed", "crashed", "timeout"]),
        ("resume --retry crashed,f", ["crashed,failed"]),
        ("resume --retry failed,", ["failed,crashed", "failed,timeout"]),
        ("query --format m", ["markdown"]),
        ("export --format ", ["csv", "jsonl", "parquet"]),
        ("export --what ", ["trials", "workers", "calls"]),
        ("report --format png,", ["png,svg", "png,pdf"]),
    ],
)
def test_the_words_of_a_set_are_offered(own_folder, offered, line, words):
    assert offered(f"runner {line}") == words


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: None, []),
        (STORE.touch, []),
        (lambda: STORE.write_text("no database, but a text that is long enough " * 20), []),
        (lambda: damage(created(STORE), "sweeps"), []),
        (lambda: old_store(STORE), ["1", "2", "3", "4", "crowd", "slow", "study"]),
        (STORE.mkdir, []),
    ],
    ids=["none", "empty", "no database", "damaged", "old", "a folder"],
)
def test_a_store_of_any_kind_is_only_looked_at(own_folder, offered, make, words):
    make()
    before = contents(own_folder)
    assert offered("runner show ") == words
    assert contents(own_folder) == before
