"""What the trials of a work answer."""

import math
import random

import pytest
from support.works import near, work

from runner.numbers.answer import Answer, Verdict, answer
from runner.numbers.medians import estimate


def test_the_fastest_way_is_said_with_its_speedup_over_its_own_baseline():
    measured = {"sequential": near(1.0), "threading ×2": near(0.9), "process_pool ×2": near(0.5)}
    found = answer(work(measured))
    assert found.verdict is Verdict.FASTER
    assert found.best is not None
    assert found.best.name == "process_pool ×2"
    assert found.speedup == estimate(
        one / two for one, two in zip(*(measured[way] for way in ("sequential", "process_pool ×2")), strict=True)
    )
    assert [way.name for way in found.ranked] == ["process_pool ×2", "threading ×2", "sequential"]
    assert (found.tied, found.cheapest, found.blocks) == ([], found.best, None)


def test_a_cheaper_way_that_is_about_as_fast_is_named_too():
    found = answer(work({"sequential": near(1.0), "threading ×2": near(0.51), "process_pool ×2": near(0.5)}))
    assert found.cheapest is not None
    assert (found.best.name, found.cheapest.name, found.is_within) == ("process_pool ×2", "threading ×2", True)


def test_where_every_way_is_slower_sequential_calls_are_the_answer():
    found = answer(work({"sequential": near(1.0), "threading ×2": near(1.1), "process_pool ×2": near(3.0)}))
    assert (found.verdict, found.best.name) == (Verdict.SEQUENTIAL, "threading ×2")
    assert found.ranked[0].is_sequential
    assert found.speedup.high < 1


def test_a_way_whose_interval_includes_1_is_not_the_answer():
    found = answer(work({"sequential": near(1.0, noise=0.2), "threading ×2": near(0.95, noise=0.2, seed=2)}))
    assert found.speedup.low < 1 < found.speedup.high
    assert found.verdict is Verdict.UNSURE
    assert found.blocks > 10


def test_what_is_equal_within_5_per_cent_does_not_beat_sequential_calls():
    found = answer(work({"sequential": near(1.0), "threading ×2": near(1.0, seed=2)}))
    assert found.speedup.low < 1 < found.speedup.high < 1.05
    assert found.verdict is Verdict.SEQUENTIAL


@pytest.mark.parametrize(("others", "verdict"), [(0, Verdict.FASTER), (11, Verdict.UNSURE)])
def test_the_best_of_many_ways_has_to_be_faster_with_more_confidence(others, verdict):
    """In two of ten blocks it is slower: that is enough for 95 %, and not for the best of twelve."""
    base = [1.0] * 10
    best = [1.02, 1.01, *(0.9 - 0.01 * block for block in range(8))]
    ways = {f"process_pool ×{workers}": [2.0 + 0.01 * block for block in range(10)] for workers in range(2, 2 + others)}
    found = answer(work({"sequential": base, "threading ×2": best, **ways}))
    assert found.speedup.low > 1
    assert found.verdict is verdict


@pytest.mark.parametrize(("disturbed", "verdict"), [(10, Verdict.FASTER), (11, Verdict.BUSY)])
def test_nothing_is_said_if_most_trials_were_disturbed(disturbed, verdict):
    measured = {"sequential": near(1.0), "threading ×2": near(0.5)}
    assert answer(work(measured, disturbed=disturbed)).verdict is verdict


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        ({"sequential": [], "threading ×2": []}, Verdict.NOTHING),
        ({"sequential": near(1.0)}, Verdict.ALONE),
        ({"sequential": near(1.0), "threading ×2": []}, Verdict.ALONE),
        ({"sequential": [], "threading ×2": near(1.0)}, Verdict.ALONE),
        ({"sequential": near(1.0, 5), "threading ×2": near(0.5, 5)}, Verdict.FEW),
        ({"sequential": [0.0, math.inf], "threading ×2": near(0.5, 2)}, Verdict.FEW),
    ],
    ids=["no trial", "sequential alone", "the others failed", "no baseline", "few blocks", "edited times"],
)
def test_what_cannot_be_compared_has_its_own_verdict(measured, verdict):
    assert answer(work(measured)).verdict is verdict


def test_a_slow_way_that_has_few_blocks_leaves_the_answer():
    found = answer(work({"sequential": near(1.0), "threading ×2": near(1.2), "process_pool ×2": near(9.0, 3)}))
    assert found.verdict is Verdict.SEQUENTIAL


def test_so_many_blocks_as_are_forecast_decide():
    def of(blocks: int) -> Answer:
        noise = {"noise": 0.1}
        return answer(
            work({"sequential": near(1.0, blocks, **noise), "threading ×2": near(0.93, blocks, **noise, seed=3)})
        )

    few = of(8)
    assert few.verdict is Verdict.UNSURE
    assert few.blocks == 20
    assert of(few.blocks).verdict is Verdict.FASTER


def test_one_of_twelve_equal_ways_is_seldom_called_faster():
    """In at most 5 % of 300 sweeps. The 95 % interval of the one that looks fastest excludes 1 in more than 10 %."""
    ways = ["sequential", *(f"threading ×{workers}" for workers in range(2, 14))]
    found = []
    for seed in range(300):
        chance = random.Random(seed)
        found.append(answer(work({way: [chance.lognormvariate(0, 0.05) for _ in range(10)] for way in ways})))
    looks_faster = [one for one in found if one.ranked[0].ratios and estimate(one.ranked[0].ratios).low > 1]
    assert len(looks_faster) > 30
    assert sum(one.verdict is Verdict.FASTER for one in found) <= 15
