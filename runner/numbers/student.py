"""Compute which quantiles of the resampled medians bound a confidence interval (Student's t)."""

import math
from functools import cache

CONFIDENCE = 0.95
CLOSE, NEGLIGIBLE = 1e-8, 1e-20


@cache
def expanded_tail(n: int, confidence: float = CONFIDENCE) -> float:
    """Return the share of resamples to leave out at either end, for n values.

    Plain percentiles understate the spread of few values. These are taken further out, as far as Student's t with n - 1
    degrees of freedom is from the normal distribution (Hesterberg 2015, The American Statistician 69(4), section 5.3).
    """
    return math.erfc(math.sqrt(n / (n - 1) / 2) * quantile(confidence, n - 1)) / 2


def quantile(confidence: float, freedom: int) -> float:
    """Return t such that a value of Student's distribution lies between -t and t with this probability.

    By Newton's method. The probability beyond ±t is the regularised incomplete beta function I(x; freedom / 2, 1 / 2)
    at x = freedom / (freedom + t²), here as a series of positive terms (Abramowitz & Stegun, 26.5.4 and 26.7.1).
    """
    half = freedom / 2
    factor = _gamma_ratio(freedom)
    t = 1.0
    while True:
        x = freedom / (freedom + t * t)
        height = factor * math.exp(-half * math.log1p(t * t / freedom))
        beyond = height * t / math.sqrt(freedom + t * t) * _series(half, x)
        step = (beyond - (1 - confidence)) / (height * math.sqrt(freedom * x))
        t += step
        if abs(step) < CLOSE * t:  # the next one would be of the order of its square
            return t


def _series(half: float, x: float) -> float:
    """Return the sum of all terms, each of which follows from the one before it."""
    terms, number = [1.0], 0
    while terms[-1] > NEGLIGIBLE:
        terms.append(terms[-1] * x * (half + number + 0.5) / (half + number + 1))
        number += 1
    return math.fsum(terms)


def _gamma_ratio(freedom: int) -> float:
    """Return Γ((freedom + 1) / 2) ÷ (√π · Γ(freedom / 2 + 1)), from binomial coefficients, which are exact."""
    half, odd = divmod(freedom, 2)
    if odd:
        return float(4 ** (half + 1) / ((half + 1) * math.comb(freedom + 1, half + 1)) / math.pi)
    return float(math.comb(freedom, half) / 4**half)
