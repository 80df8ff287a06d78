from pathlib import Path

import pytest
from support.stores import fill, rows

from runner.errors import Interrupted
from runner.interrupt import Interrupt
from runner.store.labels import label
from runner.store.read import Reader

STORE = Path("runs.db")


@pytest.fixture(autouse=True)
def two_sweeps(own_folder):
    for name in ("first", "second"):
        fill(STORE, name=name)


def labelled(sweep_id=1, *, add=(), remove=(), note=None):
    label(STORE, sweep_id, add=add, remove=remove, note=note, interrupt=Interrupt())
    with Reader(STORE) as reader:
        return reader.tags(sweep_id), reader.sweep(str(sweep_id))["note"]


def test_tags_are_put_on_and_taken_off_and_are_in_the_order_of_the_alphabet():
    assert labelled(add=["paper", "laptop"]) == (["laptop", "paper"], None)
    assert labelled(add=["server"], remove=["paper"]) == (["laptop", "server"], None)


def test_what_is_there_already_or_not_there_is_no_error():
    for _ in range(2):
        assert labelled(add=["paper", "paper"], remove=["laptop"]) == (["paper"], None)


def test_a_note_is_set_and_replaced_and_removed_and_else_left_alone():
    assert labelled(note="fan off") == ([], "fan off")
    assert labelled(note="fan on") == ([], "fan on")
    assert labelled(add=["paper"]) == (["paper"], "fan on")
    assert labelled(note="") == (["paper"], None)


def test_a_note_may_hold_whatever_can_be_typed():
    assert labelled(note="σ = 3 %,\n'quoted' \udcff") == ([], "σ = 3 %,\n'quoted' \\udcff")


def test_other_sweeps_are_left_alone():
    labelled(1, add=["paper"], note="fan off")
    assert labelled(2) == ([], None)
    with Reader(STORE) as reader:
        assert [(row["tags"], row["note"]) for row in reader.sweeps()] == [(["paper"], "fan off"), ([], None)]


def test_an_interrupt_before_the_commit_leaves_all_as_it_was():
    interrupt = Interrupt()
    interrupt.requested = True
    with pytest.raises(Interrupted):
        label(STORE, 1, add=["paper"], remove=[], note="fan off", interrupt=interrupt)
    assert rows(STORE, "SELECT * FROM tags") == []
    assert labelled() == ([], None)
