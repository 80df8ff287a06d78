"""The study's claims, on simulated machines of which each is known to be true, to be false, or to be open."""

import itertools
import json
import random
import statistics as plain
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from support import frames
from support.helpers import SETTING

from analysis import claims
from analysis.breakeven import break_even
from analysis.claims import Answer, Question, Verdict
from analysis.claims.crash import proportion
from analysis.claims.evidence import Trials
from analysis.claims.verdict import at_most, together, widened
from analysis.statistics import measured
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid
from runner.numbers.medians import Estimate, estimate

SLOW = pytest.mark.slow
"""For variants of what a quick test asks too."""
CONFIRMED, NOT_CONFIRMED, CANNOT_SAY = Answer.CONFIRMED, Answer.NOT_CONFIRMED, Answer.CANNOT_SAY
TESTABLE = (1, 2, 3, 4, 5, 8)
TURN_S = 4e-8
"""What one turn of the countdown takes."""
COUNTS = [("cpu_bound", (("NUM", 10_000 * 4**step),)) for step in range(6)]
WAITS = [("io_bound", (("TIME", seconds),)) for seconds in (0.1, 1.0)]
WAYS = ("sequential", "threading", "multiprocessing/fork", "multiprocessing/spawn")
BLOCKS = 8
LARGEST = frames.grid([COUNTS[-1], WAITS[-1]], (1, 2), WAYS)

Cost = Callable[[float, int], float]
"""From the seconds of one call and how many calls there are, one for each worker, to the total."""


def in_turn(call_s: float, n: int) -> float:
    return n * call_s


def at_once(factor: float) -> Cost:
    return lambda call_s, n: factor * call_s


