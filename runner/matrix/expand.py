"""From a grid to its cases. Pure: what the machine can do comes in as `Platform`s."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

from runner.facts import Probe
from runner.harness import placement
from runner.harness.modes import MODES, STARTS_PROCESSES, STUDY_MODES
from runner.matrix.arguments import unfit_arguments
from runner.matrix.case import SEQUENTIAL, Case, omitted
from runner.matrix.grid import RESERVED, Axes, Grid, Rule
from runner.matrix.problems import GridProblems, Location
from runner.matrix.values import CURRENT
from runner.matrix.workload import Workload, builtin, is_own

MOST_CASES = 1_000_000
MOST_TRIALS = 5_000_000

Point = Mapping[str, Any]
"""One combination of the axes that mean something for it."""

NEEDS = {"interpreter_pool": "needs Python 3.14 or newer"}
"""What a mode takes that not every interpreter has."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What an interpreter and the host under test offer."""

    python: str
    """Label of the interpreter."""
    usable_cpus: int
    start_methods: tuple[str, ...]
    default_start_method: str
    modes: tuple[str, ...] = MODES
    free_threaded: bool = False
    """Whether the build can do without the interpreter lock."""
    gil: bool | None = True
    """Whether the lock is on when nobody says otherwise; None where the interpreter cannot tell."""
    allowed_cpus: tuple[int, ...] = ()
    executable: str = ""

    @classmethod
    def of(cls, probe: Probe) -> "Platform":
        """Return what a probe says of it."""
        interpreter = probe.interpreter
        return cls(
            python=interpreter.label,
            usable_cpus=probe.host.usable_cpus,
            start_methods=interpreter.start_methods,
            default_start_method=interpreter.default_start_method,
            modes=interpreter.modes,
            free_threaded=interpreter.free_threaded_build,
            gil=interpreter.gil,
            allowed_cpus=probe.allowed_cpus,
            executable=interpreter.executable,
        )

    @property
    def version(self) -> tuple[str, ...]:
        """Return implementation, major and minor version: what builds have in common that differ in the lock alone."""
        implementation, _, numbers = self.python.partition(" ")
        return (implementation, *numbers.split(".")[:2])


@dataclass(frozen=True, slots=True)
class Setting:
    """What a grid is multiplied out for."""

    platforms: Mapping[str, Platform]
    """By the word that names each interpreter in the grid."""
    functions: Mapping[str, Mapping[str, Workload]] = field(default_factory=dict)
    """The functions of the user's by label of the interpreter and name: each may be another one there."""

    @classmethod
    def of(cls, platform: Platform) -> "Setting":
        """Return a setting of one interpreter, the current one, without functions of the user's."""
        return cls({CURRENT: platform})

    def workload(self, name: str, python: str) -> Workload:
        """Return the workload of that name, as it is in the interpreter of that label."""
        return self.functions[python][name] if is_own(name) else builtin(name)


@dataclass(frozen=True, slots=True)
class Omission:
    """What was left out because it cannot be run. What is None is not what its cases have in common."""

    python: str
    reason: str
    workload: str | None = None
    mode: str | None = None
    start_method: str | None = None
    gil: str | None = None
    cases: int = 0


@dataclass(frozen=True)
class Matrix:
    """The cases of a grid in a setting, and how they came about."""

    cases: tuple[Case, ...]
    """No duplicates; the baseline of every concurrent case is among them, unless it was left out."""
    axes: Axes
    """The matrix with absent axes filled in."""
    removed: tuple[int, ...]
    """Cases that each `exclude` rule took out; a case that two rules match counts for the first."""
    added_baselines: tuple[Case, ...]
    omissions: tuple[Omission, ...] = ()

    @cached_property
    def pythons(self) -> frozenset[str]:
        """Return the labels of the interpreters."""
        return frozenset(case.python for case in self.cases)

    @property
    def left_out(self) -> list[str]:
        """Say what was left out, a line for each reason."""
        return omitted(map(asdict, self.omissions))

    @property
    def baselines(self) -> dict[str, str]:
        """Return the key of each concurrent case's baseline, by the case's own key."""
        there = set(self.cases)
        pairs = ((case, case.baseline()) for case in self.cases if not case.is_baseline)
        return {case.key: baseline.key for case, baseline in pairs if baseline in there}

    def locked_baselines(self, setting: Setting) -> dict[str, str]:
        """Return for concurrent cases the sequential case of the same work on the build with the interpreter lock.

        That is the build of the same version, such as 3.14, which cannot do without the lock, where both are in the
        matrix. By key.
        """
        by_label = {platform.python: platform for platform in setting.platforms.values()}
        locked = {platform.version: platform.python for platform in by_label.values() if not platform.free_threaded}
        both = {platform.version for platform in by_label.values() if platform.free_threaded} & set(locked)
        there, found = set(self.cases), {}
        for case in self.cases:
            version = by_label[case.python].version
            if case.is_baseline or version not in both:
                continue
            baseline = replace(case.baseline(), python=locked[version])
            for candidate in (replace(baseline, gil=gil) for gil in (None, "on")):
                if candidate in there:
                    found[case.key] = candidate.key
                    break
        return found


