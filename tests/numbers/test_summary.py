"""The figures of each case, by hand."""

import random
import statistics

import pytest

from runner.numbers.medians import estimate
from runner.numbers.pairs import Place
from runner.numbers.summary import Summary, Trial, summaries

BASELINE, THREADS, ALONE = 1, 2, 3


def trial(case_id: int, repeat: int, wall_s: float, host_id: int = 1, workers: int = 4) -> Trial:
    return Trial(Place(case_id, host_id, repeat), BASELINE if case_id == THREADS else None, workers, wall_s)


def test_have_times_and_the_ratios_within_blocks():
    found = summaries(
        [
            *(trial(BASELINE, repeat, wall_s) for repeat, wall_s in ((1, 1.0), (2, 4.0), (3, 9.0), (4, 7.0))),
            *(trial(THREADS, repeat, wall_s) for repeat, wall_s in ((1, 1.0), (2, 1.0), (3, 3.0), (5, 2.0))),
            trial(ALONE, 1, 5.0),
        ]
    )
    assert found[BASELINE] == Summary(4, 5.5, 1.0, 9.0, None, None)
    assert found[ALONE] == Summary(1, 5.0, 5.0, 5.0, None, None)
    threads = found[THREADS]
    assert (threads.n, threads.median_s, threads.min_s, threads.max_s) == (4, 1.5, 1.0, 3.0)
    assert (threads.speedup.value, threads.efficiency.value, threads.speedup.n) == (3.0, 0.75, 3)


def test_have_intervals_of_speedup_and_efficiency():
    walls_s = [1.0, 1.2, 0.9, 1.1, 1.05, 0.8, 1.15]
    blocks = list(enumerate(walls_s))
    found = summaries([*(trial(BASELINE, n, 2.0) for n, _ in blocks), *(trial(THREADS, n, own) for n, own in blocks)])
    assert found[THREADS].speedup == estimate(2.0 / own for own in walls_s)
    assert found[THREADS].efficiency == estimate(2.0 / own / 4 for own in walls_s)


def test_do_not_compare_across_hosts():
    found = summaries([trial(BASELINE, 1, 8.0), trial(THREADS, 1, 2.0, host_id=2), trial(BASELINE, 1, 6.0, host_id=2)])
    assert found[THREADS].speedup.value == 3.0
    assert (found[BASELINE].n, found[BASELINE].median_s) == (2, 7.0)


def test_have_no_speedup_where_no_block_has_both():
    found = summaries([trial(BASELINE, 1, 8.0), trial(THREADS, 2, 2.0)])
    assert found[THREADS] == Summary(1, 2.0, 2.0, 2.0, None, None)


def test_do_not_see_what_all_trials_of_a_block_share():
    chance = random.Random(1)
    drift = [chance.lognormvariate(0, 0.5) for _ in range(10)]
    blocks = list(enumerate(drift))
    found = summaries(
        [*(trial(BASELINE, n, 3 * each) for n, each in blocks), *(trial(THREADS, n, 2 * each) for n, each in blocks)]
    )
    speedup = found[THREADS].speedup
    assert [speedup.value, speedup.low, speedup.high] == pytest.approx([1.5] * 3, rel=1e-8)
    assert found[THREADS].median_s == pytest.approx(statistics.median(2 * each for each in drift), rel=1e-8)


def test_of_no_trials_there_are_none():
    assert summaries([]) == {}
