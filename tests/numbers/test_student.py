"""Quantiles and tails, with scipy as the oracle."""

import math
import statistics

import pytest
from scipy import stats

from runner.numbers.student import expanded_tail, quantile

T_975 = {6: 2.5706, 7: 2.4469, 10: 2.2622, 13: 2.1788, 20: 2.0930, 30: 2.0452}
"""From a printed table: the 97.5 % quantile of Student's t for that many values."""


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.965, 0.988, 0.999])
def test_the_quantiles_are_those_of_scipy(confidence):
    for freedom in (*range(2, 30), 59, 100, 499):
        expected = stats.t.ppf((1 + confidence) / 2, freedom)
        assert quantile(confidence, freedom) == pytest.approx(expected, rel=2e-13), freedom


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.988])
def test_the_tails_are_those_of_scipy(confidence):
    for n in (*range(6, 30), 60, 100, 500):
        t = stats.t.ppf((1 + confidence) / 2, n - 1)
        assert expanded_tail(n, confidence) == pytest.approx(stats.norm.cdf(-math.sqrt(n / (n - 1)) * t), rel=2e-13), n


@pytest.mark.parametrize(("n", "t"), T_975.items())
def test_tails_are_as_far_out_as_students_t_is_from_the_normal_distribution(n, t):
    expected = statistics.NormalDist().cdf(-math.sqrt(n / (n - 1)) * t)
    assert expanded_tail(n) == pytest.approx(expected, rel=1e-3)
    assert expanded_tail(n) < 0.025