def expand(grid: Grid, setting: Setting) -> Matrix:
    """Multiply `grid` out. Raises GridProblems for what cannot be run here at all, and for too large a matrix."""
    main = _filled(grid.spec.matrix, setting)
    parts = [(location, _filled(axes, setting), axes) for location, axes in grid.places]
    _refuse(grid, _unfit(grid, setting))
    filled = [(location, axes) for location, axes, _ in parts]
    _refuse(grid, _lacking(filled, setting) + _too_many(sum(_count(axes, setting) for _, axes in filled), grid))

    removed = [0] * len(grid.spec.exclude)
    left: Counter[Omission] = Counter()
    cases: dict[Case, None] = {}
    unfit: list[tuple[Location, str]] = []
    for location, axes, given in parts:
        for point in _points(axes, given, setting):
            rule = _excluded_by(grid.spec.exclude, point) if location == ("matrix",) else None
            platform = setting.platforms[point["python"]]
            workload = setting.workload(point["workload"], platform.python)
            if rule is not None:
                removed[rule] += 1
            elif (omission := _why_not(point, platform, workload)) is not None:
                left[omission] += 1
            elif (case := _case(point, platform, workload, grid.spec.env)).calls < case.workers:
                unfit.append(((*location, "calls"), _unshareable(case)))
            elif workload.unpicklable is not None and _is_pickled(point):
                unfit.append(
                    ((*location, "workload"), f"{workload.name} {workload.unpicklable} ({case.way} pickles it)")
                )
            else:
                cases[case] = None
    _refuse(grid, list(dict.fromkeys(unfit)))
    omissions = tuple(replace(omission, cases=number) for omission, number in left.items())
    if not cases:
        why = "every case is excluded: there is nothing to run"
        left_out = "; ".join(omitted(map(asdict, omissions)))
        _refuse(grid, [(("matrix",), f"nothing is left to run: {left_out}") if left_out else (("exclude",), why)])

    baselines = dict.fromkeys(case.baseline() for case in cases if not case.is_baseline)
    added = tuple(baseline for baseline in baselines if baseline not in cases and _has_baseline(baseline, setting))
    _refuse(grid, _too_many(len(cases) + len(added), grid))
    return Matrix((*cases, *added), main, tuple(removed), added, omissions)


def _unfit(grid: Grid, setting: Setting) -> list[tuple[Location, str]]:
    found: dict[tuple[Location, str], None] = {}
    for functions in setting.functions.values():
        found |= dict.fromkeys(unfit_arguments(grid, functions))
    return list(found)


def _has_baseline(baseline: Case, setting: Setting) -> bool:
    modes = setting.workload(baseline.workload, baseline.python).modes
    return modes is None or SEQUENTIAL in modes


def _why_not(point: Point, platform: Platform, workload: Workload) -> Omission | None:
    """Return why a case cannot be run there, or None when it can be."""
    mode, method, gil = point["mode"], point.get("start_method"), point.get("gil")
    if mode not in platform.modes:
        return Omission(platform.python, NEEDS.get(mode, "needs semaphores, and there are none"), mode=mode)
    if method is not None and method not in platform.start_methods:
        return Omission(platform.python, "is lacking here", start_method=method)
    if gil == "off" and not platform.free_threaded:
        return Omission(platform.python, "only a free-threaded build can do without the interpreter lock", gil=gil)
    if workload.modes is not None and mode not in workload.modes:
        return Omission(
            platform.python,
            f"makes sense only in {', '.join(workload.modes)}",
            workload=workload.name,
            mode=mode,
        )
    can_share = mode != "interpreter_pool" or "share" not in workload.takes
    why = workload.unfit.get(mode) if can_share else "interpreters of a pool can share nothing"
    return Omission(platform.python, why, workload=workload.name, mode=mode) if why else None


def _is_pickled(point: Point) -> bool:
    """Whether the function itself travels to the workers."""
    mode = point["mode"]
    return mode in ("process_pool", "interpreter_pool") or point.get("start_method") in ("spawn", "forkserver")


def default_workers(usable_cpus: int) -> tuple[int, ...]:
    """Return 1, 2, 4, … up to and including the usable CPUs."""
    powers = [2**exponent for exponent in range(usable_cpus.bit_length())]
    return tuple(dict.fromkeys([*(power for power in powers if power <= usable_cpus), usable_cpus]))


def _filled(axes: Axes, setting: Setting) -> Axes:
    given = {axis: _once_each(values) for axis, values in axes.given().items()}
    pythons = given.get("python", (CURRENT,))
    platforms = [setting.platforms[python] for python in pythons]
    defaults = {
        "workers": default_workers(min(platform.usable_cpus for platform in platforms)),
        "mode": STUDY_MODES,
        "start_method": tuple(dict.fromkeys(platform.default_start_method for platform in platforms)),
    }
    return axes.model_copy(update={**defaults, **given})


