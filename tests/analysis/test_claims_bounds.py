"""The bounds of the claims: which figure is compared with which, and on which side it confirms."""

from collections.abc import Callable
from typing import Any

import pytest
from support.claims import (
    CONFIRMED,
    NOT_CONFIRMED,
    TESTABLE,
    Cost,
    Machine,
    at_once,
    by_name,
    gained,
    in_turn,
    on_cpus,
    verdict_of,
)


def total(name: str, cost: Callable[[float], Cost]) -> Callable[[float], dict[str, Any]]:
    return lambda figure: {"totals": {name: cost(figure)}}


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
