"""`runner plan`: show what a sweep would do. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from runner import api
from runner.api import Plan
from runner.blocks import Trial
from runner.commands.answers import print_json
from runner.display import console
from runner.display.goals import stops_when
from runner.errors import ExitCode
from runner.estimate import Expectation
from runner.matrix.case import Case, number
from runner.matrix.matrix import Matrix
from runner.matrix.spec import RESERVED
from runner.signals import interruptible
from runner.store.documents import as_value
from runner.store.location import command
from runner.units import about, count

CASES_SHOWN = 40


def run(matrix: str, store: str, *, verbose: bool, as_json: bool, **instead: Any) -> ExitCode:
    """Print the plan of the grid file `matrix`, with other values `instead` of its own; see `api.plan`."""
    with interruptible() as interrupt:
        plan = api.plan(matrix, store=store, interrupt=interrupt, **instead)
    (_print_json if as_json else _print)(plan, verbose)
    return ExitCode.OK


def _expected(plan: Plan) -> dict[str, Any]:
    """Return how long the sweep takes, at most and at least."""
    expectation, source, until = Expectation(plan.durations_ns), plan.source, plan.grid.spec.until
    unknown = sum(not expectation.knows(case) for case in plan.matrix.cases)
    least, most = (expectation.total_ns(source.left(blocks).items()) for blocks in (source.goal.least, None))
    if least is None or most is None:
        return {"seconds": None, "seconds_at_least": None, "cases_never_run": unknown}
    if until and until.budget:
        most = max(least, min(most, until.budget * 1e9))
    return {"seconds": most / 1e9, "seconds_at_least": least / 1e9, "cases_never_run": unknown}


def _print(plan: Plan, verbose: bool) -> None:
    out = console.results()
    grid, matrix = plan.grid, plan.matrix
    spec, cases = grid.spec, matrix.cases
    out.print(f"{grid.source.path}: {grid.name}", style="bold", soft_wrap=True)
    for axis, values in _axes(matrix).items():
        given = "" if axis in spec.matrix.model_fields_set else "  (by default)"
        out.print(f"  {axis:<13} {_listed(axis, values)}{given}", soft_wrap=True)
    goal = plan.source.goal
    blocks = f"{_range(goal.least, count(goal.most, 'block'))} and {count(spec.warmup, 'warm-up block')}"
    trials = _range(_trials_at_least(plan), count(plan.source.planned, "trial"))
    out.print(f"{count(len(cases), 'case')} × ({blocks}) = {trials}", soft_wrap=True)
    if spec.until:
        out.print(f"  {stops_when(spec.goal)}", soft_wrap=True)
    for rule, removed in zip(spec.exclude, matrix.removed, strict=True):
        warning = "" if removed else " — it matches nothing"
        out.print(f"  exclude {_rule(rule.given())} removes {count(removed, 'case')}{warning}", soft_wrap=True)
    for line in matrix.left_out:
        out.print(f"  left out {line}", soft_wrap=True)
    for baseline in matrix.added_baselines[:CASES_SHOWN]:
        out.print(f"  added the missing baseline {baseline}{_where(baseline, matrix)}", soft_wrap=True)
    _print_done(plan)
    out.print(_expectation_text(_expected(plan), len(cases)), soft_wrap=True)
    _print_order(plan, verbose)


def _trials_at_least(plan: Plan) -> int:
    source = plan.source
    return source.planned - source.left().total() + source.left(source.goal.least).total()


def _range(least: int, most: str) -> str:
    """Write a range that ends with a number and its noun."""
    return most if most.startswith(f"{least:,} ") else f"{least:,} to {most}"


def _print_done(plan: Plan) -> None:
    if plan.unfinished is not None:
        done, trials = len(plan.source.history), count(plan.source.planned, "trial")
        console.results().print(
            f"Sweep {plan.unfinished} of this grid is unfinished: {done} of {trials} done; "
            f"`{command(plan.store, 'resume', str(plan.unfinished))}` does the rest",
            soft_wrap=True,
        )


def _expectation_text(expected: Mapping[str, Any], cases: int) -> str:
    if expected["seconds"] is None:
        return "Expected duration: not known, none of these cases is in the store"
    least, most = about(expected["seconds_at_least"]), about(expected["seconds"])
    text = f"Expected duration: {most if least == most else f'{least} to {most}'}, from what these cases took before"
    unknown = expected["cases_never_run"]
    return f"{text}; {unknown} of {cases} never ran and are taken as average" if unknown else text


def _print_order(plan: Plan, verbose: bool) -> None:
    out, matrix = console.results(), plan.matrix
    if not verbose:
        shown = matrix.cases[:CASES_SHOWN]
        out.print(*(f"  {case}{_where(case, matrix)}" for case in shown), sep="\n", soft_wrap=True)
        if len(shown) < len(matrix.cases):
            out.print(f"  … and {len(matrix.cases) - len(shown):,} more", soft_wrap=True)
        out.print("--verbose lists the trials in their order.", soft_wrap=True)
    elif plan.seed is None:
        out.print("The order of trials is drawn when the sweep begins: the grid gives no seed.", soft_wrap=True)
    else:
        for trial in _trials(plan):
            block = f"warm-up {trial.repeat}" if trial.warmup else f"block {trial.repeat}"
            where = _where(trial.case, matrix)
            out.print(f"  {block:<10} {trial.position:>4}  {trial.case}{where}", soft_wrap=True)


def _where(case: Case, matrix: Matrix) -> str:
    """Name the interpreter if there are several."""
    return f", {case.python}" if len(matrix.pythons) > 1 else ""


def _trials(plan: Plan) -> list[Trial]:
    return [trial for block in plan.source for trial in block.trials]


def _print_json(plan: Plan, verbose: bool) -> None:
    grid, matrix = plan.grid, plan.matrix
    answer: dict[str, Any] = {
        "sweep": grid.name,
        "axes": {axis: list(values) for axis, values in _axes(matrix).items()},
        "cases": [
            {_SPELLED.get(name, name): as_value(name, value) for name, value in case.columns().items()}
            for case in matrix.cases
        ],
        "planned": plan.source.planned,
        "planned_at_least": _trials_at_least(plan),
        "repeats": grid.spec.repeats,
        "until": grid.spec.until and grid.spec.until.model_dump(),
        "warmup": grid.spec.warmup,
        "excluded": [
            {"rule": {axis: list(values) for axis, values in rule.given().items()}, "cases": removed}
            for rule, removed in zip(grid.spec.exclude, matrix.removed, strict=True)
        ],
        "left_out": [asdict(omission) for omission in matrix.omissions],
        "added_baselines": [case.key for case in matrix.added_baselines],
        "unfinished_sweep": plan.unfinished,
        "done": len(plan.source.history),
        "expected": _expected(plan),
    }
    if verbose and plan.seed is not None:
        answer["order"] = [
            {
                "case": trial.case.key,
                "warmup": trial.warmup,
                "repeat": trial.repeat,
                "position": trial.position,
            }
            for trial in _trials(plan)
        ]
    print_json(answer)


_SPELLED = {"time_s": "time"}
"""Names of columns of the table `cases`, and those of the views, which every other command uses."""


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
