"""Medians and speedups of frames, checked against the store's views and against plain recomputation."""

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
from support.frames import CPU, IO, grid, loaded, of_way, trials
from support.stores import Planned, fill, outcome, rows, timing

from analysis import load
from analysis.statistics import Median, block_ratios, measured, speedups
from runner.matrix.case import Case
from runner.numbers.medians import MIN_BLOCKS, estimate
from runner.outcome import Status

STORE = Path("runs.db")
WAYS = ("sequential", "threading", "multiprocessing/fork")
SEQUENTIAL, THREADS = of_way("sequential"), of_way("threading")


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
                "way": chance.choice(["threading", "fork", "spawn"], 60),
                "size": chance.choice([1, 2, 4], 60),
                "value": chance.lognormal(0, 1, 60).round(1),
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
        values = chance.lognormal(0, 0.1, (5_000, 10))
        frame = pd.DataFrame({"case_id": np.repeat(np.arange(5_000), 10), "value": values.ravel()})
        found = Median("value", ["case_id"])(frame)
        assert list(found["case_id"]) == list(range(5_000))
        assert np.array_equal(found["value"], np.median(values, axis=1))
        assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()


class TestIntervals:
    @pytest.mark.parametrize("n", [1, 5, 6, 9])
    def test_are_those_of_the_numbers_from_six_blocks_on(self, n):
        frame = by_chance(n, n)
        expected = estimate(frame["value"])
        found = of_group(Median("value", ["group"])(frame), 0)
        assert found == pytest.approx((n, expected.value, expected.low, expected.high), rel=0, nan_ok=True)
        assert math.isnan(found[-1]) is (n < MIN_BLOCKS)

    def test_are_claimed_by_the_values_that_are_known(self):
        frame = frame_of({"five": [1.0, 2.0, 3.0, 4.0, 5.0, math.nan], "six": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, math.nan]})
        found = Median("value", ["group"])(frame)
        assert list(found["low"].isna()) == [True, False]

    def test_have_the_level_that_is_asked_for(self):
        frame = by_chance(1, 15)
        expected = estimate(frame["value"], 0.5)
        found = of_group(Median("value", ["group"], confidence=0.5)(frame), 0)
        assert found == (15, expected.value, expected.low, expected.high)

    def test_are_the_same_in_any_order_of_rows(self):
        frame = pd.concat([by_chance(1, 12, 3), by_chance(2, 7, 3).assign(group=lambda rows: rows["group"] + 3)])
        found = Median("value", ["group"])(frame)
        for seed in range(3):
            shuffled = Median("value", ["group"])(frame.sample(frac=1, random_state=seed))
            pd.testing.assert_frame_equal(shuffled.sort_values("group", ignore_index=True), found)

    def test_are_the_same_whatever_other_groups_there_are(self):
        frame = pd.concat([by_chance(1, 12, 5), by_chance(2, 7, 5).assign(group=lambda rows: rows["group"] + 5)])
        together = Median("value", ["group"])(frame)
        for group in range(10):
            alone = Median("value", ["group"])(frame[frame["group"] == group])
            assert of_group(together, group) == of_group(alone, group)


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


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Planned]]:
    """Make a store of growing and of fixed work in which trials failed by chance, and return what was put into it."""
    path = tmp_path_factory.mktemp("swept") / "runs.db"
    cases = [*grid(ways=WAYS), *grid([CPU], (2, 4), ways=WAYS, calls=8)]
    planned = failing_by_chance(4, cases, 8)
    fill(path, planned, cases=cases)
    return path, planned


@pytest.fixture(scope="module")
def every(swept: tuple[Path, list[Planned]]) -> pd.DataFrame:
    """Return its trials."""
    return load.trials(str(swept[0]), 1)


class TestMeasured:
    def test_leaves_out_warm_ups_and_what_did_not_succeed(self):
        frame = loaded({THREADS: 1.0}, len(Status) + 1)
        frame["status"] = [*(status.value for status in Status), "ok"]
        frame.loc[len(Status), "warmup"] = 1
        assert list(measured(frame)["repeat"]) == [1 + list(Status).index(Status.OK)]

    def test_keeps_what_is_flagged_as_noisy(self):
        assert len(measured(loaded({THREADS: 1.0}, 2, noisy="workers waited"))) == 2


