"""What all figures have in common, drawn as the report's gallery feeds them. A warning while drawing is an error."""

import itertools
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from support import frames
from support.helpers import case

from analysis.breakeven import break_even
from analysis.figures import layout, scaling, speedup, style
from analysis.findings import PER_CASE, Findings
from analysis.report.gallery import Picture, gallery
from analysis.representatives import representatives
from analysis.scaling import laws
from analysis.statistics import measured, speedups
from runner.matrix.case import Case

SIZES = tuple(("cpu_bound", (("NUM", 10**exponent),)) for exponent in range(4, 10))
"""Of one workload, spaced by a constant factor: enough for break-even."""
WAITS = tuple(("io_bound", (("TIME", time),)) for time in (0.1, 0.2))
TWELVE = tuple(("cpu_bound", (("NUM", 2**exponent),)) for exponent in range(12))
WAYS = frames.WAYS[:3]
COUNTS = (*range(1, 13), 14, 16, 18, 20, 24, 28, 32, 40, 48, 52, 56, 64)
START_S = {"sequential": 0.0, "threading": 1e-4, "multiprocessing/fork": 2e-2}

TITLES = {
    "timeline": ["cpu_bound (NUM = 1,000,000,000)\none call a worker", "io_bound (TIME = 0.1)\none call a worker"],
    "start_up": [
        f"{work}\none call a worker\n{which}"
        for work in ("cpu_bound (NUM = 1,000,000,000)", "io_bound (TIME = 0.1)")
        for which in ("first worker of a trial", "later workers")
    ],
    "regime": [f"cpu_bound, {way}\none call a worker" for way in WAYS[1:]],
    "break_even": ["cpu_bound, 2 workers", "cpu_bound, 4 workers"],
    "scaling": ["cpu_bound (NUM = 1,000,000)\n24 calls in all", "io_bound (TIME = 0.1)\n24 calls in all"],
    "weak_scaling": ["cpu_bound (NUM = 1,000,000)\none call a worker", "io_bound (TIME = 0.1)\none call a worker"],
}
TITLES |= dict.fromkeys(("speedup", "efficiency", "raw_times", "wall_time"), TITLES["timeline"])
HEADING = "What is shown: sweep 1 (study), cpython 3.11.2, bench-1"

SLOW = pytest.mark.slow


def unless(names: Iterable[str], slow: Container[str], *more: str) -> list[Any]:
    """Return the names as parameters, each with each of `more`; those among `slow` are for `make test-all` alone."""
    every = itertools.product(names, more) if more else ((name,) for name in names)
    return [pytest.param(*values, marks=SLOW if values[0] in slow else ()) for values in every]


VARIOUS = {"timeline", "speedup", "regime", "scaling"}
"""Figures that differ most: of bars, of points, of fields, and of several axes below each other."""
SELDOM_DRAWN = TITLES.keys() - VARIOUS
FIGURES = pytest.mark.parametrize("name", unless(TITLES, SELDOM_DRAWN))
IN_EVERY_FORM = pytest.mark.parametrize(("name", "form"), unless(TITLES, SELDOM_DRAWN, "wide", "framed", "narrow"))
MARKED = pytest.mark.parametrize(
    "name", unless(["speedup", "efficiency", "raw_times", "break_even", "scaling", "weak_scaling"], SELDOM_DRAWN)
)
BY_WORK = pytest.mark.parametrize(
    "name", unless(["speedup", "efficiency", "raw_times", "wall_time"], ["efficiency", "raw_times", "wall_time"])
)
OF_WORKERS = pytest.mark.parametrize("name", ["speedup", "efficiency", "scaling"])


def findings_of(trials: pd.DataFrame, *, with_laws: bool = True, with_break_even: bool = True) -> Findings:
    """Return what the figures need of the findings of these trials."""
    counted, nothing = measured(trials), pd.DataFrame()
    shown = representatives(counted)
    return Findings(
        store="",
        sweeps=(),
        selections=(),
        trials=trials,
        counted=counted,
        cases=nothing,
        speedups=speedups(trials, PER_CASE),
        fits=laws(counted) if with_laws else {},
        break_even=break_even(counted if with_break_even else counted.iloc[:0]),
        answers=(),
        recommendations=nothing,
        six_cases=nothing,
        timeline_trials=shown,
        timeline_calls=calls_of(shown),
        verdicts=(),
    )


