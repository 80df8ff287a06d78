"""What the figures show: every trial, the real worker counts, and words on everything."""

import io
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from support.helpers import case

from analysis import figures, statistics
from runner.matrix import Case

USABLE_CPUS = 2
WORKS = (
    ("cpu_bound", (("NUM", 1_000),)),
    ("cpu_bound", (("NUM", 2_000_000),)),
    ("io_bound", (("TIME", 0.1),)),
)
WAYS = ["sequential", "threading", "multiprocessing/fork", "multiprocessing/spawn"]


def grid(works=WORKS, workers=(1, 2, 4), calls=None, ways=tuple(WAYS)) -> list[Case]:
    cases: dict[Case, None] = {}
    for workload, params in works:
        for size in workers:
            for way in ways:
                mode, _, start_method = way.partition("/")
                one = case(
                    workload=workload,
                    params=params,
                    mode=mode,
                    start_method=start_method or None,
                    workers=size,
                    calls=calls or size,
                )
                cases[one.baseline() if mode == "sequential" else one] = None
    return list(cases)


def trials_of(cases: list[Case], repeats: int = 3) -> pd.DataFrame:
    """Return trials of these cases, with panels: in each block the n-th case takes n milliseconds and a bit."""
    return frame_of({one: 1e-3 * number for number, one in enumerate(cases, start=1)}, repeats)


def frame_of(walls_s: dict[Case, float], repeats: int = 1) -> pd.DataFrame:
    """Return trials of v_trials, with panels: each case takes that long, and a little longer in each block."""
    trials = [
        {**one.columns(), "time": one.columns()["time_s"], "sweep_id": 1, "python": one.python}
        | {"repeat": repeat, "warmup": 0, "status": "ok", "wall_s": wall_s + repeat * 1e-9}
        for repeat in range(1, repeats + 1)
        for one, wall_s in walls_s.items()
    ]
    return statistics.with_panels(pd.DataFrame(trials))


def speedup(trials: pd.DataFrame) -> Figure:
    ratios = statistics.block_ratios(trials)
    return figures.speedup(ratios, statistics.medians(ratios, "speedup"), USABLE_CPUS, "Speedup: a sweep")


def total_time(trials: pd.DataFrame) -> Figure:
    return figures.total_time(trials, statistics.medians(trials, "wall_s"), USABLE_CPUS, "Total time: a sweep")


BOTH = pytest.mark.parametrize(
    ("draw", "value"), [(speedup, "speedup"), (total_time, "wall_s")], ids=["speedup", "total time"]
)


def points_of(axis: Axes) -> list[tuple[float, float]]:
    return [tuple(point) for collection in axis.collections for point in collection.get_offsets()]


def labels_of(drawn: Figure) -> list[str]:
    (legend,) = drawn.legends
    return [text.get_text() for text in legend.get_texts()]


def render(drawn: Figure) -> None:
    drawn.savefig(io.BytesIO(), format="svg")


class TestAnyFigure:
    @BOTH
    def test_has_a_titled_pair_of_axes_for_each_work(self, draw: Callable[..., Figure], value):
        drawn = draw(trials_of(grid()))
        assert [axis.get_title() for axis in drawn.axes] == [
            "cpu_bound (NUM = 1,000)\none call a worker",
            "cpu_bound (NUM = 2,000,000)\none call a worker",
            "io_bound (TIME = 0.1)\none call a worker",
        ]
        assert drawn.get_suptitle().endswith(": a sweep")

    @BOTH
    def test_has_a_point_for_every_trial(self, draw, value):
        trials = trials_of(grid())
        drawn = draw(trials)
        shown = trials if value == "wall_s" else statistics.block_ratios(trials)
        for axis in drawn.axes:
            mine = shown[shown["panel"] == axis.get_title().replace("\n", ", ")]
            points = points_of(axis)
            assert len(points) == len(mine) > 0
            assert sorted(y for _, y in points) == pytest.approx(sorted(mine[value]))
            assert sorted(round(x) for x, _ in points) == sorted(mine["size"])

    @BOTH
    def test_shows_points_of_different_ways_beside_each_other(self, draw, value):
        for axis in draw(trials_of(grid())).axes:
            places = [{x for x, _ in collection.get_offsets()} for collection in axis.collections]
            assert len(set().union(*places)) == sum(len(place) for place in places)

    @BOTH
    def test_joins_the_medians_of_each_way(self, draw, value):
        trials = trials_of(grid())
        drawn = draw(trials)
        shown = trials if value == "wall_s" else statistics.block_ratios(trials)
        medians = statistics.medians(shown, value)
        for axis in drawn.axes:
            lines = [line.get_ydata() for line in axis.get_lines()]
            for _, way in medians[medians["panel"] == axis.get_title()].groupby("way"):
                expected = way.sort_values("size")[value].to_numpy()
                assert any(len(line) == len(expected) and np.allclose(line, expected) for line in lines)

    @BOTH
    @pytest.mark.parametrize("workers", [(1, 3, 4, 6), (7,)], ids=str)
    def test_has_the_real_worker_counts_as_ticks(self, draw, value, workers):
        drawn = draw(trials_of(grid(workers=workers)))
        render(drawn)
        for axis in drawn.axes:
            assert axis.get_xscale() == "log"
            low, high = axis.get_xlim()
            assert [tick for tick in axis.get_xticks() if low <= tick <= high] == list(workers)
            assert [label.get_text() for label in axis.get_xticklabels()] == [str(size) for size in workers]
            assert list(axis.get_xticks(minor=True)) == []
            assert axis.get_xlabel().startswith("workers")

    @BOTH
    def test_has_one_legend_that_names_each_way_that_is_there(self, draw, value):
        ways = WAYS if value == "wall_s" else WAYS[1:]
        assert labels_of(draw(trials_of(grid())))[: len(ways)] == ways
        fewer = ["sequential", "multiprocessing/spawn"]
        shown = labels_of(draw(trials_of(grid(ways=tuple(fewer)))))
        assert [label for label in shown if label in WAYS] == [way for way in fewer if way in ways]

    @BOTH
    def test_marks_the_usable_cpus(self, draw, value):
        drawn = draw(trials_of(grid()))
        assert f"usable CPUs ({USABLE_CPUS})" in labels_of(drawn)
        for axis in drawn.axes:
            assert any(list(line.get_xdata()) == [USABLE_CPUS] * 2 for line in axis.get_lines())

    @BOTH
    @pytest.mark.parametrize("works", [1, 2, 5])
    def test_has_no_axes_without_data(self, draw, value, works):
        many = [("cpu_bound", (("NUM", 10**exponent),)) for exponent in range(works)]
        drawn = draw(trials_of(grid(works=many, workers=(1, 2), ways=("sequential", "threading"))))
        assert len(drawn.axes) == works
        assert all(points_of(axis) for axis in drawn.axes)

    @BOTH
    def test_says_in_a_caption_what_a_point_is(self, draw, value):
        caption = " ".join(text.get_text() for text in draw(trials_of(grid())).texts)
        assert "Every point is a trial" in " ".join(caption.split())


