"""Start-up: first and later workers apart, stacked from submitting a worker to its BEGIN."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from support import frames

from analysis.figures import style
from analysis.figures.start_up import COLUMNS, start_up, start_up_costs

FORKSERVER = "multiprocessing/forkserver"
PARTS_S = {
    "threading": ((2e-5, 3e-5, 1e-5), (2e-5, 2e-5, 1e-5)),
    "multiprocessing/fork": ((6e-4, 5e-4, 1e-4), (5e-4, 4e-4, 1e-4)),
    "multiprocessing/spawn": ((1e-3, 44e-3, 2e-3), (1e-3, 43e-3, 2e-3)),
    FORKSERVER: ((46e-3, 5e-3, 1e-3), (8e-4, 11e-3, 2e-4)),
}
"""Of starting the first worker and the later ones: the call, the wait, and the way to BEGIN."""
WAYS = list(PARTS_S)


def trials(workers: tuple[int, ...] = (1, 2, 4), works: tuple = (frames.CPU,), blocks: int = 3) -> pd.DataFrame:
    """Return trials whose workers take the parts above, in each block a little more than in the one before."""
    known = frames.steady(frames.grid(works, workers), blocks)
    concurrent = known["mode"] != "sequential"
    for column, first, part in zip(COLUMNS, (0, 0, 0, 1, 1, 1), (0, 1, 2, 0, 1, 2), strict=True):
        cost = known["way"].map({way: parts[first][part] for way, parts in PARTS_S.items()})
        there = concurrent if first == 0 else concurrent & (known["workers"] > 1)
        known[column] = (cost * (1 + 0.1 * (known["repeat"] - 2))).where(there)
    return known


@cache
def axes_of(workers: tuple[int, ...] = (1, 2, 4), works: tuple = (frames.CPU,)) -> list[Axes]:
    return start_up(start_up_costs(trials(workers, works))).axes


def stacks(axis: Axes) -> list[list[Rectangle]]:
    """Return the bars that stand on each other, from left to right and from the foot up."""
    places: dict[float, list[Rectangle]] = {}
    for bar in axis.patches:
        places.setdefault(round(bar.get_x(), 6), []).append(bar)
    return [sorted(places[x], key=Rectangle.get_y) for x in sorted(places)]


def words_of(axis: Axes) -> list[str]:
    """Return what is written on the bars, from left to right."""
    texts = sorted(axis.texts, key=lambda text: text.get_position()[0])
    return [" ".join(text.get_text().split()) for text in texts]


class TestCosts:
    def test_are_the_medians_over_the_trials_of_each_case(self):
        costs = start_up_costs(trials())
        assert len(costs) == len(WAYS) * 3
        for row in costs.itertuples():
            first, later = PARTS_S[row.way]
            assert [getattr(row, name) for name in COLUMNS[:3]] == pytest.approx(first)
            assert [getattr(row, name) for name in COLUMNS[3:]] == pytest.approx(
                later if row.workers > 1 else [np.nan] * 3, nan_ok=True
            )

    def test_are_of_the_largest_work_of_each_workload(self):
        works = (("cpu_bound", (("NUM", 10),)), frames.CPU, ("io_bound", (("TIME", 0.01),)), frames.IO)
        assert list(start_up_costs(trials(works=works))["panel"].unique()) == [
            "cpu_bound (NUM = 1,000,000), one call a worker",
            "io_bound (TIME = 0.1), one call a worker",
        ]

    def test_need_a_mode_that_starts_workers(self):
        assert start_up_costs(frames.steady(frames.grid(ways=("sequential",)))).empty

    def test_need_known_stamps(self):
        assert start_up_costs(trials().assign(first_call_s=np.nan)).empty


class TestAxes:
    def test_of_first_and_later_workers_stand_side_by_side_for_each_work(self):
        assert [axis.get_title() for axis in axes_of(works=(frames.CPU, frames.IO))] == [
            f"{work}\none call a worker\n{which}"
            for work in ("cpu_bound (NUM = 1,000,000)", "io_bound (TIME = 0.1)")
            for which in ("first worker of a trial", "later workers")
        ]

    def test_name_the_ways(self):
        for axis in axes_of():
            assert [tick.get_text() for tick in axis.get_xticklabels()] == ["threading", "fork", "spawn", "forkserver"]
            assert axis.get_ylabel() == "submitted to BEGIN"

    def test_begin_at_nought_and_have_room_for_what_is_written_on_the_bars(self):
        for axis in axes_of():
            low, high = axis.get_ylim()
            assert low == 0
            assert high > 1.3 * max(text.get_position()[1] for text in axis.texts)


class TestBars:
    @pytest.mark.parametrize("place", [0, 1], ids=["first", "later"])
    def test_are_stacked_of_the_parts_from_submitting_to_begin(self, place):
        counts = [(1, 2, 4), (2, 4)][place]
        found = stacks(axes_of()[place])
        expected = [PARTS_S[way][place] for way in WAYS for _ in counts]
        assert len(found) == len(expected)
        for bars, parts in zip(found, expected, strict=True):
            assert [bar.get_height() for bar in bars] == pytest.approx(parts)
            assert [bar.get_y() for bar in bars] == pytest.approx([0, parts[0], parts[0] + parts[1]])

    def test_of_the_forkserver_are_cold_first_and_warm_later(self):
        cold, warm = (
            [sum(bar.get_height() for bar in bars) for bars in stacks(axis)[-1:]] for axis in axes_of(workers=(2,))
        )
        assert cold == pytest.approx([52e-3])
        assert warm == pytest.approx([12e-3])

    def test_have_the_colour_of_their_way_paler_and_paler_and_the_last_part_hatched(self):
        for bars, way in zip(stacks(axes_of(workers=(2,))[0]), WAYS, strict=True):
            assert {bar.get_edgecolor()[:3] for bar in bars} == {to_rgb(style.colour(way))}
            assert [bar.get_facecolor()[3] for bar in bars] == [1.0, 0.55, 0.0]
            assert [bool(bar.get_hatch()) for bar in bars] == [False, False, True]

    def test_have_their_workers_and_their_sum_written_on_them(self):
        first, later = axes_of(workers=(1, 2))
        assert words_of(first)[-2:] == ["×1 52 ms", "×2 52 ms"]
        assert words_of(later) == ["×2 50 µs", "×2 1 ms", "×2 46 ms", "×2 12 ms"]
        for axis in (first, later):
            tops = {round(sum(bar.get_height() for bar in bars), 9) for bars in stacks(axis)}
            assert {round(text.get_position()[1], 9) for text in axis.texts} == tops

    def test_of_one_way_do_not_reach_into_those_of_another(self):
        for axis in axes_of():
            for bars in stacks(axis):
                left, right = bars[0].get_x(), bars[0].get_x() + bars[0].get_width()
                assert round(left) == round(right) == round((left + right) / 2)

    def test_of_one_worker_alone_need_no_axes_for_later_ones(self):
        (first,) = axes_of(workers=(1,))
        assert len(stacks(first)) == len(WAYS)

    def test_are_explained_in_the_legend(self):
        (legend,) = start_up(start_up_costs(trials())).legends
        assert [text.get_text() for text in legend.get_texts()] == ["start() runs", "waits to run", "until BEGIN"]
        assert [bool(handle.get_hatch()) for handle in legend.legend_handles] == [False, False, True]
