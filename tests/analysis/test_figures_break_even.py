"""Break-even: what was measured, the lines fitted to it, and marks where they cross."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from support import frames

from analysis import breakeven
from analysis.figures import style
from analysis.figures.break_even import BEYOND, break_even, curves

SIZES_S = tuple(1e-3 * 4**power for power in range(6))
"""The sequential times of two calls: from 1 ms to about a second."""
LAW = {
    "sequential": (0.0, 1.0),
    "threading": (1e-4, 1.02),
    "multiprocessing/fork": (4e-3, 0.5),
    "multiprocessing/spawn": (50e-3, 0.6),
}
"""What each way costs to start, in seconds, and what each second of work then takes."""
CROSSINGS_S = {"multiprocessing/fork": 8e-3, "multiprocessing/spawn": 125e-3}
GREY = to_hex("0.6")


def trials(law: dict[str, tuple[float, float]] = LAW, blocks: int = 7, works: tuple[str, ...] = ("cpu_bound",)) -> Any:
    walls: dict[Any, frames.Seconds] = {}
    for workload in works:
        for place, size_s in enumerate(SIZES_S):
            for way, (start_s, gain) in law.items():
                one = frames.of_way(way, (workload, (("NUM", 10 * 4**place),)))
                walls[one] = shaken(start_s + gain * size_s, way != "sequential")
    return frames.trials(walls, blocks)


def shaken(seconds: float, noisy: bool) -> frames.Seconds:
    """Return a time that goes up and down by a hundredth from block to block, its median in the middle."""
    return lambda block: seconds * (1 + 0.01 * ((block * 3) % 7 - 3) * noisy)


def drawn(known: pd.DataFrame) -> tuple[Figure, pd.DataFrame, pd.DataFrame]:
    """Return the figure, the table of crossings, and what is shown."""
    table = breakeven.break_even(known)
    shown = curves(breakeven.sizes(known), table)
    return break_even(shown, table), table, shown


@pytest.fixture(scope="module")
def usual() -> tuple[Axes, pd.DataFrame]:
    figure, table, _ = drawn(trials())
    (axis,) = figure.axes
    return axis, table[table["against"] == "sequential"].set_index("way")


def fitted(axis: Axes, way: str) -> Line2D:
    """Return the line of a way within the data."""
    solid = [line for line in axis.get_lines() if line.get_linestyle() == "-" and len(line.get_xdata()) > 2]
    (own,) = [line for line in solid if to_hex(line.get_color()) == to_hex(style.colour(way))]
    return own


def stars(axis: Axes) -> dict[str, tuple[float, float]]:
    """Return where the marks of each colour are."""
    found = [line for line in axis.get_lines() if line.get_marker() == "*"]
    return {to_hex(line.get_color()): (line.get_xdata()[0], line.get_ydata()[0]) for line in found}


def intervals(axis: Axes) -> list[np.ndarray]:
    lines = [own for own in axis.collections if isinstance(own, LineCollection)]
    return [segment for own in lines for segment in own.get_segments()]


class TestPoints:
    def test_are_the_medians_of_each_way_and_size(self, usual):
        axis, _ = usual
        for way, (start_s, gain) in LAW.items():
            own = [
                points.get_offsets()
                for points in axis.collections
                if isinstance(points, PathCollection) and to_hex(points.get_facecolor()[0]) == to_hex(style.colour(way))
            ]
            found = np.asarray(np.concatenate(own))
            assert found[np.argsort(found[:, 0])] == pytest.approx(
                np.array([(size_s, start_s + gain * size_s) for size_s in SIZES_S])
            )


class TestLines:
    @pytest.mark.parametrize("way", LAW)
    def test_are_the_start_and_the_gain_within_the_data(self, usual, way):
        axis, _ = usual
        x, y = np.array(fitted(axis, way).get_data())
        start_s, gain = LAW[way]
        assert y == pytest.approx(start_s + gain * x, rel=1e-3)
        assert SIZES_S[0] <= x[0] < 1.05 * SIZES_S[0]
        assert 0.95 * SIZES_S[-1] < x[-1] <= SIZES_S[-1]

    def test_go_on_in_grey_and_dashed_beyond_the_data(self, usual):
        axis, _ = usual
        dashed = [line for line in axis.get_lines() if line.get_linestyle() == "--"]
        assert len(dashed) == 2 * len(LAW)
        for line in dashed:
            x = np.array(line.get_xdata())
            assert to_hex(line.get_color()) == GREY
            assert (x < SIZES_S[0]).all() or (x > SIZES_S[-1]).all()

    def test_have_a_wide_band_along_the_best(self, usual):
        axis, _ = usual
        (band,) = [line for line in axis.get_lines() if line.get_linewidth() > 5]
        x, y = np.array(band.get_data())
        best = np.min([start_s + gain * x for start_s, gain in LAW.values()], axis=0)
        assert y == pytest.approx(best, rel=1e-3)
        assert band.get_zorder() < fitted(axis, "sequential").get_zorder()


class TestMarks:
    @pytest.mark.parametrize("way", CROSSINGS_S)
    def test_stand_where_a_way_breaks_even(self, usual, way):
        axis, table = usual
        x, y = stars(axis)[to_hex(style.colour(way))]
        assert x == y == table.loc[way, "break_even_s"]
        assert x == pytest.approx(CROSSINGS_S[way], rel=0.01)

    def test_stand_nowhere_for_a_way_that_does_not(self, usual):
        axis, table = usual
        assert np.isnan(table.loc["threading", "break_even_s"])
        assert set(stars(axis)) == {to_hex(style.colour(way)) for way in CROSSINGS_S}

    def test_have_the_interval_of_the_size(self, usual):
        axis, table = usual
        ends = sorted((low[0], high[0]) for low, high in intervals(axis))
        expected = sorted(zip(table["low_s"].dropna(), table["high_s"].dropna(), strict=True))
        assert ends == [pytest.approx(pair) for pair in expected]
        assert all(low < high for low, high in ends)
        assert sorted(line[0][1] for line in intervals(axis)) == pytest.approx(
            sorted(y for _, y in stars(axis).values())
        )

    def test_have_no_interval_below_six_blocks(self):
        figure, _, _ = drawn(trials(blocks=3))
        (axis,) = figure.axes
        assert len(stars(axis)) == 2
        assert intervals(axis) == []

    def test_have_their_size_written_beside_them(self, usual):
        axis, _ = usual
        assert [text.get_text().strip() for text in axis.texts] == ["8 ms", "125 ms"]
        assert [text.get_position()[0] for text in axis.texts] == pytest.approx(list(CROSSINGS_S.values()), rel=0.01)

    @pytest.mark.parametrize(("start_s", "seen"), [(0.75 * SIZES_S[-1], True), (1.5 * SIZES_S[-1], False)])
    def test_beyond_the_data_are_seen_as_far_as_the_axis_goes(self, start_s, seen):
        law = {"sequential": (0.0, 1.0), "multiprocessing/fork": (start_s, 0.5)}
        figure, table, _ = drawn(trials(law))
        (axis,) = figure.axes
        assert table["break_even_s"].iloc[0] > SIZES_S[-1]
        assert bool(stars(axis)) == seen == bool(axis.texts)

    def test_are_none_where_a_way_wins_at_every_size(self):
        figure, table, _ = drawn(trials({"sequential": (0.0, 1.0), "multiprocessing/fork": (1e-6, 0.5)}))
        assert table["verdict"].iloc[0] == "wins at every size measured"
        assert stars(figure.axes[0]) == {}


class TestAxes:
    def test_are_grey_beyond_the_data_on_both_sides(self, usual):
        axis, _ = usual
        spans = [patch for patch in axis.patches if isinstance(patch, Rectangle)]
        left, right = axis.get_xlim()
        ends = sorted((span.get_x(), span.get_x() + span.get_width()) for span in spans)
        assert ends == [pytest.approx((left, SIZES_S[0])), pytest.approx((SIZES_S[-1], right))]
        assert (left, right) == pytest.approx((SIZES_S[0] / BEYOND, SIZES_S[-1] * BEYOND))
        assert {to_hex(span.get_facecolor()) for span in spans} == {to_hex("0.94")}

    def test_are_logarithmic_times_with_units(self, usual):
        axis, _ = usual
        assert axis.get_xscale() == axis.get_yscale() == "log"
        for ticks in (axis.get_xticklabels(), axis.get_yticklabels()):
            units = {tick.get_text().split()[-1] for tick in ticks}
            assert {"ms", "s"} <= units <= {"µs", "ms", "s"}

    def test_there_are_some_for_each_workload_and_number_of_workers(self):
        known = trials({way: LAW[way] for way in ("sequential", "threading")}, 1, ("cpu_bound", "other"))
        figure, _, shown = drawn(known)
        assert [axis.get_title() for axis in figure.axes] == ["cpu_bound, 2 workers", "other, 2 workers"]
        assert set(shown["curve"]) == {"cpu_bound, 2 workers", "other, 2 workers"}

    def test_are_explained_in_the_legend(self, usual):
        axis, _ = usual
        (legend,) = axis.figure.legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert labels == [*LAW, "the best of all", "breaks even with sequential", "beyond the data"]


class TestCurves:
    def test_hold_the_trials_of_all_ways_of_a_group_with_its_baselines(self):
        known = trials(blocks=1)
        shown = curves(breakeven.sizes(known), breakeven.break_even(known))
        assert sorted(shown["trial_id"]) == sorted(known["trial_id"])
        assert shown.groupby("way")["size_s"].apply(sorted).map(tuple).nunique() == 1

    def test_leave_out_groups_that_could_not_be_fitted(self):
        known = trials(blocks=1, works=("cpu_bound", "other"))
        few = known[(known["workload"] == "cpu_bound") | (known["num"] < 1000)]
        shown = curves(breakeven.sizes(few), breakeven.break_even(few))
        assert set(shown["workload"]) == {"cpu_bound"}
