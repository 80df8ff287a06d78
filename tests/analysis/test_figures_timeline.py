"""The timeline: every call a bar that begins and ends at its stamps, filled as high as its share of a CPU."""

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from support import frames

from analysis.figures import style
from analysis.figures.timeline import BAR, MOST_BARS, MOST_CALLS, timeline

GREY = to_hex("0.75")
FORK = "multiprocessing/fork"
WALL_S = {"sequential": 2.2, "threading": 1.6, FORK: 1.1}
STAMPS = {
    "sequential": [(0.0, 0.1, 1.0, 2.1, 0.9), (0.0, 1.1, 2.0, 2.1, 0.45)],
    "threading": [(0.01, 0.02, 1.4, 1.45, 0.69), (0.03, 0.04, 1.5, 1.55, 0.73)],
    FORK: [(0.01, 0.11, 1.0, 1.05, 0.89), (0.05, 0.17, 0.97, 1.06, 0.0)],
}
"""Of each call: submitted, begin, end, collected, CPU time."""


def shown(ways: Sequence[str] = tuple(WALL_S), works: Sequence[Any] = (frames.CPU,)) -> pd.DataFrame:
    """Return one trial of each way with two workers, or two calls."""
    return frames.trials({frames.of_way(way, work): WALL_S[way] for work in works for way in ways}, 1)


