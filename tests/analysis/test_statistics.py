"""Medians, intervals, speedups and outliers, checked against the store's views and against plain recomputation."""

import importlib.util
import math
import random
import statistics as plain
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.frames import CPU, IO, grid, loaded, of_way, trials
from support.stores import Planned, fill, outcome, rows, timing

from analysis import load, statistics
from analysis.statistics import MIN_BLOCKS, SEED, Estimate, Median, block_ratios, measured, speedups, with_outliers
from runner.matrix.case import Case
from runner.outcome import Status

STORE = Path("runs.db")
WAYS = ("sequential", "threading", "multiprocessing/fork")
SEQUENTIAL, THREADS = of_way("sequential"), of_way("threading")
T_975 = {6: 2.5706, 7: 2.4469, 10: 2.2622, 13: 2.1788, 20: 2.0930, 30: 2.0452}
"""From a printed table: the 97.5 % quantile of Student's t for that many values."""


def frame_of(values: dict[Any, list[float]]) -> pd.DataFrame:
    """Return a row for each value, with its group and its block."""
    rows_ = [
        {"group": group, "repeat": repeat, "value": value}
        for group, own in values.items()
        for repeat, value in enumerate(own, start=1)
    ]
    return pd.DataFrame(rows_, columns=["group", "repeat", "value"])