def on_cpus(cpus: int, *, start_s: float = 0.0, factor: float = 1.0) -> Cost:
    return lambda call_s, n: start_s + factor * n * call_s / min(n, cpus)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A simulated machine. As it stands, all that the study claims of time and memory is true of it.

    The keys of its mappings are a workload and a way or mode, such as ``cpu_bound threading``, or a way or mode alone.
    What they do not name is as always. Every figure may `vary` from block to block, by factors taken in turn; beyond
    that it varies by `noise`, and all of a block by its `drift`.
    """

    cpus: int = 2
    own_start: str = "fork"
    totals: Mapping[str, Cost] = field(default_factory=dict)
    vary: Mapping[str, Sequence[float]] = field(default_factory=dict)
    starts_s: Mapping[str, float] = field(default_factory=dict)
    peaks_mb: Mapping[str, float] = field(default_factory=dict)
    busy_cpus: Mapping[str, float] = field(default_factory=dict)
    gil: str | None = "on"
    noise: float = 0.0
    drift: float = 0.0

    def sweep(self, cases: Iterable[Case], blocks: int = BLOCKS) -> pd.DataFrame:
        """Return trials of these cases, with the columns of `load.activity`."""
        chance = random.Random(7)
        drift = [1 + self.drift * chance.uniform(-1, 1) for _ in range(blocks)]

        def noisy() -> float:
            return 1 + self.noise * chance.uniform(-1, 1)

        frame = frames.trials(
            {one: lambda block, one=one: drift[block - 1] * noisy() * self.total_s(one, block) for one in cases},
            blocks,
            usable_cpus=self.cpus,
            start=self.own_start,
            gil=self.gil,
        )
        rows = frame.to_dict("records")
        busy = [_named(self.busy_cpus, row) or min(row["workers"], self._most_at_once(row)) for row in rows]
        return frame.assign(
            start_latency_s=[noisy() * (_named(self.starts_s, row) or _START_S[row["mode"]]) for row in rows],
            peak_rss_bytes=[noisy() * 1e6 * (_named(self.peaks_mb, row) or _PEAK_MB[row["mode"]]) for row in rows],
            cpu_s=[noisy() * cpus * row["compute_s"] for cpus, row in zip(busy, rows, strict=True)],
        )

    def total_s(self, one: Case, block: int) -> float:
        way = f"{one.mode}/{one.start_method}" if one.start_method else one.mode
        row = {"workload": one.workload, "way": way, "mode": one.mode}
        usual = {
            "io_bound sequential": in_turn,
            "io_bound threading": at_once(1.001),
            "io_bound multiprocessing": at_once(1.02),
            "cpu_bound sequential": in_turn,
            "cpu_bound threading": lambda call_s, n: 1.01 * n * call_s,
            "cpu_bound multiprocessing": on_cpus(self.cpus, start_s=0.005, factor=1.02),
        }
        params = dict(one.params)
        call_s = params["NUM"] * TURN_S if "NUM" in params else params["TIME"]
        factors = _named(self.vary, row) or [1.0]
        cost = _named(self.totals, row) or _named(usual, row)
        return cost(call_s, one.calls) * factors[block % len(factors)]

    def _most_at_once(self, row: Mapping[str, Any]) -> int:
        return self.cpus if row["mode"] == "multiprocessing" else 1


_START_S = {"sequential": 1e-6, "threading": 1e-4, "multiprocessing": 2e-3}
_PEAK_MB = {"sequential": 12.0, "threading": 12.4, "multiprocessing": 13.0}


def _named(values: Mapping[str, Any], row: Mapping[str, Any]) -> Any:
    names = (f"{row['workload']} {row['way']}", f"{row['workload']} {row['mode']}", row["way"], row["mode"])
    return next((values[name] for name in names if name in values), None)


def grid_for(number: int) -> list[Case]:
    """Return the cases that a claim takes, and no others."""
    alone, threads, fork, _ = WAYS
    works, workers, ways = {
        1: (WAITS[-1:], (1, 2), (alone, threads, fork)),
        2: (WAITS[-1:], (2,), WAYS),
        3: (COUNTS[-1:], (2,), (alone, threads)),
        4: (COUNTS[-1:], (2,), (alone, fork)),
        5: (COUNTS, (2,), (alone, fork)),
        8: ([COUNTS[-1], WAITS[-1]], (2,), (alone, threads, fork)),
    }[number]
    return frames.grid(works, workers, ways)


def everything(ways: Sequence[str] = WAYS, workers: Sequence[int] = (1, 2)) -> list[Case]:
    """Return what all claims together take: every size of work with the most workers, the waits with all."""
    return [*frames.grid(COUNTS, workers[-1:], ways), *frames.grid(WAITS[-1:], workers, ways)]


LOOKED_AT = ["workload", "work", "work_size", "time", "scaling", "setting", "way", "mode", "workers", "calls", "repeat"]
LOOKED_AT += ["status", "warmup", "usable_cpus", "default_start", "gil", "wall_s", "compute_s", "busy_s", "cpu_s"]
LOOKED_AT += ["start_latency_s", "peak_rss_bytes", "survived", "noisy"]
"""The columns that claims look at: a frame of all of them takes a good while longer to choose from."""


def verdicts(trials: pd.DataFrame, *, of_overhead: bool = True) -> dict[int, Verdict]:
    """Return all verdicts; what only the fifth takes may be left out."""
    found = claims.verdicts(trials[LOOKED_AT], break_even(trials if of_overhead else trials.iloc[:0]))
    assert [verdict.number for verdict in found] == list(range(1, 9))
    return {verdict.number: verdict for verdict in found}


def verdict(number: int, trials: pd.DataFrame) -> Verdict:
    """Return one of the verdicts, the others not worked out."""
    known = break_even(trials if number == 5 else trials.iloc[:0])
    data = Trials(measured(trials[LOOKED_AT]), claims.crashes(trials[LOOKED_AT]), known)
    return together(claims.CLAIMS[number - 1](data))


def verdict_of(machine: Machine, number: int, blocks: int = BLOCKS) -> Verdict:
    return verdict(number, machine.sweep(grid_for(number), blocks))


def abouts(found: Verdict) -> str:
    return "\n".join(question.about for question in found.questions)


FALSE = {
    "threads do not overlap waits": (1, {"totals": {"io_bound threading": in_turn}}),
    "processes do not overlap waits": (1, {"totals": {"io_bound multiprocessing": in_turn}}),
    "processes are slower for I/O": (2, {"totals": {"io_bound multiprocessing": at_once(1.4)}}),
    "processes start faster": (2, {"starts_s": {"multiprocessing": 5e-5}}),
    "processes need no memory": (2, {"peaks_mb": {"multiprocessing/spawn": 0.1}}),
    "threads run in parallel": (3, {"totals": {"cpu_bound threading": on_cpus(2)}}),
    "processes run in turn": (4, {"totals": {"cpu_bound multiprocessing": in_turn}}),
    "processes keep one CPU busy": (4, {"busy_cpus": {"multiprocessing": 0.95}}),
    "processes are dear to start": (5, {"totals": {"cpu_bound multiprocessing": on_cpus(2, start_s=0.3)}}),
    "the overhead grows with the work": (5, {"totals": {"cpu_bound multiprocessing": on_cpus(2, factor=1.3)}}),
    "processes lose on CPU-bound work": (8, {"totals": {"cpu_bound multiprocessing": on_cpus(1, factor=1.1)}}),
    "threads beat processes on CPU-bound work": (8, {"totals": {"cpu_bound threading": on_cpus(2)}}),
    "threads gain nothing on I/O": (
        8,
        {"totals": {"io_bound threading": at_once(2.1), "io_bound multiprocessing": at_once(2.1)}},
    ),
    "threads are slower than processes on I/O": (8, {"totals": {"io_bound threading": at_once(1.2)}}),
}
OPEN = {
    "waits of threads": (1, {"io_bound threading": (1.0, 1.3)}),
    "waits of processes": (1, {"io_bound multiprocessing": (1.0, 1.3)}),
    "processes against threads": (2, {"io_bound multiprocessing": (1.0, 1.3)}),
    "speedup of threads": (3, {"cpu_bound threading": (0.9, 1.1)}),
    "efficiency of processes": (4, {"cpu_bound multiprocessing": (1.0, 1.4)}),
    "growth of the overhead": (5, {"cpu_bound multiprocessing": (0.8, 1.3)}),
    "processes against the others": (8, {"cpu_bound multiprocessing": (1.0, 2.5)}),
    "threads against processes": (8, {"io_bound threading": (1.0, 1.2)}),
}


ALL_FALSE = {
    "totals": {
        "io_bound threading": in_turn,
        "cpu_bound threading": on_cpus(2),
        "cpu_bound multiprocessing": on_cpus(1, factor=1.1),
    },
    "starts_s": {"multiprocessing": 5e-5},
}
"""What makes every claim false at once."""


def by_name(table: Mapping[str, tuple[int, Any]], slow: Container[str] = ()) -> list[Any]:
    """Return the rows as parameters; those named in `slow` are for `make test-all` alone."""
    return [
        pytest.param(*row, id=f"{row[0]}: {name}", marks=SLOW if name in slow else ()) for name, row in table.items()
    ]


@pytest.fixture(scope="module")
def all_true() -> dict[int, Verdict]:
    """Answer the claims on a machine of which they are true, from six blocks, between which it drifts."""
    return verdicts(Machine(noise=0.002, drift=0.4).sweep(everything(), 6))


@pytest.fixture(scope="module")
def of_one_cpu() -> dict[int, Verdict]:
    return verdicts(Machine(cpus=1, noise=0.002).sweep(everything()))


class TestAnswer:
    @pytest.mark.parametrize("number", TESTABLE)
    def test_is_confirmed_where_the_claim_is_true_from_six_blocks_on_whatever_the_drift(self, all_true, number):
        found = all_true[number]
        assert found.answer is CONFIRMED
        assert found.settle == []
        for question in found.questions:
            assert question.answer is CONFIRMED
            assert question.settle is None
            assert question.found.low <= question.found.value <= question.found.high

    def test_is_not_confirmed_where_all_claims_are_false(self):
        found = verdicts(Machine(noise=0.002, **ALL_FALSE).sweep(everything()))
        assert {number: found[number].answer for number in TESTABLE} == dict.fromkeys(TESTABLE, NOT_CONFIRMED)
        assert all(found[number].settle == [] for number in TESTABLE)

    @SLOW
    @pytest.mark.parametrize(("number", "changes"), by_name(FALSE))
    def test_is_not_confirmed_where_the_claim_is_false(self, number, changes):
        found = verdict_of(Machine(noise=0.002, **changes), number)
        assert found.answer is NOT_CONFIRMED
        assert found.settle == []

    @pytest.mark.parametrize(
        ("number", "vary"),
        by_name(OPEN, OPEN.keys() - {"waits of threads", "growth of the overhead", "threads against processes"}),
    )
    def test_is_open_where_an_interval_holds_the_bound_and_says_how_to_narrow_it(self, number, vary):
        found = verdict_of(Machine(vary=vary), number)
        assert found.answer is CANNOT_SAY
        assert all(settle.startswith("the same with repeats: ") for settle in found.settle)
        for question in found.questions:
            bound = float(question.bound.rpartition(" ")[2])
            assert (question.answer is CANNOT_SAY) == (question.found.low < bound < question.found.high)
            assert (question.answer is CANNOT_SAY) == (question.settle is not None)

    @pytest.mark.parametrize(("blocks", "more"), [(6, 24), (8, 32)])
    def test_that_is_open_takes_four_times_the_blocks_for_an_interval_half_as_wide(self, blocks, more):
        found = verdict_of(Machine(vary={"cpu_bound threading": (0.9, 1.1)}), 3, blocks)
        assert found.settle == [f"the same with repeats: {more}, for a narrower interval"]

    @pytest.mark.parametrize("blocks", [pytest.param(1, marks=SLOW), 5])
    def test_is_open_with_fewer_than_six_blocks_and_says_how_many_there_are(self, blocks):
        found = verdicts(Machine(noise=0.002).sweep(everything(), blocks))
        for number in TESTABLE:
            assert found[number].answer is CANNOT_SAY
            assert f"repeats: 10 (an interval takes 6 blocks, there are {blocks})" in found[number].settle
            for question in found[number].questions:
                assert question.answer is CANNOT_SAY
                assert not question.found.has_interval

    @pytest.mark.parametrize(("number", "workload"), [(6, "crashing"), (7, "pass_by_pipe")])
    def test_to_what_no_workload_tested_is_open_and_says_what_it_takes(self, all_true, number, workload):
        assert all_true[number].answer is CANNOT_SAY
        (settle,) = all_true[number].settle
        assert workload in settle

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ([CONFIRMED, CONFIRMED], CONFIRMED),
            ([CONFIRMED, CANNOT_SAY], CANNOT_SAY),
            ([CONFIRMED, NOT_CONFIRMED], NOT_CONFIRMED),
            ([CANNOT_SAY, NOT_CONFIRMED, CONFIRMED], NOT_CONFIRMED),
            ([CANNOT_SAY, CANNOT_SAY], CANNOT_SAY),
            ([], CANNOT_SAY),
        ],
    )
    def test_is_that_of_all_questions_together(self, answers, expected):
        questions = [
            Question("this", None, "", answer, settle="sweep more" if answer is CANNOT_SAY else None)
            for answer in answers
        ]
        found = Verdict(1, "so it is", questions)
        assert found.answer is expected
        assert found.settle == (["sweep more"] if expected is CANNOT_SAY and answers else [])


def total(name: str, cost: Callable[[float], Cost]) -> Callable[[float], dict[str, Any]]:
    return lambda figure: {"totals": {name: cost(figure)}}


def gained(speedup: float) -> Cost:
    """Return what makes n calls faster than n sequential ones by that factor."""
    return lambda call_s, n: n * call_s / speedup


ABOUT_AS_LONG, NOTHING_GAINED = "at most 1.10", "at most 1.05"
BOUNDS = {
    "n waits of threads ÷ one": (1, ABOUT_AS_LONG, total("io_bound threading", at_once)),
    "n waits of processes ÷ one": (1, ABOUT_AS_LONG, total("io_bound multiprocessing", at_once)),
    "processes ÷ threads on I/O": (
        2,
        ABOUT_AS_LONG,
        total("io_bound multiprocessing", lambda figure: at_once(1.001 * figure)),
    ),
    "start of a process ÷ thread": (2, "above 1", lambda figure: {"starts_s": {"multiprocessing": 1e-4 * figure}}),
    "memory of a process": (2, "above 0", lambda figure: {"peaks_mb": {"multiprocessing/spawn": 0.2 + figure}}),
    "speedup of threads": (3, NOTHING_GAINED, total("cpu_bound threading", gained)),
    "efficiency of processes": (
        4,
        "above 0.80",
        total("cpu_bound multiprocessing", lambda figure: gained(2 * figure)),
    ),
    "CPUs kept busy": (4, "above 1", lambda figure: {"busy_cpus": {"multiprocessing": figure}}),
    "overhead on no work": (
        5,
        "at most 0.1",
        total("cpu_bound multiprocessing", lambda figure: on_cpus(2, start_s=figure)),
    ),
    "growth of the overhead": (
        5,
        "at most 0.05",
        total("cpu_bound multiprocessing", lambda figure: on_cpus(2, factor=1 + figure)),
    ),
    "sequential ÷ processes on CPU-bound work": (8, "above 1.05", total("cpu_bound multiprocessing", gained)),
    "threads ÷ processes on CPU-bound work": (
        8,
        "above 1.05",
        total("cpu_bound threading", lambda figure: on_cpus(2, start_s=0.005 * figure, factor=1.02 * figure)),
    ),
    "sequential ÷ threads on I/O": (
        8,
        "above 1.05",
        lambda figure: {"totals": {"io_bound threading": gained(figure), "io_bound multiprocessing": gained(figure)}},
    ),
    "threads ÷ processes on I/O": (
        8,
        NOTHING_GAINED,
        total("io_bound multiprocessing", lambda figure: at_once(1.001 / figure)),
    ),
}


FIRST_BOUNDS = {next(name for name, row in BOUNDS.items() if row[0] == number) for number in TESTABLE}


def figure_beside(bound: str, *, inside: bool) -> float:
    """Return a figure that is a thousandth to one side of a bound."""
    relation, _, limit = bound.rpartition(" ")
    below = inside == (relation == "at most")
    return float(limit) + (-1 if below else 1) * 0.001 * (float(limit) or 1)


INSIDE = {
    1: {"totals": {"io_bound threading": at_once(1.0989), "io_bound multiprocessing": at_once(1.0989)}},
    2: {
        "totals": {"io_bound multiprocessing": at_once(1.001 * 1.0989)},
        "starts_s": {"multiprocessing": 1e-4 * 1.001},
        "peaks_mb": {"multiprocessing/spawn": 0.2 + 0.001},
    },
    3: {"totals": {"cpu_bound threading": gained(1.04895)}},
    4: {"totals": {"cpu_bound multiprocessing": gained(2 * 0.8008)}, "busy_cpus": {"multiprocessing": 1.001}},
    5: {"totals": {"cpu_bound multiprocessing": on_cpus(2, start_s=0.0999, factor=1.04995)}},
    8: {
        "totals": {
            "cpu_bound multiprocessing": gained(1.05105),
            "cpu_bound threading": in_turn,
            "io_bound threading": gained(1.05105),
            "io_bound multiprocessing": gained(1.05105 * 1.04895),
        }
    },
}
"""What brings every figure of a claim a thousandth of its bound near to it."""


class TestBounds:
    @pytest.mark.parametrize("number", TESTABLE)
    def test_a_thousandth_inside_is_confirmed(self, number):
        found = verdict_of(Machine(**INSIDE[number]), number)
        figures = [figure_beside(question.bound, inside=True) for question in found.questions]
        assert [question.found.value for question in found.questions] == pytest.approx(figures, rel=1e-6)
        assert [question.bound for question in found.questions] == [
            row[1] for row in BOUNDS.values() if row[0] == number
        ]
        assert {question.answer for question in found.questions} == {found.answer} == {CONFIRMED}

    @pytest.mark.parametrize(("number", "bound", "changes"), by_name(BOUNDS, BOUNDS.keys() - FIRST_BOUNDS))
    def test_a_thousandth_outside_refutes_that_question_and_the_claim(self, number, bound, changes):
        figure = figure_beside(bound, inside=False)
        found = verdict_of(Machine(**changes(figure)), number)
        (decided,) = [
            question for question in found.questions if question.found.value == pytest.approx(figure, rel=1e-6)
        ]
        assert (decided.bound, decided.answer, found.answer) == (bound, NOT_CONFIRMED, NOT_CONFIRMED)
        assert found.settle == []
        assert {question.answer for question in found.questions if question is not decided} <= {CONFIRMED}

    @pytest.mark.parametrize(
        ("number", "changes", "expected"),
        [
            pytest.param(1, {"totals": {"io_bound threading": at_once(1.1)}}, CONFIRMED, id="at most"),
            pytest.param(8, {"totals": {"cpu_bound multiprocessing": in_turn}}, NOT_CONFIRMED, id="above"),
        ],
    )
    def test_the_bound_itself_is_still_at_most_and_not_yet_above(self, number, changes, expected):
        assert verdict_of(Machine(**changes), number).answer is expected

    def test_are_written_with_the_unit_of_the_figure(self, all_true):
        units = {number: [question.unit for question in all_true[number].questions] for number in (2, 3, 4, 5)}
        assert units == {2: ["×", "×", "MB"], 3: ["×"], 4: ["×", "CPUs"], 5: ["s", "s"]}


ALL_OPEN = dict.fromkeys(TESTABLE, CANNOT_SAY)
ALL_TRUE = dict.fromkeys(TESTABLE, CONFIRMED)
MISSING = {
    "no threads": (
        [case for case in everything() if case.mode != "threading"],
        {**ALL_OPEN, 4: CONFIRMED, 5: CONFIRMED},
    ),
    "no processes": ([case for case in everything() if case.mode != "multiprocessing"], {**ALL_OPEN, 3: CONFIRMED}),
    "only sequential calls": ([case for case in everything() if case.is_baseline], ALL_OPEN),
    "no sequential calls": ([case for case in everything() if not case.is_baseline], ALL_OPEN),
    "one worker alone": (everything(workers=(1,)), ALL_OPEN),
    "no single wait to compare with": (everything(workers=(2,)), {**ALL_TRUE, 1: CANNOT_SAY}),
    "no I/O-bound work": (
        [case for case in everything() if case.workload == "cpu_bound"],
        {**ALL_TRUE, 1: CANNOT_SAY, 2: CANNOT_SAY, 8: CANNOT_SAY},
    ),
    "no CPU-bound work": (
        [case for case in everything() if case.workload == "io_bound"],
        {**ALL_OPEN, 1: CONFIRMED, 2: CONFIRMED},
    ),
    "no fresh interpreter": (everything(WAYS[:3]), {**ALL_TRUE, 2: CANNOT_SAY}),
    "too few sizes": (
        [case for case in everything() if dict(case.params).get("NUM") != 160_000],
        {**ALL_TRUE, 5: CANNOT_SAY},
    ),
}


SOME_MISSING = ("no threads", "no single wait to compare with", "no CPU-bound work", "too few sizes")


class TestMissingData:
    @pytest.mark.parametrize(
        ("cases", "expected"),
        [pytest.param(*row, id=name, marks=() if name in SOME_MISSING else SLOW) for name, row in MISSING.items()],
    )
    def test_leaves_open_what_it_takes_and_answers_the_rest(self, cases, expected):
        found = verdicts(Machine(noise=0.002).sweep(cases))
        assert {number: found[number].answer for number in TESTABLE} == expected
        for number in TESTABLE:
            assert bool(found[number].settle) == (expected[number] is CANNOT_SAY)

    def test_leaves_all_open_where_there_is_no_trial_at_all(self):
        for rows in (0, 3):
            trials = Machine().sweep(everything(), 6).head(rows).assign(status="failed")
            found = verdicts(trials)
            assert {number: found[number].answer for number in TESTABLE} == ALL_OPEN
            assert all(found[number].settle for number in range(1, 9))

    def test_of_one_usable_cpu_leaves_open_what_takes_several_and_says_so(self, of_one_cpu):
        assert of_one_cpu[4].answer is CANNOT_SAY
        (settle,) = of_one_cpu[4].settle
        assert settle.endswith("on a machine with two or more usable CPUs")
        assert [of_one_cpu[number].answer for number in (1, 2)] == [CONFIRMED, CONFIRMED]

    def test_of_a_column_leaves_open_what_it_takes_and_no_more(self):
        missing = dict.fromkeys(["start_latency_s", "peak_rss_bytes", "cpu_s"], float("nan"))
        found = verdicts(Machine(noise=0.002).sweep(everything()).assign(**missing))
        assert {number: found[number].answer for number in TESTABLE} == {**ALL_TRUE, 2: CANNOT_SAY, 4: CANNOT_SAY}
        assert [question.answer for question in found[2].questions] == [CONFIRMED, CANNOT_SAY, CANNOT_SAY]

    def test_of_some_blocks_leaves_as_many_as_have_both_sides(self):
        trials = Machine(noise=0.002).sweep(grid_for(3))
        failed = (trials["mode"] == "threading") & trials["repeat"].isin([1, 2])
        failed |= (trials["mode"] == "sequential") & trials["repeat"].isin([2, 3])
        (question,) = verdict(3, trials.assign(status=trials["status"].mask(failed, "failed"))).questions
        assert question.found.n == 5
        assert question.settle == "repeats: 10 (an interval takes 6 blocks, there are 5)"

    @pytest.mark.parametrize("number", [2, *(pytest.param(number, marks=SLOW) for number in (1, 3, 4, 5, 8))])
    def test_is_made_good_by_sweeping_what_is_advised(self, number):
        """Follow the advice, as a user would: put it into a grid, run that, read the new verdict, and once more."""
        machine = Machine(noise=0.002)
        swept = dict.fromkeys(one for one in grid_for(number) if one.is_baseline and one.calls == 2)
        found = verdict(number, machine.sweep(swept, 10))
        assert found.answer is CANNOT_SAY
        for _ in range(2):
            if found.settle:
                swept |= dict.fromkeys(one for advice in found.settle for one in advised(advice))
                found = verdict(number, machine.sweep(swept, 10))
        assert found.answer is CONFIRMED


def advised(settle: str) -> tuple[Case, ...]:
    axes = yaml.safe_load(f"{{{settle}}}")
    repeats = axes.pop("repeats")
    assert repeats == 10
    return expand(parse_grid("grid.yaml", json.dumps({"matrix": axes, "repeats": repeats})), SETTING).cases


class TestWhichTrialsAreAsked:
    @pytest.mark.parametrize(
        ("own", "swept", "fastest", "expected"),
        [
            ("spawn", ("fork", "spawn"), "fork", "spawn"),
            ("forkserver", ("fork", "spawn"), "spawn", "spawn"),
            pytest.param("fork", ("fork", "spawn", "forkserver"), "spawn", "fork", marks=SLOW),
            pytest.param("spawn", ("fork", "spawn", "forkserver"), "fork", "spawn", marks=SLOW),
            pytest.param("forkserver", ("fork", "spawn"), "fork", "fork", marks=SLOW),
            pytest.param("fork", ("spawn",), "spawn", "spawn", marks=SLOW),
        ],
    )
    def test_the_interpreters_own_start_method_stands_for_processes_or_else_the_fastest(
        self, own, swept, fastest, expected
    ):
        ways = [*WAYS[:2], *(f"multiprocessing/{method}" for method in swept)]
        quick = f"multiprocessing/{fastest}"
        totals = {f"cpu_bound {quick}": on_cpus(2), f"io_bound {quick}": at_once(1.01)}
        found = verdicts(Machine(own_start=own, totals=totals).sweep(everything(ways)))
        for number in (1, 2, 4, 5, 8):
            named = {word.strip(":,") for word in abouts(found[number]).split() if word.startswith("multiprocessing/")}
            assert named == {f"multiprocessing/{expected}"}, number

    def test_the_other_start_methods_are_told_beside_the_answer(self):
        totals = {"cpu_bound multiprocessing/spawn": gained(0.5), "io_bound multiprocessing/spawn": at_once(1.5)}
        found = verdicts(Machine(totals=totals).sweep(LARGEST), of_overhead=False)
        assert found[1].remarks == ["The other start methods, the same ratio: multiprocessing/spawn 1.50 [1.50, 1.50]."]
        assert found[4].remarks == [
            "The other start methods, the same efficiency: multiprocessing/spawn 0.250 [0.250, 0.250]."
        ]
        assert found[1].answer is found[4].answer is CONFIRMED

    @pytest.mark.parametrize(
        ("cpus", "asked"),
        [
            *((2, [2]), (5, [2, 3, 4])),
            *(pytest.param(*row, marks=SLOW) for row in ((3, [2, 3]), (4, [2, 3, 4]), (16, [2, 3, 4, 8]))),
        ],
    )
    def test_the_efficiency_is_asked_at_every_number_of_workers_up_to_the_usable_cpus(self, cpus, asked):
        cases = frames.grid(COUNTS[-1:], workers=(1, 2, 3, 4, 8), ways=WAYS[:3])
        found = verdict(4, Machine(cpus=cpus).sweep(cases))
        efficiencies = [question.about for question in found.questions if question.about.startswith("efficiency")]
        assert [int(about.split(" of ")[1].split()[0]) for about in efficiencies] == asked
        assert found.answer is CONFIRMED

    @pytest.mark.parametrize("bad", [2, 4])
    def test_the_efficiency_of_each_number_of_workers_counts(self, bad):
        slow = {"cpu_bound multiprocessing": lambda call_s, n: call_s * (1.5 if n == bad else 1)}
        cases = frames.grid(COUNTS[-1:], workers=(1, 2, 4), ways=WAYS[:3])
        assert verdict(4, Machine(cpus=4, totals=slow).sweep(cases)).answer is NOT_CONFIRMED

    def test_waits_are_asked_at_the_most_workers_that_both_had_and_computing_within_the_cpus(self):
        cases = frames.grid([COUNTS[-1], WAITS[-1]], (1, 2, 4, 8), WAYS)
        cases = [case for case in cases if case.workers < 8 or case.mode == "threading"]
        found = verdicts(Machine(cpus=2).sweep(cases), of_overhead=False)
        assert all("n = 4" in question.about for question in found[1].questions)
        assert all("4 workers" in question.about for question in found[2].questions)
        assert "speedup of 2 threads" in abouts(found[3])
        assert [question.about.split(", ")[1] for question in found[8].questions] == ["2 workers"] * 2 + [
            "4 workers"
        ] * 2

    def test_the_overhead_is_asked_at_the_most_workers_within_the_cpus(self):
        cases = frames.grid(COUNTS, workers=(2, 3, 4), ways=WAYS[:3])
        found = verdicts(Machine(cpus=3).sweep(cases))[5]
        assert [question.about.split(", ")[1] for question in found.questions] == ["3 with multiprocessing/fork"] * 2
        assert [question.found.value for question in found.questions] == pytest.approx([0.005, 0.02])

    def test_the_ideal_of_more_workers_than_cpus_is_that_of_the_cpus(self):
        found = verdict(5, Machine(cpus=2).sweep(frames.grid(COUNTS, workers=(4,), ways=WAYS[:3])))
        assert [question.found.value for question in found.questions] == pytest.approx([0.005, 0.02])

    def test_the_overhead_does_not_hang_on_threads(self):
        trials = Machine(noise=0.002).sweep(frames.grid(COUNTS, workers=(2,), ways=WAYS[:3]))
        failed = (trials["mode"] == "threading") & (trials["repeat"] > 3)
        without = verdict(5, trials[trials["mode"] != "threading"])
        assert verdict(5, trials.assign(status=trials["status"].mask(failed, "failed"))) == without
        assert without.answer is CONFIRMED

    def test_the_largest_size_is_asked_that_ran_with_more_than_one_worker(self):
        larger = [("cpu_bound", (("NUM", 10**9),)), ("io_bound", (("TIME", 60.0),))]
        cases = frames.grid([*larger, *COUNTS[:3:-1], *WAITS[::-1]], workers=(1, 2), ways=WAYS[:3])
        cases = [case for case in cases if (case.workload, case.params) not in larger or case.calls == 1]
        found = verdicts(Machine().sweep(cases), of_overhead=False)
        for number, work in ((1, "io_bound (TIME = 1)"), (3, "cpu_bound (NUM = 10,240,000)")):
            assert all(question.about.endswith(work) for question in found[number].questions)

    def test_trials_of_strong_scaling_are_not_asked(self):
        larger = [("cpu_bound", (("NUM", 10**8),)), ("io_bound", (("TIME", 9.0),))]
        strong = frames.grid(larger, workers=(1, 4), ways=WAYS[:3], calls=8)
        machine = Machine(noise=0.002)
        mixed, alone = (verdicts(machine.sweep(cases), of_overhead=False) for cases in ([*LARGEST, *strong], strong))
        for number in (1, 2, 3, 4, 8):
            assert mixed[number].answer is CONFIRMED
            assert "100,000,000" not in abouts(mixed[number])
            assert "TIME = 9" not in abouts(mixed[number])
        assert {number: alone[number].answer for number in TESTABLE} == ALL_OPEN

    def test_the_overhead_is_not_asked_of_strong_scaling(self):
        strong = frames.grid(COUNTS, workers=(1, 2), ways=WAYS[:3], calls=8)
        trials = Machine().sweep([*strong, *grid_for(4)])
        assert break_even(trials)["gain"].notna().any()
        assert verdicts(trials)[5].answer is CANNOT_SAY


class TestFreeThreading:
    @pytest.mark.parametrize("threads", [on_cpus(2, start_s=0.0002), in_turn], ids=["gain", "gain nothing"])
    def test_makes_a_claim_about_the_lock_not_apply(self, threads):
        found = verdict_of(Machine(totals={"cpu_bound threading": threads}, gil="off", noise=0.002), 3)
        assert found.answer is Answer.DOES_NOT_APPLY
        assert found.remarks == ["The interpreter lock was off."]
        assert found.settle == []
        assert found.questions[0].found.value == pytest.approx(2 if threads is not in_turn else 1, rel=0.01)

    def test_makes_it_not_apply_on_a_busy_machine_too(self):
        trials = Machine(gil="off").sweep(grid_for(3)).assign(noisy="steal")
        assert verdicts(trials)[3].answer is Answer.DOES_NOT_APPLY

    def test_makes_threads_gain_and_so_contradicts_what_was_claimed_of_them(self):
        parallel = {"cpu_bound threading": on_cpus(2, start_s=0.0002)}
        found = verdicts(Machine(totals=parallel, gil="off", noise=0.002).sweep(everything()))
        assert {number: found[number].answer for number in TESTABLE} == {
            **ALL_TRUE,
            3: Answer.DOES_NOT_APPLY,
            8: NOT_CONFIRMED,
        }

    @pytest.mark.parametrize(("gil", "remarks"), [("on", ["The interpreter lock was on."]), (None, [])])
    def test_is_told_as_far_as_it_is_known(self, gil, remarks):
        assert verdict_of(Machine(gil=gil), 3).remarks == remarks


class TestRefuting:
    """Any of several questions refutes a claim. On the bound, one of seven would by chance in 13 % of sweeps."""

    @staticmethod
    def asked(chance: np.random.Generator, many: int) -> Verdict:
        ratios = 1.1 * np.exp(0.03 * chance.standard_normal((many, 10)))
        return Verdict(1, "so it is", [at_most("this", pd.Series(own), 1.1, "sweep more") for own in ratios])

    @pytest.mark.parametrize("many", [1, 4, 7])
    def test_by_chance_is_as_rare_as_by_one_alone(self, many):
        chance = np.random.default_rng(3)
        found = [self.asked(chance, many) for _ in range(200)]
        alone = sum(one.answer is NOT_CONFIRMED for one in found)
        shared = sum(together(one).answer is NOT_CONFIRMED for one in found)
        assert shared <= 0.05 * len(found)
        assert (alone > shared) == (many > 1)

    def test_says_why_a_question_is_open_whose_interval_lies_beyond_the_bound(self):
        values = [1.15 + 0.01 * place for place in range(10)]
        between = (estimate(values).low + estimate(values, 0.9875).low) / 2
        questions = [at_most("this", pd.Series(values), bound, "sweep more") for bound in (between, 1.3, 1.3, 1.3)]
        assert [one.answer for one in questions] == [NOT_CONFIRMED, CONFIRMED, CONFIRMED, CONFIRMED]
        found = together(Verdict(1, "so it is", questions))
        assert found.answer is CANNOT_SAY
        assert found.questions[0].found == questions[0].found
        (settle,) = found.settle
        assert settle == (
            "the same with repeats: 40, for a narrower interval: "
            "the 98.8 % interval, which counts because the claim has several questions, includes the bound"
        )

    @pytest.mark.parametrize("n", [6, 10, 40])
    def test_widens_an_interval_of_which_no_draws_are_left(self, n):
        found = Estimate(1.0, 0.9, 1.3, n)
        assert widened(found, 0.95) == found
        wide = widened(found, 0.9875)
        assert (1 - wide.low) / 0.1 == pytest.approx((wide.high - 1) / 0.3)
        assert 1.25 < (wide.high - 1) / 0.3 < 1.5
        assert widened(Estimate(1.0, n=3), 0.99).value == 1.0


class TestBusyMachine:
    @staticmethod
    def answers(share: float) -> tuple[set[Answer], set[str]]:
        trials = Machine(noise=0.002).sweep(LARGEST)
        disturbed = int(share * len(trials))
        found = verdicts(trials.assign(noisy=["steal"] * disturbed + [None] * (len(trials) - disturbed)))
        own = [found[number] for number in (1, 2, 3, 4, 8)]
        return {one.answer for one in own}, {settle for one in own for settle in one.settle}

    @pytest.mark.parametrize("share", [0.0, 0.5])
    def test_answers_while_no_more_than_half_of_the_trials_are_disturbed(self, share):
        assert self.answers(share) == ({CONFIRMED}, set())

    def test_answers_nothing_where_more_are(self):
        answers, settle = self.answers(0.75)
        assert answers == {CANNOT_SAY}
        assert settle == {"the same on a quieter machine (`runner doctor`): 96 of 128 trials were disturbed"}

    def test_counts_who_survived_a_crash_all_the_same(self):
        crashed = crashes({"threading": [0], "multiprocessing/fork": [2]})
        parts = [Machine().sweep(grid_for(3)), renumbered(crashed, 1)]
        found = verdicts(pd.concat(parts, ignore_index=True).assign(noisy="steal"), of_overhead=False)
        assert (found[3].answer, found[6].answer) == (CANNOT_SAY, CONFIRMED)


class Plain:
    """The same figures, from the rows of a frame and Python's own statistics."""

    def __init__(self, trials: pd.DataFrame) -> None:
        self.rows = [row for row in trials.to_dict("records") if row["status"] == "ok" and not row["warmup"]]

    def by_block(self, workload: str, way: str, calls: int, value: str = "wall_s") -> dict[int, float]:
        own = [row for row in self.rows if row["way"] == way and row["calls"] == calls]
        return {
            row["repeat"]: row[value]
            for row in own
            if row["workload"] == workload and (row["num"] == 10_240_000 or row["time"] == 1.0)
        }

    def ratio(self, above: dict[int, float], below: dict[int, float]) -> tuple[float, int]:
        ratios = [above[block] / below[block] for block in above if block in below]
        return plain.median(ratios), len(ratios)

    def figures(self) -> dict[int, list[tuple[float, int]]]:
        """Return the expected figures, with their numbers of blocks, of each claim but the fifth."""
        alone, threads, fork, spawn = WAYS

        def io(way: str, value: str = "wall_s", calls: int = 4) -> dict[int, float]:
            return self.by_block("io_bound", way, calls, value)

        def cpu(way: str, value: str = "wall_s") -> dict[int, float]:
            return self.by_block("cpu_bound", way, 2, value)

        peaks = [io(way, "peak_rss_bytes") for way in (spawn, threads, alone)]
        beyond = [
            (peaks[0][block] - (peaks[1][block] - peaks[2][block]) / 4) / 1e6
            for block in peaks[0]
            if block in peaks[1] and block in peaks[2]
        ]
        speedup, blocks = self.ratio(cpu(alone), cpu(fork))
        return {
            1: [self.ratio(io(way), io(alone, calls=1)) for way in (threads, fork)],
            2: [
                self.ratio(io(fork), io(threads)),
                self.ratio(io(fork, "start_latency_s"), io(threads, "start_latency_s")),
                (plain.median(beyond), len(beyond)),
            ],
            3: [self.ratio(cpu(alone), cpu(threads))],
            4: [(speedup / 2, blocks), self.ratio(cpu(fork, "cpu_s"), cpu(fork, "compute_s"))],
            8: [
                (speedup, blocks),
                self.ratio(cpu(threads), cpu(fork)),
                self.ratio(io(alone), io(threads)),
                self.ratio(io(threads), io(fork)),
            ],
        }


