"""Laws of scaling: known parameters found again, and every reason not to fit."""

import math
import random
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from support.frames import CPU, IO, Seconds, disturbed, grouped, of_way

from analysis.grouping import panels
from analysis.scaling import amdahl, gustafson, laws, usl
from analysis.scaling_laws import WINDOWS, Amdahl, Gustafson, Refusal, Usl, karp_flatt
from analysis.statistics import block_ratios, speedups
from runner.matrix.case import Case
from runner.numbers.medians import Estimate
from runner.numbers.student import expanded_tail

COUNTS = (1, 2, 4, 8, 16, 32)
CALLS = 64
T1 = 2.0
Law = Callable[[int], float]
"""Seconds by number of workers."""


def by_amdahl(sigma: float, t1: float = T1) -> Law:
    return lambda p: t1 * (sigma + (1 - sigma) / p)


def by_usl(sigma: float, kappa: float, t1: float = T1) -> Law:
    return lambda p: t1 * (sigma + (1 - sigma) / p + kappa * (p - 1))


def by_gustafson(alpha: float, t1: float = T1) -> Law:
    """Return how long p calls take p workers, where one after the other they take p · t1."""
    return lambda p: p * t1 / (p - alpha * (p - 1))


def strong(
    law: Law,
    counts: Iterable[int] = COUNTS,
    blocks: int = 20,
    seed: int | None = 0,
    *,
    usable_cpus: int = 64,
    noise: float = 0.02,
    drift: float = 0.05,
) -> pd.DataFrame:
    """Return the threads of fixed work, baselines included: disturbed, or with no seed exact."""
    walls: dict[Case, Seconds] = {of_way("sequential", calls=CALLS): T1}
    walls |= {of_way("threading", workers=p, calls=CALLS): law(p) for p in counts}
    if seed is not None:
        walls = disturbed(walls, blocks, seed, noise, drift)
    return grouped(walls, blocks, usable_cpus=usable_cpus)


def weak(
    law: Law, counts: Iterable[int] = COUNTS, blocks: int = 20, seed: int | None = 0, *, usable_cpus: int = 64
) -> pd.DataFrame:
    """Return the threads of work that grows with them, baselines included."""
    walls: dict[Case, Seconds] = {of_way("sequential", workers=p): p * T1 for p in counts}
    walls |= {of_way("threading", workers=p): law(p) for p in counts}
    return grouped(walls if seed is None else disturbed(walls, blocks, seed), blocks, usable_cpus=usable_cpus)


def threads(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["mode"] == "threading"]


def fit_gustafson(frame: pd.DataFrame) -> Gustafson | Refusal:
    return gustafson(block_ratios(frame))


def close_to(truth: float, found: Estimate, within: float) -> bool:
    """Whether the truth is in the interval and the value is near the truth."""
    return found.low <= truth <= found.high and abs(found.value - truth) <= within


def levelled(frame: pd.DataFrame, value: str = "wall_s") -> tuple[pd.DataFrame, float]:
    """Return blocks × workers, each block divided by its own geometric mean, and the median of those means."""
    table = frame.pivot_table(index="repeat", columns="workers", values=value)
    level = np.exp(np.log(table).mean(axis=1))
    return table.div(level, axis=0), float(level.median())


