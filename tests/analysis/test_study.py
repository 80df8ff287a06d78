"""The study's own figures, and its six cases among trials that are known."""

import math
import re
import statistics as plain
from typing import Any

import pandas as pd
import pytest
from support import frames
from support.frames import of_way

from analysis import grouping, study
from analysis.study import beside_the_study

OWN_CPU, OWN_IO = ("cpu_bound", (("NUM", 240_000_000),)), ("io_bound", (("TIME", 10.0),))
WAYS = ("sequential", "threading", "multiprocessing/fork")
TABLE = """
| case | each call took, s | total, s | process names | thread names |
|---|---|---|---|---|
| io_bound, no concurrency | 9.999, 10.000 | 20.005 | MainProcess | MainThread |
| io_bound, multithreading | 10.010, 10.010 | 10.012 | MainProcess | Thread-7 (io_bound), Thread-8 (io_bound) |
| io_bound, multiprocessing | 10.010, 10.010 | 10.063 | Process-3, Process-4 | MainThread |
| cpu_bound, no concurrency | 10.137, 10.367 | 20.504 | MainProcess | MainThread |
| cpu_bound, multithreading | 18.838, 18.857 | 18.883 | MainProcess | Thread-13 (cpu_bound), Thread-14 (cpu_bound) |
| cpu_bound, multiprocessing | 11.069, 11.318 | 11.369 | Process-7, Process-8 | MainThread |
"""
"""As the study has it."""
MODES = {"no concurrency": "sequential", "multithreading": "threading", "multiprocessing": "multiprocessing"}
PLACES = [(case.workload, case.mode) for case in study.CASES]


def work(workload: str, size: float) -> tuple[str, Any]:
    return (workload, (("NUM" if workload == "cpu_bound" else "TIME", size),))


def rows_of(trials: pd.DataFrame) -> list[dict[str, Any]]:
    return beside_the_study(trials).to_dict("records")


def here(row: dict[str, Any]) -> bool:
    return not math.isnan(row["total_s"])


class TestConstants:
    def test_are_the_table_of_the_study(self):
        rows = [
            (workload, MODES[mode], (float(first), float(second)), float(total))
            for workload, mode, first, second, total in re.findall(
                r"\| (\w+), ([\w ]+) \| ([\d.]+), ([\d.]+) \| ([\d.]+) \|", TABLE
            )
        ]
        assert len(rows) == 6
        assert [(case.workload, case.mode, case.calls_s, case.total_s) for case in study.CASES] == rows

    def test_are_of_the_studys_sizes(self):
        assert study.SIZES == {"cpu_bound": ("num", 240_000_000), "io_bound": ("time", 10)}
        assert study.CALLS == 2

    def test_stand_in_the_table_with_their_speedups(self):
        table = beside_the_study(frames.steady(frames.grid(), 2).iloc[:0])
        assert list(table["study_total_s"]) == [20.005, 10.012, 10.063, 20.504, 18.883, 11.369]
        assert list(table["study_speedup"]) == [
            1.0,
            20.005 / 10.012,
            20.005 / 10.063,
            1.0,
            20.504 / 18.883,
            20.504 / 11.369,
        ]
        assert list(table["study_call_s"]) == pytest.approx([9.9995, 10.010, 10.010, 10.252, 18.8475, 11.1935])


class TestRows:
    @pytest.mark.parametrize(
        "trials",
        [
            pytest.param(frames.steady(frames.grid(), 2).iloc[:0], id="no trial"),
            pytest.param(frames.steady(frames.grid(), 2).assign(status="failed"), id="no trial that counts"),
            pytest.param(frames.steady(frames.grid(workers=(1, 4)), 2), id="no two calls"),
            pytest.param(
                frames.steady(frames.grid(calls=2), 2).query("workers == 1 and mode != 'sequential'"),
                id="two calls of one worker",
            ),
        ],
    )
    def test_are_six_where_there_is_nothing_and_what_is_here_is_missing(self, trials):
        table = beside_the_study(trials)
        assert list(zip(table["workload"], table["mode"], strict=True)) == PLACES
        assert (
            table[["sweep_id", "python", "way", "work", "n", "call_s", "total_s", "speedup", "low", "high"]]
            .isna()
            .all(axis=None)
        )
        assert table[["study_call_s", "study_total_s", "study_speedup"]].notna().all(axis=None)

    @pytest.mark.parametrize("missing", PLACES, ids=" ".join)
    def test_are_six_where_one_is_missing(self, missing):
        cases = [one for one in frames.grid(ways=WAYS) if (one.workload, one.mode) != missing]
        rows = rows_of(frames.steady(cases, 2))
        assert [(row["workload"], row["mode"]) for row in rows] == PLACES
        assert [(row["workload"], row["mode"]) for row in rows if not here(row)] == [missing]

    def test_are_one_for_each_start_method(self):
        rows = rows_of(frames.steady(frames.grid(), 2))
        assert [row["way"] for row in rows] == [*frames.WAYS, *frames.WAYS]
        assert all(here(row) for row in rows)

    def test_are_one_for_each_sweep_and_each_takes_its_own_largest_size(self):
        one = frames.loaded(dict.fromkeys(frames.grid([work("cpu_bound", 1_000)], (2,), WAYS), 1.0))
        other = frames.loaded(
            dict.fromkeys(frames.grid([work("cpu_bound", 10), work("cpu_bound", 90)], (2,), WAYS), 1.0), sweep_id=2
        )
        other = other.assign(case_id=other["case_id"] + 50, baseline_id=other["baseline_id"] + 50)
        rows = rows_of(grouping.grouped(pd.concat([one, other], ignore_index=True)))
        assert [(row["mode"], row["sweep_id"], row["work"]) for row in rows if here(row)] == [
            (mode, sweep_id, name)
            for mode in ("sequential", "threading", "multiprocessing")
            for sweep_id, name in ((1, "cpu_bound (NUM = 1,000)"), (2, "cpu_bound (NUM = 90)"))
        ]

    def test_are_one_for_each_host_with_the_speedup_there(self):
        trials = frames.loaded({of_way("sequential", OWN_CPU): 6.0, of_way("threading", OWN_CPU): float}, 3)
        trials.loc[trials["repeat"] > 1, ["host_id", "host"]] = [2, "bench-2"]
        found = [row for row in rows_of(grouping.grouped(trials)) if here(row) and row["mode"] == "threading"]
        assert [(row["setting"], row["n"], row["total_s"], row["speedup"]) for row in found] == [
            ("host 1 (bench-1)", 1, 1.0, 6.0),
            ("host 2 (bench-2)", 2, 2.5, 2.5),
        ]