def calls_of(trials: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    """Return the calls of these trials; `changes` are the same for all."""
    rows = []
    for trial in trials.itertuples():
        for number, (submitted, begin, end, collected, cpu) in enumerate(STAMPS[trial.way]):
            worker, call = (0, number) if trial.mode == "sequential" else (number, 0)
            stamps = {"submitted_s": submitted, "begin_s": begin, "end_s": end, "collected_s": collected, "cpu_s": cpu}
            names = {"process_name": f"ForkProcess-{number + 1}", "thread_name": f"Thread-{number + 1} (run)"}
            rows.append(
                {"trial_id": trial.trial_id, "worker": worker, "call": call, "batch": 1, **names, **stamps, **changes}
            )
    return pd.DataFrame(rows)


@cache
def drawn(ways: Sequence[str] = tuple(WALL_S), **changes: Any) -> Axes:
    trials = shown(ways)
    (axis,) = timeline(trials, calls_of(trials, **changes)).axes
    return axis


def test_calls_that_were_recorded_together_are_one_bar_that_says_so():
    trials = frames.trials({frames.of_way("sequential", calls=100): 4.0}, 1)
    calls = calls_of(trials).assign(batch=[1, 99])
    (axis,) = timeline(trials, calls).axes
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["call 1", "calls 2–100"]
    (heading,) = [text.get_text() for text in axis.texts if "in all" in text.get_text()]
    assert "of 100 calls" not in heading


def test_calls_whose_share_on_a_cpu_is_not_known_are_dotted_and_others_are_not():
    figure = timeline(shown(("threading",)), calls_of(shown(("threading",)), cpu_s=float("nan")))
    assert {bar.get_hatch() for bar in framed(figure.axes[0])} == {"..."}
    assert "share not known" in [text.get_text() for text in figure.legends[0].get_texts()]
    figure = timeline(shown(("threading",)), calls_of(shown(("threading",))))
    assert {bar.get_hatch() for bar in framed(figure.axes[0])} == {None}
    assert "share not known" not in [text.get_text() for text in figure.legends[0].get_texts()]


def of_many(workers: int, calls: int) -> Axes:
    """Draw a trial of a pool whose calls were on a CPU all the time, and in the second half for a sixth of it."""
    trials = frames.trials({frames.of_way("thread_pool", workers=workers, calls=calls): 4.0}, 1)
    own = calls // workers
    each = 4.0 / own
    shown = pd.DataFrame(
        {
            "trial_id": 1,
            "worker": worker,
            "call": call,
            "batch": 1,
            "submitted_s": 0.0,
            "begin_s": each * call,
            "end_s": each * (call + 1),
            "collected_s": 4.0,
            "cpu_s": each * (1 if call < own / 2 else 1 / 6),
            "process_name": "MainProcess",
            "thread_name": f"pool_{worker}",
        }
        for worker in range(workers)
        for call in range(own)
    )
    (axis,) = timeline(trials, shown).axes
    return axis


def test_of_a_thousand_calls_each_worker_has_a_line_from_its_first_to_its_last():
    axis = of_many(2, 1000)
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["pool_0", "pool_1"]
    assert "1000 calls" not in axis.texts[0].get_text()
    for line in (framed(axis)[:MOST_BARS], framed(axis)[MOST_BARS:]):
        assert len(line) == MOST_BARS
        assert min(span(bar)[0] for bar in line) == 0
        assert max(span(bar)[1] for bar in line) == pytest.approx(4.0)


def test_of_a_thousand_calls_the_bars_are_as_full_as_the_calls_were():
    fill = {span(bar)[0]: bar.get_height() / BAR for bar in filled(of_many(1, 1000))}
    assert [share for begin, share in fill.items() if begin < 1.9] == pytest.approx([1.0] * 23, rel=0.05)
    assert [share for begin, share in fill.items() if begin > 2.0] == pytest.approx([1 / 6] * 23, rel=0.05)


def test_of_very_many_workers_some_are_shown_and_the_heading_says_of_how_many_calls():
    axis = of_many(40, 80)
    assert len(axis.get_yticklabels()) == MOST_CALLS
    assert axis.texts[0].get_text().endswith("24 of 80 calls)")


def rectangles(axis: Axes) -> list[Rectangle]:
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


def framed(axis: Axes) -> list[Rectangle]:
    """Return the frames, from the uppermost down."""
    return sorted((bar for bar in rectangles(axis) if bar.get_facecolor()[3] == 0), key=Rectangle.get_y)


def started(axis: Axes) -> list[Rectangle]:
    return sorted((bar for bar in rectangles(axis) if to_hex(bar.get_facecolor()) == GREY), key=Rectangle.get_y)


def filled(axis: Axes) -> list[Rectangle]:
    others = (bar for bar in rectangles(axis) if bar.get_facecolor()[3] and to_hex(bar.get_facecolor()) != GREY)
    return sorted(others, key=lambda bar: bar.get_y() + bar.get_height())


def span(bar: Rectangle) -> tuple[float, float]:
    return bar.get_x(), bar.get_x() + bar.get_width()


def stamps(*ways: str) -> list[tuple[float, ...]]:
    return [stamp for way in ways for stamp in STAMPS[way]]


class TestCalls:
    def test_have_a_bar_each_from_begin_to_end(self):
        bars = framed(drawn())
        assert [span(bar) for bar in bars] == [pytest.approx(stamp[1:3]) for stamp in stamps(*WALL_S)]
        assert [to_hex(bar.get_edgecolor()) for bar in bars] == [
            to_hex(style.colour(way)) for way in WALL_S for _ in range(2)
        ]

    def test_are_filled_from_the_foot_as_high_as_their_share_of_a_cpu(self):
        axis = drawn()
        assert axis.yaxis_inverted()
        for frame, fill, (_, begin, end, _, cpu) in zip(framed(axis), filled(axis), stamps(*WALL_S), strict=True):
            assert fill.get_height() / frame.get_height() == pytest.approx(cpu / (end - begin))
            assert span(fill) == pytest.approx((begin, end))
            assert fill.get_y() + fill.get_height() == pytest.approx(frame.get_y() + frame.get_height())

    @pytest.mark.parametrize(("cpu_s", "height"), [(0.0, 0), (99.0, 1), (None, 0), (float("nan"), 0)], ids=str)
    def test_are_full_at_most_and_empty_where_nothing_is_known(self, cpu_s, height):
        for fill in filled(drawn((FORK,), cpu_s=cpu_s)):
            assert fill.get_height() == pytest.approx(height * BAR)

    def test_stand_below_each_other(self):
        rows = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in framed(drawn())]
        assert all(above[1] < below[0] for above, below in itertools.pairwise(rows))

    def test_of_sequential_trials_run_one_after_another(self):
        first, second = framed(drawn(("sequential",)))
        assert span(first)[1] <= span(second)[0]
        assert first.get_y() < second.get_y()

    def test_that_take_no_time_can_be_drawn(self):
        assert [bar.get_width() for bar in framed(drawn((FORK,), begin_s=0.5, end_s=0.5, cpu_s=0.0))] == [0, 0]

    def test_have_a_thin_line_until_their_worker_was_collected(self):
        axis = drawn((FORK,))
        thin = [line for line in axis.get_lines() if line.get_color() == "0.6"]
        assert [tuple(line.get_xdata()) for line in thin] == [stamp[2:4] for stamp in STAMPS[FORK]]
        for line, bar in zip(thin, framed(axis), strict=True):
            assert line.get_ydata()[0] == pytest.approx(bar.get_y() + bar.get_height() / 2)

    @pytest.mark.parametrize(("cpu_s", "written"), [(0.89, "100% of it on a CPU"), (0.2225, "25% of it on a CPU")])
    def test_say_their_share_in_words_where_there_is_room(self, cpu_s, written):
        assert written in [text.get_text() for text in drawn((FORK,), cpu_s=cpu_s).texts]

    def test_that_are_short_have_no_words_in_them(self):
        axis = drawn((FORK,), begin_s=0.5, end_s=0.6, cpu_s=0.05)
        assert not [text for text in axis.texts if "%" in text.get_text()]


