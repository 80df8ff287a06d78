"""Which trials share a panel, what groups are called, and where cases stand on the axis of workers."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.frames import CPU, IO, WAYS, grid, loaded, of_way
from support.helpers import case

from analysis.grouping import PANEL, STRONG, WEAK, each, grouped, number, panels
from runner.matrix.case import Case

BIG = ("cpu_bound", (("NUM", 1_234_567),))
TINY = ("cpu_bound", (("NUM", 10),))
ADDED = {"way", "work", "scaling", "shape", "panel", "size", "interpreter", "circumstances", "setting", "audience"}
ADDED |= {"parameter", "work_size", "others"}
TINY_ALONE = of_way("threading", TINY, 9)


def frame_of(*cases: Case, **columns: object) -> pd.DataFrame:
    """Return one block of these cases, as loaded."""
    return loaded(dict.fromkeys(cases, 1.0), 1, **columns)


def one_after_another(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return frames of several sweeps as one: each with its own numbers of cases."""
    shifted = [
        frame.assign(case_id=frame["case_id"] + 1000 * place, baseline_id=frame["baseline_id"] + 1000 * place)
        for place, frame in enumerate(frames)
    ]
    return pd.concat(shifted, ignore_index=True)


class TestWays:
    @pytest.mark.parametrize("way", WAYS)
    def test_are_mode_and_start_method(self, way):
        assert list(grouped(frame_of(of_way(way)))["way"]) == [way]

    def test_of_a_whole_grid_are_the_ways_it_was_made_of(self):
        assert list(grouped(frame_of(*grid(workers=(2,)))).groupby("work")["way"].unique().map(list)) == [[*WAYS]] * 2


class TestWorks:
    @pytest.mark.parametrize(
        ("workload", "params", "name"),
        [
            ("cpu_bound", (("NUM", 10),), "cpu_bound (NUM = 10)"),
            ("cpu_bound", (("NUM", 240_000_000),), "cpu_bound (NUM = 240,000,000)"),
            ("io_bound", (("TIME", 0.05),), "io_bound (TIME = 0.05)"),
            ("io_bound", (("TIME", 10.0),), "io_bound (TIME = 10)"),
            ("mixed", (("NUM", 1_000), ("TIME", 0.1)), "mixed (NUM = 1,000, TIME = 0.1)"),
            ("bare", (), "bare"),
        ],
    )
    def test_are_named_after_workload_and_arguments(self, workload, params, name):
        assert list(grouped(frame_of(case(workload=workload, params=params)))["work"]) == [name]

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (0, "0"),
            (-1_000, "-1,000"),
            (1_000_000, "1,000,000"),
            (0.05, "0.05"),
            (2.0, "2"),
            (1e-9, "1e-09"),
            (1 / 3, "0.3333333333"),
            (True, "True"),
            ("text", "text"),
            ([1, 2], "[1, 2]"),
        ],
    )
    def test_have_arguments_written_as_people_write_them(self, value, written):
        assert number(value) == written


class TestWeakScaling:
    def test_puts_sequential_calls_where_there_are_as_many_workers(self):
        frame = grouped(frame_of(*grid([TINY], (1, 4), ("sequential", "threading", "multiprocessing/spawn"))))
        assert set(frame["scaling"]) == {WEAK}
        assert set(frame["panel"]) == {"cpu_bound (NUM = 10), one call a worker"}
        assert list(frame["size"]) == [1, 1, 1, 4, 4, 4]
        assert list(frame.loc[frame["mode"] == "sequential", "workers"]) == [1, 1]

    def test_is_what_sequential_calls_alone_are_shown_as(self):
        frame = grouped(frame_of(*grid([TINY], (1, 2, 4), ("sequential",))))
        assert list(frame["size"]) == [1, 2, 4]
        assert set(frame["scaling"]) == {WEAK}


class TestStrongScaling:
    def test_is_one_panel_for_each_number_of_calls_with_sequential_calls_at_one(self):
        cases = [one for calls in (8, 16) for one in grid([TINY], (1, 2, 8), ("sequential", "threading"), calls)]
        frame = grouped(frame_of(*cases))
        assert set(frame["scaling"]) == {STRONG}
        assert list(frame["size"]) == [1, 1, 2, 8] * 2
        assert frame.groupby("panel")["calls"].unique().map(list).to_dict() == {
            "cpu_bound (NUM = 10), 8 calls in all": [8],
            "cpu_bound (NUM = 10), 16 calls in all": [16],
        }

    def test_of_one_call_is_named_in_the_singular(self):
        frame = grouped(frame_of(of_way("sequential", TINY, 1), of_way("threading", TINY, 2, 1)))
        assert set(frame["panel"]) == {"cpu_bound (NUM = 10), 1 call in all"}

    def test_takes_in_the_case_of_as_many_workers_as_calls(self):
        frame = grouped(frame_of(of_way("threading", TINY, 2, 4), of_way("threading", TINY, 4, 4)))
        assert list(frame["scaling"]) == [STRONG, STRONG]
        assert frame["panel"].nunique() == 1