def calls_of(trials: pd.DataFrame) -> pd.DataFrame:
    """Return calls as `load.timeline` has them: each worker begins at a tenth of its trial and ends at nine tenths."""
    calls = []
    for trial in trials.itertuples():
        own = trial.calls // trial.workers
        long = 0.8 * trial.wall_s / own
        for worker, call in itertools.product(range(trial.workers), range(own)):
            begin = 0.1 * trial.wall_s + call * long
            stamps = {"submitted_s": 0.01 * trial.wall_s, "first_instruction_s": 0.05 * trial.wall_s, "begin_s": begin}
            stamps |= {"end_s": begin + long, "collected_s": 0.95 * trial.wall_s, "cpu_s": 0.5 * long}
            names = {"process_name": f"Process-{worker + 1}", "thread_name": f"Thread-{worker + 1} (run)"}
            calls.append({"trial_id": trial.trial_id, "worker": worker, "call": call, "batch": 1, **names, **stamps})
    return pd.DataFrame(calls)


def pictures_of(trials: pd.DataFrame, **worked_out: bool) -> dict[str, Picture]:
    found = findings_of(trials, **worked_out)
    return {picture.name: picture for picture in gallery(found) if isinstance(picture, Picture)}


GRIDS = {
    "sizes": (frames.grid(SIZES, (2, 4), WAYS), 2, 6),
    "works": (frames.grid([SIZES[-1], frames.IO], ways=WAYS), 2, 6),
    "strong": (frames.grid(workers=(1, 2, 3, 4, 6, 8), ways=WAYS, calls=24), 6, 3),
    "weak": (frames.grid(workers=(1, 2, 4, 8), ways=WAYS), 8, 3),
}
"""Cases, usable CPUs and blocks: for a picture of each kind, with each way and each work in it where it belongs."""
OF_KIND = {"regime": "sizes", "break_even": "sizes", "scaling": "strong", "weak_scaling": "weak"}


def picture(name: str) -> Picture:
    return pictures_on(OF_KIND.get(name, "works"))[name]


@cache
def pictures_on(grid: str) -> dict[str, Picture]:
    cases, cpus, blocks = GRIDS[grid]
    trials = frames.trials({one: seconds(one, cpus) for one in cases}, blocks, usable_cpus=cpus)
    return pictures_of(trials, with_laws=grid in ("strong", "weak"), with_break_even=grid == "sizes")


def seconds(one: Case, cpus: int) -> frames.Seconds:
    """Return what the case takes: work that the CPUs share, the price of starting, and a little noise."""
    params = dict(one.params)
    work_s = one.calls * (params.get("NUM", 0) * 1e-8 + params.get("TIME", 0))
    at_once = 1 if one.mode in ("sequential", "threading") else min(one.workers, cpus)
    way = "/".join(filter(None, (one.mode, one.start_method)))
    return lambda block: (work_s / at_once + START_S[way]) * (1 + 0.01 * (block * 7 % 5))


@dataclass(frozen=True)
class Room:
    """What the parts of a figure take on paper, at one moment."""

    legends: list[Bbox]
    panels: list[Bbox]
    """The axes themselves."""
    axes: dict[str, Bbox]
    """The axes with all that is written around them."""
    ticks: list[dict[str, Bbox]]
    """The tick labels of each axis."""
    sticking_out: list[str]


def room_of(figure: Figure) -> Room:
    return Room(
        legends=[legend.get_window_extent() for legend in figure.legends],
        panels=[axis.get_window_extent() for axis in figure.axes],
        axes=axes_of(figure),
        ticks=[ticks_of(axis, which) for axis, which in itertools.product(figure.axes, "xy")],
        sticking_out=sticking_out(figure),
    )


def ticks_of(axis: Axes, which: str) -> dict[str, Bbox]:
    ticks = enumerate(written_ticks(axis, which))
    return {f"{place} {tick.get_text()}": tick.get_window_extent() for place, tick in ticks if tick.get_visible()}