def medians(frame: pd.DataFrame, value: str = "wall_s") -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of workers, and the median of each, but for what its block has in common."""
    table, level = levelled(frame, value)
    return table.columns.to_numpy(float), table.median().to_numpy() * level


class TestAmdahl:
    @pytest.mark.parametrize("seed", range(2))
    @pytest.mark.parametrize(
        ("sigma", "within"), [(0.0, 0.002), (0.02, 0.003), (0.1, 0.006), (0.4, 0.02), (0.9, 0.04), (1.0, 0.04)]
    )
    def test_finds_the_serial_share_again(self, sigma, within, seed):
        fit = amdahl(threads(strong(by_amdahl(sigma), seed=seed)))
        assert close_to(sigma, fit.sigma, within)
        assert close_to(T1, fit.t1_s, 0.1)
        assert fit.sigma.n == fit.t1_s.n == 20

    @given(
        st.floats(0, 1),
        st.floats(1e-5, 1e4),
        st.sampled_from([(1, 2, 3, 4), COUNTS, (2, 5, 11, 40), (1, 3, 9, 27, 48)]),
    )
    @settings(deadline=None, max_examples=10)
    def test_finds_it_exactly_where_there_is_no_noise(self, sigma, t1, counts):
        fit = amdahl(threads(strong(by_amdahl(sigma, t1), counts, blocks=1, seed=None)))
        assert fit.sigma.value == pytest.approx(sigma, abs=1e-9)
        assert fit.t1_s.value == pytest.approx(t1, rel=1e-9)

    @pytest.mark.parametrize("blocks", [6, 9])
    def test_has_an_interval_of_no_width_where_there_is_no_noise(self, blocks):
        fit = amdahl(threads(strong(by_amdahl(0.1), blocks=blocks, seed=None)))
        assert [fit.sigma.low, fit.sigma.value, fit.sigma.high] == pytest.approx([0.1] * 3, rel=1e-9)
        assert [fit.t1_s.low, fit.t1_s.value, fit.t1_s.high] == pytest.approx([T1] * 3, rel=1e-9)

    @pytest.mark.parametrize("sigma", [0.0, 0.1, 0.7, 1.0])
    @pytest.mark.parametrize("seed", range(2))
    def test_is_the_weighted_least_squares_that_scipy_finds(self, seed, sigma):
        series = threads(strong(by_amdahl(sigma), seed=seed, blocks=5, noise=0.1))
        p, seconds = medians(series)
        b1, b2 = bounded(np.stack([1 / p, np.ones_like(p)], axis=1), seconds)
        fit = amdahl(series)
        assert (fit.t1_s.value, fit.sigma.value) == pytest.approx((b1 + b2, b2 / (b1 + b2)), rel=1e-6, abs=1e-9)

    def test_has_the_interval_of_a_plain_bootstrap_over_whole_blocks(self):
        """As in test_statistics: four standard errors of the share of draws below either end."""
        series = threads(strong(by_amdahl(0.2), blocks=12))
        table, _ = levelled(series)
        p, draws = table.columns.to_numpy(float), 1_000
        design, chance = np.stack([1 / p, np.ones_like(p)], axis=1), random.Random(1)
        found = []
        for _ in range(draws):
            seconds = np.median(table.loc[chance.choices(list(table.index), k=12)].to_numpy(), axis=0)
            b1, b2 = np.linalg.lstsq(design / seconds[:, None], np.ones_like(seconds))[0]
            found.append(b2 / (b1 + b2))
        found.sort()
        tail = expanded_tail(12)
        room = 4 * math.sqrt(2 * tail * (1 - tail) / draws)
        inner, outer = math.ceil((tail + room) * draws), max(0, math.floor((tail - room) * draws))
        sigma = amdahl(series, resamples=draws).sigma
        assert found[outer] <= sigma.low <= found[inner]
        assert found[-1 - inner] <= sigma.high <= found[-1 - outer]

    def test_says_the_same_twice_and_in_any_order_of_rows(self):
        series = threads(strong(by_amdahl(0.1), blocks=8))
        assert amdahl(series) == amdahl(series) == amdahl(series.sample(frac=1, random_state=3))

    def test_gives_the_seconds_of_its_curve(self):
        fit = Amdahl(Estimate(2.0), Estimate(0.1))
        assert list(fit.seconds(np.array([1.0, 2.0, 9.0]))) == pytest.approx([by_amdahl(0.1)(p) for p in (1, 2, 9)])


class TestUsl:
    @pytest.mark.parametrize("seed", range(2))
    @pytest.mark.parametrize(
        ("sigma", "kappa", "within"),
        [
            (0.05, 0.002, (0.01, 0.0003)),
            (0.1, 0.01, (0.02, 0.001)),
            (0.3, 0.005, (0.03, 0.001)),
            (0, 0.01, (0.01, 0.001)),
        ],
    )
    def test_finds_contention_crosstalk_and_peak_again(self, sigma, kappa, within, seed):
        fit = usl(threads(strong(by_usl(sigma, kappa), seed=seed)))
        assert close_to(sigma, fit.sigma, within[0])
        assert close_to(kappa, fit.kappa, within[1])
        assert close_to(math.sqrt((1 - sigma) / kappa), fit.peak, 0.1 * math.sqrt((1 - sigma) / kappa))
        assert close_to(T1, fit.t1_s, 0.1)

    @pytest.mark.parametrize(
        ("sigma", "kappa"), [(0.05, 0.002), (0.1, 0.01), (0.0, 0.01), (0.6, 0.001), (0.05, 0.0), (0.0, 0.0)]
    )
    def test_finds_them_exactly_where_there_is_no_noise(self, sigma, kappa):
        fit = usl(threads(strong(by_usl(sigma, kappa), blocks=6, seed=None)))
        for found, truth in ((fit.sigma, sigma), (fit.kappa, kappa), (fit.t1_s, T1)):
            assert [found.low, found.value, found.high] == pytest.approx([truth] * 3, rel=1e-9, abs=1e-12)

    def test_has_its_peak_where_its_curve_is_lowest(self):
        fit = usl(threads(strong(by_usl(0.05, 0.002))))
        p = np.linspace(1, 64, 6301)
        assert fit.peak.value == pytest.approx(p[fit.seconds(p).argmin()], abs=0.01)
        assert fit.peak.value == pytest.approx(math.sqrt((1 - fit.sigma.value) / fit.kappa.value), rel=1e-9)

    @pytest.mark.parametrize(("sigma", "kappa"), [(0.05, 0.002), (0.0, 0.01), (0.1, 0.0), (0.0, 0.0), (0.9, 0.0)])
    @pytest.mark.parametrize("seed", range(2))
    def test_is_the_weighted_non_negative_least_squares_that_scipy_finds(self, seed, sigma, kappa):
        series = threads(strong(by_usl(sigma, kappa), seed=seed, blocks=5, noise=0.1))
        p, seconds = medians(series)
        b1, b2, b3 = bounded(np.stack([1 / p, np.ones_like(p), p - 1], axis=1), seconds)
        fit = usl(series)
        expected = (b1 + b2, b2 / (b1 + b2), b3 / (b1 + b2))
        assert (fit.t1_s.value, fit.sigma.value, fit.kappa.value) == pytest.approx(expected, rel=1e-6, abs=1e-9)

    def test_is_amdahls_law_where_there_is_no_crosstalk(self):
        series = threads(strong(by_amdahl(0.2), blocks=3, seed=None))
        contention, serial = usl(series), amdahl(series)
        assert (contention.sigma.value, contention.t1_s.value) == pytest.approx((serial.sigma.value, serial.t1_s.value))

    def test_gives_the_seconds_of_its_curve(self):
        fit = Usl(Estimate(2.0), Estimate(0.1), Estimate(0.01), Refusal("none"))
        assert list(fit.seconds(np.array([1.0, 2.0, 9.0]))) == pytest.approx([by_usl(0.1, 0.01)(p) for p in (1, 2, 9)])


def bounded(design: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return the coefficients ≥ 0 that make the squares of the relative errors least."""
    found = lsq_linear(design / seconds[:, None], np.ones_like(seconds), bounds=(0, np.inf), method="bvls", tol=1e-14)
    return np.asarray(found.x)


