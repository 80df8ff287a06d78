"""The interval of a median: what numpy and scipy make of the same draws, and what it is worth."""

import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from runner.numbers.draws import RESAMPLES, SEED
from runner.numbers.interval import interval
from runner.numbers.student import expanded_tail


def by_chance(seed: int, n: int) -> list[float]:
    return sorted(np.random.default_rng([seed, n]).lognormal(0, 0.1, n).tolist())


def by_numpy(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """Return the ends as numpy and scipy give them: all resampled medians, and their percentiles."""
    n = len(values)
    drawn = np.random.default_rng([SEED, n]).multinomial(n, [1 / n] * n, size=RESAMPLES)
    medians = np.median(np.repeat(np.tile(values, RESAMPLES), drawn.ravel()).reshape(RESAMPLES, n), axis=1)
    tail = stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf((1 + confidence) / 2, n - 1))
    low, high = np.quantile(medians, [tail, 1 - tail])
    return float(low), float(high)


@pytest.mark.parametrize("n", [6, 7, 8, 9, 10, 11, 13, 14, 20, 28])
def test_is_to_the_last_bit_what_numpy_and_scipy_say(n):
    values = by_chance(1, n)
    assert interval(values) == by_numpy(values)


@pytest.mark.parametrize("n", [6, 24, 40, 59])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.988])
def test_is_what_numpy_and_scipy_say_but_for_rounding(n, confidence):
    values = by_chance(2, n)
    assert interval(values, confidence) == pytest.approx(by_numpy(values, confidence), rel=1e-13)


@given(st.lists(st.floats(1e-6, 1e6) | st.sampled_from([1.0, 2.0]), min_size=6, max_size=20))
@settings(deadline=None, max_examples=50)
def test_is_ordered_holds_the_median_and_reaches_no_further_than_the_values(values):
    low, high = interval(sorted(values))
    assert min(values) <= low <= statistics.median(values) <= high <= max(values)


@pytest.mark.parametrize("factor", [1e-9, 0.5, 3.0])
def test_is_in_the_unit_of_the_values(factor):
    values = by_chance(1, 11)
    low, high = interval(values)
    assert interval([factor * value for value in values]) == pytest.approx((factor * low, factor * high), rel=1e-12)


def test_of_equal_values_is_that_value():
    assert interval([0.3] * 9) == (0.3, 0.3)


def test_is_wider_the_more_is_asked_of_it():
    ends = [interval(by_chance(1, 15), share) for share in (0.5, 0.9, 0.95, 0.99, 0.999999)]
    widths = [high - low for low, high in ends]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("n", [6, 7, 10, 13, 20])
def test_is_that_of_a_plain_bootstrap_over_blocks(seed, n):
    """Its ends are places in the order of as many draws as one likes.

    The share of draws below the true end varies by √(tail (1 - tail) / draws) from one bootstrap to another, so four
    times that for the two of them together leaves room for chance alone, whatever the values.
    """
    values, chance, draws = by_chance(seed, n), random.Random(seed), 4_000
    medians = sorted(statistics.median(chance.choices(values, k=n)) for _ in range(draws))
    tail = expanded_tail(n)
    room = 4 * math.sqrt(tail * (1 - tail) * (1 / draws + 1 / RESAMPLES))
    inner, outer = math.ceil((tail + room) * draws), max(0, math.floor((tail - room) * draws))
    low, high = interval(values)
    assert medians[outer] <= low <= medians[inner]
    assert medians[-1 - inner] <= high <= medians[-1 - outer]


class TestCoverage:
    """Nominally 95 %. Every trial has 2 % of noise of its own, every block 5 % that all its trials share."""

    TRUE = 1.7

    @classmethod
    def ratios(cls, blocks: int, cases: int, *, paired: bool = True) -> list[list[float]]:
        """Return the speedups of cases × blocks."""
        chance = np.random.default_rng([2024, blocks])
        drift = 1 + 0.05 * chance.standard_normal((cases, blocks))
        noise = 1 + 0.02 * chance.standard_normal((2, cases, blocks))
        other = drift if paired else chance.permuted(drift, axis=1)
        return np.sort(cls.TRUE * drift * noise[0] / (other * noise[1]), axis=1).tolist()

    @pytest.mark.parametrize("blocks", [6, 10, 12, 13, 15, 20, 25])
    def test_of_the_true_speedup_is_what_is_claimed(self, blocks):
        """With 4,000 cases the share found varies by 0.35 percentage points."""
        ends = [interval(ratios) for ratios in self.ratios(blocks, 4_000)]
        covered = sum(low <= self.TRUE <= high for low, high in ends) / len(ends)
        assert 0.92 <= covered <= 0.98

    def test_takes_far_wider_intervals_where_blocks_are_not_paired(self):
        widths = [
            statistics.fmean(high - low for low, high in map(interval, self.ratios(20, 1_000, paired=paired)))
            for paired in (True, False)
        ]
        assert widths[1] > 2 * widths[0]