class TestFigures:
    @pytest.mark.parametrize(("seed", "blocks"), [(2, 9), pytest.param(1, 4, marks=SLOW)])
    def test_are_the_medians_of_what_was_found_within_blocks(self, seed, blocks):
        chance = random.Random(seed)
        machine = Machine(noise=0.2, drift=0.5)
        trials = machine.sweep(frames.grid([COUNTS[0], COUNTS[-1], *WAITS], workers=(1, 2, 4), ways=WAYS), blocks)
        trials = trials.assign(
            status=[chance.choice(["ok"] * 9 + ["failed"]) for _ in range(len(trials))],
            warmup=[int(chance.random() < 0.05) for _ in range(len(trials))],
        )
        found, expected = verdicts(trials, of_overhead=False), Plain(trials).figures()
        for number, figures in expected.items():
            estimates = [question.found for question in found[number].questions]
            assert [estimate.value for estimate in estimates] == pytest.approx([value for value, _ in figures])
            assert [estimate.n for estimate in estimates] == [count for _, count in figures]

    def test_of_the_overhead_are_the_line_through_the_sizes(self):
        machine = Machine(noise=0.01)
        trials = machine.sweep(grid_for(5))
        table = break_even(trials)
        (row,) = table[(table["way"] == "multiprocessing/fork") & (table["against"] == "sequential")].to_dict("records")
        start, growth = (question.found for question in verdicts(trials)[5].questions)
        assert (start.value, start.low, start.high) == (row["start_s"], row["start_low"], row["start_high"])
        assert [growth.value, growth.low, growth.high] == pytest.approx(
            [2 * row["gain"] - 1, 2 * row["gain_low"] - 1, 2 * row["gain_high"] - 1]
        )
        assert start.n == BLOCKS

    def test_do_not_hang_on_the_order_of_the_rows_and_leave_the_trials_as_they_are(self):
        trials = Machine(noise=0.1).sweep(grid_for(8))
        before = trials.copy(deep=True)
        shuffled = verdicts(trials.sample(frac=1, random_state=7), of_overhead=False)
        assert shuffled == verdicts(trials, of_overhead=False)
        pd.testing.assert_frame_equal(trials, before)


