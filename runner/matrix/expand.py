"""From a grid to its cases. Pure: what the machine can do comes in as a `Platform`."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from runner.harness.modes import MODES, STARTS_PROCESSES
from runner.matrix.case import SEQUENTIAL, Case
from runner.matrix.grid import Axes, Grid, Rule, parameters_of
from runner.matrix.problems import GridProblems, Location

MOST_CASES = 1_000_000
MOST_TRIALS = 5_000_000

Point = Mapping[str, Any]
"""One combination of the axes that mean something for it."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What the interpreter and the host under test offer."""

    python: str
    usable_cpus: int
    start_methods: tuple[str, ...]
    default_start_method: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Platform":
        """Pick it from what a probe replied (see ``runner.harness.facts``)."""
        interpreter = facts["interpreter"]
        return cls(
            python=interpreter["label"],
            usable_cpus=facts["host"]["usable_cpus"],
            start_methods=tuple(interpreter["start_methods"]),
            default_start_method=interpreter["default_start_method"],
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cases of a grid on a platform, and how they came about."""

    cases: tuple[Case, ...]
    """No duplicates; the baseline of every concurrent case is among them."""
    axes: Axes
    """The matrix with absent axes filled in."""
    removed: tuple[int, ...]
    """Cases that each `exclude` rule took out; a case that two rules match counts for the first."""
    added_baselines: tuple[Case, ...]


def expand(grid: Grid, platform: Platform) -> Matrix:
    """Multiply `grid` out. Raises GridProblems for what this platform lacks and for a matrix that is too large."""
    main = _filled(grid.spec.matrix, platform)
    parts: list[tuple[Location, Axes]] = [(("matrix",), main)]
    parts += [(("include", index), _filled(axes, platform)) for index, axes in enumerate(grid.spec.include)]
    _refuse(grid, _lacking(parts, platform) + _too_many(sum(_count(axes) for _, axes in parts), grid))

    removed = [0] * len(grid.spec.exclude)
    cases: dict[Case, None] = {}
    unshareable: list[tuple[Location, str]] = []
    for location, axes in parts:
        for point in _points(axes):
            rule = _excluded_by(grid.spec.exclude, point) if location == ("matrix",) else None
            case = _case(point, platform)
            if rule is not None:
                removed[rule] += 1
            elif case.calls < case.workers:
                unshareable.append(((*location, "calls"), _unshareable(case)))
            else:
                cases[case] = None
    _refuse(grid, list(dict.fromkeys(unshareable)))
    if not cases:
        _refuse(grid, [(("exclude",), "every case is excluded: there is nothing to run")])

    baselines = dict.fromkeys(case.baseline() for case in cases if not case.is_baseline)
    added = tuple(baseline for baseline in baselines if baseline not in cases)
    _refuse(grid, _too_many(len(cases) + len(added), grid))
    return Matrix((*cases, *added), main, tuple(removed), added)


def default_workers(usable_cpus: int) -> tuple[int, ...]:
    """Return 1, 2, 4, … up to and including the usable CPUs."""
    powers = [2**exponent for exponent in range(usable_cpus.bit_length())]
    return tuple(dict.fromkeys([*(power for power in powers if power <= usable_cpus), usable_cpus]))


def _filled(axes: Axes, platform: Platform) -> Axes:
    defaults = {
        "workers": default_workers(platform.usable_cpus),
        "mode": tuple(MODES),
        "start_method": (platform.default_start_method,),
    }
    given = {axis: tuple(dict.fromkeys(values)) for axis, values in axes.given().items()}
    return axes.model_copy(update={**defaults, **given})


def _lacking(parts: list[tuple[Location, Axes]], platform: Platform) -> list[tuple[Location, str]]:
    return [
        (
            (*location, "start_method"),
            f"{platform.python} lacks the start method {method} here; it has {', '.join(platform.start_methods)}",
        )
        for location, axes in parts
        for method in axes.start_method
        if method not in platform.start_methods
    ]


def _too_many(cases: int, grid: Grid) -> list[tuple[Location, str]]:
    trials = cases * (grid.spec.repeats + grid.spec.warmup)
    if cases > MOST_CASES:
        return [(("matrix",), f"{cases:,} cases, and a sweep can have at most {MOST_CASES:,}: shorten some axes")]
    if trials > MOST_TRIALS:
        return [(("repeats",), f"{trials:,} trials, and a sweep can have at most {MOST_TRIALS:,}: repeat less")]
    return []


def _count(axes: Axes) -> int:
    """Count the cases of `axes`, duplicates included, without making them."""
    arguments = sum(
        math.prod(len(getattr(axes, name)) for name in parameters_of(workload)) for workload in axes.workload
    )
    ways = sum(
        len(axes.start_method if mode in STARTS_PROCESSES else (None,)) * _count_sizes(axes, mode) for mode in axes.mode
    )
    return arguments * ways


def _count_sizes(axes: Axes, mode: str) -> int:
    """Return ``len(_sizes(axes, mode))``."""
    calls = len(axes.calls) or 1
    return calls if axes.calls and mode == SEQUENTIAL else calls * len(axes.workers)


def _sizes(axes: Axes, mode: str) -> list[dict[str, int]]:
    """Return the points of `workers` and `calls`. With fixed calls, sequential mode has no use for `workers`."""
    if not axes.calls:
        return [{"workers": workers} for workers in axes.workers]
    if mode == SEQUENTIAL:
        return [{"calls": calls} for calls in axes.calls]
    return [{"workers": workers, "calls": calls} for workers, calls in product(axes.workers, axes.calls)]


def _points(axes: Axes) -> Iterator[Point]:
    """Yield each combination, with only the axes that mean something for it."""
    for workload in axes.workload:
        names = parameters_of(workload)
        for values in product(*(getattr(axes, name) for name in names)):
            work = {"workload": workload, **dict(zip(names, values, strict=True))}
            for mode in axes.mode:
                methods = [{"start_method": method} for method in axes.start_method]
                for method, size in product(methods if mode in STARTS_PROCESSES else [{}], _sizes(axes, mode)):
                    yield {**work, "mode": mode, **method, **size}


def _excluded_by(rules: tuple[Rule, ...], point: Point) -> int | None:
    for index, rule in enumerate(rules):
        if all(axis in point and point[axis] in values for axis, values in rule.given().items()):
            return index
    return None


def _case(point: Point, platform: Platform) -> Case:
    """As in the study, each worker makes one call unless `calls` fixes their number."""
    sequential = point["mode"] == SEQUENTIAL
    return Case(
        workload=point["workload"],
        params=tuple((name, point[name]) for name in parameters_of(point["workload"])),
        mode=point["mode"],
        start_method=point.get("start_method"),
        workers=1 if sequential else point["workers"],
        calls=point["calls"] if "calls" in point else point["workers"],
        python=platform.python,
    )


def _unshareable(case: Case) -> str:
    return (
        f"{case.calls} calls cannot be shared out among {case.workers} workers: "
        f"raise calls, or exclude {{workers: {case.workers}, calls: {case.calls}}}"
    )


def _refuse(grid: Grid, found: list[tuple[Location, str]]) -> None:
    if found:
        raise GridProblems(grid.source.path, [grid.source.problem(location, message) for location, message in found])
