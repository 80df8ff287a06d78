"""How long trials will take, in exact numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.helpers import case

from runner.estimate import Expectation

ONE, TWO, THREE = (case(params=(("NUM", number),)) for number in (1, 2, 3))
durations = st.lists(st.integers(0, 10**12), min_size=1, max_size=9)


def test_nothing_is_expected_while_nothing_is_known() -> None:
    expectation = Expectation({})
    assert expectation.total_ns([(ONE, 5)]) is None
    assert not expectation.knows(ONE)


def test_what_earlier_sweeps_took_is_expected_again() -> None:
    expectation = Expectation({ONE.key: 100.0, TWO.key: 10.0})
    assert expectation.knows(ONE)
    assert expectation.total_ns([(ONE, 3), (TWO, 2)]) == 320


def test_a_case_that_was_never_seen_is_expected_to_be_as_long_as_the_others_on_average() -> None:
    expectation = Expectation({ONE.key: 100.0, TWO.key: 200.0})
    assert not expectation.knows(THREE)
    assert expectation.total_ns([(THREE, 2)]) == 300


def test_what_this_sweep_took_counts_and_what_earlier_ones_took_no_longer_does() -> None:
    expectation = Expectation({ONE.key: 1000.0})
    expectation.learn(ONE, 10)
    assert expectation.total_ns([(ONE, 1)]) == 10


def test_an_average_grows_with_what_is_learnt() -> None:
    expectation = Expectation({})
    expectation.learn(ONE, 10)
    expectation.learn(TWO, 30)
    assert expectation.total_ns([(THREE, 1)]) == 20


@pytest.mark.parametrize(("elapsed", "expected"), [([10], 10), ([10, 20], 15), ([10, 11, 9_000_000], 11)])
def test_of_several_trials_the_median_is_expected(elapsed: list[int], expected: float) -> None:
    expectation = Expectation({})
    for elapsed_ns in elapsed:
        expectation.learn(ONE, elapsed_ns)
    assert expectation.total_ns([(ONE, 1)]) == expected


@pytest.mark.parametrize("left", [[], [(ONE, 0)], [(ONE, 0), (THREE, 0)]])
def test_nothing_left_to_run_takes_no_time(left: list) -> None:
    assert Expectation({ONE.key: 100.0}).total_ns(left) == 0


def test_learning_leaves_the_durations_that_were_handed_in_alone() -> None:
    known = {ONE.key: 100.0}
    Expectation(known).learn(ONE, 5)
    assert known == {ONE.key: 100.0}


@given(durations)
@settings(deadline=None, max_examples=50)
def test_what_is_expected_of_a_case_lies_within_what_it_took(elapsed: list[int]) -> None:
    expectation = Expectation({})
    for elapsed_ns in elapsed:
        expectation.learn(ONE, elapsed_ns)
    total_ns = expectation.total_ns([(ONE, 1)])
    assert total_ns is not None
    assert min(elapsed) <= total_ns <= max(elapsed)