class TestWhatIsNoEvidence:
    @pytest.mark.parametrize(
        ("wait_s", "answer"),
        [pytest.param(0.1, CANNOT_SAY, marks=SLOW), (0.99, CANNOT_SAY), (1.0, NOT_CONFIRMED)],
    )
    def test_a_short_wait_does_not_refute_that_waits_overlap(self, wait_s, answer):
        cases = frames.grid([("io_bound", (("TIME", wait_s),))], (1, 2), WAYS)
        slow = Machine(totals={"io_bound multiprocessing": at_once(1.5)})
        every = verdicts(slow.sweep(cases), of_overhead=False)
        for found in (every[1], every[2]):
            assert found.answer is answer
            assert [settle for settle in found.settle if "TIME: 1," in settle] == found.settle
            assert bool(found.settle) == (answer is CANNOT_SAY)

    @pytest.mark.parametrize("number", [3, 4, 5, 8])
    def test_one_usable_cpu_says_nothing_of_what_runs_in_parallel(self, of_one_cpu, number):
        assert of_one_cpu[number].answer is CANNOT_SAY
        assert any("two or more usable CPUs" in settle for settle in of_one_cpu[number].settle)

    def test_processes_are_those_that_were_run_with_that_many_workers(self):
        cases = [one for one in LARGEST if (one.start_method, one.workers) != ("fork", 2)]
        found = verdicts(Machine().sweep(cases), of_overhead=False)
        assert "multiprocessing/spawn" in found[1].questions[1].about
        assert found[1].answer is CONFIRMED

    def test_threads_need_no_processes_at_their_side(self):
        cases = [*frames.grid(COUNTS[-1:], (2,), WAYS[:2]), *frames.grid(COUNTS[-1:], (4,), WAYS[2:3])]
        assert verdicts(Machine(cpus=4).sweep(cases))[3].answer is CONFIRMED

    def test_the_growth_of_the_overhead_says_how_many_blocks_it_is_from(self):
        few = verdicts(Machine().sweep(grid_for(5), 5))[5]
        assert [question.found.n for question in few.questions] == [5, 5]
        assert few.settle == ["repeats: 10 (an interval takes 6 blocks, there are 5)"]


