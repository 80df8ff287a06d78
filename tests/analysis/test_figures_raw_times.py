"""Raw times: every trial a point, nothing dropped, and medians with their intervals."""

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.markers import MarkerStyle
from support import frames

from analysis.figures import layout, style
from analysis.figures.raw_times import LOG_FROM, raw_times
from analysis.outliers import with_outliers
from analysis.statistics import Median

THREADS = frames.grid([frames.CPU], ways=("sequential", "threading"))
ONE = frames.of_way("threading", workers=1)


def shaken(place: int) -> frames.Seconds:
    return lambda block: 1e-3 * place * (1 + 0.02 * (block * 7 % 11))


def points(axis: Axes) -> list[PathCollection]:
    return [own for own in axis.collections if isinstance(own, PathCollection) and len(own.get_offsets())]


def rings(axis: Axes) -> np.ndarray:
    """Return where the rings are."""
    found = [np.asarray(own.get_offsets()) for own in points(axis) if not own.get_facecolor().size]
    return np.concatenate(found) if found else np.empty((0, 2))


def trials_of(axis: Axes, colour: object = None) -> np.ndarray:
    """Return where the points are that stand for trials: all, or those of one colour."""
    found = [own for own in points(axis) if own.get_facecolor().size]
    chosen = [own for own in found if colour is None or to_hex(own.get_facecolor()[0]) == to_hex(colour)]
    return np.concatenate([np.asarray(own.get_offsets()) for own in chosen]) if chosen else np.empty((0, 2))


