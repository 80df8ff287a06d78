"""The answer of a sweep, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.numbers.medians import Estimate

MOST_MODES = 2
"""Beside the best one, in a sentence; of more, the fastest."""


@dataclass(frozen=True, slots=True)
class Speedup:
    """The speedup of a way of running over sequential calls."""

    way: str
    """Mode and start method."""
    mode: str
    workers: int
    over_sequential: Estimate


def speedups(work: str, found: Sequence[Speedup]) -> str:
    """Return a sentence about all speedups of one work, of which there is at least one: the best, and that of others.

    Of those that are equal the last one is the best.
    """
    *slower, best = sorted(found, key=lambda one: one.over_sequential.value)
    others: dict[str, Speedup] = {}
    for one in reversed(slower):
        if one.mode != best.mode:
            others.setdefault(one.mode, one)
    shown = reversed([*others.values()][:MOST_MODES])
    rest = "".join(f"; the best with {one.mode} was {_times(one)} ({_way(one)})" for one in shown)
    return f"{work}: {_way(best)} was {_times(best)} as fast as sequential calls{rest}."


def tied(fastest: str, others: str) -> str:
    """Return a sentence about the fastest way and those that are not shown to be slower."""
    return f"By the time of a call, the fastest is {fastest} or one of those tied with it: {others}."


def _way(one: Speedup) -> str:
    return f"{one.way} ×{one.workers}"


def _times(one: Speedup) -> str:
    return one.over_sequential.written(" times")