class TestBoth:
    def test_are_told_apart_by_work(self):
        frame = grouped(
            frame_of(
                *grid([TINY], (2,), ("sequential", "threading")), *grid([BIG], (2,), ("sequential", "threading"), 8)
            )
        )
        assert list(frame["size"]) == [2, 2, 1, 2]
        assert list(frame["scaling"]) == [WEAK, WEAK, STRONG, STRONG]
        assert list(frame["panel"].unique()) == [
            "cpu_bound (NUM = 10), one call a worker",
            "cpu_bound (NUM = 1,234,567), 8 calls in all",
        ]

    def test_are_kept_apart_for_one_work(self):
        weak = grid([TINY], (1, 2), ("sequential", "threading"))
        strong = grid([TINY], (2, 4), ("sequential", "threading"), 8)
        frame = grouped(frame_of(*weak, *strong))
        assert {name.partition(", ")[2]: sorted(set(panel["calls"])) for name, panel in frame.groupby("panel")} == {
            "one call a worker": [1, 2],
            "8 calls in all": [8],
        }
        assert list(frame.loc[frame["calls"] == 8, "size"]) == [1, 2, 4]

    @pytest.mark.parametrize(
        "other",
        [
            {"sweep_id": 2, "sweep": "second"},
            {"python": "cpython 3.13.0"},
            {"params": '{"NUM": 11}'},
            {"workload": "other"},
        ],
        ids=["another sweep", "another interpreter", "another argument", "another workload"],
    )
    def test_are_told_apart_by_what_trials_have_in_common(self, other):
        weak = frame_of(*grid([TINY], (8,), ("sequential", "threading")))
        strong = frame_of(*grid([TINY], (2, 8), ("sequential", "threading"), 8), **other)
        frame = grouped(one_after_another(weak, strong))
        assert list(frame["scaling"]) == [WEAK] * 2 + [STRONG] * 3

    @given(st.sets(st.tuples(st.sampled_from(["threading", "sequential"]), st.integers(1, 4), st.integers(1, 4))))
    @settings(deadline=None, max_examples=15)
    def test_are_told_by_whether_some_concurrent_case_shares_out_as_many_calls(self, wanted):
        cases = list(dict.fromkeys(of_way(way, TINY, workers, calls) for way, workers, calls in sorted(wanted)))
        frame = grouped(frame_of(TINY_ALONE, *cases))
        shared = {one.calls for one in cases if not one.is_baseline and one.calls != one.workers}
        assert list(frame["scaling"] == STRONG) == [calls in shared for calls in frame["calls"]]
        assert list(frame["size"]) == [
            one.calls if one.is_baseline and one.calls not in shared else one.workers for one in [TINY_ALONE, *cases]
        ]


