"""Medians with their intervals, and how they are written."""

import math
import statistics

import pytest

from runner.numbers.interval import interval
from runner.numbers.medians import MIN_BLOCKS, Estimate, estimate, median

VALUES = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.3, 5.8, 9.7, 9.3, 2.3]


@pytest.mark.parametrize("n", range(1, len(VALUES) + 1))
def test_is_the_median_and_has_an_interval_from_six_blocks_on(n):
    values = VALUES[:n]
    found = estimate(values)
    assert (found.n, found.value) == (n, statistics.median(values))
    assert MIN_BLOCKS == 6
    assert found.has_interval is (n >= 6)
    if n >= 6:
        assert (found.low, found.high) == interval(sorted(values))


def test_does_not_depend_on_the_order_of_the_values():
    assert estimate(VALUES) == estimate(sorted(VALUES)) == estimate(reversed(VALUES))


def test_has_the_level_that_is_asked_for():
    assert estimate(VALUES, 0.5) == Estimate(statistics.median(VALUES), *interval(sorted(VALUES), 0.5), len(VALUES))


def test_of_no_values_there_is_none():
    with pytest.raises(ValueError, match="no values"):
        estimate([])


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_a_median_is_that_of_the_standard_library(n):
    assert median(sorted(VALUES[:n])) == statistics.median(VALUES[:n])


@pytest.mark.parametrize(
    ("figures", "claimed"),
    [((1.0,), False), ((1.0, 0.9), False), ((1.0, math.nan, 1.1), False), ((1.0, 0.9, 1.1), True)],
)
def test_has_an_interval_where_both_ends_are_known(figures, claimed):
    assert Estimate(*figures).has_interval is claimed


@pytest.mark.parametrize(
    ("figures", "written"),
    [
        ((1.9412, 1.9234, 1.9523), "1.94 [1.92, 1.95]"),
        ((12.34, 10.12, 15.27), "12.3 [10.1, 15.3]"),
        ((123.4, 110.0, 140.0), "123 [110, 140]"),
        ((0.5, 0.4999, 0.5001), "0.5000 [0.4999, 0.5001]"),
        ((0.05, 0.03, 0.09), "0.0500 [0.0300, 0.0900]"),
        ((-0.02, -0.1, 0.05), "-0.0200 [-0.1000, 0.0500]"),
        ((1.0, 1.0, 1.0), "1.00 [1.00, 1.00]"),
        ((0.0, 0.0, 0.0), "0.00 [0.00, 0.00]"),
        ((12_345.6, 12_000.0, 13_000.0), "12346 [12000, 13000]"),
        ((1e-9, 0.0, 2e-9), "1e-09 [0, 2e-09]"),
        ((1.9412,), "1.94"),
        ((0.0123,), "0.0123"),
        ((45.678,), "45.7"),
        ((1234.5,), "1234"),
        ((0.0,), "0.00"),
        ((math.nan,), "nan"),
    ],
)
def test_is_written_no_more_exactly_than_its_interval_is_wide(figures, written):
    assert str(Estimate(*figures)) == written


def test_is_written_with_its_unit_after_the_figure():
    assert Estimate(1.9412, 1.9234, 1.9523).written(" ×") == "1.94 × [1.92, 1.95]"
    assert Estimate(1.9412).written(" times") == "1.94 times"
