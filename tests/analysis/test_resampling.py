"""Tables of blocks, and the medians of draws of blocks."""

import math
import random
import statistics as plain

import numpy as np
import pandas as pd
import pytest
from support.frames import CPU, grid, trials

from analysis.resampling import by_block, resampled_estimate, resampled_medians
from runner.numbers.student import expanded_tail


class TestByBlock:
    def test_is_a_table_of_blocks_and_columns_with_gaps_where_there_is_nothing(self):
        frame = trials(dict.fromkeys(grid([CPU], (4, 1, 2), ("threading",)), float), 3)
        frame = (
            frame.assign(wall_s=frame["wall_s"] * 10 + frame["workers"]).drop(index=1).sample(frac=1, random_state=1)
        )
        found = by_block(frame, "workers", "wall_s")
        expected = frame.pivot_table(index="repeat", columns="workers", values="wall_s")
        assert found.isna().to_numpy().sum() == 1
        pd.testing.assert_frame_equal(found, expected, check_names=False)


class TestResampledMedians:
    VALUES = np.random.default_rng(5).lognormal(0, 0.1, (9, 1))

    @pytest.mark.parametrize("n", [5, 6, 9])
    def test_begin_with_the_medians_and_end_there_below_six_blocks(self, n):
        values = np.random.default_rng(n).lognormal(0, 0.1, (n, 3))
        found = resampled_medians(values, 40)
        assert found.shape == (1 if n < 6 else 41, 3)
        assert np.array_equal(found[0], np.median(values, axis=0))

    @pytest.mark.parametrize("n", [6, 9, 10])
    def test_take_the_same_blocks_in_all_columns(self, n):
        values = np.random.default_rng(n).lognormal(0, 0.1, (n, 1))
        found = resampled_medians(np.hstack([values, 3 * values, -values, values + 1]), 500)
        first = found[:, :1]
        np.testing.assert_allclose(found, np.hstack([first, 3 * first, -first, first + 1]), rtol=1e-12)
        assert len(np.unique(first[1:])) > 5

    def test_are_those_of_the_draws_of_numpy(self):
        values = np.random.default_rng(1).lognormal(0, 0.1, (10, 3))
        drawn = np.random.default_rng([7, 10]).multinomial(10, [0.1] * 10, size=200)
        expected = [np.median(np.repeat(values, draw, axis=0), axis=0) for draw in drawn]
        assert np.array_equal(resampled_medians(values, 200)[1:], expected)

    def test_are_spread_as_those_of_a_plain_bootstrap(self):
        found = np.sort(resampled_medians(self.VALUES, 5_000)[1:, 0])
        chance = random.Random(1)
        slowly = [plain.median(chance.choices(list(self.VALUES[:, 0]), k=9)) for _ in range(5_000)]
        for value in self.VALUES[:, 0]:
            shares = np.mean(found <= value), np.mean(np.array(slowly) <= value)
            assert shares[0] == pytest.approx(shares[1], abs=4 * math.sqrt(2 * 0.25 / 5_000))


class TestResampledEstimate:
    def test_has_no_interval_where_there_is_but_the_figure_itself(self):
        found = resampled_estimate(np.array([1.5]), 5)
        assert (found.value, found.n, found.has_interval) == (1.5, 5, False)

    def test_ends_at_draws_that_the_tails_leave_out(self):
        figures = np.random.default_rng(1).permutation(np.arange(1000.0))
        found = resampled_estimate(np.array([7.0, *figures]), 10)
        place = math.ceil(expanded_tail(10) * 1000) - 1
        assert (found.value, found.low, found.high, found.n) == (7.0, place, 1000 - place - 1, 10)

    def test_may_be_infinite_and_leaves_out_what_is_not_known(self):
        found = resampled_estimate(np.array([2.0, *[1.0] * 50, *[math.inf] * 50, *[math.nan] * 50]), 10)
        assert (found.value, found.low, found.high) == (2.0, 1.0, math.inf)
