"""The points of a matrix: each combination of the axes that mean something for it."""

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from runner.axes import IN_A_GRID
from runner.harness.modes import MODES, STUDY_MODES
from runner.matrix.case import SEQUENTIAL
from runner.matrix.setting import Setting
from runner.matrix.spec import RESERVED, Axes
from runner.matrix.values import CURRENT
from runner.matrix.workload import Workload

Point = Mapping[str, Any]
"""Values by axis."""

CONDITIONS = ("python", *IN_A_GRID)
"""Axes that mean something for every case."""


def default_workers(usable_cpus: int) -> tuple[int, ...]:
    """Return 1, 2, 4, … up to and including the usable CPUs."""
    powers = [2**exponent for exponent in range(usable_cpus.bit_length())]
    return tuple(dict.fromkeys([*(power for power in powers if power <= usable_cpus), usable_cpus]))


def filled(axes: Axes, setting: Setting) -> Axes:
    """Return the axes with each value once and with the defaults of those that are absent."""
    given = {axis: _once_each(values) for axis, values in axes.given().items()}
    platforms = [setting.platforms[python] for python in given.get("python", (CURRENT,))]
    defaults = {
        "workers": default_workers(min(platform.usable_cpus for platform in platforms)),
        "mode": STUDY_MODES,
        "start_method": tuple(dict.fromkeys(platform.default_start_method for platform in platforms)),
    }
    return axes.model_copy(update={**defaults, **given})


def _once_each(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Drop repeated values; sets of variables are dicts, which cannot be hashed."""
    seen: dict[Any, Any] = {}
    for value in values:
        seen.setdefault(tuple(sorted(value.items())) if isinstance(value, dict) else value, value)
    return tuple(seen.values())


def count(axes: Axes, setting: Setting) -> int:
    """Count the points of filled axes without making them."""
    python = setting.platforms[(axes.python or (CURRENT,))[0]].python
    arguments = sum(
        math.prod(len(values) for values in _arguments(axes, setting.workload(name, python)).values())
        for name in axes.workload
    )
    conditions = math.prod(len(axes.values(axis)) or 1 for axis in CONDITIONS)
    ways = sum(
        len(axes.start_method if MODES[mode].starts_processes else (None,)) * _count_sizes(axes, mode)
        for mode in axes.mode
    )
    return arguments * conditions * ways


def points(axes: Axes, given: Axes, setting: Setting) -> Iterator[Point]:
    """Yield the points of filled axes. Where `given` has no start methods, each interpreter has its own default."""
    named = {axis: axes.values(axis) for axis in CONDITIONS if axes.values(axis)} | {
        "python": axes.python or (CURRENT,)
    }
    for name in axes.workload:
        for values in product(*named.values()):
            conditions = dict(zip(named, values, strict=True))
            platform = setting.platforms[conditions["python"]]
            methods = axes.start_method if given.start_method else (platform.default_start_method,)
            arguments = _arguments(axes, setting.workload(name, platform.python))
            for chosen in product(*arguments.values()):
                work = {"workload": name, **dict(zip(arguments, chosen, strict=True)), **conditions}
                yield from ({**work, **way} for way in _ways(axes, methods))


def _arguments(axes: Axes, workload: Workload) -> dict[str, tuple[Any, ...]]:
    """Return the axes that are arguments of the workload, with their values."""
    return dict(workload.arguments({name: values for name, values in axes.given().items() if name not in RESERVED}))


def _ways(axes: Axes, methods: tuple[str, ...]) -> Iterator[Point]:
    for mode in axes.mode:
        own = [{"start_method": method} for method in methods] if MODES[mode].starts_processes else [{}]
        for method, size in product(own, _sizes(axes, mode)):
            yield {"mode": mode, **method, **size}


def _sizes(axes: Axes, mode: str) -> list[dict[str, int]]:
    """Return the points of `workers` and `calls`. With fixed calls, sequential mode has no use for `workers`."""
    if not axes.calls:
        return [{"workers": workers} for workers in axes.workers]
    if mode == SEQUENTIAL:
        return [{"calls": calls} for calls in axes.calls]
    return [{"workers": workers, "calls": calls} for workers, calls in product(axes.workers, axes.calls)]


def _count_sizes(axes: Axes, mode: str) -> int:
    """Return ``len(_sizes(axes, mode))``."""
    calls = len(axes.calls) or 1
    return calls if axes.calls and mode == SEQUENTIAL else calls * len(axes.workers)
