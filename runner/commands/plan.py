"""`runner plan`: what a sweep would do. Writes nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runner.display import console
from runner.display.units import about, count
from runner.errors import ExitCode
from runner.estimate import Expectation
from runner.executors.local import LocalExecutor
from runner.matrix.case import Case, number
from runner.matrix.expand import Matrix, expand
from runner.matrix.grid import RESERVED, Grid, read_grid
from runner.plan import Done, plan
from runner.store.location import resolve
from runner.store.opening import state_of
from runner.store.read import Reader
from runner.store.schema import State
from runner.under_test import examine

CASES_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store knows already."""

    durations_ns: Mapping[str, float]
    sweep_id: int | None = None
    """The newest unfinished sweep of the same grid text."""
    seed: int | None = None
    done: frozenset[Done] = frozenset()


def run(matrix: str, store: str, *, verbose: bool, as_json: bool) -> ExitCode:
    """Print the plan of the grid file `matrix`."""
    grid = read_grid(matrix)
    with LocalExecutor() as executor:
        under_test = examine(grid, executor)
    cases = expand(grid, under_test.setting)
    stored = _stored(resolve(store), grid, cases.cases)
    (_print_json if as_json else _print)(grid, cases, stored, verbose)
    return ExitCode.OK


def _stored(path: Path, grid: Grid, cases: Sequence[Case]) -> Stored:
    if state_of(path) is not State.CURRENT:  # to read an older one would be to upgrade it
        return Stored({})
    with Reader(path) as reader:
        durations = reader.durations_ns([case.key for case in cases])
        row = reader.newest(unfinished=True, grid_sha256=grid.text_sha256)
        if row is None:
            return Stored(durations)
        return Stored(durations, row["id"], row["seed"], frozenset(reader.done(row["id"])))


def _expected(grid: Grid, matrix: Matrix, stored: Stored) -> dict[str, Any]:
    blocks = grid.spec.repeats + grid.spec.warmup
    expectation = Expectation(stored.durations_ns)
    left: dict[Case, int] = dict.fromkeys(matrix.cases, blocks)
    by_key = {case.key: case for case in matrix.cases}
    for key, _, _ in stored.done:
        if key in by_key:  # not so when the machine has changed since
            left[by_key[key]] -= 1
    total_ns = expectation.total_ns(left.items())
    unknown = sum(not expectation.knows(case) for case in matrix.cases)
    return {"seconds": None if total_ns is None else total_ns / 1e9, "cases_never_run": unknown}


def _print(grid: Grid, matrix: Matrix, stored: Stored, verbose: bool) -> None:
    out = console.results()
    spec, cases = grid.spec, matrix.cases
    out.print(f"{grid.source.path}: {grid.name}", style="bold", soft_wrap=True)
    for axis, values in _axes(matrix).items():
        given = "" if axis in spec.matrix.model_fields_set else "  (by default)"
        out.print(f"  {axis:<13} {_listed(axis, values)}{given}", soft_wrap=True)
    blocks = f"{count(spec.repeats, 'block')} and {count(spec.warmup, 'warm-up block')}"
    trials = len(cases) * (spec.repeats + spec.warmup)
    out.print(f"{count(len(cases), 'case')} × ({blocks}) = {count(trials, 'trial')}", soft_wrap=True)
    for rule, removed in zip(spec.exclude, matrix.removed, strict=True):
        warning = "" if removed else " — it matches nothing"
        out.print(f"  exclude {_rule(rule.given())} removes {count(removed, 'case')}{warning}", soft_wrap=True)
    for line in matrix.left_out:
        out.print(f"  left out {line}", soft_wrap=True)
    for baseline in matrix.added_baselines[:CASES_SHOWN]:
        out.print(f"  added the missing baseline {baseline}{_where(baseline, matrix)}", soft_wrap=True)
    _print_done(grid, stored, trials)
    out.print(_expectation_text(_expected(grid, matrix, stored), len(cases)), soft_wrap=True)
    _print_order(grid, matrix, stored, verbose)


def _print_done(grid: Grid, stored: Stored, trials: int) -> None:
    if stored.sweep_id is not None:
        console.results().print(
            f"Sweep {stored.sweep_id} of this grid is unfinished: {len(stored.done)} of {count(trials, 'trial')} done; "
            f"`runner sweep --matrix {grid.source.path} --resume` does the rest",
            soft_wrap=True,
        )