class TestPeaks:
    @pytest.mark.parametrize("seed", range(2))
    def test_are_refused_where_the_interval_of_kappa_reaches_zero(self, seed):
        fit = usl(threads(strong(by_usl(0.05, 0.0), seed=seed)))
        assert fit.kappa.low == 0
        assert fit.peak == Refusal("no peak: the interval of κ reaches 0, so the curve may never turn.")

    @pytest.mark.parametrize(("peak", "within"), [(40, True), (47.5, True), (48.5, False), (60, False)], ids=str)
    def test_are_called_beyond_range_over_one_and_a_half_times_the_most_workers(self, peak, within):
        fit = usl(threads(strong(by_usl(0.05, 0.95 / peak**2), blocks=6, seed=None)))
        assert fit.kappa.low > 0
        if within:
            assert fit.peak.value == pytest.approx(peak, rel=1e-9)
        else:
            assert fit.peak == Refusal("beyond range: more than 1.5 times the 32 workers measured.")

    def test_count_the_workers_up_to_the_usable_cpus_alone(self):
        frame = strong(by_usl(0.05, 0.95 / 40**2), (1, 2, 4, 8, 12, 16, 32), blocks=6, seed=None, usable_cpus=16)
        assert usl(threads(frame)).peak == Refusal("beyond range: more than 1.5 times the 16 workers measured.")

    @pytest.mark.parametrize("blocks", [1, 5])
    def test_are_refused_without_an_interval(self, blocks):
        fit = usl(threads(strong(by_usl(0.05, 0.01), blocks=blocks)))
        assert fit.kappa.value > 0
        assert fit.peak == Refusal(f"no peak without an interval for κ, which takes 6 blocks; there are {blocks}.")