class TestSpeedup:
    def test_names_its_unit_and_the_seconds_of_the_sequential_calls(self):
        for axis in speedup(trials_of(grid())).axes:
            assert axis.get_ylabel() == "speedup over sequential"
            assert "sequential at 1: 0.0" in axis.get_xlabel()
            assert axis.get_xlabel().endswith(" s)")

    def test_ideal_rises_to_the_usable_cpus_and_is_flat_beyond(self):
        drawn = speedup(trials_of(grid(workers=(1, 2, 4, 8))))
        assert f"ideal on {USABLE_CPUS} CPUs" in labels_of(drawn)
        for axis in drawn.axes:
            dashed = [line for line in axis.get_lines() if line.get_linestyle() == "--"]
            assert [list(zip(line.get_xdata(), line.get_ydata(), strict=True)) for line in dashed] == [
                [(1, 1), (2, 2), (4, 2), (8, 2)]
            ]

    @pytest.mark.parametrize("slowest", [0.9, 1e-3, 1e-7])
    def test_shows_however_small_a_speedup_with_powers_of_two_as_ticks(self, slowest):
        threads = case()
        drawn = speedup(frame_of({threads.baseline(): 1.0, threads: 1.0 / slowest}))
        render(drawn)
        (axis,) = drawn.axes
        low, high = axis.get_ylim()
        assert low < slowest < high
        shown = [tick for tick in axis.get_yticks() if low <= tick <= high]
        assert 1 <= len(shown) <= 8
        assert all(math.log2(tick).is_integer() for tick in shown)

    def test_of_strong_scaling_has_a_panel_for_each_number_of_calls(self):
        cases = [*grid(works=WORKS[:1], calls=8), *grid(works=WORKS[:1], calls=16)]
        drawn = speedup(trials_of(cases))
        assert [axis.get_title() for axis in drawn.axes] == [
            "cpu_bound (NUM = 1,000)\n8 calls in all",
            "cpu_bound (NUM = 1,000)\n16 calls in all",
        ]


class TestTotalTime:
    def test_begins_at_nought_and_is_in_seconds(self):
        for axis in total_time(trials_of(grid())).axes:
            assert axis.get_ylim()[0] == 0
            assert axis.get_ylabel() == "total time (s)"

    @pytest.mark.parametrize(("calls", "places"), [(None, {1, 2, 4}), (8, {1})], ids=["weak", "strong"])
    def test_has_sequential_calls_where_the_same_work_is_done(self, calls, places):
        drawn = total_time(trials_of(grid(calls=calls, ways=("sequential", "threading"))))
        shown = {round(x) for axis in drawn.axes for x, _ in axis.collections[0].get_offsets()}
        assert shown == places


class TestEdges:
    @BOTH
    @pytest.mark.parametrize("repeats", [1, 2])
    @pytest.mark.parametrize("ways", [("sequential", "threading"), ("sequential", "multiprocessing/spawn")], ids=str)
    def test_one_worker_count_and_few_blocks_are_enough(self, draw, value, repeats, ways):
        drawn = draw(trials_of(grid(works=WORKS[:1], workers=(2,), ways=ways), repeats))
        render(drawn)
        (axis,) = drawn.axes
        assert len(points_of(axis)) == repeats * (2 if value == "wall_s" else 1)

    @pytest.mark.parametrize("way", WAYS)
    def test_one_mode_alone_has_total_times(self, way):
        drawn = total_time(trials_of(grid(ways=(way,))))
        render(drawn)
        assert [label for label in labels_of(drawn) if label in WAYS] == [way]

    def test_a_work_without_baseline_is_left_out_of_the_speedups_alone(self):
        cases = [*grid(works=WORKS[:1]), *grid(works=WORKS[2:], ways=("threading",))]
        trials = trials_of(cases)
        assert len(total_time(trials).axes) == 2
        assert [axis.get_title() for axis in speedup(trials).axes] == ["cpu_bound (NUM = 1,000)\none call a worker"]

    @BOTH
    def test_very_many_works_all_have_their_place(self, draw, value):
        works = [("cpu_bound", (("NUM", 10**exponent),)) for exponent in range(10)]
        drawn = draw(trials_of(grid(works=works, workers=(1, 2), ways=("sequential", "threading")), 1))
        render(drawn)
        assert len(drawn.axes) == 10
        boxes = [axis.get_window_extent() for axis in drawn.axes]
        assert all(not one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
