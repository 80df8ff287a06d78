"""Speedups and panels, checked against the store's own views and against plain recomputation."""

import random
import statistics as plain
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.helpers import case
from support.stores import Planned, fill, outcome, rows

from analysis import load, statistics
from runner.matrix import Case
from runner.outcome import Status

STORE = Path("runs.db")


def works(*, calls: int | None = None, workers: tuple[int, ...] = (1, 2, 4)) -> list[Case]:
    """Return the cases of two works: one call for each worker, or `calls` in all."""
    cases: dict[Case, None] = {}
    for workload, params in (("cpu_bound", (("NUM", 1_000),)), ("io_bound", (("TIME", 0.5),))):
        for size in workers:
            threads = case(workload=workload, params=params, workers=size, calls=calls or size)
            processes = case(
                workload=workload,
                params=params,
                mode="multiprocessing",
                start_method="fork",
                workers=size,
                calls=calls or size,
            )
            cases |= dict.fromkeys([threads.baseline(), threads, processes])
    return list(cases)


def by_chance(seed: int, cases: list[Case], repeats: int) -> list[Planned]:
    """Return a sweep of `cases` as it may go: times vary, some trials fail, there is a warm-up block."""
    chance = random.Random(seed)
    trials = []
    for warmup, repeat in [(True, 1), *((False, repeat) for repeat in range(1, repeats + 1))]:
        for one in chance.sample(cases, len(cases)):
            ended = outcome(wall_ns=chance.randrange(1_000, 10**10))
            if chance.random() < 0.15:
                ended = outcome(chance.choice([Status.FAILED, Status.CRASHED, Status.TIMEOUT]), wall_ns=None)
            trials.append(Planned(case=one, outcome=ended, warmup=warmup, repeat=repeat))
    return trials


