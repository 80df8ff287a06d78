"""The fitted laws of scaling and their formulas. Pure."""

from dataclasses import dataclass

import pandas as pd

from analysis.resampling import Floats
from runner.numbers.medians import Estimate

WINDOWS = {"wall_s": "whole run", "compute_s": "compute window"}
"""Columns of seconds that laws are fitted to: from before the first worker is created until the last is joined; from
first BEGIN to last END."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the data cannot carry an answer, and what would."""

    reason: str


@dataclass(frozen=True, slots=True)
class Amdahl:
    """S(p) = 1 / (σ + (1 - σ) / p): a share σ of the work is serial (Amdahl 1967)."""

    t1_s: Estimate
    sigma: Estimate

    def seconds(self, workers: Floats) -> Floats:
        """Return the fitted time with that many workers."""
        sigma = self.sigma.value
        return self.t1_s.value * ((1 - sigma) / workers + sigma)


@dataclass(frozen=True, slots=True)
class Usl:
    """T(p) = T(1) · ((1 - σ) / p + σ + κ (p - 1)): contention σ and crosstalk κ (Gunther 2007).

    `peak` is p* = √((1 - σ) / κ), from where more workers make the run slower.
    """

    t1_s: Estimate
    sigma: Estimate
    kappa: Estimate
    peak: Estimate | Refusal

    def seconds(self, workers: Floats) -> Floats:
        """Return the fitted time with that many workers."""
        sigma, kappa = self.sigma.value, self.kappa.value
        return self.t1_s.value * ((1 - sigma) / workers + sigma + kappa * (workers - 1))


@dataclass(frozen=True, slots=True)
class Gustafson:
    """S(p) = p - α (p - 1): a share α of the parallel run is serial (Gustafson 1988)."""

    alpha: Estimate

    def speedup(self, workers: Floats) -> Floats:
        """Return the fitted scaled speedup with that many workers."""
        return workers - self.alpha.value * (workers - 1)


Fit = Amdahl | Usl | Gustafson | Refusal
Fits = dict[tuple[str, str, str, str], Fit]
"""By panel, way, column of seconds (see WINDOWS) and name of the law."""


def karp_flatt(speedups: pd.DataFrame) -> pd.DataFrame:
    """Add `serial`, `serial_low`, `serial_high` to rows of `statistics.speedups`, and drop those of one worker.

    The experimentally determined serial fraction e = (1/S - 1/p) / (1 - 1/p) (Karp & Flatt 1990). Flat over p it is a
    serial part, rising an overhead, negative a superlinear speedup or a bad baseline. It falls as S grows, so the ends
    of S's interval change places.
    """
    several = speedups[speedups["workers"] > 1]
    one = 1 / several["workers"]

    def fraction(speedup: pd.Series) -> pd.Series:
        return (1 / speedup - one) / (1 - one)

    return several.assign(
        serial=fraction(several["speedup"]),
        serial_low=fraction(several["high"]),
        serial_high=fraction(several["low"]),
    )