def _expectation_text(expected: Mapping[str, Any], cases: int) -> str:
    if expected["seconds"] is None:
        return "Expected duration: not known, none of these cases is in the store"
    text = f"Expected duration: {about(expected['seconds'])}, from what these cases took before"
    unknown = expected["cases_never_run"]
    return f"{text}; {unknown} of {cases} never ran and are taken as average" if unknown else text


def _print_order(grid: Grid, matrix: Matrix, stored: Stored, verbose: bool) -> None:
    out = console.results()
    seed = stored.seed if stored.seed is not None else grid.spec.seed
    if not verbose:
        shown = matrix.cases[:CASES_SHOWN]
        out.print(*(f"  {case}{_where(case, matrix)}" for case in shown), sep="\n", soft_wrap=True)
        if len(shown) < len(matrix.cases):
            out.print(f"  … and {len(matrix.cases) - len(shown):,} more", soft_wrap=True)
        out.print("--verbose lists the trials in their order.", soft_wrap=True)
    elif seed is None:
        out.print("The order of trials is drawn when the sweep begins: the grid gives no seed.", soft_wrap=True)
    else:
        for trial in _trials(grid, matrix, stored, seed):
            block = f"warm-up {trial.repeat}" if trial.warmup else f"block {trial.repeat}"
            where = _where(trial.case, matrix)
            out.print(f"  {block:<10} {trial.position:>4}  {trial.case}{where}", soft_wrap=True)


def _where(case: Case, matrix: Matrix) -> str:
    """Name the interpreter where there are several."""
    return f", {case.python}" if len(matrix.pythons) > 1 else ""


def _trials(grid: Grid, matrix: Matrix, stored: Stored, seed: int) -> Any:
    return plan(matrix.cases, repeats=grid.spec.repeats, warmup=grid.spec.warmup, seed=seed, done=stored.done)


def _print_json(grid: Grid, matrix: Matrix, stored: Stored, verbose: bool) -> None:
    answer: dict[str, Any] = {
        "name": grid.name,
        "axes": {axis: list(values) for axis, values in _axes(matrix).items()},
        "cases": [{**case.columns(), "params": dict(case.params), "env": dict(case.env)} for case in matrix.cases],
        "trials": len(matrix.cases) * (grid.spec.repeats + grid.spec.warmup),
        "repeats": grid.spec.repeats,
        "warmup": grid.spec.warmup,
        "excluded": [
            {"rule": {axis: list(values) for axis, values in rule.given().items()}, "cases": removed}
            for rule, removed in zip(grid.spec.exclude, matrix.removed, strict=True)
        ],
        "left_out": [asdict(omission) for omission in matrix.omissions],
        "added_baselines": [case.key for case in matrix.added_baselines],
        "unfinished_sweep": stored.sweep_id,
        "done": len(stored.done),
        "expected": _expected(grid, matrix, stored),
    }
    seed = stored.seed if stored.seed is not None else grid.spec.seed
    if verbose and seed is not None:
        answer["order"] = [
            {
                "case": trial.case.key,
                "warmup": trial.warmup,
                "repeat": trial.repeat,
                "position": trial.position,
            }
            for trial in _trials(grid, matrix, stored, seed)
        ]
    console.results().print(json.dumps(answer, indent=2), soft_wrap=True)


def _axes(matrix: Matrix) -> dict[str, Sequence[Any]]:
    axes = matrix.axes
    known = {axis: getattr(axes, axis) for axis in type(axes).model_fields if getattr(axes, axis)}
    return known | axes.parameters


def _listed(axis: str, values: Sequence[Any]) -> str:
    shown = [_value(axis, value) for value in values[:12]]
    return ", ".join(shown) + (f", … ({len(values)} values)" if len(values) > 12 else "")


def _value(axis: str, value: Any) -> str:
    if isinstance(value, dict):
        return _variables(value)
    return value if isinstance(value, str) and axis in RESERVED else number(value)


def _variables(env: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in env.items()) + "}"


def _rule(given: Mapping[str, Sequence[Any]]) -> str:
    return "{" + ", ".join(f"{axis}: {_listed(axis, values)}" for axis, values in given.items()) + "}"