@cache
def drawn(name: str, columns: int) -> tuple[Figure, dict[str, Room]]:
    """Return the figure as the report has it, a wide one framed, with its room in each of its forms."""
    figure = laid_out(picture(name).draw(columns))
    if columns == layout.NARROW:
        return figure, {"narrow": room_of(figure)}
    rooms = {"wide": room_of(figure)}
    layout.frame(figure, HEADING, picture(name).caption)
    return figure, rooms | {"framed": room_of(laid_out(figure))}


def wide(name: str) -> Figure:
    return drawn(name, layout.WIDE)[0]


def narrow(name: str) -> Figure:
    return drawn(name, layout.NARROW)[0]


def room(name: str, form: str) -> Room:
    return drawn(name, layout.NARROW if form == "narrow" else layout.WIDE)[1][form]


def ways_in(name: str) -> list[str]:
    """Return the ways that a figure shows."""
    return list(WAYS if name in ("timeline", "raw_times", "wall_time", "break_even") else WAYS[1:])


def laid_out(figure: Figure) -> Figure:
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return figure


def titles_of(figure: Figure) -> list[str]:
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


def labels_of(figure: Figure) -> list[str]:
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def inner(box: Bbox) -> Bbox:
    """Return the box without its outermost pixel, so that touching is no overlapping."""
    return Bbox.from_extents(box.x0 + 1, box.y0 + 1, box.x1 - 1, box.y1 - 1)


def overlapping(boxes: dict[str, Bbox]) -> list[tuple[str, str]]:
    pairs = itertools.combinations(boxes.items(), 2)
    return [(one, other) for (one, box), (other, theirs) in pairs if inner(box).overlaps(inner(theirs))]


def written_ticks(axis: Axes, which: str) -> list[Text]:
    """Return the tick labels that are seen."""
    low, high = sorted(axis.get_xlim() if which == "x" else axis.get_ylim())
    ticks = axis.get_xticklabels() if which == "x" else axis.get_yticklabels()
    place = 0 if which == "x" else 1
    return [tick for tick in ticks if tick.get_text() and low <= tick.get_position()[place] <= high]


def texts_of(figure: Figure) -> Iterator[Text]:
    yield from figure.texts
    for axis in figure.axes:
        yield from (axis.title, axis.xaxis.label, axis.yaxis.label, *axis.texts)
        yield from (*written_ticks(axis, "x"), *written_ticks(axis, "y"))


def sticking_out(figure: Figure) -> list[str]:
    """Return what leaves the paper by more than a pixel."""
    paper = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts_of(figure) if text.get_text()]
    boxes += [("legend", legend.get_window_extent()) for legend in figure.legends]
    boxes += [("axes", axis.get_window_extent()) for axis in figure.axes]
    within = [paper.x0 - 1, paper.y0 - 1, paper.x1 + 1, paper.y1 + 1]
    return [
        name
        for name, box in boxes
        if box.x0 < within[0] or box.y0 < within[1] or box.x1 > within[2] or box.y1 > within[3]
    ]


def assert_readable(figure: Figure) -> None:
    """Check that the legend stands above the axes, no axes reach into others, and nothing leaves the paper."""
    (legend,) = figure.legends
    boxes = axes_of(figure)
    assert legend.get_window_extent().y0 >= max(box.y1 for box in boxes.values()) - 1
    assert overlapping(boxes) == []
    assert sticking_out(figure) == []


def axes_of(figure: Figure) -> dict[str, Bbox]:
    """Return what each of the axes takes, with all that is written around it."""
    return {f"{place} {axis.get_title()}": axis.get_tightbbox() for place, axis in enumerate(figure.axes)}


def looks_of(figure: Figure) -> set[tuple[str, str]]:
    """Return colour and marker of whatever stands in the axes with the marker of a way."""
    markers = [marker for _, marker in style.WAYS.values()]
    found = set()
    for axis in figure.axes:
        lines = (line for line in axis.get_lines() if line.get_marker() in markers)
        found |= {(to_hex(line.get_color()), str(line.get_marker())) for line in lines}
        points = (points for points in axis.collections if isinstance(points, PathCollection))
        found |= {
            (to_hex(colour), marker)
            for own, marker in itertools.product(points, markers)
            for colour in own.get_facecolor()
            if np.array_equal(own.get_paths()[0].vertices, outline(marker))
        }
    return found