CRASH = ("crashing", (("NUM", 1_000_000),))
EXAMPLES = Path(__file__).parents[2] / "examples"
CHANNELS = ("pass_by_pipe", "pass_by_queue", "pass_by_shared_memory")


def crashes(survived: Mapping[str, Sequence[int]], blocks: int = 10, workers: int = 3) -> pd.DataFrame:
    """Return trials that crashed, the calls that survived in each way taken in turn."""
    ways = ("sequential", *survived)
    trials = frames.steady(frames.grid([CRASH], (workers,), ways), blocks).assign(status="crashed", wall_s=float("nan"))
    known = {"sequential": [0], **survived}
    return trials.assign(
        survived=[
            float(known[way][block % len(known[way])])
            for way, block in zip(trials["way"], trials["repeat"], strict=True)
        ]
    )


class TestIsolation:
    @pytest.mark.parametrize(
        ("survived", "expected"),
        [
            pytest.param({"threading": [0], "multiprocessing/fork": [2]}, [CONFIRMED, CONFIRMED], marks=SLOW),
            pytest.param({"threading": [0], "multiprocessing/fork": [0]}, [NOT_CONFIRMED, CONFIRMED], marks=SLOW),
            ({"threading": [0], "multiprocessing/fork": [1]}, [NOT_CONFIRMED, CONFIRMED]),
            ({"threading": [2], "multiprocessing/fork": [2]}, [CONFIRMED, NOT_CONFIRMED]),
            ({"threading": [0], "multiprocessing/fork": [2, 2, 2, 2, 2, 1]}, [CANNOT_SAY, CONFIRMED]),
            ({"threading": [0], "multiprocessing/fork": [0, 2]}, [CANNOT_SAY, CONFIRMED]),
            ({"multiprocessing/fork": [2]}, [CONFIRMED, CANNOT_SAY]),
            ({"threading": [0]}, [CANNOT_SAY]),
            ({"thread_pool": [0], "process_pool/fork": [2]}, [CANNOT_SAY]),
        ],
        ids=str,
    )
    def test_is_the_share_of_the_others_that_came_to_their_end(self, survived, expected):
        found = verdict(6, crashes(survived))
        assert [question.answer for question in found.questions] == expected

    @pytest.mark.parametrize(
        ("blocks", "answer", "bounds"),
        [
            (8, CANNOT_SAY, ["above 0.7", "at most 0.3"]),
            (10, CONFIRMED, ["above 0.7", "at most 0.3"]),
            (30, CONFIRMED, ["above 0.9", "at most 0.1"]),
        ],
    )
    def test_takes_nine_crashes_and_shows_more_with_thirty(self, blocks, answer, bounds):
        found = verdict(6, crashes({"threading": [0], "multiprocessing/fork": [2]}, blocks))
        assert found.answer is answer
        assert [question.bound for question in found.questions] == bounds

    @pytest.mark.parametrize("blocks", [10, 30, 60])
    def test_is_not_confirmed_by_all_trials_but_one(self, blocks):
        """The median of 9 trials of 10 was 1.00 [1.00, 1.00]."""
        question, _ = verdict(
            6, crashes({"threading": [0], "multiprocessing/fork": [2] * (blocks - 1) + [1]}, blocks)
        ).questions
        assert question.answer is CANNOT_SAY
        assert question.found.value == pytest.approx(1 - 1 / blocks)
        assert question.found.low < question.found.value < question.found.high < 1

    @pytest.mark.parametrize(
        ("happened", "n", "low", "high"),
        [
            (10, 10, 0.7411, 1),
            (0, 10, 0, 0.2589),
            (30, 30, 0.9050, 1),
            (9, 10, 0.6058, 0.9949),
            (5, 10, 0.2224, 0.7776),
        ],
    )
    def test_has_an_exact_interval(self, happened, n, low, high):
        """As in tables of the binomial distribution: each end leaves 5 % to what is at least as far from it."""
        found = proportion(happened, n, 0.95)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)

    def test_counts_all_ways_in_a_remark(self):
        ways = {"threading": [0], "multiprocessing/fork": [2], "multiprocessing/spawn": [1], "process_pool/fork": [0]}
        (remark,) = verdict(6, crashes(ways)).remarks
        assert remark.endswith(
            ": threading 0 of 20; multiprocessing/fork 20 of 20; multiprocessing/spawn 10 of 20; "
            "process_pool/fork 0 of 20."
        )

    def test_does_not_take_what_crashed_by_accident_for_an_answer(self):
        trials = crashes({"threading": [0], "multiprocessing/fork": [2]}).assign(workload="cpu_bound")
        assert verdict(6, trials).answer is CANNOT_SAY
        assert claims.crashes(trials).empty

    @SLOW
    def test_leaves_the_other_claims_as_they_are(self):
        working = Machine(noise=0.002).sweep(everything())
        crashed = renumbered(crashes({"threading": [0], "multiprocessing/fork": [2]}), 1)
        both = pd.concat([working, crashed], ignore_index=True)
        found = verdicts(both)
        assert {number: found[number].answer for number in TESTABLE} == ALL_TRUE
        assert found[6].answer is CONFIRMED


