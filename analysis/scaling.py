"""Fit laws of scaling, or refuse to. Pure: frames in, typed results out.

A *series* is one way of running one work at several numbers of workers: a frame with a row for each trial and the
columns `workers`, `repeat` (its block), `scaling`, `usable_cpus` and one of seconds. Strong series (fixed work) have
Amdahl's law and the Universal Scalability Law, weak ones (work grows with the workers) Gustafson's; neither is ever
fitted to the other. Only workers up to the usable CPUs take part: beyond them is oversubscription.

Intervals come from drawing blocks with replacement, all worker counts of a block together, and fitting again. A series
whose blocks are fewer than `MIN_BLOCKS` has none: `low` and `high` are NaN.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from analysis.grouping import SEQUENTIAL, STRONG, WEAK, panels
from analysis.misfit import Miss, miss
from analysis.resampling import Floats, by_block, resampled_estimate, resampled_medians
from analysis.scaling_laws import WINDOWS, Amdahl, Fits, Gustafson, Refusal, Usl
from analysis.statistics import block_ratios, measured
from runner.numbers.medians import MIN_BLOCKS, Estimate

RESAMPLES = 1000
AMDAHL_COUNTS, USL_COUNTS, GUSTAFSON_COUNTS = 4, 6, 4
"""Distinct worker counts below which a law is refused."""
REACH = 1.5
"""A peak further out than this multiple of the most workers measured is called beyond range."""
TINY = 1e-9
"""A share of the whole below which a fitted term is rounding, not measurement."""


def amdahl(series: pd.DataFrame, value: str = "wall_s", resamples: int = RESAMPLES) -> Amdahl | Refusal:
    """Fit Amdahl's law to a strong series' column of seconds, or say why not."""
    times = _times(series, value, STRONG, "Amdahl's law", AMDAHL_COUNTS)
    if isinstance(times, Refusal):
        return times
    seconds = _seconds(times, resamples)
    kappa = _kappa(_linear(times, seconds, 3)[0], len(times))
    if kappa.low > 0:
        return Refusal(f"Amdahl's law does not fit: more workers cost time (κ = {kappa}), for which it has no term.")
    betas, fitted = _linear(times, seconds, 2)
    if missed := miss(seconds, fitted, len(times), tolerance=0.0):
        return _misses("Amdahl's law", missed, times)
    t1, sigma = betas.sum(axis=1), _share(betas[:, 1], betas.sum(axis=1))
    return Amdahl(resampled_estimate(t1, len(times)), resampled_estimate(sigma, len(times)))


def usl(series: pd.DataFrame, value: str = "wall_s", resamples: int = RESAMPLES) -> Usl | Refusal:
    """Fit the Universal Scalability Law to a strong series' column of seconds, or say why not."""
    times = _times(series, value, STRONG, "The Universal Scalability Law", USL_COUNTS)
    if isinstance(times, Refusal):
        return times
    seconds = _seconds(times, resamples)
    betas, fitted = _linear(times, seconds, 3)
    if missed := miss(seconds, fitted, len(times)):
        return _misses("The Universal Scalability Law", missed, times)
    t1 = betas[:, 0] + betas[:, 1]
    t1_s, sigma = (resampled_estimate(figures, len(times)) for figures in (t1, _share(betas[:, 1], t1)))
    kappa = _kappa(betas, len(times))
    return Usl(t1_s, sigma, kappa, _peak(betas, kappa, times))


def gustafson(ratios: pd.DataFrame, resamples: int = RESAMPLES) -> Gustafson | Refusal:
    """Fit Gustafson's law to the `speedup` of a weak series (see `statistics.block_ratios`), or say why not."""
    scaled = _times(ratios, "speedup", WEAK, "Gustafson's law", GUSTAFSON_COUNTS)
    if isinstance(scaled, Refusal):
        return scaled
    more = scaled.columns.to_numpy(float) - 1
    medians = resampled_medians(scaled.to_numpy(float), resamples)
    alphas = (more + 1 - medians) @ more / (more @ more)
    alpha = resampled_estimate(alphas, len(scaled))
    if (alpha.low if alpha.has_interval else alpha.value) > 1:
        return Refusal("Gustafson's law does not apply: the run is slower than sequential calls (α is above 1).")
    if missed := miss(medians, more + 1 - alphas[:, None] * more, len(scaled)):
        return _misses("Gustafson's law", missed, scaled, "speedup")
    return Gustafson(alpha)