def by_chance(seed: int, blocks: int, groups: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return frame_of({group: list(chance.lognormal(0, 0.1, blocks)) for group in range(groups)})


def of_group(table: pd.DataFrame, group: Any) -> tuple[float, ...]:
    (row,) = table[table["group"] == group].drop(columns="group").itertuples(index=False)
    return tuple(row)


class TestMedian:
    @pytest.mark.parametrize("seed", range(3))
    def test_is_what_pandas_says_for_each_group_of_several_columns(self, seed):
        chance = np.random.default_rng(seed)
        frame = pd.DataFrame(
            {
                "way": chance.choice(["threading", "fork", "spawn"], 200),
                "size": chance.choice([1, 2, 4], 200),
                "value": chance.lognormal(0, 1, 200).round(1),
            }
        )
        found = Median("value", ["way", "size"])(frame)
        assert list(found.columns) == ["way", "size", "n", "value", "low", "high"]
        expected = frame.groupby(["way", "size"], sort=False)["value"].agg(["size", "median"])
        assert list(zip(found["way"], found["size"], strict=True)) == list(expected.index)
        assert list(found["n"]) == list(expected["size"])
        assert list(found["value"]) == pytest.approx(list(expected["median"]), rel=1e-12)

    def test_leaves_out_what_is_not_known(self):
        frame = frame_of({"a": [1.0, math.nan, 3.0, 8.0, math.nan], "b": [math.nan], "c": [2.0]})
        found = Median("value", ["group"])(frame)
        assert list(found["group"]) == ["a", "c"]
        assert list(found["n"]) == [3, 1]
        assert list(found["value"]) == [3.0, 2.0]

    def test_knows_the_group_of_what_has_no_start_method(self):
        frame = frame_of({None: [5.0] * 7, "fork": [1.0] * 7, "spawn": [3.0] * 6}).sample(frac=1, random_state=1)
        found = Median("value", ["group"])(frame)
        assert {None if pd.isna(key) else key: n for key, n in zip(found["group"], found["n"], strict=True)} == {
            None: 7,
            "fork": 7,
            "spawn": 6,
        }
        for column in ("value", "low", "high"):
            assert sorted(found[column]) == [1.0, 3.0, 5.0]
            assert list(found[column]) == list(found["value"])

    @pytest.mark.parametrize("by", [["group"], ["group", "repeat"]])
    def test_of_an_empty_frame_is_empty_and_has_the_columns(self, by):
        found = Median("value", by)(frame_of({}))
        assert list(found.columns) == [*by, "n", "value", "low", "high"]
        assert found.empty

    def test_does_not_change_what_it_is_given(self):
        frame = by_chance(1, 8, 3)
        before = frame.copy(deep=True)
        Median("value", ["group"])(frame)
        pd.testing.assert_frame_equal(frame, before)

    def test_of_thousands_of_groups_is_one_row_each(self):
        chance = np.random.default_rng(1)
        values = chance.lognormal(0, 0.1, (10_000, 20))
        frame = pd.DataFrame({"case_id": np.repeat(np.arange(10_000), 20), "value": values.ravel()})
        found = Median("value", ["case_id"])(frame)
        assert list(found["case_id"]) == list(range(10_000))
        assert np.array_equal(found["value"], np.median(values, axis=1))
        assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()


class TestIntervals:
    @pytest.mark.parametrize("n", range(1, 10))
    def test_are_claimed_from_six_blocks_on_and_not_below(self, n):
        (row,) = Median("value", ["group"])(by_chance(n, n)).to_dict("records")
        assert MIN_BLOCKS == 6
        assert [math.isnan(row[end]) for end in ("low", "high")] == [n < 6, n < 6]

    def test_are_claimed_by_the_values_that_are_known(self):
        frame = frame_of({"five": [1.0, 2.0, 3.0, 4.0, 5.0, math.nan], "six": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, math.nan]})
        found = Median("value", ["group"])(frame)
        assert list(found["low"].isna()) == [True, False]

    @given(st.lists(st.floats(1e-6, 1e6) | st.sampled_from([1.0, 2.0]), min_size=6, max_size=40))
    @settings(deadline=None, max_examples=50)
    def test_are_ordered_hold_the_median_and_reach_no_further_than_the_values(self, values):
        n, median, low, high = of_group(Median("value", ["group"], resamples=300)(frame_of({"a": values})), "a")
        assert (n, median) == (len(values), plain.median(values))
        assert min(values) <= low <= median <= high <= max(values)

    @pytest.mark.parametrize("factor", [1e-9, 0.5, 3.0])
    def test_are_in_the_units_of_the_values(self, factor):
        frame = by_chance(1, 11)
        once = Median("value", ["group"])(frame)[["value", "low", "high"]]
        scaled = Median("value", ["group"])(frame.assign(value=frame["value"] * factor))[["value", "low", "high"]]
        np.testing.assert_allclose(scaled, once * factor, rtol=1e-12)

    def test_of_equal_values_are_that_value(self):
        assert of_group(Median("value", ["group"])(frame_of({"a": [0.3] * 9})), "a") == (9, 0.3, 0.3, 0.3)

    def test_are_wider_the_more_is_asked_of_them(self):
        frame = by_chance(1, 15)
        widths = [
            (found["high"] - found["low"]).item()
            for found in (Median("value", ["group"], confidence=share)(frame) for share in (0.5, 0.9, 0.95, 0.99))
        ]
        assert widths == sorted(set(widths))

    @pytest.mark.parametrize("n", T_975)
    def test_are_expanded_as_far_as_students_t_is_from_the_normal_distribution(self, n):
        assert statistics.expanded_tail(n) == pytest.approx(tail_by_table(n), rel=1e-3)
        assert statistics.expanded_tail(n) < 0.025

    @pytest.mark.parametrize("n", T_975)
    @pytest.mark.parametrize("seed", range(2))
    def test_are_those_of_a_plain_bootstrap_over_blocks(self, seed, n):
        """Their ends are a place in the order of as many draws as one likes.

        The share of draws below the true end varies by √(tail (1 - tail) / draws) from one bootstrap to another, so
        four times that for the two of them together leaves room for chance alone, whatever the values.
        """
        draws = 5_000
        (row,) = Median("value", ["group"], resamples=draws)(by_chance(seed, n)).to_dict("records")
        values = list(by_chance(seed, n)["value"])
        chance = random.Random(seed)
        medians = sorted(plain.median(chance.choices(values, k=n)) for _ in range(draws))
        tail = tail_by_table(n)
        room = 4 * math.sqrt(2 * tail * (1 - tail) / draws)
        inner, outer = math.ceil((tail + room) * draws), max(0, math.floor((tail - room) * draws))
        assert medians[outer] <= row["low"] <= medians[inner]
        assert medians[-1 - inner] <= row["high"] <= medians[-1 - outer]


def tail_by_table(n: int) -> float:
    return plain.NormalDist().cdf(-math.sqrt(n / (n - 1)) * T_975[n])


