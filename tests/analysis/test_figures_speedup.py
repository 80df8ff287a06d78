"""Speedup and efficiency: medians, intervals and the ideal at their places, on axes that can be trusted."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from support import frames

from analysis import statistics
from analysis.figures import layout, style
from analysis.figures.speedup import PowersOfTwo, efficiency, ratio, speedup
from analysis.findings import PER_CASE

Draw = Callable[[pd.DataFrame], Figure]
FEW = frames.WAYS[:2]
TWO_WORKS = (("cpu_bound", (("NUM", 1_000),)), frames.IO)
SPEEDUP = pytest.param(speedup, "speedup", "low", "high", id="speedup")
EFFICIENCY = (efficiency, "efficiency", "efficiency_low", "efficiency_high")
BOTH = pytest.mark.parametrize(
    ("draw", "value", "low", "high"), [SPEEDUP, pytest.param(*EFFICIENCY, id="efficiency", marks=pytest.mark.slow)]
)
"""The second is drawn as the first is: by the same functions."""
EACH = pytest.mark.parametrize(("draw", "value", "low", "high"), [SPEEDUP, pytest.param(*EFFICIENCY, id="efficiency")])


def speedups(trials: pd.DataFrame) -> pd.DataFrame:
    return statistics.speedups(trials, PER_CASE)


@cache
def noisy(blocks: int) -> pd.DataFrame:
    """Return speedups whose intervals differ from case to case."""
    cases = frames.grid(TWO_WORKS, ways=frames.WAYS[:4])
    return speedups(frames.trials({one: shaken(place) for place, one in enumerate(cases, start=1)}, blocks))


def shaken(place: int) -> frames.Seconds:
    return lambda block: 1e-3 * place * (1 + 0.02 * place * (block * 7 % 11))


@cache
def of_noisy(draw: Draw, blocks: int) -> Figure:
    return draw(noisy(blocks))


@cache
def of_threads(factor: float, workers: tuple[int, ...] = (1, 2, 4), cpus: int = 2) -> pd.DataFrame:
    """Return speedups of threads that are that many times faster than sequential calls."""
    cases = frames.grid([frames.CPU], workers, ("sequential", "threading"))
    return speedups(frames.trials({one: 1 if one.is_baseline else 1 / factor for one in cases}, usable_cpus=cpus))


@cache
def drawn_of_threads(draw: Draw, *of: Any) -> Figure:
    return draw(of_threads(*of))


def laid_out(figure: Figure) -> Figure:
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return figure


def drawn_rows(figure: Figure, table: pd.DataFrame) -> list[tuple[ErrorbarContainer, pd.DataFrame]]:
    """Return what is drawn of each way in each panel with the rows that it is drawn from."""
    found = []
    for axis in figure.axes:
        rows = table[table["panel"].map(layout.title) == axis.get_title()]
        ways = style.ways(rows)
        assert len(axis.containers) == len(ways) > 0
        for bars, way in zip(axis.containers, ways, strict=True):
            found.append((bars, rows[rows["way"] == way].sort_values("size")))
    return found


def ends(bars: ErrorbarContainer) -> list[tuple[float, float]]:
    (segments,) = bars.lines[2]
    return [(segment[0][1], segment[1][1]) for segment in segments.get_segments() if len(segment)]


def dashed(axis: Axes) -> Line2D:
    (line,) = [line for line in axis.get_lines() if line.get_linestyle() == "--"]
    return line


def joins(line: Line2D) -> bool:
    return line.get_linestyle() == "-" and line.get_marker() in ("", "None") and len(line.get_xdata()) == 3


class TestMedians:
    @BOTH
    def test_stand_at_their_workers_and_their_height(self, draw, value, low, high):
        for bars, rows in drawn_rows(of_noisy(draw, 5), noisy(5)):
            points = bars.lines[0]
            away = np.log2(points.get_xdata().astype(float) / rows["size"].to_numpy(float))
            assert np.abs(away).max() < 0.25
            assert points.get_ydata() == pytest.approx(rows[value].to_numpy())
            way = rows["way"].iloc[0]
            assert (to_hex(points.get_color()), points.get_marker()) == (to_hex(style.colour(way)), style.marker(way))

    @BOTH
    def test_of_different_ways_stand_beside_each_other(self, draw, value, low, high):
        for axis in of_noisy(draw, 5).axes:
            places = sorted(x for bars in axis.containers for x in bars.lines[0].get_xdata())
            assert min(np.diff(np.log2(places))) == pytest.approx(style.SPREAD)

    @BOTH
    def test_are_joined_with_those_of_the_same_way_alone(self, draw, value, low, high):
        for axis in of_noisy(draw, 5).axes:
            lines = [line for line in axis.get_lines() if joins(line)]
            for bars, line in zip(axis.containers, lines, strict=True):
                assert line.get_xydata() == pytest.approx(bars.lines[0].get_xydata())
                assert to_hex(line.get_color()) == to_hex(bars.lines[0].get_color())

    @BOTH
    def test_of_one_worker_count_stand_alone(self, draw, value, low, high):
        table = of_threads(2, workers=(4,))
        ((bars, rows),) = drawn_rows(draw(table), table)
        assert bars.lines[0].get_xydata() == pytest.approx(np.array([[4, rows[value].iloc[0]]]))


class TestIntervals:
    @BOTH
    def test_reach_from_low_to_high(self, draw, value, low, high):
        assert (noisy(8)[high] > noisy(8)[low]).all()
        for bars, rows in drawn_rows(of_noisy(draw, 8), noisy(8)):
            assert ends(bars) == [pytest.approx(pair) for pair in zip(rows[low], rows[high], strict=True)]

    @BOTH
    def test_are_none_below_six_blocks(self, draw, value, low, high):
        for bars, _ in drawn_rows(of_noisy(draw, 5), noisy(5)):
            assert ends(bars) == []

    @BOTH
    def test_are_none_for_the_one_case_that_has_too_few_blocks(self, draw, value, low, high):
        cases = frames.grid([frames.CPU], ways=("sequential", "threading"))
        trials = frames.trials({one: shaken(place) for place, one in enumerate(cases, start=1)}, 8)
        short = (trials["workers"] == 2) & (trials["repeat"] > 5)
        table = speedups(trials[~short])
        ((bars, rows),) = drawn_rows(draw(table), table)
        assert ends(bars) == [pytest.approx(pair) for pair in zip(rows[low], rows[high], strict=True) if pair[0] > 0]
        assert list(rows[low].isna()) == [False, True, False]

    @BOTH
    def test_are_all_within_the_axes(self, draw, value, low, high):
        for bars, _ in drawn_rows(of_noisy(draw, 8), noisy(8)):
            bottom, top = bars.lines[0].axes.get_ylim()
            assert all(bottom < one < other < top for one, other in ends(bars))


class TestIdeal:
    @EACH
    @pytest.mark.parametrize(
        ("workers", "cpus"),
        [
            *(((1, 3, 6), 4), ((1, 2), 64), ((4, 8), 2)),
            *(pytest.param(*row, marks=pytest.mark.slow) for row in (((1, 2, 4, 8), 2), ((1, 2, 4), 4), ((5,), 2))),
        ],
    )
    def test_rises_to_the_usable_cpus_and_is_flat_beyond(self, draw, value, low, high, workers, cpus):
        (axis,) = drawn_of_threads(draw, 1, workers, cpus).axes
        x, y = np.array(dashed(axis).get_data())
        assert (x[0], x[-1]) == pytest.approx((workers[0], workers[-1]))
        assert y * (1 if value == "speedup" else x) == pytest.approx(np.minimum(x, cpus))
        assert cpus in x or not workers[0] <= cpus <= workers[-1]

    @BOTH
    def test_is_in_the_legend(self, draw, value, low, high):
        (legend,) = drawn_of_threads(draw, 1, (1, 3, 6), 4).legends
        labels = {"speedup": "ideal on the CPUs", "efficiency": "all that the CPUs can give"}
        assert labels[value] in [text.get_text() for text in legend.get_texts()]


class TestAxes:
    @BOTH
    def test_name_what_they_show_and_the_sequential_seconds(self, draw, value, low, high):
        for calls, first in ((None, "1 call run sequentially: 1.000 ms"), (24, "24 calls run sequentially: 1.000 ms")):
            table = speedups(frames.steady(frames.grid([frames.CPU], ways=FEW, calls=calls), 1))
            (axis,) = draw(table).axes
            assert axis.get_xlabel() == f"workers\n{first}"
            assert axis.get_ylabel() == {"speedup": "speedup over sequential", "efficiency": "efficiency"}[value]

    @BOTH
    def test_there_are_some_for_each_number_of_calls_that_workers_share(self, draw, value, low, high):
        cases = [*frames.grid([frames.CPU], ways=FEW, calls=8), *frames.grid([frames.CPU], ways=FEW, calls=16)]
        assert [axis.get_title() for axis in draw(speedups(frames.steady(cases, 1))).axes] == [
            "cpu_bound (NUM = 1,000,000)\n8 calls in all",
            "cpu_bound (NUM = 1,000,000)\n16 calls in all",
        ]

    @BOTH
    def test_there_are_none_for_a_work_without_baseline(self, draw, value, low, high):
        cases = [*frames.grid([frames.CPU], ways=FEW), *frames.grid([frames.IO], ways=("threading",))]
        assert [axis.get_title() for axis in draw(speedups(frames.steady(cases, 1))).axes] == [
            "cpu_bound (NUM = 1,000,000)\none call a worker"
        ]


FACTORS = [1e-6, 0.9, 1.0, 1e3, *(pytest.param(factor, marks=pytest.mark.slow) for factor in (1e-3, 1.1))]
SHAPES: dict[str, Callable[[], Figure]] = {
    "as usual": lambda: of_noisy(speedup, 8),
    "one worker count": lambda: drawn_of_threads(speedup, 1.5, (2,)),
    "many workers and no speedup": lambda: drawn_of_threads(speedup, 1, (1, 2, 4, 8, 16, 32, 64), 64),
    "a millionth": lambda: drawn_of_threads(speedup, 1e-6),
    "a thousand": lambda: drawn_of_threads(speedup, 1e3),
}


@cache
def in_shape(shape: str) -> list[Axes]:
    return laid_out(SHAPES[shape]()).axes


class TestDoublings:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_are_as_long_upwards_as_to_the_right(self, shape):
        for axis in in_shape(shape):
            box = axis.get_window_extent()
            across, upwards = (math.log2(end / start) for start, end in (axis.get_xlim(), axis.get_ylim()))
            assert box.height / upwards == pytest.approx(box.width / across, rel=1e-3)

    @pytest.mark.parametrize("shape", SHAPES)
    def test_make_a_panel_neither_flat_nor_steep(self, shape):
        for axis in in_shape(shape):
            box = axis.get_window_extent()
            assert 0.79 < box.height / box.width < 1.26

    @pytest.mark.parametrize("factor", FACTORS)
    def test_are_the_ticks_of_however_small_or_large_a_speedup(self, factor):
        (axis,) = drawn_of_threads(speedup, factor).axes
        low, high = axis.get_ylim()
        ticks = [tick for tick in axis.get_yticks() if low <= tick <= high]
        assert 2 <= len(ticks) <= 7
        assert all(math.log2(tick).is_integer() for tick in ticks)
        assert 1.0 in ticks
        assert low < factor < high

    @pytest.mark.parametrize("factor", FACTORS)
    def test_have_a_line_where_nothing_is_gained(self, factor):
        (axis,) = drawn_of_threads(speedup, factor).axes
        assert [1, 1] in [list(line.get_ydata()) for line in axis.get_lines()]
        assert axis.get_ylim()[0] < 1 < axis.get_ylim()[1]

    @pytest.mark.parametrize(
        ("value", "written"),
        [(1, "1 ×"), (2, "2 ×"), (1024, "1024 ×"), (0.5, "2 ×\nslower"), (2**-12, "4096 ×\nslower")],
    )
    def test_are_written_as_factors(self, value, written):
        assert ratio(value) == written

    @pytest.mark.parametrize(
        ("low", "high", "ticks"),
        [(0.5, 2, [0.5, 1, 2]), (0.3, 5, [0.25, 0.5, 1, 2, 4, 8]), (2**-9, 2**9, [2.0**n for n in range(-9, 10, 3)])],
    )
    def test_are_at_most_seven_ticks_with_one_at_nothing_gained(self, low, high, ticks):
        assert (
            list(PowersOfTwo().tick_values(low, high))
            == [*ticks, *([ticks[-1] * 2] if len(ticks) == 3 else [])][: len(ticks)]
        )


class TestEfficiency:
    @pytest.mark.parametrize("factor", [1e-6, 0.5, 1.0])
    def test_is_shown_from_nought_to_a_little_more_than_all(self, factor):
        (axis,) = drawn_of_threads(efficiency, factor).axes
        assert axis.get_ylim() == (0, 1.1)
        ticks = [tick for tick in axis.get_yticks() if 0 <= tick <= 1.1]
        assert ticks == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])

    @pytest.mark.parametrize("factor", [1.3, 4.0, 1e3])
    def test_of_more_than_all_is_shown_too(self, factor):
        (axis,) = drawn_of_threads(efficiency, factor).axes
        assert axis.get_ylim()[0] == 0
        assert factor < axis.get_ylim()[1] < 1.2 * factor
        assert 3 <= len([tick for tick in axis.get_yticks() if 0 <= tick <= factor]) <= 11

    def test_of_an_interval_above_all_is_shown_to_its_end(self):
        cases = frames.grid([frames.CPU], (1,), ("sequential", "threading"))
        table = speedups(frames.trials({one: shaken(5 * place) for place, one in enumerate(cases)}, 8))
        table = table.assign(efficiency=0.9, efficiency_high=3.0)
        assert efficiency(table).axes[0].get_ylim()[1] > 3
