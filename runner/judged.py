"""The figures that a goal judges, of what was measured so far. No input or output."""

import math
from collections.abc import Iterable

from runner.history import History
from runner.matrix.case import Case
from runner.numbers.medians import Estimate
from runner.numbers.stopping import at_look, last_look, precision


def judged_of(cases: Iterable[Case]) -> list[Case]:
    """Return the cases that have a figure of their own: all but those that others of them are compared with."""
    cases = list(cases)
    compared_with = {case.baseline() for case in cases if not case.is_baseline}
    return [case for case in cases if case not in compared_with]


def widest(cases: Iterable[Case], blocks: int, history: History) -> Estimate | None:
    """Return the least precise figure of these cases as of the last look at each; None if there was no look yet.

    Not as of now: the draws that an interval takes are made anew for each number of values, at a tenth of a second.
    """
    found = (figures(case, blocks, history) for case in judged_of(cases))
    looked_at = (values[: last_look(len(values))] for values in found)
    return max((at_look(values) for values in looked_at if values), key=precision, default=None)


def reached(cases: Iterable[Case], blocks: int, history: History) -> float:
    """Return the precision of the least precise figure; infinite if there is none, or it has no interval.

    Cases that have never succeeded have no figure.
    """
    found = (figures(case, blocks, history) for case in judged_of(cases))
    return max((precision(at_look(values)) for values in found if values), default=math.inf)


def figures(case: Case, blocks: int, history: History) -> list[float]:
    """Return the figure of a case in each of the first `blocks` blocks: the speedup, else the time in ns.

    A ratio is of trials of one block on one host. There are none if the case has never succeeded.
    """
    own = {
        repeat: done
        for repeat, done in history.of(case.key).items()
        if repeat <= blocks and done.wall_ns is not None and done.wall_ns > 0
    }
    others = {} if case.is_baseline else history.of(case.baseline().key)
    ratios = [
        other.wall_ns / done.wall_ns
        for repeat, done in own.items()
        if (other := others.get(repeat)) and other.wall_ns is not None and other.host == done.host and done.wall_ns
    ]
    return ratios or [float(done.wall_ns) for done in own.values() if done.wall_ns]
