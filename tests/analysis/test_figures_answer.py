"""The chart of the answer: each work's ways ranked, the base in absolute time, and no crown without proof."""

import itertools
from functools import cache

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from support.works import near, work

from analysis.figures import layout
from analysis.figures.answer import answer, ticks_between
from analysis.figures.ranking import FASTEST, MOST_ROWS, TIED, Section, comparable, sections
from runner.numbers.answer import answers
from runner.numbers.works import Work

FAST = {"threading ×2": near(0.5), "process_pool ×2": near(0.7), "sequential": near(1.0)}
SLOW = {"sequential": near(1.0), "threading ×2": near(3.0)}
MANY = {f"threading ×{count}": near(1 / count) for count in range(2, 60)} | {"process_pool ×2": near(0.9)}


def sections_of(*works: Work) -> list[Section]:
    return sections(answers(works))


def shown(section: Section) -> list[tuple[str, str]]:
    """Return the sign and the name of each row."""
    return [(row.sign, row.way.name) for row in section.rows]


@cache
def drawn(columns: int = layout.WIDE) -> Figure:
    works = [work(FAST, "fast"), work(SLOW, "a slow work, " + "whose name is very long, " * 5)]
    figure = answer(sections_of(*works), columns)
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return figure


def labels(axis: Axes) -> list[str]:
    return [tick.get_text() for tick in axis.get_yticklabels()]


class TestSections:
    def test_rank_the_ways_by_speedup_and_crown_the_fastest(self):
        (section,) = sections_of(work(FAST))
        assert shown(section) == [(FASTEST, "threading ×2"), ("", "process_pool ×2"), ("", "sequential")]

    def test_crown_sequential_calls_where_nothing_beats_them(self):
        (section,) = sections_of(work(SLOW))
        assert shown(section) == [(FASTEST, "sequential"), ("", "threading ×2")]

    def test_crown_nothing_whose_interval_includes_one(self):
        (section,) = sections_of(work({"sequential": [1.0] * 10, "threading ×2": [0.7, 1.1] * 5}))
        assert {sign for sign, _ in shown(section)} == {""}

    def test_mark_what_is_not_told_from_the_fastest(self):
        (section,) = sections_of(work(FAST | {"process_pool ×4": near(0.5, seed=3)}))
        assert sorted(sign for sign, _ in shown(section)) == ["", "", FASTEST, TIED]

    def test_say_nothing_of_a_work_whose_trials_were_disturbed(self):
        (section,) = sections_of(work(FAST, disturbed=20))
        assert section.heading == "work: cannot say (disturbed)"
        assert {sign for sign, _ in shown(section)} == {""}

    def test_have_the_base_in_absolute_time_and_the_others_as_they_are_written_elsewhere(self):
        (section,) = sections_of(work({"sequential": [2.0] * 6, "threading ×2": [4.0] * 6}))
        assert [row.figures() for row in section.rows] == ["2.000 s a call", "2.00 × slower [2.00, 2.00]"]

    def test_of_too_many_ways_are_the_best_number_of_workers_of_each(self):
        (section,) = sections_of(work(MANY | {"sequential": near(1.0)}))
        assert [name for _, name in shown(section)] == ["threading ×59", "process_pool ×2", "sequential"]
        assert section.left_out == len(MANY) - 2

    def test_of_many_works_fit_on_a_screen_and_are_those_of_the_sentences(self):
        works = [work(FAST, f"work {n}", features={"n": str(n)}) for n in range(30)]
        found = sections_of(*works)
        assert len(found) == 10
        assert sum(1 + len(section.rows) for section in found) <= MOST_ROWS
        assert len(comparable(answers(works))) == 30

    def test_are_none_where_nothing_is_compared(self):
        assert sections_of(work({"sequential": near(1.0)}), work({"threading ×2": near(1.0)})) == []


class TestDrawing:
    def test_has_each_way_at_its_speedup_with_its_interval(self):
        (axis,) = drawn().axes
        points = {line.get_ydata()[0]: line.get_xdata()[0] for line in axis.get_lines() if line.get_marker() != "None"}
        places = dict(zip(labels(axis), axis.get_yticks(), strict=True))
        assert points[places["* threading ×2"]] == pytest.approx(2.0, rel=0.02)
        intervals = {line.get_ydata()[0]: line.get_xdata() for line in axis.get_lines() if len(line.get_xdata()) == 2}
        low, high = intervals[places["* threading ×2"]]
        assert low < points[places["* threading ×2"]] < high

    def test_has_the_figures_beside_the_rows(self):
        (axis,) = drawn().axes
        (right,) = axis.child_axes
        assert list(right.get_yticks()) == list(axis.get_yticks())
        written = dict(zip(labels(axis), labels(right), strict=True))
        assert written["* threading ×2"].startswith("2.0")
        assert written["sequential"].endswith("ms a call") or written["sequential"].endswith(" s a call")

    @pytest.mark.parametrize("columns", [layout.WIDE, layout.NARROW])
    def test_fits_with_all_its_words(self, columns):
        figure = drawn(columns)
        (axis,) = figure.axes
        (right,) = axis.child_axes
        for text in [*axis.texts, *axis.get_yticklabels(), *right.get_yticklabels()]:
            box = text.get_window_extent()
            assert (box.x0 >= 0, box.x1 <= figure.bbox.x1) == (True, True), text.get_text()

    @pytest.mark.parametrize("columns", [layout.WIDE, layout.NARROW])
    def test_factors_stand_apart(self, columns):
        (axis,) = drawn(columns).axes
        boxes = [tick.get_window_extent() for tick in axis.get_xticklabels()]
        assert len(boxes) >= 3
        assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))

    def test_headings_cover_no_row(self):
        (axis,) = drawn(layout.NARROW).axes
        rows = [tick.get_window_extent() for tick in axis.get_yticklabels()]
        for text in axis.texts:
            box = text.get_window_extent()
            assert not [row for row in rows if row.y0 + 1 < box.y1 and box.y0 + 1 < row.y1]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.9, 1.3, [1 / 1.1, 1, 1.1, 1.21]), (0.4, 5, [0.5, 1, 2, 4]), (1e-5, 1e5, [1e-3, 1, 1e3]), (0.99, 1.01, [1])],
)
def test_ticks_are_factors_around_one(low, high, ticks):
    assert ticks_between(low, high) == pytest.approx(ticks)