class TestGustafson:
    @pytest.mark.parametrize("seed", range(2))
    @pytest.mark.parametrize("alpha", [0.0, 0.05, 0.3, 0.8, 1.0])
    def test_finds_the_serial_share_again(self, alpha, seed):
        fit = fit_gustafson(weak(by_gustafson(alpha), seed=seed))
        assert close_to(alpha, fit.alpha, 0.02)
        assert fit.alpha.n == 20

    @pytest.mark.parametrize("blocks", [1, 6])
    @pytest.mark.parametrize("alpha", [0.0, 0.05, 0.5, 1.0])
    def test_finds_it_exactly_where_there_is_no_noise(self, alpha, blocks):
        fit = fit_gustafson(weak(by_gustafson(alpha), blocks=blocks, seed=None))
        found = [fit.alpha.low, fit.alpha.value, fit.alpha.high] if blocks == 6 else [fit.alpha.value]
        assert found == pytest.approx([alpha] * len(found), abs=1e-9)

    @pytest.mark.parametrize("seed", range(2))
    def test_is_the_least_squares_that_numpy_finds(self, seed):
        ratios = block_ratios(weak(by_gustafson(0.2), seed=seed, blocks=7))
        scaled = ratios.groupby("workers")["speedup"].median()
        p = scaled.index.to_numpy(float)
        ((alpha,), *_) = np.linalg.lstsq((1 - p)[:, None], scaled.to_numpy() - p)
        assert gustafson(ratios).alpha.value == pytest.approx(alpha, rel=1e-9)

    def test_is_negative_where_the_speedup_is_more_than_the_workers(self):
        assert fit_gustafson(weak(by_gustafson(-0.1), blocks=3, seed=None)).alpha.value == pytest.approx(-0.1)

    def test_gives_the_speedups_of_its_line(self):
        assert list(Gustafson(Estimate(0.25)).speedup(np.array([1.0, 5.0]))) == [1.0, 4.0]


FITS = {
    "Amdahl's law": (lambda frame: amdahl(threads(frame)), strong, 4),
    "The Universal Scalability Law": (lambda frame: usl(threads(frame)), strong, 6),
    "Gustafson's law": (fit_gustafson, weak, 4),
}
EVERY_LAW = pytest.mark.parametrize("name", FITS)


