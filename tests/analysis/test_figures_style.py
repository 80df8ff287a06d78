"""One look for all figures: colours that can be told apart, which panels there are, and how times are written."""

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from support import frames

from analysis.figures import layout, scales, style

Floats = npt.NDArray[np.float64]
UNKNOWN = "subinterpreters"
COUNTS = (*range(1, 13), 14, 16, 18, 20, 24, 28, 32, 40, 48, 52, 56, 64)
PAIRS = list(itertools.combinations(style.WAYS, 2))

NO_GREEN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
"""What is seen of linear RGB without the cones for green (Machado, Oliveira & Fernandes 2009, severity 1)."""
NO_RED = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
EYES = {"normal": np.eye(3), "deuteranopia": NO_GREEN, "protanopia": NO_RED}


def lab(colour: object, eyes: Floats) -> Floats:
    """Return a colour in CIELAB, where a distance of 2.3 is just noticeable."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = XYZ @ np.clip(eyes @ linear, 0, 1) / XYZ.sum(axis=1)
    cubic = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * cubic[1] - 16, 500 * (cubic[0] - cubic[1]), 200 * (cubic[1] - cubic[2])])


def distance(one: object, other: object, eyes: str) -> float:
    return float(np.linalg.norm(lab(one, EYES[eyes]) - lab(other, EYES[eyes])))


class TestLooks:
    @pytest.mark.parametrize("eyes", EYES)
    def test_any_two_ways_have_colours_far_apart_for_all_eyes(self, eyes):
        apart = {pair: distance(*map(style.colour, pair), eyes) for pair in PAIRS}
        assert [pair for pair, far in apart.items() if far <= (37 if eyes == "normal" else 9.5)] == []

    def test_any_two_ways_have_different_markers(self):
        pairs = [*PAIRS, *((way, UNKNOWN) for way in style.WAYS)]
        assert [pair for pair in pairs if style.marker(pair[0]) == style.marker(pair[1])] == []

    @pytest.mark.parametrize("eyes", EYES)
    def test_no_way_looks_like_a_disturbed_trial(self, eyes):
        assert [way for way in style.WAYS if distance(style.colour(way), style.FLAGGED, eyes) <= 20] == []
        assert "x" not in map(style.marker, style.WAYS)

    @pytest.mark.parametrize("eyes", EYES)
    def test_all_ways_stand_out_from_the_paper(self, eyes):
        every = [*style.WAYS, UNKNOWN]
        assert [way for way in every if distance(style.colour(way), "white", eyes) <= 30] == []

    def test_the_distance_is_that_of_known_colours(self):
        assert distance("black", "white", "normal") == pytest.approx(100, abs=0.1)
        assert lab("red", EYES["normal"]) == pytest.approx([53.2, 80.1, 67.2], abs=0.2)
        assert distance("#a6761d", "#66a61e", "deuteranopia") < distance("#a6761d", "#66a61e", "normal") / 2

    def test_all_ways_of_the_harness_are_known(self):
        assert list(style.WAYS) == list(frames.EVERY_WAY)

    def test_ways_have_a_fixed_order_and_unknown_ones_come_last(self):
        shuffled = ["subinterpreters", "multiprocessing/spawn", "green threads", "asyncio", "threading", "sequential"]
        ordered = ["sequential", "threading", "multiprocessing/spawn", "asyncio", "green threads", "subinterpreters"]
        assert style.ways(pd.DataFrame({"way": shuffled})) == ordered


def works(settings: tuple[str, ...] = ("",), **sizes: int) -> pd.DataFrame:
    """Return a frame of panels, as many of each workload and setting as is said."""
    return pd.DataFrame(
        [
            {"workload": workload, "work_size": float(size), "setting": setting, "panel": f"{workload} {size}{setting}"}
            for workload, many in sizes.items()
            for size in range(1, many + 1)
            for setting in settings
        ]
    )


class TestChosenPanels:
    @pytest.mark.parametrize(
        ("sizes", "expected"),
        [
            ({"a": 1}, ["a 1"]),
            ({"a": 6}, ["a 1", "a 2", "a 3", "a 4", "a 5", "a 6"]),
            ({"a": 12}, ["a 1", "a 3", "a 5", "a 8", "a 10", "a 12"]),
            ({"a": 4, "b": 4}, ["a 1", "a 3", "a 4", "b 1", "b 3", "b 4"]),
            ({"a": 1, "b": 9}, ["a 1", "b 1", "b 3", "b 5", "b 7", "b 9"]),
            ({"a": 3, "b": 3, "c": 3}, ["a 1", "a 3", "b 1", "b 3", "c 1", "c 3"]),
            ({"a": 2, "b": 2, "c": 2, "d": 2}, ["a 1", "a 2", "b 1", "b 2", "c 2", "d 2"]),
            (dict.fromkeys("abcdefgh", 2), ["a 2", "b 2", "c 2", "d 2", "e 2", "f 2"]),
        ],
        ids=str,
    )
    def test_are_shared_out_among_the_workloads_from_the_largest_down(self, sizes, expected):
        assert layout.chosen(works(**sizes)) == expected

    @pytest.mark.parametrize(
        ("settings", "sizes", "expected"),
        [
            (" x", {"a": 4, "b": 4}, ["a 1 x", "a 3 x", "a 4 x", "b 1 x", "b 3 x", "b 4 x"]),
            (" x y", {"a": 4, "b": 1}, ["a 1 x", "a 1 y", "a 4 x", "a 4 y", "b 1 x", "b 1 y"]),
            (" x y z", {"a": 3, "b": 3}, ["a 3 x", "a 3 y", "a 3 z", "b 3 x", "b 3 y", "b 3 z"]),
            (" x y z", {"a": 2, "b": 2, "c": 2}, ["a 2 x", "a 2 y", "b 2 x", "b 2 y", "c 2 x", "c 2 y"]),
        ],
    )
    def test_of_several_settings_are_shared_out_among_them_too(self, settings, sizes, expected):
        named = tuple(f" {setting}" for setting in settings.split())
        assert layout.chosen(works(named, **sizes)) == expected

    @pytest.mark.parametrize("sizes", [{"a": 40}, {"a": 7, "b": 1}, {"a": 5, "b": 5, "c": 5}], ids=str)
    def test_are_no_more_than_there_is_room_for(self, sizes):
        assert len(layout.chosen(works(**sizes))) == layout.MOST_PANELS == 6


class TestLayout:
    @pytest.mark.parametrize(
        ("panels", "columns", "shape"),
        [
            *((1, 3, (1, 1)), (2, 3, (1, 2)), (3, 3, (1, 3)), (4, 3, (2, 2)), (5, 3, (2, 3))),
            *((1, 1, (1, 1)), (4, 1, (4, 1)), (3, 2, (2, 2))),
        ],
    )
    def test_puts_panels_into_even_rows_and_leaves_no_empty_axes(self, panels, columns, shape):
        figure, axes = layout.figure([f"panel {number}" for number in range(panels)], columns)
        assert len(figure.axes) == panels == len(axes)
        assert [axis.get_title() for (axis,) in axes] == [f"panel {number}" for number in range(panels)]
        assert axes[0][0].get_subplotspec().get_gridspec().get_geometry() == shape

    def test_puts_the_rows_of_a_panel_below_each_other(self):
        _, axes = layout.figure(["a", "b", "c", "d"], 2, rows=3)
        places = [[axis.get_subplotspec().rowspan.start for axis in panel] for panel in axes]
        assert places == [[0, 1, 2], [0, 1, 2], [3, 4, 5], [3, 4, 5]]
        assert [[axis.get_title() for axis in panel] for panel in axes] == [[name, "", ""] for name in "abcd"]

    def test_a_frame_makes_the_figure_taller_for_what_it_adds(self):
        heights = []
        for caption in ("short", "long " * 100):
            figure, _ = layout.figure(["panel"], 3)
            before = figure.get_figheight()
            room = layout.frame(figure, "heading", caption)
            assert figure.get_figwidth() == pytest.approx(layout.PANEL_WIDTH + 0.3)
            heights.append(figure.get_figheight() - before)
            assert sum(room) == pytest.approx(heights[-1])
        assert 0 < heights[0] < heights[1]

    def test_a_legend_makes_the_figure_taller_by_its_rows(self):
        heights = []
        for ways in (["threading"], list(style.WAYS)):
            figure = Figure(figsize=(2.2, 3), layout="constrained")
            figure.subplots()
            layout.legend(figure, layout.way_handles(ways))
            heights.append(figure.get_figheight() - 3)
        assert heights[1] - heights[0] == pytest.approx(0.2 * (len(style.WAYS) - 1))


class TestAxisOfWorkers:
    @pytest.mark.parametrize("workers", [(1, 2, 4), (1, 3, 4, 6), (7,)], ids=str)
    def test_has_the_real_counts_as_ticks(self, workers):
        axis = axis_of_workers(workers)
        low, high = axis.get_xlim()
        assert axis.get_xscale() == "log"
        assert axis.xaxis.get_transform().base == 2
        assert [tick for tick in axis.get_xticks() if low <= tick <= high] == list(workers)
        assert list(axis.get_xticks(minor=True)) == []
        assert [tick.get_text() for tick in axis.get_xticklabels()] == [str(count) for count in workers]

    @pytest.mark.parametrize("workers", [COUNTS, tuple(range(1, 65))], ids=["24 counts", "64 counts"])
    def test_of_many_counts_names_the_first_the_last_and_some_between(self, workers):
        ticks = [int(tick) for tick in axis_of_workers(workers).get_xticks()]
        assert set(ticks) <= set(workers)
        assert {1, 64} <= set(ticks)
        assert 6 <= len(ticks) <= 15

    @pytest.mark.parametrize(("cpus", "places"), [(1, [1]), (3, [3]), (4, [4]), (64, [])])
    def test_has_a_line_at_the_usable_cpus_within_it(self, cpus, places):
        dotted = [line for line in axis_of_workers((1, 2, 4), cpus).get_lines() if line.get_linestyle() == ":"]
        assert [set(line.get_xdata()) for line in dotted] == [{place} for place in places]


def axis_of_workers(workers: tuple[int, ...], cpus: int = 2) -> Axes:
    axis = Figure().subplots()
    scales.worker_axis(axis, workers, cpus)
    return axis


class TestWords:
    @pytest.mark.parametrize(
        ("value", "written"),
        [
            *((0, "0"), (1.0, "1 s"), (2.5, "2.5 s"), (0.5, "500 ms"), (0.05, "50 ms"), (5e-4, "500 µs")),
            *((1e-3, "1 ms"), (1e-6, "1 µs"), (1e-7, "0.1 µs"), (3600.0, "3600 s"), (-0.5, "-500 ms")),
            *((0.3 - 0.2, "100 ms"), (0.99999, "1 s"), (0.00099999, "1 ms")),
        ],
    )
    def test_a_time_on_an_axis_has_its_unit(self, value, written):
        assert scales.seconds(value) == written

    @pytest.mark.parametrize(
        ("panel", "title"),
        [
            ("cpu_bound (NUM = 10), one call a worker", "cpu_bound (NUM = 10)\none call a worker"),
            ("busy, one call a worker", "busy, one call a worker"),
            ("cpu_bound, threading\none call a worker", "cpu_bound, threading\none call a worker"),
            ("word " * 12, "word word word word word word\nword word word word word word"),
        ],
    )
    def test_a_title_is_broken_where_it_may_be(self, panel, title):
        assert layout.title(panel) == title

    @pytest.mark.parametrize(
        ("rows", "written"),
        [
            ([(1, 1, 0.25), (4, 4, 1.0)], "1 call run sequentially: 250.0 ms"),
            ([(4, 4, 1.0), (2, 2, 0.5)], "2 calls run sequentially: 500.0 ms"),
            ([(2, 24, 1e-7), (1, 24, 1e-7)], "24 calls run sequentially: 0.100 µs"),
            ([(1, 1, 1e5)], "1 call run sequentially: 100000 s"),
        ],
        ids=str,
    )
    def test_a_speedup_is_relative_to_the_sequential_time_of_the_fewest_workers(self, rows, written):
        columns = ["size", "calls", "baseline_s"]
        table = pd.DataFrame(rows, columns=columns, dtype=object)
        assert scales.sequential_at(table) == f"workers\n{written}"