def handed(
    channels: Sequence[str] = CHANNELS,
    sizes: Sequence[int] = (1_000, 10_000_000),
    modes: Sequence[str] = ("threading", "multiprocessing/fork"),
    byte_s: Mapping[str, float] | None = None,
    start_s: Mapping[str, float] | None = None,
    blocks: int = 6,
) -> pd.DataFrame:
    """Return trials that hand data over: by default processes take a nanosecond a byte, and threads none."""
    a_byte, start = byte_s or {"multiprocessing": 1e-9, "process_pool": 1e-9}, start_s or {}
    works = [(channel, (("SIZE", size),)) for channel in channels for size in sizes]

    def seconds(one: Case) -> float:
        return start.get(one.mode, 1e-4) + a_byte.get(one.mode, 0.0) * dict(one.params)["SIZE"]

    return frames.trials({one: seconds(one) for one in frames.grid(works, (2,), modes)}, blocks)


class TestHandingOver:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, [CONFIRMED, CONFIRMED]),
            ({"byte_s": {"multiprocessing": 1e-12}}, [NOT_CONFIRMED, CONFIRMED]),
            pytest.param(
                {"byte_s": {"multiprocessing": 1e-9, "threading": 1e-9}}, [NOT_CONFIRMED, CONFIRMED], marks=SLOW
            ),
            ({"byte_s": {"x": 0.0}, "start_s": {"multiprocessing": 1e-2}}, [CONFIRMED, NOT_CONFIRMED]),
            ({"sizes": (10_000,)}, [NOT_CONFIRMED, CANNOT_SAY]),
            ({"modes": ("multiprocessing/fork",)}, [CANNOT_SAY]),
            pytest.param({"modes": ("threading",)}, [CANNOT_SAY], marks=SLOW),
            ({"blocks": 5}, [CANNOT_SAY, CANNOT_SAY]),
        ],
        ids=str,
    )
    def test_is_what_a_call_takes_beside_threads_and_how_that_grows(self, changes, expected):
        found = verdict(7, handed(CHANNELS[:1], **changes))
        assert [question.answer for question in found.questions] == expected

    @pytest.mark.parametrize(
        ("byte_s", "expected"),
        [
            ({"process_pool": 1e-9}, CONFIRMED),
            ({"process_pool": 1e-9, "thread_pool": 1.5e-9}, NOT_CONFIRMED),
            ({"thread_pool": 1e-9}, NOT_CONFIRMED),
        ],
        ids=str,
    )
    def test_as_arguments_is_by_how_much_more_the_total_grows(self, byte_s, expected):
        dear = {"process_pool": 0.05}
        trials = handed(["pass_by_argument"], modes=("thread_pool", "process_pool/fork"), byte_s=byte_s, start_s=dear)
        (question,) = verdict(7, trials).questions
        assert (question.answer, question.unit) == (expected, "ms")
        assert question.found.value == pytest.approx(
            1e3 * (1e7 - 1e3) * (byte_s.get("process_pool", 0) - byte_s.get("thread_pool", 0)) / 2
        )

    def test_asks_of_every_channel_that_was_swept(self):
        assert [len(verdict(7, handed(CHANNELS[:many])).questions) for many in (1, 3)] == [2, 6]