def outline(marker: str) -> np.ndarray:
    known = MarkerStyle(marker)
    return known.get_transform().transform(known.get_path().vertices)


def colours_of(figure: Figure) -> set[str]:
    """Return every colour that something in the axes has."""
    found = set()
    for axis in figure.axes:
        found |= {to_hex(line.get_color()) for line in axis.get_lines()}
        found |= {to_hex(patch.get_facecolor()) for patch in axis.patches}
        found |= {to_hex(text.get_color()) for text in [*axis.texts, *axis.get_yticklabels()]}
        found |= {to_hex(colour) for points in axis.collections for colour in points.get_facecolor()}
    return found


class TestPanels:
    @FIGURES
    def test_every_work_has_one_with_its_name(self, name):
        assert titles_of(wide(name)) == TITLES[name]

    @pytest.mark.slow
    @FIGURES
    def test_a_narrow_figure_has_the_same(self, name):
        assert titles_of(narrow(name)) == TITLES[name]

    @pytest.mark.slow
    @FIGURES
    def test_a_narrow_figure_has_one_in_a_row(self, name):
        figure = narrow(name)
        spans = sorted((box.y0, box.y1) for box in (axis.get_window_extent() for axis in figure.axes))
        assert all(below[1] < above[0] for below, above in itertools.pairwise(spans))

    @FIGURES
    def test_a_wide_figure_has_several_in_a_row(self, name):
        assert len({round(axis.get_window_extent().x0) for axis in wide(name).axes if axis.get_title()}) > 1

    @FIGURES
    def test_all_have_labels(self, name):
        bare = {"start_up": {"x"}, "timeline": {"y"}, "wall_time": {"y"}, "scaling": {"x"}, "weak_scaling": {"x"}}
        for axis in wide(name).axes:
            if axis.get_title():
                assert axis.get_xlabel() or "x" in bare.get(name, ())
                assert axis.get_ylabel() or "y" in bare.get(name, ())

    @BY_WORK
    def test_of_many_works_six_are_chosen_evenly_up_to_the_largest_of_each_workload(self, name):
        assert titles_of(edge_figure("14 works", name)) == [
            *(f"cpu_bound (NUM = {num})\none call a worker" for num in ("1", "16", "128", "2,048")),
            *(f"io_bound (TIME = {time})\none call a worker" for time in ("0.1", "0.2")),
        ]

    @BY_WORK
    def test_the_caption_says_that_not_all_works_are_drawn(self, name):
        caption = edge_picture("14 works", name).caption
        assert caption.endswith("Drawn: 6 of 14; the tables have all, and --select chooses others.")
        assert "Drawn" not in picture(name).caption

    @pytest.mark.slow
    def test_of_many_works_the_laws_of_scaling_choose_too(self):
        cases = frames.grid(TWELVE, workers=(1, 2), ways=("sequential", "threading"), calls=4)
        figure = one_of_no_law(speedups(frames.steady(cases, 1), PER_CASE))
        assert titles_of(figure) == [
            f"cpu_bound (NUM = {num})\n4 calls in all" for num in ("1", "4", "16", "128", "512", "2,048")
        ]


class TestRoom:
    @IN_EVERY_FORM
    def test_the_one_legend_stands_above_the_axes_and_covers_none(self, name, form):
        (box,) = room(name, form).legends
        for axes in room(name, form).axes.values():
            assert box.y0 >= axes.y1 - 1
            assert not inner(box).overlaps(axes)

    @IN_EVERY_FORM
    def test_no_axes_reach_into_others(self, name, form):
        assert overlapping(room(name, form).axes) == []

    @IN_EVERY_FORM
    def test_nothing_sticks_out(self, name, form):
        assert room(name, form).sticking_out == []

    @IN_EVERY_FORM
    def test_no_tick_label_covers_another(self, name, form):
        for ticks in room(name, form).ticks:
            assert overlapping(ticks) == []

    @FIGURES
    def test_a_frame_stacks_heading_legend_axes_and_caption(self, name):
        figure, framed = wide(name), room(name, "framed")
        heading, caption = figure.texts
        assert " ".join(heading.get_text().split()) == HEADING == " ".join(figure.get_suptitle().split())
        assert " ".join(caption.get_text().split()) == " ".join(picture(name).caption.split())
        stacked = [caption.get_window_extent(), Bbox.union(list(framed.axes.values())), framed.legends[0]]
        for below, above in itertools.pairwise([*stacked, heading.get_window_extent()]):
            assert below.y1 <= above.y0 + 1

    @FIGURES
    def test_a_frame_leaves_the_axes_as_large_as_they_were(self, name):
        before, after = room(name, "wide").panels, room(name, "framed").panels
        for one, other in zip(before, after, strict=True):
            assert other.width == pytest.approx(one.width, rel=0.1)
            assert other.height == pytest.approx(one.height, rel=0.1)