class TestPanels:
    def test_hold_nothing_but_what_they_have_in_common(self):
        weak, strong = grid(workers=(1, 2)), grid(workers=(2, 4), calls=8)
        newer = [replace(one, python="cpython 3.13.0") for one in weak]
        frame = grouped(one_after_another(frame_of(*weak, *strong, *newer), frame_of(*weak, sweep_id=2)))
        assert frame.groupby("panel")[PANEL].nunique(dropna=False).eq(1).all(axis=None)
        assert frame.groupby("panel")["case_id"].nunique().sum() == frame["case_id"].nunique()

    def test_come_by_workload_then_from_small_to_large_and_not_by_name(self):
        works = [
            ("io_bound", (("TIME", 0.01),)),
            ("cpu_bound", (("NUM", 1_000_000),)),
            ("cpu_bound", (("NUM", 9),)),
            ("cpu_bound", (("NUM", 200),)),
        ]
        cases = [of_way("threading", work) for work in works]
        cases += [of_way("threading", works[3], 2, calls) for calls in (16, 8)]
        assert panels(grouped(frame_of(*cases))) == [
            "cpu_bound (NUM = 9), one call a worker",
            "cpu_bound (NUM = 200), one call a worker",
            "cpu_bound (NUM = 200), 8 calls in all",
            "cpu_bound (NUM = 200), 16 calls in all",
            "cpu_bound (NUM = 1,000,000), one call a worker",
            "io_bound (TIME = 0.01), one call a worker",
        ]

    def test_come_in_that_order_from_a_frame_with_fewer_columns(self):
        frame = grouped(frame_of(of_way("threading", BIG), of_way("threading", TINY)))
        assert panels(frame[["work_size", "panel"]]) == list(reversed(frame["panel"]))
        assert panels(frame[["panel"]]) == list(frame["panel"])

    @pytest.mark.parametrize(
        ("second", "names"),
        [
            ({}, ["cpu_bound (NUM = 10), one call a worker"]),
            (
                {"python": "cpython 3.13.0"},
                [
                    "cpu_bound (NUM = 10), one call a worker, cpython 3.11.2",
                    "cpu_bound (NUM = 10), one call a worker, cpython 3.13.0",
                ],
            ),
            (
                {"sweep_id": 2, "sweep": "again"},
                [
                    "cpu_bound (NUM = 10), one call a worker, sweep 1 (study)",
                    "cpu_bound (NUM = 10), one call a worker, sweep 2 (again)",
                ],
            ),
            (
                {"sweep_id": 2},
                [
                    "cpu_bound (NUM = 10), one call a worker, sweep 1 (study)",
                    "cpu_bound (NUM = 10), one call a worker, sweep 2 (study)",
                ],
            ),
            (
                {"host_id": 2, "host": "bench-2"},
                [
                    "cpu_bound (NUM = 10), one call a worker, host 1 (bench-1)",
                    "cpu_bound (NUM = 10), one call a worker, host 2 (bench-2)",
                ],
            ),
            (
                {"host_id": 7, "sweep_id": 2},
                [
                    "cpu_bound (NUM = 10), one call a worker, host 1 (bench-1), sweep 1 (study)",
                    "cpu_bound (NUM = 10), one call a worker, host 7 (bench-1), sweep 2 (study)",
                ],
            ),
            (
                {"python": "cpython 3.13.0", "sweep_id": 2},
                [
                    "cpu_bound (NUM = 10), one call a worker, cpython 3.11.2, sweep 1 (study)",
                    "cpu_bound (NUM = 10), one call a worker, cpython 3.13.0, sweep 2 (study)",
                ],
            ),
        ],
        ids=[
            *("one of each", "two interpreters", "two sweeps", "two sweeps of one name", "two hosts"),
            *("a host that has changed between two sweeps", "interpreters and sweeps"),
        ],
    )
    def test_name_interpreter_host_and_sweep_only_where_there_are_several(self, second, names):
        one = frame_of(of_way("threading", TINY))
        assert panels(grouped(one_after_another(one, one.assign(**second)))) == names

    def test_of_several_sweeps_come_in_the_order_of_their_numbers(self):
        one = frame_of(of_way("threading", TINY), sweep="z")
        frame = grouped(one_after_another(one.assign(sweep_id=10), one.assign(sweep_id=9, sweep="a")))
        assert [panel.rpartition(", ")[2] for panel in panels(frame)] == ["sweep 9 (a)", "sweep 10 (z)"]


MANY = [("parse.py:parse", (("path", "a.json"), ("rows", rows), ("strict", True))) for rows in (10, 100)]


class TestSizes:
    @pytest.mark.parametrize(
        ("params", "parameter", "sizes", "others"),
        [
            ([{"NUM": 10}], "NUM", [10.0], [""]),
            ([{"TIME": 0.1}, {"TIME": 2}], "TIME", [0.1, 2.0], ["", ""]),
            ([{"path": "a"}, {"path": "b"}], None, [None, None], ["path = a", "path = b"]),
            ([{"a": 1, "b": 5}, {"a": 1, "b": 6}], "b", [5.0, 6.0], ["a = 1", "a = 1"]),
            ([{"a": 1, "b": 5}, {"a": 2, "b": 5}, {"a": 1, "b": 6}, {"a": 1, "b": 7}], "b", [5, 5, 6, 7], None),
            ([{"fast": True, "n": 1}, {"fast": False, "n": 1}], "n", [1.0, 1.0], ["fast = True", "fast = False"]),
            ([{"n": 1, "m": 2}, {"n": None, "m": 2}], "m", [2.0, 2.0], ["n = 1", "n = None"]),
            ([{}], None, [None], [""]),
        ],
        ids=str,
    )
    def test_are_the_numeric_parameter_that_varies_most(self, params, parameter, sizes, others):
        cases = [case(workload="f", params=tuple(one.items())) for one in params]
        frame = grouped(frame_of(*cases))
        assert set(frame["parameter"]) == {parameter}
        assert list(frame["work_size"].astype(object).where(frame["work_size"].notna(), None)) == sizes
        assert others is None or list(frame["others"]) == others

    def test_are_of_each_workload_and_sweep_by_themselves(self):
        first = frame_of(*(of_way("threading", work) for work in [*MANY, CPU]))
        second = frame_of(of_way("threading", ("parse.py:parse", (("cols", 3),))), sweep_id=2)
        frame = grouped(one_after_another(first, second))
        assert list(frame["parameter"]) == ["rows", "rows", "NUM", "cols"]

    def test_do_without_num_and_time(self):
        frame = frame_of(*grid(MANY, (1, 2), ("sequential", "thread_pool"))).assign(num=None, time=None)
        assert panels(grouped(frame)) == [
            f"parse.py:parse (path = a.json, rows = {rows}, strict = True), one call a worker" for rows in (10, 100)
        ]


