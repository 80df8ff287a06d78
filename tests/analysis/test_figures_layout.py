"""Which panels a figure has, where they stand, and what is around them."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.figures import layout, style


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