class TestRefusals:
    @EVERY_LAW
    @pytest.mark.parametrize("fewer", [0, 1, 2])
    def test_are_for_too_few_numbers_of_workers(self, name, fewer):
        fit, data, counts = FITS[name]
        found = fit(data(by_amdahl(0.1), COUNTS[: counts - fewer], blocks=2, seed=None))
        assert isinstance(found, Refusal) is (fewer > 0)
        if fewer:
            listed = ", ".join(str(count) for count in COUNTS[: counts - fewer])
            assert found.reason == (
                f"{name} takes {counts} different numbers of workers, none of them above the usable CPUs (64 here); "
                f"there are {counts - fewer}: {listed}."
            )

    @EVERY_LAW
    def test_say_there_is_one_in_the_singular(self, name):
        fit, data, _ = FITS[name]
        assert fit(data(by_amdahl(0.1), (2,), blocks=2)).reason.endswith("(64 here); there is 1: 2.")

    @EVERY_LAW
    def test_count_only_workers_up_to_the_usable_cpus(self, name):
        fit, data, counts = FITS[name]
        usable = COUNTS[counts - 2]
        found = fit(data(by_amdahl(0.1), COUNTS, blocks=2, usable_cpus=usable))
        assert f"({usable} here); there are {counts - 1}: 1, 2" in found.reason

    @EVERY_LAW
    def test_count_only_workers_of_trials_that_count(self, name):
        fit, data, counts = FITS[name]
        frame = data(by_amdahl(0.1), COUNTS[:counts], blocks=2)
        alone = frame["workers"].eq(2) & frame["mode"].eq("threading")
        for change in ({"status": "failed"}, {"warmup": 1}):
            assert f"there are {counts - 1}: 1, 4" in fit(frame.assign(**_where(frame, alone, change))).reason

    @EVERY_LAW
    def test_are_for_data_without_a_whole_block(self, name):
        fit, data, counts = FITS[name]
        frame = data(by_amdahl(0.1), COUNTS[:counts], blocks=counts)
        lost = frame["mode"].eq("threading") & frame["workers"].eq(frame["repeat"].map(lambda n: COUNTS[n - 1]))
        assert fit(frame.assign(**_where(frame, lost, {"status": "timeout"}))) == Refusal(
            f"{name} takes at least one block in which every number of workers succeeded; there is none."
        )

    @EVERY_LAW
    def test_are_for_no_data_at_all(self, name):
        fit, data, counts = FITS[name]
        found = fit(data(by_amdahl(0.1), (1, 2), blocks=1).iloc[:0])
        assert found == Refusal(
            f"{name} takes {counts} different numbers of workers, none of them above the usable CPUs; there are 0."
        )

    @pytest.mark.parametrize("fit", [amdahl, usl])
    def test_are_for_weak_data_where_the_work_must_be_fixed(self, fit):
        found = fit(threads(weak(by_gustafson(0.1))))
        assert isinstance(found, Refusal)
        assert found.reason.endswith("is about strong scaling: fixed work (give `calls`).")

    def test_are_for_strong_data_where_the_work_must_grow(self):
        assert fit_gustafson(strong(by_amdahl(0.1))) == Refusal(
            "Gustafson's law is about weak scaling: work that grows with the workers (no `calls`)."
        )

    @EVERY_LAW
    def test_are_for_weak_and_strong_data_in_one(self, name):
        fit, *_ = FITS[name]
        both = [strong(by_amdahl(0.1), blocks=2), _renumbered(weak(by_gustafson(0.1), blocks=2))]
        assert "is about" in fit(pd.concat(both, ignore_index=True)).reason

    @EVERY_LAW
    @pytest.mark.parametrize("blocks", [1, 5, 6])
    def test_are_not_for_few_blocks_but_there_is_no_interval_below_six(self, name, blocks):
        fit, data, _ = FITS[name]
        found = fit(data(by_amdahl(0.1) if data is strong else by_gustafson(0.1), blocks=blocks))
        estimates = [getattr(found, field) for field in ("t1_s", "sigma", "kappa", "alpha") if hasattr(found, field)]
        assert estimates
        for one in estimates:
            assert math.isfinite(one.value)
            assert one.n == blocks
            assert one.has_interval is (blocks >= 6)


def by_cores(cores: int, beyond: float) -> Law:
    """Return a law without a peak: each worker beyond so many cores is worth that part of one."""
    return lambda p: T1 / (min(p, cores) + beyond * max(0, p - cores))


CURVES = {
    "cores with two threads each": by_cores(8, 0.3),
    "a bandwidth that six use up": by_cores(6, 0.0),
    "crosstalk": by_usl(0.05, 0.005),
}


