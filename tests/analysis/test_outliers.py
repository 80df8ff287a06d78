"""Trials far from the others of their case, checked against a plain recomputation and against chance."""

import math
import random
import statistics as plain
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
from support.frames import CPU, Seconds, grid, loaded, of_way

from analysis.outliers import with_outliers
from analysis.statistics import measured
from runner.matrix.case import Case

THREADS = of_way("threading")
SIX = grid([CPU], (1, 2, 4), ("sequential", "threading"))


def less(values: Iterable[float], middle: float) -> list[float]:
    return [value - middle for value in values]


def slow_in_the_fourth(cases: Iterable[Case]) -> dict[Case, Seconds]:
    """Return times of a little noise, three times as long in one block."""
    chance = np.random.default_rng(1)
    noise = {one: np.exp(0.01 * chance.standard_normal(11)) for one in cases}
    return {one: lambda block, own=own: float(own[block]) * (3 if block == 4 else 1) for one, own in noise.items()}


class TestOutliers:
    @staticmethod
    def flagged(*walls_s: float) -> list[int]:
        """Return the places of the outliers among these trials of one case."""
        frame = with_outliers(loaded({THREADS: lambda repeat: walls_s[repeat - 1]}, len(walls_s)))
        assert frame["outlier"].dtype == bool
        return [place for place, outlier in enumerate(frame["outlier"]) if outlier]

    @pytest.mark.parametrize("planted", [0.2, 2.0])
    @pytest.mark.parametrize("place", [0, 4, 9])
    def test_are_the_one_that_was_planted_and_only_it(self, place, planted):
        walls_s = [1.00, 1.01, 0.99, 1.02, 0.98, 1.01, 0.99, 1.00, 1.02]
        walls_s.insert(place, planted)
        assert self.flagged(*walls_s) == [place]

    @pytest.mark.parametrize(("z", "places"), [(4.6, []), (4.7, []), (4.8, [8]), (-4.7, []), (-4.8, [8]), (100, [8])])
    def test_lie_further_away_than_the_cut_off_of_nine_trials(self, z, places):
        """Of the logarithms of these values the median is 0 and the median distance from it is 0.02, whatever the last.

        The cut-off lies between those of 8 and of 10, at 4.75.
        """
        logs = [-0.03, -0.02, -0.015, -0.01, 0, 0.01, 0.02, 0.02]
        logs = [-own for own in logs] if z < 0 else logs
        assert self.flagged(*map(math.exp, [*logs, z * 0.02 / 0.6745])) == places

    @pytest.mark.parametrize("seed", range(2))
    def test_are_those_of_a_plain_recomputation(self, seed):
        chance = random.Random(seed)
        drift = [chance.uniform(1, 1.5) for _ in range(15)]
        walls = {
            one: [chance.gauss(10, 1) ** 3 * each * chance.choice([*[1] * 19, 3]) for each in drift]
            for one in grid([CPU])
        }
        frame = with_outliers(loaded({one: (lambda n, own=own: own[n - 1]) for one, own in walls.items()}, 15))
        away = {one: less(map(math.log, own), plain.median(map(math.log, own))) for one, own in walls.items()}
        expected = set()
        for case_id, one in enumerate(walls, start=1):
            others = [plain.median(own[block] for key, own in away.items() if key != one) for block in range(15)]
            cleared = [mine - theirs for mine, theirs in zip(away[one], others, strict=True)]
            cleared = [abs(own) for own in less(cleared, plain.median(cleared))]
            mad = plain.median(cleared)
            far = [repeat for repeat, own in enumerate(cleared, start=1) if 0.6745 * own / mad > 4.3 and own > 0.0199]
            expected |= {(case_id, repeat) for repeat in far}
        assert expected
        found = frame[frame["outlier"]]
        assert set(zip(found["case_id"], found["repeat"], strict=True)) == expected

    @pytest.mark.parametrize(("cases", "blocks"), [(3, 10), (4, 6), (4, 10), (7, 10), (7, 40)])
    def test_are_in_about_one_case_of_twenty_by_chance(self, cases, blocks):
        """Whatever the drift: of 252 cases 13 are expected. A cut-off of 3.5 gives some 30 of those of 10 blocks."""
        chance, sweeps = np.random.default_rng(7), 252 // cases
        drift = 0.1 * chance.standard_normal((sweeps, 1, blocks)) if cases > 3 else 0.0
        walls_s = np.exp(drift + 0.03 * chance.standard_normal((sweeps, cases, blocks)))
        sweep, case, repeat = np.indices(walls_s.shape).reshape(3, -1)
        frame = pd.DataFrame({"sweep_id": sweep, "case_id": sweep * cases + case, "repeat": repeat, "host_id": 1})
        frame = frame.assign(wall_s=walls_s.ravel(), status="ok", warmup=0)
        flagged = with_outliers(frame).groupby("case_id")["outlier"].any().sum()
        assert 4 <= flagged <= 22

    def test_are_not_the_cases_of_a_block_that_was_slow_for_all(self):
        assert not with_outliers(loaded(slow_in_the_fourth(SIX), 10))["outlier"].any()

    def test_are_the_case_that_a_slow_block_left_alone(self):
        walls = {**slow_in_the_fourth(SIX), SIX[2]: lambda block: 1.0 + 0.001 * block}
        frame = with_outliers(loaded(walls, 10))
        assert [(row.case_id, row.repeat) for row in frame[frame["outlier"]].itertuples()] == [(3, 4)]

    @pytest.mark.parametrize(("last", "places"), [(1.0199, []), (1.0201, [9]), (0.9806, []), (0.9803, [9])])
    def test_are_further_away_than_two_per_cent(self, last, places):
        assert self.flagged(*[1.0001, 0.9999] * 4, 1.0, last) == places

    def test_are_told_by_the_mean_distance_where_most_values_are_the_same(self):
        """They begin at 4.6 · 1.2533 = 5.765 times it: where the last of two is 1.361 times as far as the other."""
        assert self.flagged(*[1.0] * 8, 1.06, 1.06**1.35) == []
        assert self.flagged(*[1.0] * 8, 1.06, 1.06**1.37) == [9]

    def test_are_none_of_times_that_somebody_wrote_into_the_store(self):
        assert self.flagged(0.0, *[1.0] * 8, 0.0) == []

    def test_are_none_among_values_that_are_all_the_same(self):
        assert self.flagged(*[0.1] * 10) == []

    @pytest.mark.parametrize(("n", "places"), [(5, []), (6, [0])])
    def test_are_none_below_six_blocks(self, n, places):
        assert self.flagged(100.0, *(1 + 0.01 * number for number in range(n - 1))) == places

    def test_are_looked_for_within_each_case(self):
        quick, slow = of_way("threading", workers=2), of_way("threading", workers=4)
        walls = {
            quick: lambda repeat: 1 + 0.01 * repeat,
            slow: lambda repeat: 1.05 if repeat == 3 else 9 + 0.01 * repeat,
        }
        frame = with_outliers(loaded(walls, 8))
        assert [(row.case_id, row.repeat) for row in frame[frame["outlier"]].itertuples()] == [(2, 3)]

    def test_are_looked_for_on_each_host(self):
        frame = loaded({THREADS: lambda repeat: (1 if repeat <= 8 else 9) + 0.01 * repeat}, 15)
        assert list(with_outliers(frame)["outlier"]) == [False] * 8 + [True] * 7
        frame.loc[frame["repeat"] > 8, "host_id"] = 2
        assert not with_outliers(frame)["outlier"].any()

    def test_are_flagged_and_nothing_is_dropped_or_changed(self):
        frame = loaded({THREADS: lambda repeat: 50.0 if repeat == 2 else 1 + 0.01 * repeat}, 8)
        found = with_outliers(frame)
        pd.testing.assert_frame_equal(found.drop(columns="outlier"), frame)
        assert "outlier" not in frame
        assert len(measured(found)) == 8

    def test_are_never_trials_that_do_not_count_nor_do_those_sway_the_others(self):
        frame = loaded({THREADS: lambda repeat: 1 + 0.001 * repeat}, 12)
        frame.loc[0, ["warmup", "wall_s"]] = [1, 70.0]
        frame.loc[1, "status"] = "timeout"
        frame.loc[1, "wall_s"] = math.nan
        frame.loc[2:5, "status"] = "failed"
        frame.loc[2:5, "wall_s"] = 90.0
        frame.loc[6, "wall_s"] = 5.0
        assert list(with_outliers(frame)["outlier"]) == [place == 6 for place in range(12)]

    def test_of_no_trials_are_a_column_too(self):
        assert list(with_outliers(loaded({THREADS: 1.0}).iloc[:0])["outlier"]) == []