def _times(series: pd.DataFrame, value: str, scaling: str, law: str, counts: int) -> pd.DataFrame | Refusal:
    """Return `value` as a table of blocks × workers, whole blocks alone; or why the law cannot be fitted."""
    if set(series["scaling"]) - {scaling}:
        wanted = "fixed work (give `calls`)" if scaling == STRONG else "work that grows with the workers (no `calls`)"
        return Refusal(f"{law} is about {scaling} scaling: {wanted}.")
    counted = measured(series)
    counted = counted[counted["workers"] <= counted["usable_cpus"]].dropna(subset=[value])
    there = sorted(int(count) for count in counted["workers"].unique())
    if len(there) < counts:
        cpus = f" ({int(series['usable_cpus'].max())} here)" if len(series) else ""
        return Refusal(
            f"{law} takes {counts} different numbers of workers, none of them above the usable CPUs{cpus}; there "
            f"{'is' if len(there) == 1 else 'are'} {len(there)}{': ' * bool(there)}{', '.join(map(str, there))}."
        )
    whole = by_block(counted, "workers", value).dropna()
    if whole.empty:
        return Refusal(f"{law} takes at least one block in which every number of workers succeeded; there is none.")
    return whole


def _misses(law: str, missed: Miss, series: pd.DataFrame, what: str = "time") -> Refusal:
    workers = series.columns[missed.place]
    return Refusal(f"{law} does not fit: with {workers} workers the measured {what} is {missed} that of the curve.")


def _seconds(times: pd.DataFrame, resamples: int) -> Floats:
    """Return the medians over the blocks in the first row, in the others those of resampled blocks.

    What all times of a block have in common, its geometric mean, is taken out of each block and put back as its own
    median: so drift between the blocks blurs T(1), as it must, but not the shape of the curve.
    """
    values = times.to_numpy(float)
    level = np.exp(np.log(values).mean(axis=1, keepdims=True))
    medians = resampled_medians(np.hstack([values / level, level]), resamples)
    return medians[:, :-1] * medians[:, -1:]


def _linear(times: pd.DataFrame, seconds: Floats, terms: int) -> tuple[Floats, Floats]:
    """Return β ≥ 0 of T(p) = β1/p + β2 + β3 (p - 1), cut after `terms`, and T, for each row of seconds.

    Fitted by least squares with the weights 1/T².
    """
    workers = times.columns.to_numpy(float)
    design = np.stack([1 / workers, np.ones_like(workers), workers - 1][:terms], axis=1)
    ones = np.ones_like(workers)
    betas = np.array([nnls(design / row[:, None], ones)[0] for row in seconds])
    betas = np.where(betas > TINY * betas.sum(axis=1, keepdims=True), betas, 0.0)
    return betas, betas @ design.T


def _kappa(betas: Floats, blocks: int) -> Estimate:
    return resampled_estimate(_share(betas[:, 2], betas[:, 0] + betas[:, 1]), blocks)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _peak(betas: Floats, kappa: Estimate, blocks: pd.DataFrame) -> Estimate | Refusal:
    if not kappa.has_interval:
        return Refusal(f"no peak without an interval for κ, which takes {MIN_BLOCKS} blocks; there are {len(blocks)}.")
    with np.errstate(divide="ignore", invalid="ignore"):
        peaks = np.where(betas[:, 2] > 0, np.sqrt(betas[:, 0] / betas[:, 2]), np.inf)
    peak = resampled_estimate(peaks, len(blocks))
    if kappa.low == 0 or math.isinf(peak.high):
        return Refusal("no peak: the interval of κ reaches 0, so the curve may never turn.")
    most = int(blocks.columns.max())
    if peak.value > REACH * most:
        return Refusal(f"beyond range: more than {REACH:g} times the {most} workers measured.")
    return peak


def laws(trials: pd.DataFrame) -> Fits:
    """Fit every law to every way of every panel, over the whole run and over the compute window, or refuse.

    `trials` are grouped and count, with `compute_s`.
    """
    found: Fits = {}
    concurrent = trials[trials["mode"] != SEQUENTIAL]
    for value in WINDOWS:
        ratios = block_ratios(trials, value)
        for kind, frame in ((STRONG, concurrent), (WEAK, ratios)):
            for (panel, way), series in _series(frame[frame["scaling"] == kind]):
                if kind == STRONG:
                    found[panel, way, value, "Amdahl"] = amdahl(series, value)
                    found[panel, way, value, "USL"] = usl(series, value)
                else:
                    found[panel, way, value, "Gustafson"] = gustafson(series)
    return found


def _series(trials: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Return each way of each panel, the panels in their order."""
    places = {panel: place for place, panel in enumerate(panels(trials))}
    series = {(str(panel), str(way)): own for (panel, way), own in trials.groupby(["panel", "way"])}
    yield from sorted(series.items(), key=lambda item: (places[item[0][0]], item[0][1]))