class TestMisfits:
    """Simulations, small: a law is refused where its curve is not that of the times, and seldom where it is."""

    @pytest.mark.parametrize("curve", CURVES)
    @pytest.mark.parametrize(("blocks", "noise"), [(6, 0.01), (10, 0.03), (20, 0.01)])
    def test_are_refused(self, curve, blocks, noise):
        for seed in range(2):
            series = threads(strong(CURVES[curve], blocks=blocks, seed=seed, noise=noise))
            assert isinstance(amdahl(series), Refusal)
            assert isinstance(usl(series), Refusal) is (curve != "crosstalk")

    @pytest.mark.parametrize(("fit", "law", "most"), [(amdahl, by_amdahl(0.1), 2), (usl, by_usl(0.1, 0.005), 0)])
    @pytest.mark.parametrize(("blocks", "noise"), [(6, 0.03), (10, 0.01), (20, 0.03)])
    def test_are_rare_where_the_law_is_true(self, fit, law, most, blocks, noise):
        """Of Amdahl's, 2 to 3 % are refused, mostly for an interval of κ that excludes 0 by chance."""
        found = [fit(threads(strong(law, blocks=blocks, seed=seed, noise=noise))) for seed in range(8)]
        assert sum(isinstance(one, Refusal) for one in found) <= most

    def test_of_gustafsons_law_are_refused_and_rare(self):
        true = [fit_gustafson(weak(by_gustafson(0.1), blocks=10, seed=seed)) for seed in range(20)]
        assert not any(isinstance(one, Refusal) for one in true)
        capped = fit_gustafson(weak(lambda p: T1 * max(1, p / 6), blocks=10))
        assert isinstance(capped, Refusal)
        assert "does not fit: with 4 workers the measured speedup is 2.4" in capped.reason

    def test_say_where_and_by_how_much(self):
        found = usl(threads(strong(by_cores(6, 0.0), blocks=6, seed=None)))
        assert "does not fit: with 16 workers the measured time is 1.15 times [" in found.reason
        assert found.reason.endswith("] that of the curve.")

    def test_of_amdahls_law_say_that_more_workers_cost_time(self):
        found = amdahl(threads(strong(by_usl(0.05, 0.005), blocks=6, seed=None)))
        assert found.reason == (
            "Amdahl's law does not fit: more workers cost time (κ = 0.00500 [0.00500, 0.00500]), "
            "for which it has no term."
        )


def _where(frame: pd.DataFrame, rows: pd.Series, changes: dict[str, object]) -> dict[str, pd.Series]:
    return {column: frame[column].mask(rows, value) for column, value in changes.items()}


class TestSeries:
    @pytest.mark.parametrize("fit", [amdahl, usl])
    def test_are_fitted_up_to_the_usable_cpus_alone(self, fit):
        frame = threads(strong(by_amdahl(0.05), (1, 2, 4, 6, 8, 12, 16, 32), blocks=7, usable_cpus=12))
        oversubscribed = frame.assign(wall_s=frame["wall_s"].mask(frame["workers"] > 12, 100.0))
        assert fit(oversubscribed) == fit(frame[frame["workers"] <= 12])

    @EVERY_LAW
    def test_are_fitted_by_whole_blocks_alone(self, name):
        fit, data, _ = FITS[name]
        frame = data(by_amdahl(0.1), blocks=9)
        lost = frame["mode"].eq("threading") & frame["workers"].eq(4) & frame["repeat"].isin([2, 7])
        assert fit(frame.assign(**_where(frame, lost, {"status": "crashed"}))) == fit(
            frame[~frame["repeat"].isin([2, 7])]
        )

    def test_are_fitted_by_trials_that_count_alone(self):
        frame = threads(strong(by_amdahl(0.1), blocks=8))
        beside = frame[frame["repeat"] == 1].assign(wall_s=99.0)
        every = pd.concat([beside.assign(warmup=1), beside.assign(repeat=9, status="failed"), frame])
        assert amdahl(every) == amdahl(frame)

    def test_do_not_feel_a_drift_that_all_trials_of_a_block_share(self):
        found = amdahl(threads(strong(by_amdahl(0.1), blocks=9, noise=0.0, drift=0.2))).sigma
        assert [found.low, found.value, found.high] == pytest.approx([0.1] * 3, rel=1e-9)


