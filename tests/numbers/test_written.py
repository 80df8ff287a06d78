"""How speedups are written."""

import pytest

from runner.numbers.medians import Estimate
from runner.numbers.written import factor, speedup, versus


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (Estimate(1.94, 1.92, 1.95), "1.94 times [1.92, 1.95] as fast as"),
        (Estimate(0.5, 0.4, 0.8), "2.00 times [1.25, 2.50] slower than"),
        (Estimate(1.02, 0.5, 1.25), "from 2.00 times slower to 1.25 times as fast as"),
        (Estimate(1.5), "1.50 times as fast as"),
        (Estimate(0.25), "4.00 times slower than"),
    ],
)
def test_what_is_below_1_is_so_many_times_slower(ratio, words):
    assert versus(ratio) == words


@pytest.mark.parametrize(
    ("speedup", "written"),
    [
        (1.944, "1.94 ×"),
        (1.0, "1.00 ×"),
        (0.999, "1.00 ×"),
        (0.3125, "3.20 × slower"),
        (0.0123, "81.3 × slower"),
        (0.0012345, "810 × slower"),
        (12.345, "12.3 ×"),
        (1e-4, "10,000 × slower"),
        (0.0, "1,000,000,000,000 × slower"),
    ],
)
def test_a_factor_has_three_digits_and_is_never_0(speedup, written):
    assert factor(speedup) == written


@pytest.mark.parametrize(
    ("found", "written"),
    [
        (Estimate(1.94, 1.92, 1.95), "1.94 × [1.92, 1.95]"),
        (Estimate(0.3125, 0.25, 0.5), "3.20 × slower [2.00, 4.00]"),
        (Estimate(0.98, 0.95, 1.01), "1.02 × slower [1.05 × slower … 1.01 ×]"),
        (Estimate(1.5), "1.50 ×"),
        (Estimate(0.5), "2.00 × slower"),
    ],
)
def test_a_speedup_has_its_interval(found, written):
    assert speedup(found) == written