def bars(axis: Axes) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the horizontal lines, which are medians, and the vertical ones, which are their intervals."""
    lines = [line for own in axis.collections if isinstance(own, LineCollection) for line in own.get_segments()]
    return [line for line in lines if line[0][1] == line[1][1]], [line for line in lines if line[0][0] == line[1][0]]


@cache
def of_all_ways() -> tuple[pd.DataFrame, Axes]:
    """Return steady trials of every way on one work, and the axes that show them."""
    trials = frames.steady(frames.grid([frames.CPU]))
    (axis,) = raw_times(trials).axes
    return trials, axis


@cache
def of_threads(blocks: int) -> tuple[pd.DataFrame, Axes]:
    """Return trials of threads that take now longer and now shorter, and the axes that show them."""
    trials = frames.trials({one: shaken(place) for place, one in enumerate(THREADS, start=1)}, blocks)
    (axis,) = raw_times(trials).axes
    return trials, axis


class TestPoints:
    @pytest.mark.parametrize("blocks", [1, 8])
    def test_there_is_one_for_every_trial(self, blocks):
        cases = frames.grid(workers=(1, 2))
        trials = frames.trials({one: shaken(place) for place, one in enumerate(cases, start=1)}, blocks)
        for axis in raw_times(trials).axes:
            own = trials[trials["panel"].map(layout.title) == axis.get_title()]
            assert sorted(y for _, y in trials_of(axis)) == pytest.approx(sorted(own["wall_s"]))

    def test_each_has_the_colour_of_its_way(self):
        trials, axis = of_all_ways()
        for way, own in trials.groupby("way"):
            assert sorted(y for _, y in trials_of(axis, style.colour(way))) == pytest.approx(sorted(own["wall_s"]))

    def test_each_stands_at_its_workers_with_sequential_calls_where_as_many_are_made(self):
        trials = frames.steady(frames.grid([frames.CPU], workers=(1, 3, 8)))
        (axis,) = raw_times(trials).axes
        assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "3", "8"]
        for way, own in trials.groupby("way"):
            places = own["size"].map([1, 3, 8].index).to_numpy()
            found = trials_of(axis, style.colour(way))
            assert sorted(np.round(found[:, 0])) == sorted(places)
            assert own["size"].tolist() == own["calls"].tolist()

    def test_sequential_calls_that_workers_share_out_stand_at_one(self):
        (axis,) = raw_times(frames.steady(frames.grid([frames.CPU], workers=(1, 2), calls=8))).axes
        assert {round(x) for x, _ in trials_of(axis, style.colour("sequential"))} == {0}
        assert {round(x) for x, _ in trials_of(axis, style.colour("threading"))} == {0, 1}

    def test_ways_and_worker_counts_keep_apart(self):
        _, axis = of_all_ways()
        spans = []
        for way, place in itertools.product(frames.WAYS, range(3)):
            x = trials_of(axis, style.colour(way))[:, 0]
            own = x[np.round(x) == place]
            spans.append((own.min(), own.max()))
        assert all(before[1] < after[0] for before, after in itertools.pairwise(sorted(spans)))

    def test_blocks_go_from_left_to_right(self):
        (axis,) = raw_times(frames.trials({ONE: float}, 8)).axes
        x, block = trials_of(axis).T
        assert block == pytest.approx(np.arange(1.0, 9.0))
        assert np.diff(x).min() > 0

    @pytest.mark.parametrize(("blocks", "rasterized"), [(30, False), (31, True)])
    def test_very_many_are_pixels_in_a_drawing_of_vectors(self, monkeypatch, blocks, rasterized):
        monkeypatch.setattr("analysis.figures.raw_times.RASTERIZED_FROM", 30)
        (axis,) = raw_times(frames.steady([ONE], blocks)).axes
        assert {own.get_rasterized() for own in points(axis)} == {rasterized}


class TestFlags:
    def test_disturbed_trials_are_red_crosses_and_still_count(self):
        trials = frames.trials({one: shaken(place) for place, one in enumerate(THREADS, start=1)}, 6)
        disturbed = trials["repeat"].isin([2, 5]) & (trials["workers"] == 2)
        trials = trials.assign(noisy=trials["noisy"].mask(disturbed, "run queue 12 %"))
        (axis,) = raw_times(trials).axes
        assert sorted(trials_of(axis, style.FLAGGED)[:, 1]) == pytest.approx(sorted(trials["wall_s"][disturbed]))
        with_their_way = [trials_of(axis, style.colour(way)) for way in ("sequential", "threading")]
        assert sum(map(len, with_their_way)) == len(trials)
        cross = MarkerStyle("x")
        outline = cross.get_transform().transform(cross.get_path().vertices)
        for own in points(axis):
            is_cross = np.array_equal(own.get_paths()[0].vertices, outline)
            assert is_cross == (to_hex(own.get_edgecolor()[0]) == style.FLAGGED)

    def test_outliers_have_a_ring_around_their_point(self):
        slow = {one: lambda block, k=k: 9.0 if block == 2 + k else 1.0 + 0.01 * block for k, one in enumerate(THREADS)}
        (axis,) = raw_times(frames.trials(slow, 8)).axes
        far = trials_of(axis)[trials_of(axis)[:, 1] == 9.0]
        assert len(far) == len(THREADS)
        assert sorted(map(tuple, rings(axis))) == sorted(map(tuple, far))

    def test_where_there_are_none_nothing_is_flagged(self):
        _, axis = of_threads(6)
        assert len(rings(axis)) == len(trials_of(axis, style.FLAGGED)) == 0

    def test_are_explained_in_the_legend_if_there_are_any(self):
        trials, axis = of_threads(6)
        (legend,) = axis.figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["sequential", "threading", "median, interval"]
        (legend,) = raw_times(trials.assign(noisy="busy", outlier=True)).legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert labels == ["sequential", "threading", "median, interval", "disturbed", "outlier"]
        disturbed = legend.legend_handles[3]
        assert (disturbed.get_color(), disturbed.get_marker()) == (style.FLAGGED, "x")


class TestColumns:
    def test_say_which_way_they_are_in_the_place_of_their_points(self):
        _, axis = of_all_ways()
        assert len(axis.get_xticklabels(minor=True)) == 3 * len(frames.WAYS)
        for label in axis.get_xticklabels(minor=True):
            way = next(way for way in frames.WAYS if way.endswith(label.get_text()))
            assert np.abs(trials_of(axis, style.colour(way))[:, 0] - label.get_position()[0]).min() < 0.05

    def test_are_not_named_where_there_is_no_room(self):
        (axis,) = raw_times(frames.steady(frames.grid([frames.CPU], workers=(1, 2, 3, 4)), 1)).axes
        assert list(axis.get_xticklabels(minor=True)) == []


class TestMedians:
    @pytest.mark.parametrize(("blocks", "many"), [(5, 0), (6, 6), (9, 6)])
    def test_have_their_intervals_from_six_blocks_on(self, blocks, many):
        trials, axis = of_threads(blocks)
        table = Median("wall_s", ["way", "size"])(trials)
        medians, intervals = bars(axis)
        assert sorted(line[0][1] for line in medians) == pytest.approx(sorted(table["wall_s"]))
        assert len(intervals) == many
        ends = sorted((line[:, 1].min(), line[:, 1].max()) for line in intervals)
        expected = sorted(zip(table["low"], table["high"], strict=True)) if many else []
        assert ends == [pytest.approx(pair) for pair in expected]

    def test_stand_over_their_points(self):
        _, axis = of_threads(6)
        medians, intervals = bars(axis)
        for line, interval in zip(medians, intervals, strict=True):
            left, right = line[:, 0]
            inside = [y for x, y in trials_of(axis) if left < x < right]
            assert np.median(inside) == pytest.approx(line[0][1])
            assert interval[0][0] == pytest.approx((left + right) / 2)


class TestAxis:
    @pytest.mark.parametrize(
        ("factor", "scale"), [(1.0, "linear"), (LOG_FROM - 1, "linear"), (LOG_FROM + 1, "log"), (1e9, "log")]
    )
    @pytest.mark.parametrize("lowest", [1e-7, pytest.param(1e5, marks=pytest.mark.slow)])
    def test_of_times_is_linear_from_nought_unless_they_are_wide_apart(self, lowest, factor, scale):
        walls = {frames.of_way("threading", workers=count): lowest * factor**power for count, power in ((1, 0), (2, 1))}
        (axis,) = raw_times(frames.trials(walls, 1)).axes
        low, high = axis.get_ylim()
        assert axis.get_yscale() == scale
        assert low < lowest <= lowest * factor < high
        assert (low == 0) == (scale == "linear")
        assert sum(low <= tick <= high for tick in axis.get_yticks()) >= 2

    @pytest.mark.parametrize(("wall_s", "unit"), [(3e-7, "µs"), (3e-3, "ms"), (3.0, "s"), (2e3, "s")])
    def test_of_times_has_units(self, wall_s, unit):
        (axis,) = raw_times(frames.trials({ONE: wall_s}, 1)).axes
        written = [tick.get_text() for tick in axis.get_yticklabels()]
        assert written[0] == "0"
        assert written[-1].endswith(f" {unit}")
        assert axis.get_ylabel() == "total time"

    def test_of_nothing_measurable_can_still_be_drawn(self):
        (axis,) = raw_times(frames.trials({ONE: 0.0}, 1)).axes
        assert axis.get_ylim() == (0, 1)

    def test_of_workers_says_how_many_cpus_are_usable(self):
        (axis,) = raw_times(frames.steady(THREADS, 1, usable_cpus=6)).axes
        assert axis.get_xlabel() == "workers (usable CPUs: 6)"

    def test_trials_of_one_work_under_two_names_of_a_sweep_keep_apart(self):
        one, other = (frames.steady(THREADS, 1) for _ in range(2))
        both = pd.concat([one.assign(panel="first"), other.assign(panel="second", wall_s=5.0)], ignore_index=True)
        first, second = raw_times(with_outliers(both)).axes
        assert 5.0 not in trials_of(first)[:, 1]
        assert set(trials_of(second)[:, 1]) == {5.0}
