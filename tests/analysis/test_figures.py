"""What all figures have in common, drawn as the report's gallery feeds them. A warning while drawing is an error."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
from analysis.figures import scaling, speedup, style
from analysis.findings import PER_CASE, Findings
from analysis.report.gallery import Picture, gallery
from analysis.representatives import representatives
from analysis.scaling import laws
from analysis.statistics import measured, speedups
from runner.matrix.case import Case

SIZES = tuple(("cpu_bound", (("NUM", 10**exponent),)) for exponent in range(4, 10))
"""Of one workload, spaced by a constant factor: enough for break-even."""
TWELVE = tuple(("cpu_bound", (("NUM", 2**exponent),)) for exponent in range(12))
WAYS = frames.WAYS[:4]
COUNTS = (*range(1, 13), 14, 16, 18, 20, 24, 28, 32, 40, 48, 52, 56, 64)
START_S = {"sequential": 0.0, "threading": 1e-4, "multiprocessing/fork": 2e-3, "multiprocessing/spawn": 5e-2}

TITLES = {
    "timeline": ["cpu_bound (NUM = 1,000,000,000)\none call a worker", "io_bound (TIME = 0.1)\none call a worker"],
    "speedup": [
        *(f"cpu_bound (NUM = {num})\none call a worker" for num in ("10,000", "1,000,000,000")),
        "io_bound (TIME = 0.1)\none call a worker",
    ],
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
TITLES |= dict.fromkeys(("efficiency", "raw_times", "wall_time"), TITLES["speedup"])
FORMS = ("wide", "framed", "narrow")
HEADING = "What is shown: sweep 1 (study), cpython 3.11.2, bench-1"

FIGURES = pytest.mark.parametrize("name", TITLES)
IN_EVERY_FORM = pytest.mark.parametrize(("name", "form"), list(itertools.product(TITLES, FORMS)))
MARKED = pytest.mark.parametrize(
    "name", ["speedup", "efficiency", "raw_times", "break_even", "scaling", "weak_scaling"]
)
BY_WORK = pytest.mark.parametrize("name", ["speedup", "efficiency", "raw_times", "wall_time"])
OF_WORKERS = pytest.mark.parametrize("name", ["speedup", "efficiency", "scaling"])


def findings_of(trials: pd.DataFrame) -> Findings:
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
        fits=laws(counted),
        break_even=break_even(counted),
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
            calls.append({"trial_id": trial.trial_id, "worker": worker, "call": call, **names, **stamps})
    return pd.DataFrame(calls)


def pictures_of(trials: pd.DataFrame) -> dict[str, Picture]:
    return {picture.name: picture for picture in gallery(findings_of(trials)) if isinstance(picture, Picture)}


@cache
def pictures() -> dict[str, Picture]:
    """Return one picture of each kind, each way and each work in it where it belongs."""
    works = [SIZES[0], SIZES[-1], frames.IO]
    grids = {
        "sizes": (frames.grid(SIZES, ways=WAYS), 2, 6),
        "works": (frames.grid(works, ways=WAYS), 2, 6),
        "strong": (frames.grid(workers=(1, 2, 3, 4, 6, 8), ways=WAYS, calls=24), 6, 3),
        "weak": (frames.grid(workers=(1, 2, 4, 8), ways=WAYS), 8, 3),
    }
    found = {}
    for name, (cases, cpus, blocks) in grids.items():
        found[name] = pictures_of(frames.trials({one: seconds(one, cpus) for one in cases}, blocks, usable_cpus=cpus))
    of_kind = {"regime": "sizes", "break_even": "sizes", "scaling": "strong", "weak_scaling": "weak"}
    return {name: found[of_kind.get(name, "works")][name] for name in TITLES}


def seconds(one: Case, cpus: int) -> frames.Seconds:
    """Return what the case takes: work that the CPUs share, the price of starting, and a little noise."""
    params = dict(one.params)
    work_s = one.calls * (params.get("NUM", 0) * 1e-8 + params.get("TIME", 0))
    at_once = 1 if one.mode in ("sequential", "threading") else min(one.workers, cpus)
    way = "/".join(filter(None, (one.mode, one.start_method)))
    return lambda block: (work_s / at_once + START_S[way]) * (1 + 0.01 * (block * 7 % 5))


@cache
def of_works(works: Sequence[tuple[str, Any]]) -> dict[str, Picture]:
    """Return the pictures of threads on these works."""
    return pictures_of(frames.steady(frames.grid(works, (2,), ("sequential", "threading")), 1))


@cache
def drawn(name: str, form: str) -> Figure:
    """Return the figure as the report has it: framed what has been drawn before."""
    picture = pictures()[name]
    figure = laid_out(picture.draw(style.NARROW if form == "narrow" else style.WIDE))
    if form == "framed":
        style.frame(figure, HEADING, picture.caption)
        laid_out(figure)
    return figure


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


@cache
def room(name: str, form: str) -> dict[str, Bbox]:
    return axes_of(drawn(name, form))


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
        assert titles_of(drawn(name, "wide")) == TITLES[name]

    @FIGURES
    def test_a_narrow_figure_has_the_same(self, name):
        assert titles_of(drawn(name, "narrow")) == TITLES[name]

    @FIGURES
    def test_a_narrow_figure_has_one_in_a_row(self, name):
        figure = drawn(name, "narrow")
        spans = sorted((box.y0, box.y1) for box in (axis.get_window_extent() for axis in figure.axes))
        assert all(below[1] < above[0] for below, above in itertools.pairwise(spans))

    @FIGURES
    def test_a_wide_figure_has_several_in_a_row(self, name):
        assert len({round(axis.get_window_extent().x0) for axis in drawn(name, "wide").axes if axis.get_title()}) > 1

    @FIGURES
    def test_all_have_labels(self, name):
        bare = {"start_up": {"x"}, "timeline": {"y"}, "wall_time": {"y"}, "scaling": {"x"}, "weak_scaling": {"x"}}
        for axis in drawn(name, "wide").axes:
            if axis.get_title():
                assert axis.get_xlabel() or "x" in bare.get(name, ())
                assert axis.get_ylabel() or "y" in bare.get(name, ())

    @BY_WORK
    def test_of_many_works_six_are_chosen_evenly_up_to_the_largest_of_each_workload(self, name):
        works = (*TWELVE, *(("io_bound", (("TIME", time),)) for time in (0.1, 0.2)))
        assert titles_of(of_works(works)[name].draw(style.WIDE)) == [
            *(f"cpu_bound (NUM = {num})\none call a worker" for num in ("1", "16", "128", "2,048")),
            *(f"io_bound (TIME = {time})\none call a worker" for time in ("0.1", "0.2")),
        ]

    @BY_WORK
    def test_the_caption_says_that_not_all_works_are_drawn(self, name):
        caption = of_works(TWELVE)[name].caption
        assert caption.endswith("Drawn: 6 of 12; the tables have all, and --select chooses others.")
        assert "Drawn" not in of_works(TWELVE[:6])[name].caption

    def test_of_many_works_the_laws_of_scaling_choose_too(self):
        cases = frames.grid(TWELVE, workers=(1, 2), ways=("sequential", "threading"), calls=4)
        figure = one_of_no_law(speedups(frames.steady(cases, 1), PER_CASE))
        assert titles_of(figure) == [
            f"cpu_bound (NUM = {num})\n4 calls in all" for num in ("1", "4", "16", "128", "512", "2,048")
        ]


class TestRoom:
    @IN_EVERY_FORM
    def test_the_one_legend_stands_above_the_axes_and_covers_none(self, name, form):
        (legend,) = drawn(name, form).legends
        box = legend.get_window_extent()
        for axes in room(name, form).values():
            assert box.y0 >= axes.y1 - 1
            assert not inner(box).overlaps(axes)

    @IN_EVERY_FORM
    def test_no_axes_reach_into_others(self, name, form):
        assert overlapping(room(name, form)) == []

    @IN_EVERY_FORM
    def test_nothing_sticks_out(self, name, form):
        assert sticking_out(drawn(name, form)) == []

    @IN_EVERY_FORM
    def test_no_tick_label_covers_another(self, name, form):
        for axis, which in itertools.product(drawn(name, form).axes, "xy"):
            ticks = written_ticks(axis, which)
            boxes = {
                f"{place} {tick.get_text()}": tick.get_window_extent()
                for place, tick in enumerate(ticks)
                if tick.get_visible()
            }
            assert overlapping(boxes) == []

    @FIGURES
    def test_a_frame_stacks_heading_legend_axes_and_caption(self, name):
        figure = drawn(name, "framed")
        heading, caption = figure.texts
        assert " ".join(heading.get_text().split()) == HEADING == " ".join(figure.get_suptitle().split())
        assert " ".join(caption.get_text().split()) == " ".join(pictures()[name].caption.split())
        axes = Bbox.union(list(room(name, "framed").values()))
        stacked = [caption.get_window_extent(), axes, figure.legends[0].get_window_extent()]
        for below, above in itertools.pairwise([*stacked, heading.get_window_extent()]):
            assert below.y1 <= above.y0 + 1

    @FIGURES
    def test_a_frame_leaves_the_axes_as_large_as_they_were(self, name):
        before, after = ([axis.get_window_extent() for axis in drawn(name, form).axes] for form in ("wide", "framed"))
        for one, other in zip(before, after, strict=True):
            assert other.width == pytest.approx(one.width, rel=0.1)
            assert other.height == pytest.approx(one.height, rel=0.1)


class TestWays:
    @MARKED
    def test_have_one_colour_and_one_marker_in_all_figures(self, name):
        expected = {(to_hex(style.colour(way)), style.marker(way)) for way in ways_in(name)}
        assert looks_of(drawn(name, "wide")) == expected

    @MARKED
    def test_have_the_same_colour_and_marker_in_the_legend_in_their_order(self, name):
        (legend,) = drawn(name, "wide").legends
        named = zip(legend.get_texts(), legend.legend_handles, strict=True)
        looks = {text.get_text(): handle for text, handle in named if text.get_text() in style.WAYS}
        assert list(looks) == ways_in(name)
        for way, handle in looks.items():
            assert (to_hex(handle.get_color()), handle.get_marker()) == (to_hex(style.colour(way)), style.marker(way))

    @pytest.mark.parametrize("name", [name for name in TITLES if name != "regime"])
    def test_are_all_seen(self, name):
        assert {to_hex(style.colour(way)) for way in ways_in(name)} <= colours_of(drawn(name, "wide"))

    @pytest.mark.parametrize("name", ["speedup", "efficiency", "raw_times"])
    def test_that_are_not_there_are_not_in_the_legend(self, name):
        trials = frames.steady(frames.grid([frames.CPU], ways=("sequential", "multiprocessing/spawn")), 1)
        labels = labels_of(pictures_of(trials)[name].draw(style.WIDE))
        assert "multiprocessing/spawn" in labels
        assert "threading" not in labels


class TestAxisOfWorkers:
    @OF_WORKERS
    @pytest.mark.parametrize("workers", [(1, 2, 4), (1, 3, 4, 6), (7,)], ids=str)
    def test_has_the_real_counts_as_ticks(self, name, workers):
        figure = of_threads(name, workers)
        for axis in figure.axes:
            low, high = axis.get_xlim()
            assert axis.get_xscale() == "log"
            assert axis.xaxis.get_transform().base == 2
            assert [tick for tick in axis.get_xticks() if low <= tick <= high] == list(workers)
            assert list(axis.get_xticks(minor=True)) == []
        assert [tick.get_text() for tick in figure.axes[-1].get_xticklabels()] == [str(count) for count in workers]

    @OF_WORKERS
    @pytest.mark.parametrize("workers", [COUNTS, tuple(range(1, 65))], ids=["24 counts", "64 counts"])
    def test_of_many_counts_has_ticks_that_can_be_read(self, name, workers):
        figure = laid_out(of_threads(name, workers, columns=style.NARROW))
        ticks = written_ticks(figure.axes[-1], "x")
        assert {int(tick.get_text()) for tick in ticks} <= set(workers)
        assert {"1", "64"} <= {tick.get_text() for tick in ticks}
        assert len(ticks) >= 6
        assert overlapping({tick.get_text(): tick.get_window_extent() for tick in ticks}) == []

    @OF_WORKERS
    @pytest.mark.parametrize(("cpus", "places"), [(1, [1]), (3, [3]), (64, [])])
    def test_has_a_line_at_the_usable_cpus_within_it(self, name, cpus, places):
        figure = of_threads(name, (1, 2, 4), cpus)
        for axis in figure.axes:
            dotted = [line for line in axis.get_lines() if line.get_linestyle() == ":"]
            assert [set(line.get_xdata()) for line in dotted] == [{place} for place in places]

    @OF_WORKERS
    def test_names_that_line_in_the_legend(self, name):
        assert "usable CPUs (3)" in labels_of(of_threads(name, (1, 2, 4), 3))


def of_threads(name: str, workers: tuple[int, ...], cpus: int = 2, columns: int = style.WIDE) -> Figure:
    """Return the figure of threads alone, each case twice as fast as with half the workers."""
    cases = frames.grid([frames.CPU], workers, ("sequential", "threading"), calls=64)
    table = speedups(frames.trials({one: 1.0 / one.workers for one in cases}, 1, usable_cpus=cpus), PER_CASE)
    draw = {"speedup": speedup.speedup, "efficiency": speedup.efficiency, "scaling": one_of_no_law}[name]
    return draw(table, columns)


def one_of_no_law(table: pd.DataFrame, columns: int = style.WIDE) -> Figure:
    return scaling.strong_scaling(table, {}, columns)


FEW = ("sequential", "threading", "multiprocessing/fork")
PARSE = ("parse.py:parse", (("path", "big.json"), ("rows", 100_000), ("strict", True)))
GREEN = [case(mode="green threads", params=frames.CPU[1], workers=count, calls=count) for count in (1, 2)]
PYTHONS = ("cpython 3.11.2", "cpython 3.14.0", "cpython 3.14.0t")
ALWAYS = {"timeline", "raw_times", "wall_time"}
CONCURRENT = ALWAYS | {"start_up"}
COMPARED = CONCURRENT | {"speedup", "efficiency"}


def few(workers: Sequence[int] = (1, 2), ways: Sequence[str] = FEW) -> list[Case]:
    return frames.grid([frames.CPU], workers, ways)


def sequential_is(times_slower: float) -> dict[Case, float]:
    return {one: 1.0 if one.is_baseline else 1 / times_slower for one in few()}


EDGES = {
    "one worker count": (lambda: frames.steady(few((2,))), COMPARED),
    "one worker": (lambda: frames.steady(few((1,))), COMPARED),
    "one block": (lambda: frames.steady(few(), blocks=1), COMPARED),
    "one way": (lambda: frames.steady(few(ways=["threading"])), CONCURRENT),
    "sequential only": (lambda: frames.steady(few(ways=["sequential"])), ALWAYS),
    "12 works": (lambda: frames.steady(frames.grid(TWELVE, (2,), FEW[:2]), 1), COMPARED | {"regime", "break_even"}),
    "24 worker counts": (lambda: frames.steady(few(COUNTS, FEW[:2]), 1), COMPARED),
    "3 interpreters": (
        lambda: frames.steady([replace(one, python=name) for name in PYTHONS for one in few((2,))]),
        COMPARED | {"interpreters"},
    ),
    "every way": (lambda: frames.steady(frames.grid([frames.CPU], (1, 2), frames.EVERY_WAY)), COMPARED),
    "pools": (
        lambda: frames.steady(frames.grid([PARSE], (2, 4), ("sequential", "thread_pool", "asyncio"), 24)),
        COMPARED | {"scaling"},
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
    "very small times": (
        lambda: frames.trials({one: 1e-7 * place for place, one in enumerate(few(), start=1)}),
        COMPARED,
    ),
    "very large times": (
        lambda: frames.trials({one: 1e5 * place for place, one in enumerate(few(), start=1)}),
        COMPARED,
    ),
    "very slow": (lambda: frames.trials(sequential_is(1e-5), 6), COMPARED),
    "very fast": (lambda: frames.trials(sequential_is(1e3), 6), COMPARED),
    "an unknown way": (lambda: frames.steady([*few(), *GREEN]), COMPARED),
}


WORTH_DRAWING = {
    "every way": ["timeline", "speedup", "raw_times", "start_up", "wall_time"],
    "pools": ["timeline", "speedup", "raw_times", "wall_time", "scaling"],
    "words for parameters": ["timeline", "speedup", "raw_times", "wall_time"],
    "no baseline": ["timeline", "raw_times", "wall_time"],
    "one worker count": ["speedup", "efficiency", "start_up", "wall_time"],
    "one worker": ["speedup", "start_up"],
    "one block": ["speedup", "raw_times"],
    "one way": ["timeline", "raw_times", "start_up", "wall_time"],
    "sequential only": ["timeline", "raw_times", "wall_time"],
    "12 works": ["speedup", "raw_times", "regime", "break_even"],
    "24 worker counts": ["raw_times", "start_up", "wall_time"],
    "3 interpreters": ["timeline", "speedup", "efficiency", "interpreters", "start_up", "wall_time"],
    "very small times": ["timeline", "speedup", "raw_times"],
    "very large times": ["timeline", "speedup", "efficiency", "raw_times"],
    "very slow": ["speedup", "efficiency", "raw_times"],
    "very fast": ["speedup", "efficiency", "raw_times"],
    "an unknown way": ["timeline", "speedup", "efficiency", "raw_times", "wall_time"],
}
DRAWN = [(edge, name) for edge, names in WORTH_DRAWING.items() for name in names]


@cache
def edge_pictures(edge: str) -> dict[str, Picture]:
    trials, _ = EDGES[edge]
    return pictures_of(trials())


@cache
def edge_figure(edge: str, name: str) -> Figure:
    return laid_out(edge_pictures(edge)[name].draw(style.WIDE))


class TestEdges:
    @pytest.mark.parametrize("edge", EDGES)
    def test_there_are_the_figures_that_the_data_allow(self, edge):
        assert set(edge_pictures(edge)) == EDGES[edge][1]

    @pytest.mark.parametrize(("edge", "name"), DRAWN)
    def test_they_can_be_read(self, edge, name):
        assert_readable(edge_figure(edge, name))

    @pytest.mark.parametrize("name", ["timeline", "speedup", "efficiency", "wall_time"])
    def test_of_several_interpreters_each_has_its_panels(self, name):
        titles = [title.replace("\n", " ") for title in titles_of(edge_figure("3 interpreters", name))]
        assert titles == [f"cpu_bound (NUM = 1,000,000) one call a worker, {python}" for python in PYTHONS]

    @pytest.mark.parametrize("name", ["speedup", "efficiency", "raw_times"])
    def test_an_unknown_way_comes_last_with_a_look_of_its_own(self, name):
        (legend,) = edge_figure("an unknown way", name).legends
        texts = [text.get_text() for text in legend.get_texts()]
        place = texts.index("green threads")
        assert texts[place - 1] == "multiprocessing/fork"
        handle = legend.legend_handles[place]
        looks = {(to_hex(style.colour(way)), style.marker(way)) for way in style.WAYS}
        assert (to_hex(handle.get_color()), handle.get_marker()) not in looks