def under(**conditions: object) -> pd.DataFrame:
    return frame_of(*grid([TINY], (2,), ("sequential", "threading"))).assign(**conditions)


class TestSettings:
    @pytest.mark.parametrize(
        ("one", "other", "settings"),
        [
            ({}, None, [""]),
            ({"affinity": "compact"}, None, ["pinned compact"]),
            ({"affinity": "0,1"}, {}, ["pinned to CPUs 0,1", "not pinned"]),
            ({"barrier": True}, None, ["from a barrier"]),
            ({"barrier": True}, {}, ["from a barrier", "without a barrier"]),
            ({"warmup_calls": 1}, {"warmup_calls": 3}, ["1 warm-up call", "3 warm-up calls"]),
            ({"warmup_calls": 2}, {}, ["2 warm-up calls", "no warm-up calls"]),
            ({"env": '{"A": "1", "B": "x"}'}, {}, ["A=1 B=x", "no variables set"]),
            ({"lock": "off"}, {}, ["lock off", "lock on"]),
            ({"lock": "on", "default_lock": False}, None, ["lock on"]),
            ({"lock": None, "default_lock": None}, None, [""]),
            ({"python": "cpython 3.14.0t", "lock": "off"}, {}, ["cpython 3.14.0t", "cpython 3.11.2"]),
            (
                {"python": "pypy 3.11.13", "affinity": "spread", "barrier": True},
                {"python": "pypy 3.11.13"},
                ["pinned spread, from a barrier", "not pinned, without a barrier"],
            ),
        ],
        ids=str,
    )
    def test_name_what_varies_or_is_not_the_usual(self, one, other, settings):
        parts = [under(**one)] if other is None else [under(**one), under(**other)]
        frame = grouped(one_after_another(*parts))
        assert list(frame["setting"].unique()) == settings
        work = "cpu_bound (NUM = 10), one call a worker"
        assert panels(frame) == [f"{work}, {setting}" if setting else work for setting in settings]

    def test_say_nothing_of_an_interpreter_that_is_alone_but_the_interpreter_is_known(self):
        frame = grouped(one_after_another(under(lock="off"), under(lock="on")))
        assert list(frame["interpreter"].unique()) == ["cpython 3.11.2, lock off", "cpython 3.11.2, lock on"]
        assert set(frame["circumstances"]) == {""}

    def test_keep_apart_what_shares_out_its_calls_under_one_and_not_under_another(self):
        pooled = frame_of(*grid([TINY], (2,), ("sequential", "thread_pool"), 8)).assign(affinity="compact")
        weak = frame_of(*grid([TINY], (8,), ("sequential", "thread_pool")))
        assert list(grouped(one_after_another(pooled, weak))["scaling"]) == [STRONG] * 2 + [WEAK] * 2


class TestGrouped:
    def test_adds_columns_and_changes_nothing_it_was_given(self):
        frame = frame_of(*grid([CPU, IO], (1, 2)))
        before = frame.copy(deep=True)
        found = grouped(frame)
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(found[list(frame.columns)], before)
        assert set(found.columns) - set(frame.columns) == ADDED

    def test_keeps_an_index_that_does_not_count_from_zero(self):
        frame = frame_of(*grid([CPU], (1, 2)), *grid([IO], (2,), calls=8))
        parts = grouped(frame), grouped(frame.set_axis(range(len(frame), 0, -1))).reset_index(drop=True)
        pd.testing.assert_frame_equal(*parts)

    def test_of_no_trials_has_its_columns(self):
        found = grouped(frame_of(of_way("threading")).iloc[:0])
        assert found.empty
        assert set(found.columns) >= ADDED
        assert panels(found) == []
        assert list(each(found)) == []

    def test_rows_are_read_by_the_names_of_their_columns(self):
        (row,) = each(grouped(frame_of(of_way("multiprocessing/fork", TINY, 4))))
        assert (row.way, row.size, row.scaling) == ("multiprocessing/fork", 4, WEAK)
