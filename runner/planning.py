"""Plan a sweep: what it would run, and how long that would take. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.blocks import Source
from runner.examine import examine
from runner.executors import Host
from runner.goals import goal_of
from runner.here import given_or_here
from runner.history import History
from runner.interrupt import Interrupt
from runner.matrix import grid as grids
from runner.matrix.expand import expand
from runner.matrix.grid import Grid, grid_of
from runner.matrix.matrix import Matrix
from runner.matrix.overrides import NO_OPTIONS, Given, given
from runner.signals import interruptible
from runner.store.location import DEFAULT, resolve
from runner.store.opening import state_of
from runner.store.read import Reader
from runner.store.schema import State

ASYNC_MODES = ("sequential", "asyncio")
"""Modes of a coroutine function if none is named."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep would run."""

    grid: Grid
    matrix: Matrix
    source: Source
    """The trials that are left, in the order given by the seed."""
    durations_ns: Mapping[str, float]
    """Average duration of earlier trials of each case, by the case's key."""
    unfinished: int | None
    """Number of the newest unfinished sweep of the same grid text."""
    seed: int | None
    """None if it is drawn when the sweep begins."""
    store: Path


def plan(
    matrix: str | Path | Mapping[str, Any],
    *,
    store: str | Path = DEFAULT,
    overrides: Mapping[str, Any] = NO_OPTIONS,
    words: Sequence[str] = (),
    interrupt: Interrupt | None = None,
    host: Host | None = None,
) -> Plan:
    """Return what `sweep` would run, with the durations of earlier trials from the store. Writes nothing.

    `overrides` and `words` are as in `sweep`.

    Raises BadInput and ExecutorBroken.
    """
    grid = grid_of(matrix, given(overrides, words))
    with interruptible(interrupt) as stop:
        with given_or_here(host) as there:
            under_test = examine(grid, there, stop)
        cases = expand(grid, under_test.setting)
        stop.heed()
        found = _planned(grid, cases, resolve(str(store)))
        stop.heed()
    return found


def grid_of_words(function: str, given: Given, host: Host, interrupt: Interrupt) -> Grid:
    """Return the grid of one function that words spell; a coroutine function runs in asyncio. Raises BadInput."""
    grid = grids.grid_of_words(function, given)
    if ("matrix", "mode") in given or not grid.own_functions:
        return grid
    found = examine(grid, host, interrupt).setting.functions.values()
    is_async = all(workload.takes["async"] for own in found for workload in own.values())
    return grids.grid_of_words(function, given, ASYNC_MODES) if is_async else grid


def _planned(grid: Grid, cases: Matrix, path: Path) -> Plan:
    durations_ns: Mapping[str, float] = {}
    unfinished: Mapping[str, Any] | None = None
    history = History()
    if state_of(path) is State.CURRENT:  # reading an older store would upgrade it
        with Reader(path) as reader:
            durations_ns = reader.durations_ns([case.key for case in cases.cases])
            unfinished = reader.newest(unfinished=True, grid_sha256=grid.text_sha256)
            if unfinished is not None:
                history = reader.history(unfinished["id"])
    spec = grid.spec
    seed = unfinished["seed"] if unfinished else spec.seed
    source = Source(cases.cases, goal_of(spec.goal), spec.warmup, seed or 0, history)
    return Plan(grid, cases, source, durations_ns, unfinished["id"] if unfinished else None, seed, path)
