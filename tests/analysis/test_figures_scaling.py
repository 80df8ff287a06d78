"""Scaling: serial fractions with intervals, laws that are dashed beyond what was fitted, and residuals."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from support import frames

from analysis import statistics
from analysis.figures import layout, style
from analysis.figures.scaling import strong_scaling, weak_scaling
from analysis.findings import PER_CASE
from analysis.scaling_laws import Amdahl, Fit, Gustafson, Refusal, Usl, karp_flatt
from runner.numbers.medians import Estimate

WORKERS = (1, 2, 3, 4, 8)
PANEL = {
    "strong": "cpu_bound (NUM = 1,000,000), 24 calls in all",
    "weak": "cpu_bound (NUM = 1,000,000), one call a worker",
}
FORK = "multiprocessing/fork"
AMDAHL = Amdahl(Estimate(2.4), Estimate(0.1))
USL = Usl(Estimate(2.4), Estimate(0.1), Estimate(0.01), Refusal("no peak"))
GUSTAFSON = Gustafson(Estimate(0.2))
LAW = {"strong": AMDAHL, "weak": GUSTAFSON}
DRAW = {"strong": strong_scaling, "weak": weak_scaling}
BOTH = pytest.mark.parametrize(("kind", "law"), [("strong", AMDAHL), ("strong", USL), ("weak", GUSTAFSON)])
EITHER = pytest.mark.parametrize("kind", DRAW)


@cache
def speedups(kind: str, ways: Sequence[str] = ("threading",), blocks: int = 6, cpus: int = 4) -> pd.DataFrame:
    """Return speedups that are a little, and not quite regularly, below the number of workers."""
    cases = frames.grid([frames.CPU], WORKERS, ("sequential", *ways), 24 if kind == "strong" else None)
    walls: dict = {}
    for one in cases:
        best = one.calls / one.workers
        walls[one] = shaken(0.1 * best, one.workers if one.mode == "threading" else one.workers // 2)
    return statistics.speedups(frames.trials(walls, blocks, usable_cpus=cpus), PER_CASE)


def shaken(seconds: float, place: int) -> frames.Seconds:
    return lambda block: seconds * (1 + 0.02 * place * (1 + block * 7 % 5))


@cache
def axes_of(kind: str, law: Fit | None = None, way: str = "threading", **of: Any) -> list[Axes]:
    """Return the axes of the one work, drawn from `speedups(kind, **of)`: serial fraction, law, and its residuals."""
    return axes_from(speedups(kind, **of), kind, law, way)


def axes_from(table: pd.DataFrame, kind: str, law: Fit | None = None, way: str = "threading") -> list[Axes]:
    laws = {} if law is None else {(PANEL[kind], way): law}
    axes = DRAW[kind](table, laws).axes
    assert len(axes) == (3 if laws and not isinstance(law, Refusal) else 2)
    return axes


def lines(axis: Axes, style_of_line: str) -> list[Line2D]:
    """Return the curves of that style."""
    return [line for line in axis.get_lines() if line.get_linestyle() == style_of_line and len(line.get_xdata()) > 10]


def predicted(law: Fit, workers: np.ndarray) -> np.ndarray:
    return law.speedup(workers) if isinstance(law, Gustafson) else law.seconds(workers)


class TestSerialFraction:
    @EITHER
    def test_is_a_point_for_each_number_of_workers_above_one(self, kind):
        table = speedups(kind)
        above, _ = axes_of(kind)
        (bars,) = above.containers
        several = table[table["workers"] > 1]
        p, s = several["workers"].to_numpy(float), several["speedup"].to_numpy()
        expected = (1 / s - 1 / p) / (1 - 1 / p) if kind == "strong" else (p - s) / (p - 1)
        assert np.array(bars.lines[0].get_xdata(), float) == pytest.approx(p)
        assert bars.lines[0].get_ydata() == pytest.approx(expected)

    @EITHER
    def test_has_the_interval_of_the_speedup_turned_round(self, kind):
        table = speedups(kind)
        several = table[table["workers"] > 1]
        p, low, high = (several[name].to_numpy(float) for name in ("workers", "low", "high"))
        above, _ = axes_of(kind)
        (segments,) = above.containers[0].lines[2]
        ends = [(bottom, top) for (_, bottom), (_, top) in segments.get_segments()]

        def serial(s: np.ndarray) -> np.ndarray:
            return (1 / s - 1 / p) / (1 - 1 / p) if kind == "strong" else (p - s) / (p - 1)

        assert ends == [pytest.approx(pair) for pair in zip(serial(high), serial(low), strict=True)]
        assert all(bottom < top for bottom, top in ends)

    @EITHER
    def test_has_no_interval_below_six_blocks(self, kind):
        above, _ = axes_of(kind, blocks=5)
        (segments,) = above.containers[0].lines[2]
        assert [segment for segment in segments.get_segments() if len(segment)] == []

    def test_below_nought_is_seen(self):
        table = speedups("strong").assign(speedup=9.0, low=8.5, high=9.5)
        above, _ = axes_from(table, "strong")
        low, high = above.get_ylim()
        serial = karp_flatt(table)["serial_low"].min()
        assert low < serial < 0 < high
        assert [0, 0] in [list(line.get_ydata()) for line in above.get_lines()]


class TestLaw:
    @BOTH
    def test_is_a_line_over_the_points_that_were_fitted(self, kind, law):
        _, middle, _ = axes_of(kind, law)
        (line,) = lines(middle, "-")
        x, y = np.array(line.get_data())
        assert y == pytest.approx(predicted(law, x))
        assert x[0] == pytest.approx(1)
        assert 3.9 < x[-1] <= 4
        assert to_hex(line.get_color()) == to_hex(style.colour("threading"))

    @BOTH
    def test_is_dashed_beyond_the_usable_cpus(self, kind, law):
        _, middle, _ = axes_of(kind, law)
        (line,) = lines(middle, "--")
        x, y = np.array(line.get_data())
        assert y == pytest.approx(predicted(law, x))
        assert 4 <= x[0] < 4.1
        assert x[-1] > 8

    @BOTH
    def test_is_hardly_dashed_where_all_was_fitted(self, kind, law):
        _, middle, _ = axes_of(kind, law, cpus=64)
        (line,) = lines(middle, "--")
        assert min(line.get_xdata()) >= 8

    @EITHER
    def test_has_the_measured_medians_around_it(self, kind):
        table = speedups(kind, ways=("threading", FORK))
        _, middle = axes_of(kind, ways=("threading", FORK))
        points = [own for own in middle.collections if isinstance(own, PathCollection)]
        value = "wall_s" if kind == "strong" else "speedup"
        for own, way in zip(points, ["threading", FORK], strict=True):
            rows = table[table["way"] == way].sort_values("workers")
            assert np.asarray(own.get_offsets()) == pytest.approx(rows[["workers", value]].to_numpy(float))
            assert to_hex(own.get_facecolor()[0]) == to_hex(style.colour(way))

    def test_of_fixed_work_has_logarithmic_times(self):
        _, middle, _ = axes_of("strong", AMDAHL)
        low, high = middle.get_ylim()
        assert middle.get_yscale() == "log"
        assert middle.get_ylabel() == "total time"
        written = [middle.yaxis.get_major_formatter()(tick) for tick in middle.get_yticks() if low <= tick <= high]
        assert len(written) >= 2
        assert all(word.endswith("s") for word in written)

    def test_of_growing_work_has_speedups_from_nought(self):
        _, middle, _ = axes_of("weak", GUSTAFSON)
        assert middle.get_yscale() == "linear"
        assert middle.get_ylim()[0] == 0
        assert middle.get_ylabel() == "scaled speedup"


class TestResiduals:
    @BOTH
    def test_are_what_the_law_leaves_unexplained_of_what_was_fitted(self, kind, law):
        table = speedups(kind)
        _, _, below = axes_of(kind, law)
        rows = table[table["workers"] <= 4].sort_values("workers")
        value = rows["wall_s" if kind == "strong" else "speedup"].to_numpy()
        (line,) = [line for line in below.get_lines() if line.get_marker() == style.marker("threading")]
        workers = rows["workers"].to_numpy(float)
        assert np.array(line.get_xdata(), float) == pytest.approx(workers)
        assert line.get_ydata() == pytest.approx(value / predicted(law, workers) - 1)
        assert any(set(other.get_ydata()) == {0} for other in below.get_lines())

    @EITHER
    @pytest.mark.parametrize("law", [None, Refusal("too few")], ids=["absent", "refused"])
    def test_have_no_axes_where_no_law_is_fitted(self, kind, law):
        _, middle = axes_of(kind, law)
        assert middle.get_xlabel()
        assert lines(middle, "-") == lines(middle, "--") == []

    @EITHER
    def test_of_one_way_are_enough(self, kind):
        fit = AMDAHL if kind == "strong" else GUSTAFSON
        _, middle, below = axes_of(kind, fit, FORK, ways=("threading", FORK))
        assert not below.texts
        assert {to_hex(line.get_color()) for line in lines(middle, "-")} == {to_hex(style.colour(FORK))}


class TestAxes:
    @EITHER
    def test_share_their_workers_which_are_written_once(self, kind):
        axes = axes_of(kind, LAW[kind])
        assert len({axis.get_xlim() for axis in axes}) == 1
        assert [bool(axis.get_xlabel()) for axis in axes] == [False, False, True]
        calls = {"strong": "24 calls", "weak": "1 call"}[kind]
        assert f"{calls} run sequentially:" in axes[-1].get_xlabel()
        assert [axis.xaxis.get_tick_params()["labelbottom"] for axis in axes] == [False, False, True]

    @EITHER
    def test_name_what_they_show(self, kind):
        labels = {"strong": "serial fraction", "weak": "serial share α"}
        above, _, below = axes_of(kind, LAW[kind])
        assert above.get_ylabel() == labels[kind]
        assert below.get_ylabel().split() == ["measured", "÷", "law", "-", "1"]
        assert above.get_title() == layout.title(PANEL[kind])

    @EITHER
    def test_are_explained_in_the_legend(self, kind):
        (legend,) = axes_of(kind, LAW[kind])[0].figure.legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert labels == ["threading", "beyond what was fitted", "usable CPUs (4)"]

    @EITHER
    def test_are_not_explained_in_the_legend_where_they_are_not_drawn(self, kind):
        (legend,) = axes_of(kind)[0].figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["threading", "usable CPUs (4)"]