class TestWindows:
    @staticmethod
    def with_start_up_cost(seed: int | None = 0, blocks: int = 12) -> pd.DataFrame:
        """Return fixed work by Amdahl's law in the compute window, and 5 ms for the start of each worker beside it."""
        frame = strong(by_amdahl(0.05), blocks=blocks, seed=seed)
        start_up = 0.005 * frame["workers"].where(frame["mode"] == "threading", 0)
        return frame.assign(compute_s=frame["wall_s"], wall_s=frame["wall_s"] + start_up)

    def test_tell_start_up_cost_from_crosstalk(self):
        series = threads(self.with_start_up_cost())
        whole, compute = usl(series), usl(series, "compute_s")
        assert whole.kappa.low > 0
        assert close_to(0.005 / T1, whole.kappa, 0.0005)
        assert isinstance(whole.peak, Estimate)
        assert compute.kappa.low == 0
        assert isinstance(compute.peak, Refusal)
        assert close_to(0.05, compute.sigma, 0.01)

    def test_give_two_answers_to_amdahls_law(self):
        series = threads(self.with_start_up_cost(seed=None, blocks=6))
        assert amdahl(series, "compute_s").sigma.value == pytest.approx(0.05, rel=1e-9)
        assert isinstance(amdahl(series), Refusal)

    def test_leave_out_trials_whose_window_is_not_known(self):
        series = threads(self.with_start_up_cost(blocks=8))
        gaps = series.assign(compute_s=series["compute_s"].mask((series["workers"] == 4) & (series["repeat"] == 3)))
        assert amdahl(gaps, "compute_s") == amdahl(series[series["repeat"] != 3], "compute_s")
        assert amdahl(gaps) == amdahl(series)


class TestKarpFlatt:
    @staticmethod
    def table(workers: Sequence[int], speedup: Sequence[float], width: float = 0.0) -> pd.DataFrame:
        s = np.array(speedup, dtype=float)
        return pd.DataFrame({"workers": workers, "speedup": s, "low": s * (1 - width), "high": s * (1 + width)})

    @pytest.mark.parametrize(
        ("workers", "speedup", "serial"),
        [(2, 2, 0), (2, 1, 1), (2, 1.5, 1 / 3), (4, 2, 1 / 3), (8, 8, 0), (8, 4, 1 / 7), (2, 0.5, 3), (2, 2.5, -0.2)],
    )
    def test_is_the_formula(self, workers, speedup, serial):
        assert karp_flatt(self.table([workers], [speedup]))["serial"].item() == pytest.approx(serial, abs=1e-12)

    def test_is_flat_for_a_serial_part_and_rises_for_crosstalk(self):
        flat = karp_flatt(self.table(COUNTS, [T1 / by_amdahl(0.15)(p) for p in COUNTS]))["serial"]
        assert list(flat) == pytest.approx([0.15] * 5, rel=1e-9)
        rising = list(karp_flatt(self.table(COUNTS, [T1 / by_usl(0.15, 0.01)(p) for p in COUNTS]))["serial"])
        assert rising == sorted(set(rising))

    def test_leaves_out_one_worker_and_keeps_the_rest_in_order(self):
        found = karp_flatt(self.table([1, 8, 1, 2], [1, 4, 0.9, 1.9]))
        assert list(found["workers"]) == [8, 2]
        assert list(found["speedup"]) == [4, 1.9]

    def test_has_the_ends_of_its_interval_the_other_way_round(self):
        (row,) = karp_flatt(self.table([4], [3.0], 0.1)).to_dict("records")
        assert row["serial_low"] == pytest.approx((1 / 3.3 - 1 / 4) / (1 - 1 / 4))
        assert row["serial_high"] == pytest.approx((1 / 2.7 - 1 / 4) / (1 - 1 / 4))
        assert row["serial_low"] < row["serial"] < row["serial_high"]

    @pytest.mark.parametrize("blocks", [3, 8])
    def test_goes_with_the_speedups_of_trials(self, blocks):
        found = karp_flatt(speedups(strong(by_amdahl(0.1), blocks=blocks), ["way"]))
        assert list(found["workers"]) == [2, 4, 8, 16, 32]
        assert list(found["serial_low"].isna()) == list(found["serial_high"].isna()) == [blocks < 6] * 5
        if blocks >= 6:
            assert (found["serial_low"] <= found["serial"]).all()
            assert (found["serial"] <= found["serial_high"]).all()

    def test_of_no_speedups_is_empty_and_has_the_columns(self):
        found = karp_flatt(speedups(strong(by_amdahl(0.1), (2,), blocks=1).iloc[:0]))
        assert found.empty
        assert {"serial", "serial_low", "serial_high"} <= set(found.columns)


