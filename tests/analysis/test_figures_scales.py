"""The axes of figures: worker counts, and times with units."""

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures import scales

COUNTS = (*range(1, 13), 14, 16, 18, 20, 24, 28, 32, 40, 48, 52, 56, 64)


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