class TestSize:
    @pytest.mark.parametrize(
        ("workload", "sizes", "expected"),
        [
            ("cpu_bound", [1_000, 240_000_000, 999_000_000], "cpu_bound (NUM = 240,000,000)"),
            ("cpu_bound", [9_000, 1_000], "cpu_bound (NUM = 9,000)"),
            ("cpu_bound", [240_000_001, 5], "cpu_bound (NUM = 240,000,001)"),
            ("io_bound", [60.0, 10.0, 0.5], "io_bound (TIME = 10)"),
            ("io_bound", [0.5, 60.0, 9.0], "io_bound (TIME = 60)"),
        ],
    )
    def test_is_the_studys_own_or_else_the_largest(self, workload, sizes, expected):
        cases = frames.grid([work(workload, size) for size in sizes], ways=WAYS)
        assert {row["work"] for row in rows_of(frames.steady(cases, 2)) if here(row)} == {expected}

    def test_is_that_of_two_calls_by_two_workers(self):
        rows = rows_of(frames.steady(frames.grid([OWN_CPU, OWN_IO], workers=(1, 2, 4), ways=WAYS), 2))
        assert [row["n"] for row in rows] == [2] * 6
        assert [round(row["total_s"] * 1e3) for row in rows] == [13, 14, 15, 4, 5, 6]

    def test_is_not_that_of_two_calls_by_one_worker(self):
        shared = [of_way(way, OWN_CPU, 1, calls=2) for way in WAYS[1:]]
        assert not any(here(row) for row in rows_of(frames.steady(shared, 2)))


class TestFigures:
    @pytest.mark.parametrize("blocks", [1, 5, 7, 8])
    def test_are_the_medians_over_the_blocks(self, blocks):
        times = {
            "sequential": lambda block: 4.0 + 0.3 * (block % 3),
            "threading": lambda block: 5.0 - 0.2 * (block % 4),
            "multiprocessing/fork": lambda block: 2.0 + 0.1 * (block % 5),
        }
        trials = frames.trials({of_way(way, OWN_CPU): times[way] for way in WAYS}, blocks)
        trials = trials.assign(busy_s=[own * 1.7 + 0.01 * place for place, own in enumerate(trials["wall_s"])])
        rows = [row for row in rows_of(trials) if here(row)]
        assert len(rows) == 3
        for row in rows:
            own = [trial for trial in trials.to_dict("records") if trial["way"] == row["way"]]
            ratios = [times["sequential"](block) / times[row["way"]](block) for block in range(1, blocks + 1)]
            assert row["n"] == blocks
            assert row["total_s"] == pytest.approx(plain.median(trial["wall_s"] for trial in own))
            assert row["call_s"] == pytest.approx(plain.median(trial["busy_s"] for trial in own) / 2)
            if row["way"] == "sequential":
                assert all(math.isnan(row[name]) for name in ("speedup", "low", "high"))
            else:
                assert row["speedup"] == pytest.approx(plain.median(ratios))
                assert math.isnan(row["low"]) == math.isnan(row["high"]) == (blocks < 6)
            if row["way"] != "sequential" and blocks >= 6:
                ends = (min(ratios) - 1e-9, max(ratios) + 1e-9)  # these are of seconds, and the figures of nanoseconds
                assert ends[0] <= row["low"] <= row["speedup"] <= row["high"] <= ends[1]

    def test_come_from_the_trials_that_count(self):
        trials = frames.steady(frames.grid([OWN_CPU], (2,), WAYS), 3)
        odd = trials.assign(wall_s=99.0, busy_s=99.0)
        mixed = pd.concat([trials, odd.assign(status="timeout"), odd.assign(warmup=1)], ignore_index=True)
        pd.testing.assert_frame_equal(beside_the_study(mixed), beside_the_study(trials))

    def test_have_no_speedup_without_a_baseline(self):
        trials = frames.steady([of_way("threading", OWN_IO)], 3)
        (row,) = (row for row in rows_of(trials) if here(row))
        assert math.isnan(row["speedup"])
        assert row["total_s"] == pytest.approx(1e-3)

    def test_leave_the_trials_as_they_are(self):
        trials = frames.steady(frames.grid(), 2)
        before = trials.copy(deep=True)
        beside_the_study(trials)
        pd.testing.assert_frame_equal(trials, before)
