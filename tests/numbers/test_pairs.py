"""Which trials are compared."""

import pytest

from runner.numbers.pairs import Place, paired

BASELINE, THREADS, FORK = 1, 2, 3
OTHERS = {THREADS: BASELINE, FORK: BASELINE}


def test_are_of_one_block_on_one_host():
    seconds = {
        Place(BASELINE, 1, 1): 10.0,
        Place(BASELINE, 1, 2): 20.0,
        Place(BASELINE, 2, 3): 30.0,
        Place(THREADS, 1, 1): 5.0,
        Place(THREADS, 1, 2): 4.0,
        Place(THREADS, 2, 3): 3.0,
        Place(FORK, 2, 1): 2.0,  # its baseline ran on another host
        Place(FORK, 1, 3): 1.0,  # in another block
    }
    assert paired(seconds, OTHERS) == {
        Place(THREADS, 1, 1): (5.0, 10.0),
        Place(THREADS, 1, 2): (4.0, 20.0),
        Place(THREADS, 2, 3): (3.0, 30.0),
    }


@pytest.mark.parametrize("own", [0.0, -1.0, float("nan")])
def test_leave_out_what_took_no_time(own):
    assert paired({Place(BASELINE, 1, 1): 10.0, Place(THREADS, 1, 1): own}, OTHERS) == {}


def test_keep_a_baseline_that_took_no_time():
    assert paired({Place(BASELINE, 1, 1): 0.0, Place(THREADS, 1, 1): 1.0}, OTHERS) == {Place(THREADS, 1, 1): (1.0, 0.0)}


def test_come_in_the_order_of_the_trials():
    seconds = {Place(case_id, 1, repeat): 1.0 for repeat in (3, 1, 2) for case_id in (FORK, BASELINE, THREADS)}
    assert list(paired(seconds, OTHERS)) == [place for place in seconds if place.case_id != BASELINE]


def test_are_none_of_cases_without_another():
    assert paired({Place(BASELINE, 1, 1): 1.0, Place(THREADS, 1, 1): 1.0}, {}) == {}