class TestBlockRatios:
    def test_are_the_baseline_over_the_case_within_each_block(self, swept, every):
        counted = {
            (trial.case, trial.repeat): trial.outcome.wall_ns
            for trial in swept[1]
            if trial.outcome.status is Status.OK and not trial.warmup
        }
        expected = {
            (one.workload, one.mode, one.workers, one.calls, repeat): counted[one.baseline(), repeat] / wall_ns
            for (one, repeat), wall_ns in counted.items()
            if not one.is_baseline and (one.baseline(), repeat) in counted
        }
        ratios = block_ratios(every)
        keys = zip(*(ratios[name] for name in ("workload", "mode", "workers", "calls", "repeat")), strict=True)
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

    def test_take_the_baseline_of_their_own_host(self):
        frame = loaded({SEQUENTIAL: float, THREADS: 0.5}, 4)
        frame.loc[frame["repeat"] > 2, ["host_id", "host"]] = [2, "bench-2"]
        assert list(block_ratios(frame)["speedup"]) == [2.0, 4.0, 6.0, 8.0]
        elsewhere = frame.assign(
            host_id=frame["host_id"].mask((frame["repeat"] == 1) & (frame["mode"] != "sequential"), 2)
        )
        assert list(block_ratios(elsewhere)["speedup"]) == [4.0, 6.0, 8.0]

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

    @pytest.mark.parametrize("place", [0, 1], ids=["baseline", "case"])
    def test_refuse_two_trials_of_a_case_in_one_block(self, place):
        frame = loaded({SEQUENTIAL: 1.0, THREADS: 0.5}, 1)
        with pytest.raises(ValueError, match="a case has two trials in one block"):
            block_ratios(pd.concat([frame, frame[place : place + 1]], ignore_index=True))

    def test_do_not_change_what_they_are_given(self):
        frame = loaded({SEQUENTIAL: 1.0, THREADS: 0.5}, 3)
        before = frame.copy(deep=True)
        block_ratios(frame)
        speedups(frame)
        pd.testing.assert_frame_equal(frame, before)


class TestSpeedups:
    def test_are_those_of_v_speedups(self, swept, every):
        found = speedups(every).set_index("case_id")
        columns = ["case_id", "workers", "speedup", "efficiency", "baseline_s", "wall_s", "n"]
        expected = rows(swept[0], f"SELECT {', '.join(columns)} FROM v_speedups WHERE n > 0 ORDER BY case_id")
        assert list(found.index) == [row["case_id"] for row in expected]
        assert len({row["n"] for row in expected}) > 3
        for row in expected:
            assert found.loc[row["case_id"], columns[1:]].to_dict() == pytest.approx(
                {name: row[name] for name in columns[1:]}, rel=1e-9, abs=0
            )

    def test_are_what_plain_pandas_and_the_standard_library_say(self, every):
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

    def test_have_the_interval_that_their_ratios_have(self, every):
        found = speedups(every)
        intervals = Median("speedup", ["case_id"])(block_ratios(every)).sort_values("case_id", ignore_index=True)
        pd.testing.assert_frame_equal(found[list(intervals.columns)], intervals)
        assert set(found["low"].isna()) == {True, False}
        assert list(found["low"].isna()) == list(found["n"] < MIN_BLOCKS)

    def test_are_of_each_host_by_itself(self):
        frame = loaded({SEQUENTIAL: 3.0, THREADS: lambda repeat: [1.5, 1.5, 1.0][repeat - 1]}, 3)
        frame.loc[frame["repeat"] > 2, ["host_id", "host"]] = [2, "bench-2"]
        found = speedups(frame, ["host"])
        columns = ["case_id", "host", "n", "speedup", "wall_s"]
        assert found[columns].to_numpy().tolist() == [[2, "bench-1", 2, 2.0, 1.5], [2, "bench-2", 1, 3.0, 1.0]]
        assert list(found.columns)[:3] == ["case_id", "host", "workers"]

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
        assert list(found[["speedup", "low", "high"]].to_numpy()[0]) == pytest.approx([1.5] * 3, rel=1e-8)

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
