"""The regime map: a field for each size and number of workers, its colour the speedup, hatched where none is shown."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from support import frames

from analysis.figures.regime import MOST_DOUBLINGS, factor, maps, regime_map, short
from analysis.findings import PER_CASE
from analysis.statistics import speedups

SIZES = (1_000, 10_000, 100_000)
WORKS = tuple(("cpu_bound", (("NUM", size),)) for size in SIZES)
WORKERS = (1, 2, 4)
SPEEDUPS = {(size, count): 2.0 ** (place - 1) * count for place, size in enumerate(SIZES) for count in WORKERS}
"""By size and number of workers: half, as fast and twice as fast for each worker."""


@cache
def mapped(works: Any = WORKS) -> pd.DataFrame:
    """Return the maps of threads with these speedups, and of steady processes, six blocks of each."""
    walls = {}
    for one in frames.grid(works, WORKERS, frames.WAYS[:3]):
        known = SPEEDUPS.get((dict(one.params).get("NUM"), one.workers), 1.0)
        walls[one] = 1 / known if one.mode == "threading" else 1.0
    return maps(speedups(frames.trials(walls, 6), PER_CASE))


def of_threads(**columns: Any) -> pd.DataFrame:
    """Return one map, its `columns` the same in all fields."""
    known = mapped()
    return known[known["way"] == "threading"].assign(**columns)


@cache
def drawn_of_threads() -> Axes:
    """Return the axes of the one map of threads."""
    return drawn(of_threads())


def drawn(known: pd.DataFrame) -> Axes:
    return regime_map(known).axes[0]


def mesh(axis: Axes) -> QuadMesh:
    (fields,) = [own for own in axis.collections if isinstance(own, QuadMesh)]
    return fields


def shade(axis: Axes, row: int, column: int) -> tuple[float, float, float]:
    fields = mesh(axis)
    return to_rgb(fields.cmap(fields.norm(fields.get_array()[row][column])))


def hatched(axis: Axes) -> set[tuple[int, int]]:
    """Return column and row of the hatched fields."""
    return {(round(patch.get_x() + 0.5), round(patch.get_y() + 0.5)) for patch in axis.patches if patch.get_hatch()}


class TestMaps:
    def test_are_one_way_on_one_workload(self):
        known = mapped()
        assert list(known["map"].unique()) == [
            "cpu_bound, threading\none call a worker",
            "cpu_bound, multiprocessing/fork\none call a worker",
        ]
        assert set(known["work_size"]) == set(SIZES)

    def test_of_sleeping_work_have_its_time_as_size(self):
        known = mapped(tuple(("io_bound", (("TIME", time),)) for time in (0.01, 0.1)))
        assert set(known["work_size"]) == {0.01, 0.1}

    @pytest.mark.parametrize("works", [WORKS[:1], (("busy", ()),), (*WORKS[:1], frames.IO)], ids=str)
    def test_need_two_sizes(self, works):
        assert mapped(works).empty

    def test_tell_fixed_work_from_work_that_grows(self):
        cases = [*frames.grid(WORKS, WORKERS, frames.WAYS[:2], calls=8), *frames.grid(WORKS, WORKERS, frames.WAYS[:2])]
        known = maps(speedups(frames.steady(cases, 1), PER_CASE))
        assert set(known["map"]) == {"cpu_bound, threading\n8 calls in all", "cpu_bound, threading\none call a worker"}

    def test_name_the_interpreter_where_there_are_several(self):
        cases = frames.grid(WORKS, WORKERS, frames.WAYS[:2])
        both = [*cases, *(replace(one, python="cpython 3.14.0") for one in cases)]
        names = maps(speedups(frames.steady(both, 1), PER_CASE))["map"]
        assert {name.rpartition("\n")[2] for name in names} == {"cpython 3.11.2", "cpython 3.14.0"}


class TestFields:
    def test_there_is_one_for_each_size_and_number_of_workers(self):
        axis = drawn_of_threads()
        expected = [[math.log2(SPEEDUPS[size, count]) for size in SIZES] for count in WORKERS]
        assert np.asarray(mesh(axis).get_array()) == pytest.approx(np.array(expected))
        assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1k", "10k", "100k"]
        assert [tick.get_text() for tick in axis.get_yticklabels()] == ["1", "2", "4"]
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("NUM", "workers")

    def test_have_their_corners_around_their_ticks(self):
        axis = drawn_of_threads()
        corners = np.asarray(mesh(axis).get_coordinates())
        assert corners[0, :, 0] == pytest.approx([-0.5, 0.5, 1.5, 2.5])
        assert corners[:, 0, 1] == pytest.approx([-0.5, 0.5, 1.5, 2.5])
        assert list(axis.get_xticks()) == list(axis.get_yticks()) == [0, 1, 2]

    def test_hold_their_speedup_in_figures(self):
        axis = drawn_of_threads()
        written = {text.get_position(): text.get_text() for text in axis.texts}
        assert written == {
            (SIZES.index(size), WORKERS.index(count)): factor(value) for (size, count), value in SPEEDUPS.items()
        }

    def test_of_cases_that_were_not_run_stay_empty(self):
        known = of_threads()
        axis = drawn(known[~((known["work_size"] == SIZES[1]) & (known["workers"] == 2))])
        missing = np.ma.getmaskarray(mesh(axis).get_array())
        assert [tuple(place) for place in np.argwhere(missing)] == [(1, 1)]
        assert (1, 1) not in {text.get_position() for text in axis.texts}

    def test_of_very_many_sizes_hold_no_figures_and_not_all_sizes_are_named(self):
        axis = drawn(mapped(tuple(("cpu_bound", (("NUM", 2**power),)) for power in range(12))))
        assert not axis.texts
        assert 6 <= len(axis.get_xticks()) <= 10

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (1.944, "1.94"),
            (0.44, "2.27 ×\nslower"),
            (0.0068, "147 ×\nslower"),
            (0.999, "1.00"),
            (12.3, "12"),
            (1, "1.00"),
            (99, "99"),
        ],
    )
    def test_write_a_speedup_in_little_room(self, value, written):
        assert factor(value) == written

    @pytest.mark.parametrize(
        ("value", "written"), [(640_000, "640k"), (10_200_000, "10.2M"), (0.05, "0.05"), (1, "1"), (2e9, "2G")]
    )
    def test_write_a_size_in_little_room(self, value, written):
        assert short(value) == written


class TestColours:
    def test_are_centred_on_as_fast_as_sequential(self):
        axis = drawn_of_threads()
        fields = mesh(axis)
        assert fields.norm(0) == 0.5
        assert fields.norm.vmin == -fields.norm.vmax
        assert min(to_rgb(fields.cmap(0.5))) > 0.95

    def test_are_blue_where_faster_and_red_where_slower(self):
        axis = drawn_of_threads()
        (red, _, blue), (r, _, b) = shade(axis, 0, 0), shade(axis, 2, 2)
        assert red > blue
        assert b > r

    def test_are_the_same_in_all_maps_and_in_the_bar(self):
        figure = regime_map(mapped())
        first, second, bar = figure.axes
        assert [mesh(axis).norm.vmax for axis in (first, second)] == [3.0, 3.0]
        assert mesh(first).cmap == mesh(second).cmap
        assert bar.get_xlim() == (-3, 3)
        assert bar.get_xlabel() == "speedup over sequential"
        ticks = dict(zip(bar.get_xticks(), (tick.get_text() for tick in bar.get_xticklabels()), strict=True))
        assert (ticks[-1], ticks[0], ticks[1]) == ("2 ×\nslower", "1 ×", "2 ×")

    @pytest.mark.parametrize(
        ("speedup", "limit"), [(1.0, 1), (1.5, 1), (3, 2), (1 / 3, 2), (1e3, MOST_DOUBLINGS), (1e-6, MOST_DOUBLINGS)]
    )
    def test_reach_as_far_as_the_speedups_but_not_for_ever(self, speedup, limit):
        axis = drawn(of_threads(speedup=speedup))
        assert mesh(axis).norm.vmax == limit


class TestHatching:
    @pytest.mark.parametrize(
        ("low", "high", "told"),
        [
            *((1.01, 2.0, True), (0.5, 0.99, True), (0.9, 1.1, False), (1.0, 2.0, False), (0.5, 1.0, False)),
            *((float("nan"), float("nan"), False), (1e-6, 1e-6, True)),
        ],
    )
    def test_is_where_the_interval_includes_one_or_is_missing(self, low, high, told):
        axis = drawn(of_threads(low=low, high=high))
        every = {(column, row) for column in range(3) for row in range(3)}
        assert hatched(axis) == (set() if told else every)

    def test_is_on_those_fields_alone(self):
        axis = drawn_of_threads()
        even = {place for place, value in SPEEDUPS.items() if value == 1.0}
        assert hatched(axis) == {(SIZES.index(size), WORKERS.index(count)) for size, count in even}

    def test_is_everywhere_below_six_blocks(self):
        known = maps(speedups(frames.steady(frames.grid(WORKS, WORKERS, frames.WAYS[:2]), 5), PER_CASE))
        axis = drawn(known)
        assert len(hatched(axis)) == 9

    def test_leaves_the_figures_legible(self):
        axis = drawn(of_threads(low=0.5, high=2.0))
        assert all(text.get_bbox_patch() is not None and text.get_color() != "white" for text in axis.texts)

    def test_is_explained_in_the_legend(self):
        (legend,) = drawn_of_threads().figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["not told from sequential"]
        assert [handle.get_hatch() for handle in legend.legend_handles] == ["////"]