class TestLaws:
    @staticmethod
    def mixed(blocks: int = 2) -> pd.DataFrame:
        """Return two works in two ways, each weak and strong, the strong ones with two numbers of calls."""
        walls: dict[Case, Seconds] = {}
        for work in (CPU, IO):
            for calls in (None, 48, CALLS):
                for p in COUNTS:
                    walls[of_way("sequential", work, p, calls)] = T1
                    for way in ("threading", "multiprocessing/fork"):
                        walls[of_way(way, work, p, calls)] = by_amdahl(0.1)(p)
        return grouped(walls, blocks, usable_cpus=64)

    def test_are_fitted_to_each_way_of_each_panel_over_both_windows(self):
        frame = self.mixed()
        scalings = frame.drop_duplicates("panel").set_index("panel")["scaling"]
        assert sorted(scalings) == ["strong"] * 4 + ["weak"] * 2
        assert set(laws(frame)) == {
            (panel, way, window, law)
            for panel, kind in scalings.items()
            for way in ("threading", "multiprocessing/fork")
            for window in ("wall_s", "compute_s")
            for law in {"strong": ("Amdahl", "USL"), "weak": ("Gustafson",)}[kind]
        }

    def test_come_window_by_window_in_the_order_of_panels_and_ways(self):
        frame = self.mixed(1)
        order, windows = panels(frame), list(WINDOWS)
        found = laws(frame.sample(frac=1, random_state=2))
        keys = [
            (windows.index(window), law == "Gustafson", order.index(panel), way) for panel, way, window, law in found
        ]
        assert keys == sorted(keys)

    def test_are_of_the_kind_that_the_scaling_has(self):
        frame = self.mixed()
        scalings = frame.drop_duplicates("panel").set_index("panel")["scaling"]
        kinds = {"Amdahl": Amdahl, "USL": Usl, "Gustafson": Gustafson}
        found = laws(frame)
        assert all(isinstance(fit, kinds[law]) for (*_, law), fit in found.items())
        assert {(scalings[panel], law) for panel, _, _, law in found} == {
            ("strong", "Amdahl"),
            ("strong", "USL"),
            ("weak", "Gustafson"),
        }

    def test_are_those_of_each_series_alone(self):
        frame = pd.concat(
            [TestWindows.with_start_up_cost(blocks=7), weak(by_gustafson(0.3), blocks=7).pipe(_renumbered)]
        )
        found = laws(frame)
        assert len(found) == 6
        of_kind = dict(list(frame.groupby("scaling")))
        for (_, way, window, law), fit in found.items():
            assert way == "threading"
            if law == "Gustafson":
                assert fit == gustafson(block_ratios(of_kind["weak"], window))
            else:
                assert fit == {"Amdahl": amdahl, "USL": usl}[law](threads(of_kind["strong"]), window)
        kappas = {window: fit.kappa.value for (_, _, window, law), fit in found.items() if law == "USL"}
        assert kappas["wall_s"] > 10 * kappas["compute_s"]

    def test_are_refused_one_by_one(self):
        found = laws(strong(by_amdahl(0.1), COUNTS[:4], blocks=2))
        assert {(law, isinstance(fit, Refusal)) for (*_, law), fit in found.items()} == {
            ("Amdahl", False),
            ("USL", True),
        }

    def test_of_no_trials_are_none(self):
        assert laws(strong(by_amdahl(0.1), blocks=1).iloc[:0]) == {}

    def test_have_windows_and_names_that_the_module_lists(self):
        found = laws(self.mixed(1))
        assert {window for _, _, window, _ in found} == set(WINDOWS)
        assert {law for *_, law in found} == {"Amdahl", "USL", "Gustafson"}

    def test_of_fixed_work_need_no_sequential_cases(self):
        alone = threads(strong(by_amdahl(0.1)))
        assert laws(alone)[alone["panel"].iloc[0], "threading", "wall_s", "Amdahl"] == amdahl(alone)

    def test_find_no_peak_where_crosstalk_is_but_rounding(self):
        assert isinstance(usl(threads(strong(by_usl(1.0, 0.0), blocks=6, seed=None))).peak, Refusal)


def _renumbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with numbers of cases and trials that no other frame has."""
    numbers = ["case_id", "baseline_id", "trial_id"]
    return frame.assign(**{column: frame[column] + 1_000_000 for column in numbers})
