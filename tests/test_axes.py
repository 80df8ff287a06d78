"""The table of conditions: what never changes in it, and how each is written."""

from typing import Any

import pytest
from support.helpers import case

from runner.axes import CONDITIONS, IN_A_GRID, unusual
from runner.harness import placement


def test_the_order_of_the_table_which_keys_of_cases_have_never_changes() -> None:
    assert list(CONDITIONS)[:5] == ["gil", "warmup_calls", "barrier", "affinity", "env"]


def test_a_grid_has_every_condition_and_new_ones_last() -> None:
    assert IN_A_GRID[:5] == ("gil", "affinity", "barrier", "warmup_calls", "env")
    assert sorted(IN_A_GRID) == sorted(CONDITIONS)
    assert IN_A_GRID[5:] == tuple(CONDITIONS)[5:]


@pytest.mark.parametrize(
    ("conditions", "key"),
    [
        ({"barrier": True}, "620d6ed2e30aea8c"),
        ({"gil": "on", "affinity": "compact"}, "5ecf0c9ee2139a8b"),
        ({"warmup_calls": 1200, "barrier": True, "affinity": "3", "env": (("A", "1"),)}, "415eca094423be88"),
        (
            {"env": (("A", "x"), ("B", "")), "affinity": "0,1", "barrier": True, "warmup_calls": 3, "gil": "off"},
            "c9151b41dc5e782f",
        ),
    ],
)
def test_a_case_of_an_older_store_keeps_its_key(conditions: dict[str, Any], key: str) -> None:
    forked = case(params=(("NUM", 1000),), mode="multiprocessing", start_method="fork")
    assert forked.under(**conditions).key == key


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_usual_value_is_no_part_of_a_case_and_comes_back_from_the_store(name: str) -> None:
    condition = CONDITIONS[name]
    assert unusual({name: condition.usual}) == ()
    assert condition.kind.loaded(condition.kind.stored(condition.usual)) == condition.usual
    assert case().condition(name) == condition.usual


def test_a_condition_that_is_not_in_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="barier"):
        case().under(barier=True)
    with pytest.raises(KeyError, match="barier"):
        case().condition("barier")


def test_a_trial_is_pinned_nowhere_where_the_harness_thinks_so_too() -> None:
    assert CONDITIONS["affinity"].usual == placement.ANY


@pytest.mark.parametrize(
    ("name", "value", "named", "short", "words"),
    [
        ("gil", "off", "gil=off", "gil off", "gil off"),
        ("warmup_calls", 1, "warmup_calls=1", "1 warm-up call", "1 warm-up call"),
        ("warmup_calls", 1200, "warmup_calls=1_200", "1,200 warm-up calls", "1200 warm-up calls"),
        ("barrier", True, "barrier=true", "barrier", "from a barrier"),
        ("affinity", "compact", "affinity=compact", "affinity compact", "pinned compact"),
        ("affinity", "0,1", "affinity=0,1", "affinity 0,1", "pinned to CPUs 0,1"),
        ("env", (("A", "1"), ("B", "x")), "A=1, B=x", "A=1, B=x", "A=1 B=x"),
    ],
)
def test_a_value_is_written_for_a_case_for_the_terminal_and_for_the_report(
    name: str, value: Any, named: str, short: str, words: str
) -> None:
    condition = CONDITIONS[name]
    assert condition.kind.named(name, value) == named
    assert (condition.in_short(value), condition.in_words(value)) == (short, words)
