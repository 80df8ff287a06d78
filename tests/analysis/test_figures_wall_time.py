"""Where the time goes: shares that add up to one, and what is only inferred is hatched."""

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from support import frames

from analysis.figures import style
from analysis.figures.wall_time import SHARES, wall_shares, wall_time

ONE = frames.of_way("threading", workers=2)
PARTS = ["cpu", "run_queue", "others", "blocked"]


def of_one(*trials: tuple[float | None, float | None, float]) -> pd.DataFrame:
    """Return trials of one case with these seconds on a CPU, waiting for one, and from BEGIN to END."""
    known = frames.trials({ONE: 1.0}, len(trials))
    known = known.assign(**dict(zip(["cpu_s", "run_queue_s", "busy_s"], zip(*trials, strict=True), strict=True)))
    return known.assign(process_cpu_s=known["cpu_s"])


def bars_of(axis: Axes) -> list[list[Rectangle]]:
    """Return the parts of each bar from left to right, from the uppermost bar down."""
    rows: dict[float, list[Rectangle]] = {}
    for bar in axis.patches:
        rows.setdefault(round(bar.get_y(), 6), []).append(bar)
    return [sorted(rows[y], key=Rectangle.get_x) for y in sorted(rows)]


class TestShares:
    @pytest.mark.parametrize(
        ("trials", "expected"),
        [
            ([(2.0, 0.5, 4.0)], (0.5, 0.125, 0.375)),
            ([(0.0, 0.0, 4.0)], (0, 0, 1)),
            ([(4.0, 0.0, 4.0)], (1, 0, 0)),
            ([(4.1, 0.1, 4.0)], (1, 0, 0)),
            ([(3.0, 2.0, 4.0)], (0.75, 0.25, 0)),
            ([(1.0, 0.0, 1.0), (1.0, 0.0, 3.0)], (0.5, 0, 0.5)),
            ([(1e-7, 0.0, 2e-7)], (0.5, 0, 0.5)),
            ([(0.5, None, 1.0)], (0.5, 0, 0.5)),
            ([(0.5, None, 1.0), (1.0, 1.0, 3.0)], (0.375, 0.25, 0.375)),
        ],
        ids=str,
    )
    def test_are_those_of_all_trials_of_a_case_together(self, trials, expected):
        (row,) = wall_shares(of_one(*trials)).to_dict("records")
        assert [row[part] for part in ("cpu", "run_queue", "blocked")] == pytest.approx(expected)
        assert row["others"] == 0

    @pytest.mark.parametrize(
        ("process_s", "tree_s", "others"),
        [(3.0, 9.0, 0.5), (1.0, 9.0, 0.0), (9.0, 9.0, 0.65), (1.01, 9.0, 0.0), (None, 3.0, 0.5), (None, None, 0.0)],
        ids=["children", "none", "more of them than time", "the harness", "of workers that share a process", "unknown"],
    )
    def test_tell_children_and_native_threads_from_the_rest(self, process_s, tree_s, others):
        """A worker of 4 s used a CPU for 1 s itself, and waited for one for 0.4 s."""
        trial = (
            of_one((1.0, 0.4, 4.0))
            .assign(process_cpu_s=process_s, tree_cpu_s=tree_s)
            .astype({"process_cpu_s": float, "tree_cpu_s": float})
        )
        (row,) = wall_shares(trial).to_dict("records")
        assert row["others"] == pytest.approx(others)
        assert sum(row[part] for part in PARTS) == pytest.approx(1)

    def test_add_up_to_one(self):
        shares = wall_shares(frames.steady(frames.grid()))
        assert shares[PARTS].sum(axis=1).to_numpy() == pytest.approx(1)
        assert (shares[PARTS] >= 0).all(axis=None)

    def test_are_of_each_case(self):
        trials = frames.steady(frames.grid())
        shares = wall_shares(trials)
        assert len(shares) == trials["case_id"].nunique()
        assert not shares.duplicated(["panel", "way", "size"]).any()

    @pytest.mark.parametrize("trial", [(None, 0.0, 1.0), (0.0, 0.0, 0.0)], ids=str)
    def test_need_counters_and_time(self, trial):
        assert wall_shares(of_one(trial, trial)).empty


class TestBars:
    def test_there_is_one_for_each_way_and_number_of_workers(self):
        (axis,) = wall_time(wall_shares(frames.steady(frames.grid([frames.CPU], (1, 2), frames.WAYS[:3])))).axes
        assert [tick.get_text() for tick in axis.get_yticklabels()] == [
            *("sequential, 1 call", "sequential, 2 calls", "threading ×1", "threading ×2", "fork ×1", "fork ×2")
        ]
        assert len(bars_of(axis)) == 6

    def test_fill_the_axis_from_nought_to_one_without_a_gap(self):
        shares = wall_shares(of_one((2.0, 0.5, 4.0)))
        (axis,) = wall_time(shares).axes
        (parts,) = bars_of(axis)
        assert [bar.get_width() for bar in parts] == pytest.approx([0.5, 0.125, 0.375])
        assert [bar.get_x() for bar in parts] == pytest.approx([0, 0.5, 0.625])
        assert axis.get_xlim() == (0, 1)

    def test_of_every_case_add_up_to_one(self):
        for axis in wall_time(wall_shares(frames.steady(frames.grid(workers=(1, 2))))).axes:
            assert [sum(bar.get_width() for bar in parts) for parts in bars_of(axis)] == pytest.approx([1] * 10)

    def test_have_what_is_inferred_hatched_and_nothing_else(self):
        (axis,) = wall_time(wall_shares(of_one((2.0, 0.5, 4.0)))).axes
        (parts,) = bars_of(axis)
        assert [bool(bar.get_hatch()) for bar in parts] == [False, False, True]
        assert [to_hex(bar.get_facecolor()) for bar in parts[:2]] == [
            to_hex(SHARES[part][1]) for part in ("cpu", "run_queue")
        ]

    def test_stand_at_the_names_of_their_ways_in_the_colour_of_these(self):
        (axis,) = wall_time(wall_shares(frames.steady(frames.grid([frames.CPU], (2,))))).axes
        middles = [parts[0].get_y() + parts[0].get_height() / 2 for parts in bars_of(axis)]
        assert list(axis.get_yticks()) == pytest.approx(middles)
        colours = [to_hex(tick.get_color()) for tick in axis.get_yticklabels()]
        assert colours == [to_hex(style.ink(way)) for way in frames.WAYS]

    def test_are_explained_in_the_legend(self):
        (legend,) = wall_time(wall_shares(of_one((2.0, 0.5, 4.0)))).legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert labels == ["on a CPU", "ready, waiting for a CPU", "the rest: blocked (inferred)"]
        assert [bool(handle.get_hatch()) for handle in legend.legend_handles] == [False, False, True]

    def test_are_shares_of_the_time_of_the_calls(self):
        (axis,) = wall_time(wall_shares(of_one((2.0, 0.5, 4.0)))).axes
        assert axis.get_xlabel() == "share of the time from BEGIN to END"
        assert [tick.get_text() for tick in axis.get_xticklabels()][-1] == "100%"
