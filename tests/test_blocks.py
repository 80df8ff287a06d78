"""The plan: which trials, in which order, in which blocks."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.helpers import case

from runner.blocks import Source, Trial
from runner.goals import FixedNumber
from runner.history import Done, History, Place
from runner.matrix.case import Case

thoroughly = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])

SIX = [case(params=(("NUM", number),)) for number in range(1, 7)]

distinct_cases = st.sets(st.integers(0, 40), max_size=7).map(
    lambda numbers: [case(params=(("NUM", number),)) for number in numbers]
)
seeds = st.integers(0, 2**63 - 1)
blocks = st.integers(0, 4)
plans = st.fixed_dictionaries({"cases": distinct_cases, "repeats": blocks, "warmup": blocks, "seed": seeds})


def measured(done: Collection[Place]) -> History:
    """Return a history in which these places are done."""
    history = History()
    for place in done:
        history.add(place, Done(1, "here"))
    return history


def plan(cases: Sequence[Case], *, repeats: int, warmup: int, seed: int, done: Collection[Place] = ()) -> list[Trial]:
    """Return the trials of a sweep that is done in part, in their order."""
    source = Source(cases, FixedNumber(repeats), warmup, seed, measured(done))
    return [trial for block in source for trial in block.trials]


@st.composite
def plans_partly_done(draw: st.DrawFn) -> tuple[dict[str, Any], set[Place]]:
    """Draw the arguments of a plan, and any part of it as done."""
    arguments = draw(plans)
    everything = sorted(identities(plan(**arguments)))
    done = draw(st.sets(st.sampled_from(everything))) if everything else set()
    return arguments, done


def identities(trials: list[Trial]) -> list[Place]:
    return [trial.place for trial in trials]


def numbers(trials: list[Trial]) -> list[int]:
    """Name each trial by the NUM of its case."""
    return [dict(trial.case.params)["NUM"] for trial in trials]


def in_blocks(trials: list[Trial]) -> list[list[Trial]]:
    return [list(block) for _, block in groupby(trials, key=lambda trial: (trial.warmup, trial.repeat))]


@given(plans_partly_done())
@thoroughly
def test_what_is_planned_and_what_is_done_are_together_every_case_in_every_block_once(
    drawn: tuple[dict[str, Any], set[Place]],
) -> None:
    arguments, done = drawn
    planned = identities(plan(**arguments, done=done))
    everything = {
        (one.key, warmup, repeat)
        for one in arguments["cases"]
        for warmup, count in ((True, arguments["warmup"]), (False, arguments["repeats"]))
        for repeat in range(1, count + 1)
    }
    assert len(planned) == len(set(planned))
    assert set(planned).isdisjoint(done)
    assert set(planned) | done == everything


@given(plans_partly_done())
@thoroughly
def test_what_is_done_leaves_its_place_empty_and_the_rest_in_order(drawn: tuple[dict[str, Any], set[Place]]) -> None:
    arguments, done = drawn
    whole = plan(**arguments)
    left = [trial for trial, identity in zip(whole, identities(whole), strict=True) if identity not in done]
    assert plan(**arguments, done=done) == left


@given(plans)
@thoroughly
def test_each_block_is_a_permutation_of_the_cases(arguments: dict[str, Any]) -> None:
    found = in_blocks(plan(**arguments))
    assert len(found) == (arguments["repeats"] + arguments["warmup"] if arguments["cases"] else 0)
    for block in found:
        assert sorted(trial.case.key for trial in block) == sorted(one.key for one in arguments["cases"])
        assert [trial.position for trial in block] == list(range(1, len(block) + 1))


@given(plans)
@thoroughly
def test_blocks_come_one_after_the_other_and_the_warm_up_first(arguments: dict[str, Any]) -> None:
    order = [(not trial.warmup, trial.repeat) for trial in plan(**arguments)]
    assert order == sorted(order)


@given(plans)
@thoroughly
def test_the_same_seed_gives_the_same_order(arguments: dict[str, Any]) -> None:
    assert plan(**arguments) == plan(**arguments)


@given(plans, blocks, blocks)
@thoroughly
def test_more_blocks_do_not_reorder_those_that_were_there(arguments: dict[str, Any], warmup: int, repeats: int) -> None:
    longer = {
        **arguments,
        "warmup": arguments["warmup"] + warmup,
        "repeats": arguments["repeats"] + repeats,
    }
    there = set(identities(plan(**arguments)))
    assert [t for t in plan(**longer) if identities([t])[0] in there] == plan(**arguments)


def test_the_order_of_a_seed_is_the_same_in_every_process_and_version() -> None:
    trials = plan(SIX, repeats=2, warmup=1, seed=7)
    assert numbers(trials) == [*[6, 5, 1, 4, 3, 2], *[6, 1, 5, 4, 2, 3], *[4, 3, 5, 1, 6, 2]]


@pytest.mark.parametrize("seed", [0, 1, 7, 2**63 - 1])
def test_blocks_are_shuffled_each_in_its_own_way(seed: int) -> None:
    orders = {tuple(numbers(block)) for block in in_blocks(plan(SIX, repeats=10, warmup=10, seed=seed))}
    assert len(orders) > 10


def test_another_seed_gives_another_order() -> None:
    orders = {tuple(numbers(plan(SIX, repeats=2, warmup=0, seed=seed))) for seed in range(20)}
    assert len(orders) == 20


def test_no_case_is_first_more_often_than_chance_allows() -> None:
    first = [block[0].case for block in in_blocks(plan(SIX, repeats=600, warmup=0, seed=7))]
    assert all(50 < first.count(one) < 150 for one in SIX)


def test_repeats_and_positions_count_from_one_and_the_warm_up_on_its_own() -> None:
    trials = plan(SIX[:1], repeats=2, warmup=1, seed=7)
    assert trials == [
        Trial(SIX[0], repeat=1, position=1, warmup=True),
        Trial(SIX[0], repeat=1, position=1, warmup=False),
        Trial(SIX[0], repeat=2, position=1, warmup=False),
    ]


def test_a_warm_up_that_is_done_does_not_stand_for_the_block_of_the_same_number() -> None:
    (left,) = plan(SIX[:1], repeats=1, warmup=1, seed=7, done={(SIX[0].key, True, 1)})
    assert not left.warmup


def test_done_trials_of_other_cases_and_blocks_change_nothing() -> None:
    others: set[Place] = {("0123456789abcdef", False, 1), (SIX[0].key, False, 99)}
    assert plan(SIX, repeats=2, warmup=1, seed=7, done=others) == plan(SIX, repeats=2, warmup=1, seed=7)


def test_the_cases_that_were_handed_in_keep_their_order() -> None:
    cases: list[Case] = list(SIX)
    plan(cases, repeats=3, warmup=1, seed=7)
    assert cases == SIX


@given(plans_partly_done())
@thoroughly
def test_the_remaining_trials_are_counted_without_making_the_blocks(drawn: tuple[dict[str, Any], set[Place]]) -> None:
    arguments, done = drawn
    goal = FixedNumber(arguments["repeats"])
    source = Source(arguments["cases"], goal, arguments["warmup"], arguments["seed"], measured(done))
    left = plan(**arguments, done=done)
    assert +source.left() == Counter(trial.case for trial in left)
    assert source.planned == len(left) + len(done)


def test_places_of_cases_that_are_no_longer_there_do_not_count_as_done() -> None:
    source = Source(SIX, FixedNumber(2), 1, 7, measured([("0123456789abcdef", False, 1)]))
    assert source.left().total() == source.planned == 18


def test_a_block_is_made_when_it_is_asked_for_by_what_was_measured_until_then() -> None:
    source = Source(SIX, FixedNumber(2), 0, 7, History())
    blocks = iter(source)
    first = next(blocks)
    late = next(trial for trial in plan(SIX, repeats=2, warmup=0, seed=7) if trial.repeat == 2)
    source.history.add(late.place, Done(1, "here"))
    second = next(blocks)
    assert (first.number, second.number) == (1, 2)
    assert late not in second.trials
    assert len(second.trials) == 5