class TestStarting:
    def test_is_grey_from_submitted_to_begin(self):
        bars = started(drawn())
        assert [span(bar) for bar in bars] == [pytest.approx(stamp[:2]) for stamp in stamps("threading", FORK)]

    def test_has_no_bar_where_no_worker_was_started(self):
        assert started(drawn(("sequential",))) == []

    def test_has_no_bar_where_its_stamp_is_missing(self):
        axis = drawn((FORK,), submitted_s=float("nan"), collected_s=float("nan"))
        assert started(axis) == []
        assert len(framed(axis)) == 2

    def test_is_thinner_than_a_call(self):
        assert {round(bar.get_height(), 3) for bar in started(drawn())} == {0.24}
        assert BAR > 0.24


class TestTrials:
    def test_are_named_with_their_way_workers_time_and_number(self):
        headings = [text.get_text() for text in drawn().texts if "in all" in text.get_text()]
        assert headings == [
            "sequential: 2.200 s in all (trial 1)",
            "threading ×2: 1.600 s in all (trial 2)",
            "multiprocessing/fork ×2: 1.100 s in all (trial 3)",
        ]

    def test_have_their_heading_above_their_calls_in_their_colour(self):
        axis = drawn()
        headings = [text for text in axis.texts if "in all" in text.get_text()]
        uppermost = framed(axis)[::2]
        for heading, bar, way in zip(headings, uppermost, WALL_S, strict=True):
            assert bar.get_y() - 1 < heading.get_position()[1] <= bar.get_y()
            assert to_hex(heading.get_color()) == to_hex(style.ink(way))

    def test_end_at_a_line_across_their_calls(self):
        axis = drawn()
        for way, place in zip(WALL_S, (0, 2, 4), strict=True):
            (line,) = [line for line in axis.get_lines() if list(line.get_xdata()) == [WALL_S[way]] * 2]
            first, last = framed(axis)[place : place + 2]
            assert line.get_ydata()[0] <= first.get_y()
            assert line.get_ydata()[1] >= last.get_y() + last.get_height()

    def test_all_fit_on_the_axis(self):
        axis = drawn()
        left, right = axis.get_xlim()
        assert left <= 0 < max(WALL_S.values()) < right < 1.1 * max(WALL_S.values())
        bottom, top = axis.get_ylim()
        assert top < framed(axis)[0].get_y()
        assert bottom > framed(axis)[-1].get_y() + BAR

    def test_of_each_work_have_their_own_axes(self):
        trials = shown(works=(frames.CPU, frames.IO))
        figure = timeline(trials, calls_of(trials))
        assert [axis.get_title() for axis in figure.axes] == [
            "cpu_bound (NUM = 1,000,000)\none call a worker",
            "io_bound (TIME = 0.1)\none call a worker",
        ]
        assert [len(framed(axis)) for axis in figure.axes] == [6, 6]


class TestNames:
    def test_are_those_of_calls_threads_and_processes(self):
        assert [tick.get_text() for tick in drawn().get_yticklabels()] == [
            *("call 1", "call 2", "Thread-1", "Thread-2", "ForkProcess-1", "ForkProcess-2")
        ]

    @pytest.mark.parametrize("way", ["threading", FORK])
    def test_that_are_not_known_are_numbers_of_workers(self, way):
        axis = drawn((way,), process_name=None, thread_name=None)
        assert [tick.get_text() for tick in axis.get_yticklabels()] == ["worker 1", "worker 2"]

    def test_stand_beside_their_bars(self):
        axis = drawn()
        middles = [bar.get_y() + bar.get_height() / 2 for bar in framed(axis)]
        assert list(axis.get_yticks()) == pytest.approx(middles)


class TestAxis:
    @pytest.mark.parametrize(("factor", "unit"), [(1e-7, "µs"), (1e-3, "ms"), (1.0, "s"), (1e3, "s")])
    def test_counts_from_the_driver_in_fitting_units(self, factor, unit):
        trials = shown()
        calls = calls_of(trials)
        columns = [name for name in calls if name.endswith("_s")]
        figure = timeline(trials.assign(wall_s=trials["wall_s"] * factor), calls.assign(**calls[columns] * factor))
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        (axis,) = figure.axes
        assert axis.get_xlabel() == "time since the driver began"
        ticks = [
            tick.get_text() for tick, place in zip(axis.get_xticklabels(), axis.get_xticks(), strict=True) if place >= 0
        ]
        assert ticks[0] == "0"
        assert ticks[-1].endswith(f" {unit}")
        assert len(set(ticks)) == len(ticks) >= 3

    def test_has_room_for_more_calls_up_to_a_dozen(self):
        few = shown(["threading"])
        calls = calls_of(few)
        many = pd.concat([calls.assign(worker=worker) for worker in range(20)], ignore_index=True)
        heights = [timeline(few, one).get_figheight() for one in (calls, many)]
        assert np.diff(heights)[0] > 1
        assert heights[1] < 8

    def test_is_explained_in_the_legend(self):
        trials = shown()
        (legend,) = timeline(trials, calls_of(trials)).legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert labels == ["starting", "the call, BEGIN to END", "share on a CPU"]
