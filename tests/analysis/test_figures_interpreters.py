"""The same case on several interpreters: which cases, how many workers, and where the marks stand."""

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from support import frames

from analysis.figures import layout
from analysis.figures.interpreters import MARKERS, beside, interpreters
from analysis.statistics import measured
from runner.matrix.case import Case

PYTHONS = ("cpython 3.13.1", "cpython 3.14.0t", "pypy 3.11.13")
FEW = ("sequential", "threading", "process_pool/fork")
LARGE = ("cpu_bound", (("NUM", 2_000_000),))


def on(cases: Iterable[Case], pythons: Iterable[str] = PYTHONS) -> list[Case]:
    return [replace(one, python=python) for python in pythons for one in cases]


def rows_of(cases: Iterable[Case], blocks: int = 6, **more: object) -> pd.DataFrame:
    return beside(measured(frames.steady(cases, blocks, **more)))


class TestBeside:
    def test_is_nothing_where_there_is_one_interpreter(self):
        assert rows_of(frames.grid(ways=FEW)).empty

    def test_is_every_way_of_every_interpreter_on_the_largest_size_of_each_workload(self):
        rows = rows_of(on(frames.grid([frames.CPU, LARGE, frames.IO], (1, 2), FEW)))
        assert set(rows["panel"]) == {
            "cpu_bound (NUM = 2,000,000), one call a worker",
            "io_bound (TIME = 0.1), one call a worker",
        }
        assert {tuple(own["interpreter"]) for _, own in rows.groupby(["panel", "way"])} == {PYTHONS}
        assert rows.groupby("panel")["way"].unique().map(list).tolist() == [[*FEW]] * 2

    @pytest.mark.parametrize(
        ("workers", "cpus", "shown"), [((1, 2, 4, 8), 4, 4), ((1, 2, 8), 4, 2), ((4, 8), 2, 4), ((1,), 4, 1)]
    )
    def test_has_the_most_workers_that_the_cpus_allow_and_as_many_sequential_calls(self, workers, cpus, shown):
        rows = rows_of(on(frames.grid([frames.CPU], workers, FEW)), usable_cpus=cpus)
        assert set(rows["calls"]) == {shown}
        assert set(rows.loc[rows["mode"] != "sequential", "workers"]) == {shown}

    def test_of_fixed_work_has_all_sequential_calls(self):
        rows = rows_of(on(frames.grid([frames.CPU], (1, 2), FEW, calls=8)))
        assert set(rows["calls"]) == {8}
        assert set(zip(rows["mode"], rows["workers"], strict=True)) == {
            ("sequential", 1),
            ("threading", 2),
            ("process_pool", 2),
        }

    def test_leaves_a_gap_where_an_interpreter_lacks_a_way(self):
        cases = [
            *on(frames.grid([frames.CPU], (2,), FEW)),
            *on(frames.grid([frames.CPU], (2,), ["interpreter_pool"]), PYTHONS[1:2]),
        ]
        rows = rows_of(cases)
        assert list(rows.loc[rows["way"] == "interpreter_pool", "interpreter"]) == [PYTHONS[1]]

    def test_tells_the_lock_on_from_the_lock_off(self):
        cases = frames.grid([frames.CPU], (2,), FEW)
        loaded = frames.loaded(dict.fromkeys(cases, 1.0), 6)
        both = pd.concat([loaded, loaded.assign(lock="off", case_id=loaded["case_id"] + 100)], ignore_index=True)
        rows = beside(measured(frames.grouping.grouped(both)))
        assert list(rows["interpreter"].unique()) == ["cpython 3.11.2, lock on", "cpython 3.11.2, lock off"]

    def test_compares_no_trials_of_different_conditions(self):
        cases = on(frames.grid([frames.CPU], (2,), FEW), PYTHONS[:2])
        loaded = frames.loaded(dict.fromkeys(cases, 1.0), 6)
        pinned = loaded["python"].eq(PYTHONS[0])
        assert beside(
            measured(frames.grouping.grouped(loaded.assign(affinity=pinned.map({True: "any", False: "spread"}))))
        ).empty

    def test_has_medians_with_their_intervals(self):
        rows = rows_of(on(frames.grid([frames.CPU], (2,), FEW)))
        assert list(rows["wall_s"]) == pytest.approx([1e-3 * place for place in range(1, 10)])
        assert rows["low"].equals(rows["wall_s"])
        assert rows_of(on(frames.grid([frames.CPU], (2,), FEW)), 5)["low"].isna().all()


def marked(line: Line2D) -> bool:
    return len(line.get_xdata()) == 1 and line.get_marker() in MARKERS


class TestFigure:
    def test_has_a_row_for_each_way_and_a_mark_for_each_interpreter(self):
        rows = rows_of(on(frames.grid([frames.CPU], (2,), FEW)))
        drawn = interpreters(rows)
        (axis,) = drawn.axes
        names = ["sequential, 2 calls", "threading ×2", "process_pool/fork ×2"]
        assert [label.get_text() for label in axis.get_yticklabels()] == names
        marks = sorted(
            (float(line.get_xdata()[0]), round(float(line.get_ydata()[0]))) for line in axis.lines if marked(line)
        )
        assert marks == sorted((row.wall_s, FEW.index(row.way)) for row in rows.itertuples())
        (legend,) = drawn.legends
        assert [text.get_text() for text in legend.get_texts()] == list(PYTHONS)

    def test_joins_no_points(self):
        drawn = interpreters(rows_of(on(frames.grid([frames.CPU], (2,), FEW))))
        joined = [line for line in drawn.axes[0].lines if line.get_linestyle() != "None" and line.get_color() != "0.9"]
        assert joined == []

    @pytest.mark.parametrize("columns", [layout.WIDE, layout.NARROW])
    @pytest.mark.parametrize("factor", [1.5, 5.0, 12.0, 90.0])
    @pytest.mark.parametrize("seconds", [1.37e-4, 0.237])
    def test_times_below_it_stand_apart(self, seconds, factor, columns):
        cases = on(frames.grid([frames.CPU], (2,), FEW[:2]), PYTHONS[:2])
        times = {one: seconds * (factor if place == 0 else 1) for place, one in enumerate(cases)}
        figure = interpreters(beside(measured(frames.trials(times, 1))), columns)
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        (axis,) = figure.axes
        low, high = axis.get_xlim()
        shown = [tick for tick in axis.get_xticklabels() if low <= tick.get_position()[0] <= high]
        boxes = [tick.get_window_extent() for tick in shown]
        assert len(boxes) >= 2
        assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))
