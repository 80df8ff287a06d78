"""From a grid to its cases. Pure: what the machine can do comes in as a `Setting`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from runner.axes import CONDITIONS, unusual
from runner.matrix.arguments import unfit_arguments
from runner.matrix.case import SEQUENTIAL, Case
from runner.matrix.contradiction import contradiction
from runner.matrix.grid import Grid
from runner.matrix.lacking import lacking, why_not
from runner.matrix.matrix import Matrix
from runner.matrix.omission import Omission, omitted
from runner.matrix.points import Point, count, filled, points
from runner.matrix.problems import GridProblems, Location
from runner.matrix.setting import Platform, Setting
from runner.matrix.spec import RESERVED, Axes, Rule
from runner.matrix.workload import Workload

MOST_CASES = 1_000_000
MOST_TRIALS = 5_000_000

Part = tuple[Location, Axes, Axes]
"""The matrix, or an entry of `include`: its place in the file, its axes filled in, and as they are given."""


def expand(grid: Grid, setting: Setting) -> Matrix:
    """Multiply `grid` out. Raises GridProblems for what cannot be run here at all, and for too large a matrix."""
    parts = [(location, filled(axes, setting), axes) for location, axes in grid.places]
    _refuse(grid, _unfit(grid, setting))
    problems = [problem for location, axes, _ in parts for problem in lacking(location, axes, setting)]
    _refuse(grid, problems + _too_many(sum(count(axes, setting) for _, axes, _ in parts), grid))

    cases, removed, omissions = _multiplied(grid, parts, setting)
    if not cases:
        left_out = "; ".join(omitted(map(asdict, omissions)))
        why = (("matrix",), f"nothing is left to run: {left_out}")
        _refuse(grid, [why if left_out else (("exclude",), "every case is excluded: there is nothing to run")])
    baselines = dict.fromkeys(case.baseline() for case in cases if not case.is_baseline)
    added = tuple(baseline for baseline in baselines if baseline not in cases and _has_baseline(baseline, setting))
    _refuse(grid, _too_many(len(cases) + len(added), grid))
    return Matrix((*cases, *added), parts[0][1], removed, added, omissions)


def _multiplied(
    grid: Grid, parts: Sequence[Part], setting: Setting
) -> tuple[dict[Case, None], tuple[int, ...], tuple[Omission, ...]]:
    """Return the cases, how many each rule removed, and what is left out. Raises GridProblems."""
    removed = [0] * len(grid.spec.exclude)
    left: Counter[Omission] = Counter()
    cases: dict[Case, None] = {}
    unfit: dict[tuple[Location, str], None] = {}
    for location, axes, given in parts:
        for point in points(axes, given, setting):
            rule = _excluded_by(grid.spec.exclude, point) if location == ("matrix",) else None
            platform = setting.platforms[point["python"]]
            workload = setting.workload(point["workload"], platform.python)
            if rule is not None:
                removed[rule] += 1
            elif (omission := why_not(point, platform, workload)) is not None:
                left[omission] += 1
            elif problem := contradiction(case := _case(point, platform, workload, grid.spec.env), workload, point):
                axis, message = problem
                unfit[(*location, axis), message] = None
            else:
                cases[case] = None
    _refuse(grid, list(unfit))
    return cases, tuple(removed), tuple(replace(omission, cases=number) for omission, number in left.items())


def _excluded_by(rules: tuple[Rule, ...], point: Point) -> int | None:
    for index, rule in enumerate(rules):
        if all(axis in point and point[axis] in values for axis, values in rule.given().items()):
            return index
    return None


def _case(point: Point, platform: Platform, workload: Workload, env: Mapping[str, str]) -> Case:
    """Return the case at a point. As in the study, each worker makes one call unless `calls` fixes their number."""
    return Case(
        workload=point["workload"],
        params=workload.arguments({name: value for name, value in point.items() if name not in RESERVED}),
        mode=point["mode"],
        start_method=point.get("start_method"),
        workers=1 if point["mode"] == SEQUENTIAL else point["workers"],
        calls=point["calls"] if "calls" in point else point["workers"],
        python=platform.python,
        source_sha256=workload.source_sha256,
        conditions=unusual(_conditions(point, workload, env)),
    )


def _conditions(point: Point, workload: Workload, env: Mapping[str, str]) -> dict[str, Any]:
    """Return the conditions at a point, and what follows from them, from the workload and from all trials' `env`."""
    given = {name: point[name] for name in CONDITIONS if name in point}
    if given.get("warmup_calls") or workload.untimed_hooks:
        given["barrier"] = True  # nothing counts but the calls, neither what comes before them nor what comes after
    given["env"] = tuple(sorted({**env, **given.get("env", {})}.items()))
    return given


def _has_baseline(baseline: Case, setting: Setting) -> bool:
    modes = setting.workload(baseline.workload, baseline.python).modes
    return modes is None or SEQUENTIAL in modes


def _unfit(grid: Grid, setting: Setting) -> list[tuple[Location, str]]:
    found: dict[tuple[Location, str], None] = {}
    for functions in setting.functions.values():
        found |= dict.fromkeys(unfit_arguments(grid, functions))
    return list(found)


def _too_many(cases: int, grid: Grid) -> list[tuple[Location, str]]:
    trials = cases * (grid.spec.most_blocks + grid.spec.warmup)
    if cases > MOST_CASES:
        return [(("matrix",), f"{cases:,} cases, and a sweep can have at most {MOST_CASES:,}: shorten some axes")]
    if trials > MOST_TRIALS:
        blocks = ("until", "blocks") if grid.spec.until else ("repeats",)
        return [(blocks, f"{trials:,} trials, and a sweep can have at most {MOST_TRIALS:,}: repeat less")]
    return []


def _refuse(grid: Grid, found: list[tuple[Location, str]]) -> None:
    if found:
        raise GridProblems(grid.source.path, [grid.source.problem(location, message) for location, message in found])