class TestWays:
    @MARKED
    def test_have_one_colour_and_one_marker_in_all_figures(self, name):
        expected = {(to_hex(style.colour(way)), style.marker(way)) for way in ways_in(name)}
        assert looks_of(wide(name)) == expected

    @MARKED
    def test_have_the_same_colour_and_marker_in_the_legend_in_their_order(self, name):
        (legend,) = wide(name).legends
        named = zip(legend.get_texts(), legend.legend_handles, strict=True)
        looks = {text.get_text(): handle for text, handle in named if text.get_text() in style.WAYS}
        assert list(looks) == ways_in(name)
        for way, handle in looks.items():
            assert (to_hex(handle.get_color()), handle.get_marker()) == (to_hex(style.colour(way)), style.marker(way))

    @pytest.mark.parametrize("name", unless([name for name in TITLES if name != "regime"], SELDOM_DRAWN))
    def test_are_all_seen(self, name):
        looks = [{to_hex(style.colour(way)), to_hex(style.ink(way))} for way in ways_in(name)]
        assert [look for look in looks if not look & colours_of(wide(name))] == []

    @pytest.mark.parametrize("name", unless(["speedup", "efficiency", "raw_times"], ["efficiency", "raw_times"]))
    def test_that_are_not_there_are_not_in_the_legend(self, name):
        labels = labels_of(edge_figure("words for parameters", name))
        assert "process_pool/spawn" in labels
        assert "threading" not in labels


class TestAxisOfWorkers:
    @OF_WORKERS
    def test_has_the_real_counts_as_ticks(self, name):
        figure = of_threads(name, (1, 3, 4, 6))
        for axis in figure.axes:
            low, high = axis.get_xlim()
            assert axis.get_xscale() == "log"
            assert [tick for tick in axis.get_xticks() if low <= tick <= high] == [1, 3, 4, 6]
        assert [tick.get_text() for tick in figure.axes[-1].get_xticklabels()] == ["1", "3", "4", "6"]

    @OF_WORKERS
    def test_has_a_line_at_the_usable_cpus_that_the_legend_names(self, name):
        figure = of_threads(name, (1, 3, 4, 6))
        for axis in figure.axes:
            (dotted,) = [line for line in axis.get_lines() if line.get_linestyle() == ":"]
            assert set(dotted.get_xdata()) == {3}
        assert "usable CPUs (3)" in labels_of(figure)

    @OF_WORKERS
    def test_of_many_counts_has_ticks_that_can_be_read(self, name):
        counts = tuple(range(1, 65))
        ticks = written_ticks(laid_out(of_threads(name, counts, layout.NARROW)).axes[-1], "x")
        assert {int(tick.get_text()) for tick in ticks} <= set(counts)
        assert {"1", "64"} <= {tick.get_text() for tick in ticks}
        assert len(ticks) >= 6
        assert overlapping({tick.get_text(): tick.get_window_extent() for tick in ticks}) == []


@cache
def of_threads(name: str, workers: tuple[int, ...], columns: int = layout.WIDE) -> Figure:
    """Return the figure of threads alone, each case twice as fast as with half the workers."""
    draw = {"speedup": speedup.speedup, "efficiency": speedup.efficiency, "scaling": one_of_no_law}[name]
    return draw(speedups_of_threads(workers), columns)


@cache
def speedups_of_threads(workers: tuple[int, ...]) -> pd.DataFrame:
    cases = frames.grid([frames.CPU], workers, ("sequential", "threading"), calls=64)
    return speedups(frames.trials({one: 1.0 / one.workers for one in cases}, 1, usable_cpus=3), PER_CASE)