def frame_of(*trials: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of v_trials with what each trial gives and, for the rest, a trial of two threads that is ok."""
    usual = {
        "sweep_id": 1,
        "workload": "cpu_bound",
        "num": 10,
        "time": None,
        "params": '{"NUM": 10}',
        "mode": "threading",
        "start_method": None,
        "workers": 2,
        "calls": 2,
        "python": "cpython 3.11.2",
        "repeat": 1,
        "warmup": 0,
        "status": "ok",
        "wall_s": 1.0,
    }
    return pd.DataFrame([usual | trial for trial in trials])


class TestMeasured:
    def test_leaves_out_warm_ups_and_what_did_not_succeed(self):
        statuses = [{"status": status.value, "wall_s": number} for number, status in enumerate(Status)]
        frame = frame_of(*statuses, {"warmup": 1, "wall_s": 100})
        assert list(statistics.measured(frame)["wall_s"]) == [list(Status).index(Status.OK)]


class TestBlockRatios:
    @pytest.mark.parametrize("repeats", [1, 2, 3, 6])
    @pytest.mark.parametrize("calls", [None, 8], ids=["weak", "strong"])
    def test_have_the_medians_that_v_speedups_has(self, repeats, calls):
        cases = works(calls=calls)
        fill(STORE, by_chance(repeats, cases, repeats), cases=cases)
        ratios = statistics.block_ratios(load.trials(str(STORE), 1))
        found = ratios.groupby("case_id").agg(
            speedup=("speedup", "median"),
            baseline_s=("baseline_s", "median"),
            wall_s=("wall_s", "median"),
            n=("speedup", "size"),
        )
        every = rows(STORE, "SELECT case_id, speedup, baseline_s, wall_s, n FROM v_speedups ORDER BY case_id")
        assert len(every) == sum(not one.is_baseline for one in cases)
        expected = [row for row in every if row["n"]]
        assert expected
        assert list(found.index) == [row["case_id"] for row in expected]
        for row in expected:
            mine = found.loc[row.pop("case_id")]
            assert mine.to_dict() == pytest.approx(row, rel=1e-9, abs=0)

    @pytest.mark.parametrize("seed", range(5))
    def test_are_the_baseline_over_the_case_within_each_block(self, seed):
        cases = works()
        trials = by_chance(seed, cases, 4)
        fill(STORE, trials, cases=cases)
        counted = {
            (trial.case, trial.repeat): trial.outcome.wall_ns
            for trial in trials
            if trial.outcome.status is Status.OK and not trial.warmup
        }
        expected = {
            (one.workload, one.mode, one.workers, repeat): counted[one.baseline(), repeat] / wall_ns
            for (one, repeat), wall_ns in counted.items()
            if not one.is_baseline and (one.baseline(), repeat) in counted
        }
        ratios = statistics.block_ratios(load.trials(str(STORE), 1))
        keys = zip(ratios["workload"], ratios["mode"], ratios["workers"], ratios["repeat"], strict=True)
        found = dict(zip(keys, ratios["speedup"], strict=True))
        assert found == pytest.approx(expected, rel=1e-9, abs=0)
        assert len(ratios) == len(found)

    def test_need_a_baseline_of_the_same_block_work_calls_interpreter_and_sweep(self):
        baseline = {"mode": "sequential", "workers": 1}
        others = [{"repeat": 2}, {"params": '{"NUM": 11}'}, {"calls": 3}, {"python": "cpython 3.13.0"}, {"sweep_id": 2}]
        frame = frame_of({}, *(baseline | other for other in others))
        assert statistics.block_ratios(frame).empty
        (ratio,) = statistics.block_ratios(pd.concat([frame, frame_of(baseline | {"wall_s": 3.0})]))["speedup"]
        assert ratio == 3.0

    @pytest.mark.parametrize("mode", ["sequential", "threading"], ids=["only baselines", "no baseline"])
    def test_of_one_mode_alone_there_are_none_and_the_columns_are_there(self, mode):
        ratios = statistics.block_ratios(frame_of({"mode": mode}, {"mode": mode, "repeat": 2}))
        assert ratios.empty
        assert {"baseline_s", "speedup", "wall_s", "mode", "workers"} <= set(ratios.columns)

    def test_do_not_change_what_they_are_given(self):
        frame = frame_of({}, {"mode": "sequential", "workers": 1})
        before = frame.copy(deep=True)
        statistics.block_ratios(frame)
        statistics.with_panels(frame)
        statistics.medians(statistics.with_panels(frame), "wall_s")
        pd.testing.assert_frame_equal(frame, before)


class TestPanels:
    def test_of_weak_scaling_put_sequential_calls_where_there_are_as_many_calls(self):
        frame = frame_of(
            {"mode": "sequential", "workers": 1, "calls": 1},
            {"mode": "sequential", "workers": 1, "calls": 4},
            {"workers": 1, "calls": 1},
            {"workers": 4, "calls": 4},
            {"mode": "multiprocessing", "start_method": "spawn", "workers": 4, "calls": 4},
        )
        panels = statistics.with_panels(frame)
        assert list(panels["size"]) == [1, 4, 1, 4, 4]
        assert set(panels["panel"]) == {"cpu_bound (NUM = 10), one call a worker"}
        assert list(panels["way"]) == ["sequential", "sequential", "threading", "threading", "multiprocessing/spawn"]

    def test_of_strong_scaling_are_one_for_each_number_of_calls_with_sequential_calls_at_one(self):
        frame = frame_of(
            *({"mode": "sequential", "workers": 1, "calls": calls} for calls in (8, 16)),
            *({"workers": workers, "calls": calls} for calls in (8, 16) for workers in (1, 2, 8)),
        )
        panels = statistics.with_panels(frame)
        assert list(panels["size"]) == [1, 1, 1, 2, 8, 1, 2, 8]
        by_panel = panels.groupby("panel")["calls"].unique().map(list).to_dict()
        assert by_panel == {
            "cpu_bound (NUM = 10), 8 calls in all": [8],
            "cpu_bound (NUM = 10), 16 calls in all": [16],
        }

    def test_of_weak_and_strong_scaling_side_by_side_are_told_apart_by_work(self):
        other = {"params": '{"NUM": 1234567}', "num": 1_234_567}
        frame = frame_of(
            {"mode": "sequential", "workers": 1, "calls": 2},
            {"workers": 2, "calls": 2},
            other | {"mode": "sequential", "workers": 1, "calls": 8},
            other | {"workers": 2, "calls": 8},
        )
        panels = statistics.with_panels(frame)
        assert list(panels["size"]) == [2, 2, 1, 2]
        assert list(panels["panel"].unique()) == [
            "cpu_bound (NUM = 10), one call a worker",
            "cpu_bound (NUM = 1,234,567), 8 calls in all",
        ]

    def test_of_weak_and_strong_scaling_of_the_same_work_are_kept_apart(self):
        frame = frame_of(
            *({"mode": "sequential", "workers": 1, "calls": calls} for calls in (1, 2, 8)),
            {"workers": 1, "calls": 1},
            {"workers": 2, "calls": 2},
            {"workers": 2, "calls": 8},
            {"workers": 4, "calls": 8},
        )
        panels = statistics.with_panels(frame)
        assert {name.partition(", ")[2]: sorted(set(panel["calls"])) for name, panel in panels.groupby("panel")} == {
            "one call a worker": [1, 2],
            "8 calls in all": [8],
        }
        eight = panels[panels["calls"] == 8]
        assert list(eight["size"]) == [1, 2, 4]

    def test_of_sequential_calls_alone_stand_at_their_number(self):
        frame = frame_of(*({"mode": "sequential", "workers": 1, "calls": calls} for calls in (1, 2, 4)))
        assert list(statistics.with_panels(frame)["size"]) == [1, 2, 4]


class TestMedians:
    def test_are_one_for_each_panel_way_and_size(self):
        frame = statistics.with_panels(
            frame_of(
                *({"repeat": repeat, "wall_s": wall_s} for repeat, wall_s in enumerate([5.0, 1.0, 2.0], start=1)),
                *(
                    {"repeat": repeat, "wall_s": wall_s, "workers": 4, "calls": 4}
                    for repeat, wall_s in ((1, 1), (2, 2))
                ),
                {"mode": "multiprocessing", "start_method": "fork", "wall_s": 7.0},
            )
        )
        found = statistics.medians(frame, "wall_s")
        assert sorted(zip(found["way"], found["size"], found["wall_s"], strict=True)) == [
            ("multiprocessing/fork", 2, 7.0),
            ("threading", 2, 2.0),
            ("threading", 4, 1.5),
        ]

    @pytest.mark.parametrize("seed", range(3))
    def test_are_what_the_standard_library_says(self, seed):
        cases = works(calls=8)
        fill(STORE, by_chance(seed, cases, 5), cases=cases)
        counted = statistics.measured(statistics.with_panels(load.trials(str(STORE), 1)))
        expected = defaultdict(list)
        for _, trial in counted.iterrows():
            expected[trial["panel"], trial["way"], trial["size"]].append(trial["wall_s"])
        medians = statistics.medians(counted, "wall_s")
        found = dict(
            zip(zip(medians["panel"], medians["way"], medians["size"], strict=True), medians["wall_s"], strict=True)
        )
        assert found == pytest.approx({key: plain.median(values) for key, values in expected.items()}, rel=1e-9, abs=0)

    def test_come_in_the_order_of_the_work_and_not_of_its_name(self):
        frame = frame_of(
            {"workload": "io_bound", "num": None, "time": 0.01, "params": '{"TIME": 0.01}'},
            {"num": 1_000_000, "params": '{"NUM": 1000000}'},
            {"num": 9, "params": '{"NUM": 9}'},
            {"num": 200, "params": '{"NUM": 200}'},
        )
        panels = statistics.medians(statistics.with_panels(frame), "wall_s")["panel"]
        assert [panel.removesuffix(", one call a worker") for panel in panels] == [
            "cpu_bound (NUM = 9)",
            "cpu_bound (NUM = 200)",
            "cpu_bound (NUM = 1,000,000)",
            "io_bound (TIME = 0.01)",
        ]