def loaded_again() -> Any:
    """Return the module as a run of its own has it, with nothing drawn yet."""
    spec = importlib.util.spec_from_file_location("loaded_again", statistics.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestTheSeed:
    def test_makes_every_run_say_the_same(self):
        frame = by_chance(1, 12, 4)
        first = Median("value", ["group"], resamples=50)(frame)
        pd.testing.assert_frame_equal(loaded_again().Median("value", ["group"], resamples=50)(frame), first)

    def test_matters(self):
        frame = by_chance(1, 12)
        ends = {of_group(Median("value", ["group"], resamples=50, seed=seed)(frame), 0) for seed in (SEED, 8, 9)}
        assert len(ends) == 3

    def test_gives_a_group_the_same_interval_in_any_order_of_rows(self):
        frame = pd.concat([by_chance(1, 12, 3), by_chance(2, 7, 3).assign(group=lambda rows: rows["group"] + 3)])
        found = Median("value", ["group"])(frame)
        for seed in range(3):
            shuffled = Median("value", ["group"])(frame.sample(frac=1, random_state=seed))
            pd.testing.assert_frame_equal(shuffled.sort_values("group", ignore_index=True), found)

    def test_gives_a_group_the_same_interval_whatever_other_groups_there_are(self):
        frame = pd.concat([by_chance(1, 12, 5), by_chance(2, 7, 5).assign(group=lambda rows: rows["group"] + 5)])
        together = Median("value", ["group"])(frame)
        for group in range(10):
            alone = Median("value", ["group"])(frame[frame["group"] == group])
            assert of_group(together, group) == of_group(alone, group)


class TestCoverage:
    """Nominally 95 %. Every trial has 2 % of noise of its own, every block 5 % that all its trials share."""

    CASES = 4_000
    TRUE = 1.7

    @classmethod
    def seconds(cls, blocks: int) -> tuple[np.ndarray, np.ndarray]:
        """Return cases × blocks: what the baseline took, and what the case took."""
        chance = np.random.default_rng([2024, blocks])
        drift = 1 + 0.05 * chance.standard_normal((cls.CASES, blocks))
        noise = 1 + 0.02 * chance.standard_normal((2, cls.CASES, blocks))
        return cls.TRUE * drift * noise[0], drift * noise[1]

    @classmethod
    def intervals(cls, values: np.ndarray) -> pd.DataFrame:
        frame = pd.DataFrame({"case_id": np.repeat(np.arange(len(values)), values.shape[1]), "speedup": values.ravel()})
        return Median("speedup", ["case_id"])(frame)

    @pytest.mark.parametrize("blocks", [6, 10, 12, 13, 15, 20, 25, 30])
    def test_of_the_true_speedup_is_what_is_claimed(self, blocks):
        """With 4,000 cases the share found varies by 0.35 percentage points."""
        baseline, concurrent = self.seconds(blocks)
        found = self.intervals(baseline / concurrent)
        covered = ((found["low"] <= self.TRUE) & (found["high"] >= self.TRUE)).mean()
        assert 0.92 <= covered <= 0.98

    def test_takes_far_wider_intervals_where_blocks_are_not_paired(self):
        baseline, concurrent = (seconds[:1_000] for seconds in self.seconds(20))
        unpaired = np.random.default_rng(3).permuted(concurrent, axis=1)  # each with the baseline of some other block
        widths = [
            (found["high"] - found["low"]).mean()
            for found in (self.intervals(baseline / concurrent), self.intervals(baseline / unpaired))
        ]
        assert widths[1] > 2 * widths[0]


class TestByBlock:
    def test_is_a_table_of_blocks_and_columns_with_gaps_where_there_is_nothing(self):
        frame = trials(dict.fromkeys(grid([CPU], (4, 1, 2), ("threading",)), float), 3)
        frame = (
            frame.assign(wall_s=frame["wall_s"] * 10 + frame["workers"]).drop(index=1).sample(frac=1, random_state=1)
        )
        found = statistics.by_block(frame, "workers", "wall_s")
        expected = frame.pivot_table(index="repeat", columns="workers", values="wall_s")
        assert found.isna().to_numpy().sum() == 1
        pd.testing.assert_frame_equal(found, expected, check_names=False)


class TestResampledMedians:
    VALUES = np.random.default_rng(5).lognormal(0, 0.1, (9, 1))

    @pytest.mark.parametrize("n", [5, 6, 9])
    def test_begin_with_the_medians_and_end_there_below_six_blocks(self, n):
        values = np.random.default_rng(n).lognormal(0, 0.1, (n, 3))
        found = statistics.resampled_medians(values, 40)
        assert found.shape == (1 if n < 6 else 41, 3)
        assert np.array_equal(found[0], np.median(values, axis=0))

    @pytest.mark.parametrize("n", [6, 9, 10])
    def test_take_the_same_blocks_in_all_columns(self, n):
        values = np.random.default_rng(n).lognormal(0, 0.1, (n, 1))
        found = statistics.resampled_medians(np.hstack([values, 3 * values, -values, values + 1]), 500)
        first = found[:, :1]
        np.testing.assert_allclose(found, np.hstack([first, 3 * first, -first, first + 1]), rtol=1e-12)
        assert len(np.unique(first[1:])) > 5

    def test_are_spread_as_those_of_a_plain_bootstrap(self):
        found = np.sort(statistics.resampled_medians(self.VALUES, 5_000)[1:, 0])
        chance = random.Random(1)
        slowly = [plain.median(chance.choices(list(self.VALUES[:, 0]), k=9)) for _ in range(5_000)]
        for value in self.VALUES[:, 0]:
            shares = np.mean(found <= value), np.mean(np.array(slowly) <= value)
            assert shares[0] == pytest.approx(shares[1], abs=4 * math.sqrt(2 * 0.25 / 5_000))


def failing_by_chance(seed: int, cases: list[Case], repeats: int) -> list[Planned]:
    """Return a sweep of `cases` as it may go: times vary, some trials fail, there is a warm-up block."""
    chance = random.Random(seed)
    planned = []
    for warmup, repeat in [(True, 1), *((False, repeat) for repeat in range(1, repeats + 1))]:
        for one in chance.sample(cases, len(cases)):
            ended = outcome(wall_ns=chance.randrange(1_000, 10**10))
            if chance.random() < 0.15:
                ended = outcome(chance.choice([Status.FAILED, Status.CRASHED, Status.TIMEOUT]), wall_ns=None)
            planned.append(Planned(case=one, outcome=ended, warmup=warmup, repeat=repeat))
    return planned


class TestMeasured:
    def test_leaves_out_warm_ups_and_what_did_not_succeed(self):
        frame = loaded({THREADS: 1.0}, len(Status) + 1)
        frame["status"] = [*(status.value for status in Status), "ok"]
        frame.loc[len(Status), "warmup"] = 1
        assert list(measured(frame)["repeat"]) == [1 + list(Status).index(Status.OK)]

    def test_keeps_what_is_flagged_as_noisy(self):
        assert len(measured(loaded({THREADS: 1.0}, 2, noisy="workers waited"))) == 2


class TestBlockRatios:
    @pytest.mark.parametrize("seed", range(3))
    def test_are_the_baseline_over_the_case_within_each_block(self, seed):
        cases = grid(ways=WAYS)
        planned = failing_by_chance(seed, cases, 4)
        fill(STORE, planned, cases=cases)
        counted = {
            (trial.case, trial.repeat): trial.outcome.wall_ns
            for trial in planned
            if trial.outcome.status is Status.OK and not trial.warmup
        }
        expected = {
            (one.workload, one.mode, one.workers, repeat): counted[one.baseline(), repeat] / wall_ns
            for (one, repeat), wall_ns in counted.items()
            if not one.is_baseline and (one.baseline(), repeat) in counted
        }
        ratios = block_ratios(load.trials(str(STORE), 1))
        keys = zip(ratios["workload"], ratios["mode"], ratios["workers"], ratios["repeat"], strict=True)
        found = dict(zip(keys, ratios["speedup"], strict=True))
        assert found == pytest.approx(expected, rel=1e-9, abs=0)
        assert len(ratios) == len(found)

    def test_leave_out_blocks_without_a_baseline(self):
        frame = loaded({SEQUENTIAL: float, THREADS: 0.5}, 4)
        baseline = frame["mode"] == "sequential"
        frame.loc[baseline & (frame["repeat"] == 1), "status"] = "failed"
        frame.loc[baseline & (frame["repeat"] == 2), "warmup"] = 1
        frame = frame[~(baseline & (frame["repeat"] == 3))]
        assert list(block_ratios(frame)["speedup"]) == [8.0]

    def test_take_the_baseline_of_their_own_sweep(self):
        frame = loaded({SEQUENTIAL: 1.0, THREADS: 0.5}, 1)
        second = frame.assign(
            sweep_id=2,
            case_id=frame["case_id"] + 2,
            baseline_id=frame["baseline_id"] + 2,
            wall_s=frame["wall_s"] * [3, 1],
        )
        both = pd.concat([frame, second], ignore_index=True)
        assert list(block_ratios(both)["speedup"]) == [2.0, 6.0]
        assert block_ratios(pd.concat([frame[:1], second[1:]])).empty

    def test_are_of_the_column_that_is_asked_for(self):
        frame = loaded({SEQUENTIAL: 1.0, THREADS: 0.5}, 2)
        frame = frame.assign(compute_s=[1.0, 0.25, 1.0, 0.2])
        assert list(block_ratios(frame)["speedup"]) == [2.0, 2.0]
        assert list(block_ratios(frame, "compute_s")["speedup"]) == [4.0, 5.0]

    @pytest.mark.parametrize("one", [SEQUENTIAL, THREADS], ids=["only baselines", "no baseline"])
    def test_of_one_mode_alone_there_are_none_and_the_columns_are_there(self, one):
        ratios = block_ratios(loaded({one: 1.0}, 3))
        assert ratios.empty
        assert {"baseline_s", "speedup", "wall_s", "mode", "workers"} <= set(ratios.columns)

    def test_refuse_two_baselines_in_one_block(self):
        frame = loaded({SEQUENTIAL: 1.0, THREADS: 0.5}, 1)
        with pytest.raises(pd.errors.MergeError):
            block_ratios(pd.concat([frame, frame[:1]], ignore_index=True))

    def test_do_not_change_what_they_are_given(self):
        frame = loaded({SEQUENTIAL: 1.0, THREADS: 0.5}, 3)
        before = frame.copy(deep=True)
        block_ratios(frame)
        speedups(frame)
        pd.testing.assert_frame_equal(frame, before)


class TestSpeedups:
    @pytest.mark.parametrize("repeats", [1, 2, 7])
    @pytest.mark.parametrize("calls", [None, 8], ids=["weak", "strong"])
    def test_are_those_of_v_speedups(self, repeats, calls):
        cases = grid(ways=WAYS, calls=calls)
        fill(STORE, failing_by_chance(repeats, cases, repeats), cases=cases)
        found = speedups(load.trials(str(STORE), 1)).set_index("case_id")
        columns = ["case_id", "workers", "speedup", "efficiency", "baseline_s", "wall_s", "n"]
        every = rows(STORE, f"SELECT {', '.join(columns)} FROM v_speedups ORDER BY case_id")
        assert len(every) == sum(not one.is_baseline for one in cases)
        expected = [row for row in every if row["n"]]
        assert expected
        assert list(found.index) == [row["case_id"] for row in expected]
        for row in expected:
            assert found.loc[row["case_id"], columns[1:]].to_dict() == pytest.approx(
                {name: row[name] for name in columns[1:]}, rel=1e-9, abs=0
            )

    @pytest.mark.parametrize("seed", range(2))
    def test_are_what_plain_pandas_and_the_standard_library_say(self, seed):
        cases = grid(ways=WAYS)
        fill(STORE, failing_by_chance(seed, cases, 8), cases=cases)
        every = load.trials(str(STORE), 1)
        found = speedups(every).set_index("case_id")
        good = every[(every["status"] == "ok") & (every["warmup"] == 0)]
        walls = good.pivot_table(index="repeat", columns="case_id", values="wall_s")
        baselines = every.drop_duplicates("case_id").set_index("case_id")["baseline_id"].dropna()
        ratios = pd.DataFrame({case_id: walls[own] / walls[case_id] for case_id, own in sorted(baselines.items())})
        assert list(found["speedup"]) == pytest.approx(list(ratios.median()), rel=1e-9)
        by_hand = defaultdict(list)
        for case_id, column in ratios.items():
            by_hand[case_id] += [value for value in column if not math.isnan(value)]
        assert found["speedup"].to_dict() == pytest.approx({key: plain.median(own) for key, own in by_hand.items()})
        assert found["n"].to_dict() == {key: len(own) for key, own in by_hand.items()}

    def test_have_the_interval_that_their_ratios_have(self):
        cases = grid(ways=WAYS)
        fill(STORE, failing_by_chance(4, cases, 8), cases=cases)
        every = load.trials(str(STORE), 1)
        found = speedups(every)
        intervals = Median("speedup", ["case_id"])(block_ratios(every)).sort_values("case_id", ignore_index=True)
        pd.testing.assert_frame_equal(found[list(intervals.columns)], intervals)
        assert set(found["low"].isna()) == {True, False}
        assert list(found["low"].isna()) == list(found["n"] < MIN_BLOCKS)

    def test_per_worker_are_the_efficiency_and_its_interval(self):
        walls = {one: (lambda repeat, k=k: 1 + 0.01 * ((repeat * k) % 7)) for k, one in enumerate(grid([CPU]), start=1)}
        found = speedups(loaded(walls, 7))
        assert set(found["workers"]) == {1, 2, 4}
        for whole, each in (("speedup", "efficiency"), ("low", "efficiency_low"), ("high", "efficiency_high")):
            assert list(found[each]) == pytest.approx(list(found[whole] / found["workers"]), rel=1e-12)
        assert (found["efficiency_low"] <= found["efficiency"]).all()
        assert (found["efficiency"] <= found["efficiency_high"]).all()

    def test_do_not_see_what_all_trials_of_a_block_share(self):
        chance = np.random.default_rng(1)
        drift = chance.lognormal(0, 0.5, 10)
        found = speedups(loaded({SEQUENTIAL: lambda n: 3 * drift[n - 1], THREADS: lambda n: 2 * drift[n - 1]}, 10))
        assert list(found[["speedup", "low", "high"]].to_numpy()[0]) == pytest.approx([1.5] * 3, rel=1e-12)

    def test_are_no_ratio_of_medians_and_no_mean_of_ratios(self):
        walls = {
            SEQUENTIAL: lambda repeat: [1.0, 4.0, 9.0][repeat - 1],
            THREADS: lambda repeat: [1.0, 1.0, 3.0][repeat - 1],
        }
        (row,) = speedups(loaded(walls, 3)).to_dict("records")
        assert (row["speedup"], row["baseline_s"], row["wall_s"]) == (3.0, 4.0, 1.0)

    def test_bring_the_columns_that_are_asked_for(self):
        found = speedups(trials(dict.fromkeys(grid([CPU, IO], (2, 4), WAYS), 1.0), 2), ["panel", "way", "workers"])
        assert list(found.columns)[:4] == ["case_id", "panel", "way", "workers"]
        assert list(found["case_id"]) == sorted(found["case_id"])
        assert list(found["way"]) == ["threading", "multiprocessing/fork"] * 4
        assert list(found["workers"]) == [2, 2, 4, 4] * 2

    @pytest.mark.parametrize("frame", [loaded({THREADS: 1.0}).iloc[:0], loaded({THREADS: 1.0})], ids=["empty", "alone"])
    def test_of_trials_without_a_baseline_are_none_and_the_columns_are_there(self, frame):
        found = speedups(frame, ["mode"])
        assert found.empty
        columns = "case_id mode workers n speedup low high baseline_s wall_s locked_speedup locked_low locked_high"
        assert list(found.columns) == [*columns.split(), "efficiency", "efficiency_low", "efficiency_high"]


class TestLockedSpeedups:
    LOCKED, FREE = "cpython 3.14.0", "cpython 3.14.0t"

    def swept(self) -> pd.DataFrame:
        cases = {
            replace(one, python=python): seconds
            for python, seconds in ((self.LOCKED, 1.0), (self.FREE, 1.25))
            for one in grid([CPU], (2,), ("sequential",))
        }
        cases |= {replace(one, python=self.FREE): 0.5 for one in grid([CPU], (2,), ("threading",))}
        return loaded(cases, 8, locked=self.LOCKED)

    def test_are_against_the_sequential_calls_of_the_build_with_the_lock(self):
        (found,) = speedups(self.swept(), ["python"]).to_dict("records")
        assert (found["python"], found["speedup"], found["locked_speedup"]) == (self.FREE, 2.5, 2.0)
        assert (found["locked_low"], found["locked_high"]) == (2.0, 2.0)

    def test_are_missing_where_only_one_build_was_swept(self):
        frame = self.swept()
        (found,) = speedups(frame[frame["python"] == self.FREE]).to_dict("records")
        assert found["speedup"] == 2.5
        assert pd.isna([found["locked_speedup"], found["locked_low"], found["locked_high"]]).all()

    def test_of_a_case_without_a_baseline_there_is_neither_and_it_is_no_baseline_itself(self):
        frame = self.swept()
        alone = frame.assign(baseline_id=frame["baseline_id"].mask(frame["mode"] == "threading"))
        assert speedups(alone).empty


class TestTheUnit:
    @pytest.mark.parametrize("workers", [2, 8])
    def test_is_the_trial_however_many_workers_it_has(self, workers):
        cases = grid([CPU], (workers,), ("sequential", "threading"))
        chance = random.Random(1)
        fill(
            STORE,
            [
                Planned(
                    case=one,
                    repeat=repeat,
                    outcome=outcome(
                        wall_ns=10_000 + chance.randrange(1_000), timings=[timing(worker) for worker in range(workers)]
                    ),
                )
                for repeat in range(1, 8)
                for one in cases
            ],
            cases=cases,
        )
        frame = load.trials(str(STORE), 1)
        assert rows(STORE, "SELECT COUNT(*) AS n FROM timings") == [{"n": 2 * 7 * workers}]
        (found,) = speedups(frame).to_dict("records")
        assert found["n"] == 7
        (with_activity,) = speedups(frame.merge(load.activity(str(STORE), 1), on="trial_id", how="left")).to_dict(
            "records"
        )
        assert with_activity == pytest.approx(found, nan_ok=True)

    def test_makes_the_interval_the_same_for_two_workers_and_for_eight(self):
        def times(repeat: int) -> float:
            return 1 + 0.01 * (repeat * 5 % 7)

        found = []
        for workers in (2, 8):
            sequential, threads = grid([CPU], (workers,), ("sequential", "threading"), calls=16)
            found.append(speedups(loaded({sequential: 2.0, threads: times}, 9))[["n", "speedup", "low", "high"]])
        pd.testing.assert_frame_equal(*found)


class TestEstimate:
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
    def test_is_written_no_more_exactly_than_its_interval_is_wide(self, figures, written):
        assert str(Estimate(*figures)) == written

    @pytest.mark.parametrize(
        ("figures", "claimed"),
        [((1.0,), False), ((1.0, 0.9), False), ((1.0, math.nan, 1.1), False), ((1.0, 0.9, 1.1), True)],
    )
    def test_has_an_interval_where_both_ends_are_known(self, figures, claimed):
        assert Estimate(*figures).has_interval is claimed

    @pytest.mark.parametrize("n", [1, 5, 6, 11])
    def test_of_values_is_their_median_and_its_interval(self, n):
        values = by_chance(n, n)["value"]
        found = statistics.estimate(pd.concat([values, pd.Series([math.nan])]))
        assert (found.n, found.value) == (n, plain.median(values))
        assert found.has_interval is (n >= 6)
        if n >= 6:
            assert (found.n, found.value, found.low, found.high) == of_group(
                Median("value", ["group"])(by_chance(n, n)), 0
            )

    @pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
    def test_of_no_values_there_is_none(self, values):
        with pytest.raises(ValueError, match="no values"):
            statistics.estimate(pd.Series(values, dtype=float))


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

    @pytest.mark.parametrize(("z", "places"), [(3.4, []), (3.49, []), (3.51, [8]), (100, [8])])
    def test_lie_more_than_three_and_a_half_robust_deviations_away(self, z, places):
        """Of these nine values the median is 10 and the median distance from it is 2, whatever the last one is."""
        assert self.flagged(7, 8, 8.5, 9, 10, 11, 12, 12, 10 + z * 2 / 0.6745) == places

    @pytest.mark.parametrize("seed", range(5))
    def test_are_those_of_a_plain_recomputation(self, seed):
        chance = random.Random(seed)
        walls = {one: [chance.gauss(10, 1) ** 3 for _ in range(15)] for one in grid([CPU])}
        frame = with_outliers(loaded({one: (lambda n, own=own: own[n - 1]) for one, own in walls.items()}, 15))
        expected = set()
        for case_id, own in enumerate(walls.values(), start=1):
            middle = plain.median(own)
            mad = plain.median(abs(value - middle) for value in own)
            far = [repeat for repeat, value in enumerate(own, start=1) if 0.6745 * abs(value - middle) / mad > 3.5]
            expected |= {(case_id, repeat) for repeat in far}
        assert expected
        found = frame[frame["outlier"]]
        assert set(zip(found["case_id"], found["repeat"], strict=True)) == expected

    def test_are_told_by_the_mean_distance_where_most_values_are_the_same(self):
        """They begin at 3.5 · 1.2533 = 4.387 times it: at 0.0965 for the first, at 0.1009 for the second."""
        assert self.flagged(*[1.0] * 7, 1.06, 1.06, 1.1) == [9]
        assert self.flagged(*[1.0] * 7, 1.065, 1.065, 1.1) == []

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