def one_of_no_law(table: pd.DataFrame, columns: int = layout.WIDE) -> Figure:
    return scaling.strong_scaling(table, {}, columns)


FEW = ("sequential", "threading", "multiprocessing/fork")
PARSE = ("parse.py:parse", (("path", "big.json"), ("rows", 100_000), ("strict", True)))
GREEN = [case(mode="green threads", params=frames.CPU[1], workers=count, calls=count) for count in (1, 2)]
EIGHT = tuple(f"cpython 3.{minor}.{patch}" for minor in (11, 12, 13, 14) for patch in (0, 10))
PYTHONS = ("cpython 3.11.2", "cpython 3.14.0", "cpython 3.14.0t")
ALWAYS = {"timeline", "raw_times", "wall_time"}
CONCURRENT = ALWAYS | {"start_up"}
COMPARED = CONCURRENT | {"speedup", "efficiency"}


def few(workers: Sequence[int] = (1, 2), ways: Sequence[str] = FEW, calls: int | None = None) -> list[Case]:
    return frames.grid([frames.CPU], workers, ways, calls)


def sequential_is(times_slower: float, seconds: float = 1.0) -> dict[Case, float]:
    return {one: seconds if one.is_baseline else seconds / times_slower for one in few()}


EDGES = {
    "one worker count": (lambda: frames.steady(few((2,))), COMPARED),
    "one worker in one block": (lambda: frames.steady(few((1,)), blocks=1), COMPARED),
    "one way": (lambda: frames.steady(few(ways=["threading"])), CONCURRENT),
    "sequential only": (lambda: frames.steady(few(ways=["sequential"])), ALWAYS),
    "14 works": (
        lambda: frames.steady(frames.grid((*TWELVE, *WAITS), (2,), FEW[:2]), 1),
        COMPARED | {"regime", "break_even"},
    ),
    "24 worker counts": (lambda: frames.steady(few(COUNTS, FEW[:2]), 1), COMPARED),
    "3 interpreters": (
        lambda: frames.steady([replace(one, python=name) for name in PYTHONS for one in few((2,))]),
        COMPARED | {"interpreters"},
    ),
    "8 interpreters": (
        lambda: frames.steady(
            [
                replace(one, python=name)
                for name in EIGHT
                for one in frames.grid([frames.CPU, frames.IO], (2,), FEW[:2])
            ],
            1,
        ),
        COMPARED | {"interpreters"},
    ),
    "every way": (lambda: frames.steady(frames.grid([frames.CPU], (1, 2), frames.EVERY_WAY)), COMPARED),
    "pools": (
        lambda: frames.steady(frames.grid([PARSE], (2, 4), ("sequential", "thread_pool", "asyncio"), 24)),
        COMPARED | {"scaling"},
    ),
    "weak and strong scaling": (
        lambda: frames.steady([*few((1, 2), calls=4), *frames.grid([frames.IO], (1, 2), FEW)], 1),
        COMPARED | {"scaling"},
    ),
    "a baseline for one of two works": (
        lambda: frames.steady([*few((2,)), *frames.grid([frames.IO], (2,), ["threading"])], 1),
        COMPARED,
    ),
    "words for parameters": (
        lambda: frames.steady(
            frames.grid([("f", (("path", path),)) for path in "abc"], (2,), ("sequential", "process_pool/spawn"))
        ),
        COMPARED,
    ),
    "no baseline": (
        lambda: frames.steady(frames.grid([frames.CPU], (2, 4), ("process_pool/fork", "asyncio"), 8)),
        ALWAYS | {"start_up"},
    ),
    "very small and very slow": (lambda: frames.trials(sequential_is(1e-5, 1e-7), 6), COMPARED),
    "very large and very fast": (lambda: frames.trials(sequential_is(1e3, 1e8), 6), COMPARED),
    "an unknown way": (lambda: frames.steady([*few(), *GREEN]), COMPARED),
}


