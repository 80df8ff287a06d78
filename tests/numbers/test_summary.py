"""The figures of each case, by hand."""

import random
import statistics

import pytest

from runner.numbers.medians import estimate
from runner.numbers.pairs import Place
from runner.numbers.summary import Summary, Trial, summaries

BASELINE, THREADS, ALONE = 1, 2, 3


def trial(case_id: int, repeat: int, wall_ns: float, host_id: int = 1) -> Trial:
    return Trial(Place(case_id, host_id, repeat), BASELINE if case_id == THREADS else None, wall_ns)


def test_have_times_and_the_ratios_within_blocks():
    found = summaries(
        [
            *(trial(BASELINE, repeat, wall_ns) for repeat, wall_ns in ((1, 10.0), (2, 40.0), (3, 90.0), (4, 70.0))),
            *(trial(THREADS, repeat, wall_ns) for repeat, wall_ns in ((1, 10.0), (2, 10.0), (3, 30.0), (5, 20.0))),
            trial(ALONE, 1, 50.0),
        ]
    )
    assert found == {
        BASELINE: Summary([10.0, 40.0, 70.0, 90.0], []),
        THREADS: Summary([10.0, 10.0, 20.0, 30.0], [1.0, 3.0, 4.0]),
        ALONE: Summary([50.0], []),
    }
    assert [found[case_id].median_s for case_id in (BASELINE, THREADS, ALONE)] == [55e-9, 15e-9, 50e-9]
    assert (found[THREADS].speedup, found[THREADS].efficiency(4)) == (3.0, 0.75)
    assert (found[ALONE].speedup, found[ALONE].efficiency(4)) == (None, None)


def test_do_not_compare_across_hosts():
    found = summaries([trial(BASELINE, 1, 8.0), trial(THREADS, 1, 2.0, host_id=2), trial(BASELINE, 1, 6.0, host_id=2)])
    assert found[THREADS].ratios == [3.0]
    assert found[BASELINE].walls_ns == [6.0, 8.0]


def test_have_no_speedup_where_no_block_has_both():
    found = summaries([trial(BASELINE, 1, 8.0), trial(THREADS, 2, 2.0)])
    assert found[THREADS] == Summary([2.0], [])


def test_do_not_see_what_all_trials_of_a_block_share():
    chance = random.Random(1)
    drift = [chance.lognormvariate(0, 0.5) for _ in range(10)]
    found = summaries(
        trial(case_id, n, factor * own)
        for case_id, factor in ((BASELINE, 3), (THREADS, 2))
        for n, own in enumerate(drift)
    )
    speedup = estimate(found[THREADS].ratios)
    assert [speedup.value, speedup.low, speedup.high] == pytest.approx([1.5] * 3, rel=1e-12)
    assert found[THREADS].median_s == statistics.median(2 * own for own in drift) / 1e9


@pytest.mark.parametrize("odd", [0.0, -1.0])
def test_count_what_took_no_time_and_take_no_ratio_to_it(odd):
    found = summaries(
        [trial(BASELINE, 1, 8.0), trial(BASELINE, 2, 8.0), trial(THREADS, 1, odd), trial(THREADS, 2, 4.0)]
    )
    assert found[THREADS] == Summary([odd, 4.0], [2.0])


def test_have_no_efficiency_without_workers():
    """As somebody may have written into a store."""
    assert Summary([1.0], [2.0]).efficiency(0) is None


def test_of_no_trials_there_are_none():
    assert summaries([]) == {}