def _once_each(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Drop what is there before already; sets of variables are values too, and cannot be hashed."""
    seen: dict[Any, Any] = {}
    for value in values:
        seen.setdefault(tuple(sorted(value.items())) if isinstance(value, dict) else value, value)
    return tuple(seen.values())


def _lacking(parts: list[tuple[Location, Axes]], setting: Setting) -> list[tuple[Location, str]]:
    """Return what no interpreter has, or this host has not."""
    found: list[tuple[Location, str]] = []
    for location, axes in parts:
        platforms = [setting.platforms[python] for python in axes.python or (CURRENT,)]
        there = dict.fromkeys(method for platform in platforms for method in platform.start_methods)
        found += [
            (
                (*location, "start_method"),
                f"{platforms[0].python} lacks the start method {method} here; it has {', '.join(there)}",
            )
            for method in axes.start_method
            if method not in there
        ]
        allowed = set(platforms[0].allowed_cpus)
        for affinity in axes.affinity:
            if affinity[0].isdigit() and (missing := set(placement.listed(affinity)) - allowed):
                cpus = ", ".join(map(str, sorted(allowed)))
                message = f"CPU {min(missing)} is none that may be used here; there are {cpus}"
                found.append(((*location, "affinity"), message))
    return found


def _too_many(cases: int, grid: Grid) -> list[tuple[Location, str]]:
    trials = cases * (grid.spec.repeats + grid.spec.warmup)
    if cases > MOST_CASES:
        return [(("matrix",), f"{cases:,} cases, and a sweep can have at most {MOST_CASES:,}: shorten some axes")]
    if trials > MOST_TRIALS:
        return [(("repeats",), f"{trials:,} trials, and a sweep can have at most {MOST_TRIALS:,}: repeat less")]
    return []


def _count(axes: Axes, setting: Setting) -> int:
    """Count the cases of `axes`, duplicates included, without making them."""
    python = setting.platforms[(axes.python or (CURRENT,))[0]].python
    arguments = sum(
        math.prod(len(values) for values in _arguments(axes, setting.workload(name, python)).values())
        for name in axes.workload
    )
    conditions = math.prod(len(axes.values(axis)) or 1 for axis in CONDITIONS)
    ways = sum(
        len(axes.start_method if mode in STARTS_PROCESSES else (None,)) * _count_sizes(axes, mode) for mode in axes.mode
    )
    return arguments * conditions * ways


CONDITIONS = ("python", "gil", "affinity", "barrier", "warmup_calls", "env")
"""Axes that mean something for every case."""


def _arguments(axes: Axes, workload: Workload) -> dict[str, tuple[Any, ...]]:
    """Return the axes that are arguments of the workload, with their values."""
    return dict(workload.arguments({name: values for name, values in axes.given().items() if name not in RESERVED}))


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


def _points(axes: Axes, given: Axes, setting: Setting) -> Iterator[Point]:
    """Yield each combination, with only the axes that mean something for it. Absent start methods are the default's."""
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


def _ways(axes: Axes, methods: tuple[str, ...]) -> Iterator[Point]:
    for mode in axes.mode:
        own = [{"start_method": method} for method in methods] if mode in STARTS_PROCESSES else [{}]
        for method, size in product(own, _sizes(axes, mode)):
            yield {"mode": mode, **method, **size}


def _excluded_by(rules: tuple[Rule, ...], point: Point) -> int | None:
    for index, rule in enumerate(rules):
        if all(axis in point and point[axis] in values for axis, values in rule.given().items()):
            return index
    return None


def _case(point: Point, platform: Platform, workload: Workload, env: Mapping[str, str]) -> Case:
    """As in the study, each worker makes one call unless `calls` fixes their number."""
    sequential = point["mode"] == SEQUENTIAL
    warmup_calls = point.get("warmup_calls", 0)
    return Case(
        workload=point["workload"],
        params=workload.arguments({name: value for name, value in point.items() if name not in RESERVED}),
        mode=point["mode"],
        start_method=point.get("start_method"),
        workers=1 if sequential else point["workers"],
        calls=point["calls"] if "calls" in point else point["workers"],
        python=platform.python,
        source_sha256=workload.source_sha256,
        gil=point.get("gil"),
        warmup_calls=warmup_calls,
        # Then nothing counts but the calls: neither what comes before them nor what comes after.
        barrier=point.get("barrier", False) or warmup_calls > 0 or workload.needs_barrier,
        affinity=point.get("affinity", placement.ANY),
        env=tuple(sorted({**env, **point.get("env", {})}.items())),
    )


def _unshareable(case: Case) -> str:
    return (
        f"{case.calls} calls cannot be shared out among {case.workers} workers: "
        f"raise calls, or exclude {{workers: {case.workers}, calls: {case.calls}}}"
    )


def _refuse(grid: Grid, found: list[tuple[Location, str]]) -> None:
    if found:
        raise GridProblems(grid.source.path, [grid.source.problem(location, message) for location, message in found])