OFTEN = {
    "every way": ["timeline", "speedup"],
    "one worker count": ["wall_time"],
    "one worker in one block": ["start_up"],
    "14 works": ["break_even"],
    "24 worker counts": ["raw_times"],
    "3 interpreters": ["interpreters"],
    "8 interpreters": ["interpreters", "start_up", "raw_times"],
    "very small and very slow": ["speedup"],
}
SELDOM = {
    "every way": ["raw_times", "wall_time", "start_up"],
    "pools": ["timeline", "speedup", "raw_times", "wall_time", "scaling"],
    "weak and strong scaling": ["timeline", "speedup", "raw_times", "scaling"],
    "a baseline for one of two works": ["timeline", "speedup", "raw_times", "wall_time"],
    "words for parameters": ["timeline", "speedup", "raw_times", "wall_time"],
    "no baseline": ["timeline", "raw_times", "wall_time"],
    "one worker count": ["speedup", "efficiency", "start_up"],
    "one worker in one block": ["speedup", "raw_times"],
    "one way": ["timeline", "raw_times", "start_up", "wall_time"],
    "sequential only": ["timeline", "raw_times", "wall_time"],
    "14 works": ["speedup", "efficiency", "raw_times", "wall_time", "regime"],
    "24 worker counts": ["start_up", "wall_time"],
    "8 interpreters": ["efficiency", "timeline", "speedup", "wall_time"],
    "3 interpreters": ["efficiency", "timeline", "speedup", "start_up", "wall_time"],
    "very small and very slow": ["timeline", "efficiency", "raw_times"],
    "very large and very fast": ["timeline", "speedup", "efficiency", "raw_times"],
    "an unknown way": ["speedup", "timeline", "efficiency", "raw_times", "wall_time"],
}
"""What else is worth drawing, of the same kind: for `make test-all` alone."""
OFTEN_LISTED = ["sequential only", "one way", "weak and strong scaling", "14 works"]
DRAWN = [parameter for edge, names in OFTEN.items() for parameter in unless([edge], (), *names)]
DRAWN += [parameter for edge, names in SELDOM.items() for parameter in unless([edge], [edge], *names)]


@cache
def edge_picture(edge: str, name: str) -> Picture:
    return pictures_of_edge(edge, name in ("scaling", "weak_scaling"), name == "break_even")[name]


@cache
def pictures_of_edge(edge: str, with_laws: bool, with_break_even: bool) -> dict[str, Picture]:
    trials, _ = EDGES[edge]
    return pictures_of(trials(), with_laws=with_laws, with_break_even=with_break_even)


@cache
def edge_figure(edge: str, name: str) -> Figure:
    return laid_out(edge_picture(edge, name).draw(layout.WIDE))


class TestEdges:
    @pytest.mark.parametrize("edge", unless(EDGES, EDGES.keys() - set(OFTEN_LISTED)))
    def test_there_are_the_figures_that_the_data_allow(self, edge):
        assert set(pictures_of_edge(edge, True, True)) == EDGES[edge][1]

    @pytest.mark.parametrize(("edge", "name"), DRAWN)
    def test_they_can_be_read(self, edge, name):
        figure = edge_figure(edge, name)
        assert_readable(figure)
        for axis, which in itertools.product(figure.axes, "xy"):
            if not any(tick.get_rotation() for tick in written_ticks(axis, which)):  # else their boxes say nothing
                assert overlapping(ticks_of(axis, which)) == []

    @pytest.mark.parametrize(
        "name", unless(["timeline", "speedup", "efficiency", "wall_time"], ["timeline", "speedup", "wall_time"])
    )
    def test_of_several_interpreters_each_has_its_panels(self, name):
        titles = [title.replace("\n", " ") for title in titles_of(edge_figure("3 interpreters", name))]
        assert titles == [f"cpu_bound (NUM = 1,000,000) one call a worker, {python}" for python in PYTHONS]

    @pytest.mark.parametrize("name", unless(["speedup", "efficiency", "raw_times"], ["efficiency", "raw_times"]))
    def test_an_unknown_way_comes_last_with_a_look_of_its_own(self, name):
        (legend,) = edge_figure("an unknown way", name).legends
        texts = [text.get_text() for text in legend.get_texts()]
        place = texts.index("green threads")
        assert texts[place - 1] == "multiprocessing/fork"
        handle = legend.legend_handles[place]
        looks = {(to_hex(style.colour(way)), style.marker(way)) for way in style.WAYS}
        assert (to_hex(handle.get_color()), handle.get_marker()) not in looks