class TestShippedGrid:
    def test_answers_all_eight_claims(self):
        grid = yaml.safe_load((EXAMPLES / "claims.yaml").read_text(encoding="utf-8"))
        parts = [_cases(axes) for axes in (grid["matrix"], *grid["include"])]
        cases = {one: None for part in parts for one in part}
        cases |= {one.baseline(): None for one in cases}
        studied = [one for one in cases if one.workload in ("cpu_bound", "io_bound")]
        passing = [one for one in cases if one.workload.startswith("pass_by")]
        crashing = [one for one in cases if one.workload == "crashing"]
        assert len(studied) + len(passing) + len(crashing) == len(cases)
        blocks = int(grid["repeats"])
        seconds = {one: 1e-3 + 1e-9 * dict(one.params)["SIZE"] * ("process" in one.mode) for one in passing}
        crashed = frames.steady(crashing, blocks).assign(status="crashed")
        survived = crashed["mode"].eq("multiprocessing") * (crashed["calls"] - 1.0)
        parts = [Machine(noise=0.002).sweep(studied, blocks), frames.trials(seconds, blocks)]
        parts += [crashed.assign(survived=survived)]
        found = verdicts(pd.concat(map(renumbered, parts, itertools.count()), ignore_index=True))
        assert {number: one.answer for number, one in found.items()} == dict.fromkeys(range(1, 9), CONFIRMED)


def renumbered(trials: pd.DataFrame, place: int) -> pd.DataFrame:
    """Return a frame whose cases have numbers of their own."""
    return trials.assign(**{name: trials[name] + 1_000 * place for name in ("case_id", "baseline_id")})


def _cases(axes: Mapping[str, Any]) -> list[Case]:
    """Multiply axes out as the runner does, where the interpreter's own start method is fork."""
    given = {name: value if isinstance(value, list) else [value] for name, value in axes.items()}
    params = [name for name in given if name in ("NUM", "TIME", "SIZE")]
    works = [
        (workload, tuple(zip(params, values, strict=True)))
        for workload in given["workload"]
        for values in itertools.product(*(map(_value, given[name]) for name in params))
    ]
    ways = [
        f"{mode}/{method}" if "process" in mode else mode
        for mode in given["mode"]
        for method in given.get("start_method", ["fork"])
    ]
    return frames.grid(works, given["workers"], ways)


def _value(written: Any) -> Any:
    """Read a number as YAML 1.2 with underscores has it."""
    return int(str(written).replace("_", "")) if isinstance(written, str) else written
