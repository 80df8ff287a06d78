"""Which trials are shown call by call."""

import random
from typing import Any

import pandas as pd
import pytest
from support import frames
from support.frames import CPU, IO, WAYS, of_way

from analysis import grouping
from analysis.representatives import representatives
from runner.matrix.case import Case

SEQUENTIAL, THREADS, FORK, SPAWN, _ = WAYS
SMALL, LARGE = ("cpu_bound", (("NUM", 9),)), ("cpu_bound", (("NUM", 1_000),))


def shown(cases: list[Case], blocks: int = 3) -> list[tuple[str, str, int, int]]:
    """Return work, way, workers and calls of what is shown."""
    found = representatives(frames.steady(cases, blocks))
    return list(zip(found["work"], found["way"], found["workers"], found["calls"], strict=True))


def places(cases: list[Case]) -> list[tuple[str, int, int]]:
    return [(way, workers, calls) for _, way, workers, calls in shown(cases)]


class TestTrial:
    @pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
    @pytest.mark.parametrize("blocks", [1, 2, 5, 8])
    def test_is_the_one_in_the_middle_of_its_case(self, seed, blocks):
        chance = random.Random(seed)
        cases = frames.grid([CPU, IO], (1, 2), WAYS[:3])
        trials = frames.trials({one: lambda _: chance.choice([1.0, 2.0, 3.0, 4.0]) for one in cases}, blocks)
        expected = set()
        for case_id in set(trials["case_id"]):
            rows: list[dict[str, Any]] = trials[trials["case_id"] == case_id].to_dict("records")
            by_time = sorted(rows, key=lambda row: (row["wall_s"], row["trial_id"]))
            if rows[0]["calls"] == 2:
                expected.add(by_time[(blocks - 1) // 2]["trial_id"])
        found = representatives(trials)
        assert set(found["trial_id"]) == expected
        assert len(found) == len(expected) == 2 * 3

    def test_does_not_hang_on_the_order_of_the_rows(self):
        trials = frames.steady(frames.grid(), 4)
        shuffled = trials.sample(frac=1, random_state=7)
        assert set(representatives(shuffled)["trial_id"]) == set(representatives(trials)["trial_id"])

    def test_comes_with_all_that_is_known_of_it(self):
        trials = frames.steady(frames.grid(), 3)
        found = representatives(trials)
        pd.testing.assert_frame_equal(found, trials.loc[found.index])


class TestWorkers:
    def test_are_the_fewest_above_one_that_all_ways_have(self):
        cases = [
            *(of_way(SEQUENTIAL, CPU, calls) for calls in (1, 2, 3, 4)),
            *(of_way(THREADS, CPU, workers) for workers in (1, 2, 3, 4)),
            *(of_way(FORK, CPU, workers) for workers in (1, 3, 4)),
            *(of_way(SPAWN, CPU, workers) for workers in (1, 2, 3)),
        ]
        assert places(cases) == [(SEQUENTIAL, 1, 3), (THREADS, 3, 3), (FORK, 3, 3), (SPAWN, 3, 3)]

    def test_are_the_fewest_that_some_have_where_nothing_is_common(self):
        cases = [
            *(of_way(SEQUENTIAL, CPU, calls) for calls in (1, 2, 4)),
            *(of_way(THREADS, CPU, workers) for workers in (1, 4)),
            *(of_way(FORK, CPU, workers) for workers in (1, 2)),
        ]
        assert places(cases) == [(SEQUENTIAL, 1, 2), (FORK, 2, 2)]

    def test_are_one_where_there_is_nothing_else(self):
        cases = [of_way(way, CPU, 1) for way in WAYS[:3]]
        assert places(cases) == [(SEQUENTIAL, 1, 1), (THREADS, 1, 1), (FORK, 1, 1)]

    def test_of_sequential_calls_alone_are_the_fewest_calls(self):
        assert places([of_way(SEQUENTIAL, CPU, calls) for calls in (4, 2, 8)]) == [(SEQUENTIAL, 1, 2)]

    def test_of_fixed_work_are_the_fewest_above_one_beside_all_sequential_calls(self):
        cases = frames.grid([CPU], (1, 2, 4), WAYS[:3], calls=8)
        assert places(cases) == [(SEQUENTIAL, 1, 8), (THREADS, 2, 8), (FORK, 2, 8)]

    def test_of_fixed_work_do_without_sequential_calls_that_are_missing(self):
        cases = frames.grid([CPU], (1, 2, 4), WAYS[1:3], calls=8)
        assert places(cases) == [(THREADS, 2, 8), (FORK, 2, 8)]


class TestWork:
    def test_is_the_largest_of_each_workload(self):
        cases = frames.grid([LARGE, IO, SMALL, ("io_bound", (("TIME", 0.02),))], (1, 2), WAYS[:2])
        assert shown(cases) == [
            ("cpu_bound (NUM = 1,000)", SEQUENTIAL, 1, 2),
            ("cpu_bound (NUM = 1,000)", THREADS, 2, 2),
            ("io_bound (TIME = 0.1)", SEQUENTIAL, 1, 2),
            ("io_bound (TIME = 0.1)", THREADS, 2, 2),
        ]

    def test_is_the_largest_that_had_more_than_one_worker(self):
        cases = [*frames.grid([LARGE], (1,), WAYS[:2]), *frames.grid([SMALL], (1, 2), WAYS[:2])]
        assert {work for work, *_ in shown(cases)} == {"cpu_bound (NUM = 9)"}

    def test_is_of_each_sweep_and_interpreter(self):
        one = frames.loaded(dict.fromkeys(frames.grid([SMALL], (2,), WAYS[:2]), 1.0))
        other = one.assign(trial_id=one["trial_id"] + 50, case_id=one["case_id"] + 50, python="cpython 3.13.0t")
        third = one.assign(trial_id=one["trial_id"] + 99, case_id=one["case_id"] + 99, sweep_id=2)
        found = representatives(grouping.grouped(pd.concat([one, other, third], ignore_index=True)))
        assert list(zip(found["sweep_id"], found["python"], found["way"], strict=True)) == [
            (1, "cpython 3.11.2", SEQUENTIAL),
            (1, "cpython 3.11.2", THREADS),
            (1, "cpython 3.13.0t", SEQUENTIAL),
            (1, "cpython 3.13.0t", THREADS),
            (2, "cpython 3.11.2", SEQUENTIAL),
            (2, "cpython 3.11.2", THREADS),
        ]


def test_of_no_trials_none_is_shown_and_the_columns_are_there():
    trials = frames.steady(frames.grid(), 2)
    found = representatives(trials.iloc[:0])
    assert found.empty
    assert list(found.columns) == list(trials.columns)
