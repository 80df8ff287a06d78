"""Check that the axes of a grid fit the parameters of the user's functions."""

from collections.abc import Iterator, Mapping

from runner.matrix.grid import Grid
from runner.matrix.problems import Location
from runner.matrix.spec import PARAMETERS, RESERVED, Axes
from runner.matrix.workload import Workload, builtin, is_own
from runner.words import nearest


def unfit_arguments(grid: Grid, workloads: Mapping[str, Workload]) -> list[tuple[Location, str]]:
    """Return the problems of a grid with the user's functions; `workloads` has each function by its name."""
    found: list[tuple[Location, str]] = []
    for location, axes in grid.places:
        own = [workloads[name] for name in axes.workload if is_own(name)]
        if not own:
            continue
        everything = [*own, *(builtin(name) for name in axes.workload if not is_own(name))]
        taken = {name for workload in everything for name in workload.parameters}
        for workload in own:
            missing = [name for name, required in workload.parameters.items() if required and not axes.values(name)]
            found += [(location, f"{workload.name} needs the axis {name}, and it is not given") for name in missing]
            found += [((*location, axis), clash) for axis, clash in _clashes(workload, axes)]
        if not any(workload.takes_any for workload in own):
            named = [*axes.parameters, *(name for name in PARAMETERS if axes.values(name))]
            found += [((*location, name), _not_taken(name, taken)) for name in named if name not in taken]
    known = {name for workload in workloads.values() for name in workload.parameters}
    if not any(workload.takes_any for workload in workloads.values()):
        for index, rule in enumerate(grid.spec.exclude):
            unknown = [name for name in rule.parameters if name not in known]
            found += [(("exclude", index, name), _not_taken(name, known)) for name in unknown]
    return found


def _clashes(workload: Workload, axes: Axes) -> Iterator[tuple[str, str]]:
    """Yield the axis at fault and the problem, for each parameter that has the name of one of the runner's axes.

    The grid's value goes to the axis and never to the parameter, whose default is fine while the grid has no such axis.
    """
    for name, required in workload.parameters.items():
        if name not in RESERVED:
            continue
        if required:
            clash = f"{workload.name} has the parameter {name}, which is an axis of the runner's own"
            yield "workload", f"{clash}; {_RENAME}"
        elif name != "workload" and axes.values(name):
            clash = f"{workload.name} has a parameter {name} too, which this axis of the runner's does not reach"
            yield name, f"{clash}; {_RENAME}"


_RENAME = "rename the parameter, or wrap the function in one that gives it another name"


def _not_taken(name: str, taken: set[str]) -> str:
    meant = nearest(name, [*taken, *RESERVED])
    there = f"they take {', '.join(sorted(taken))}" if taken else "they take none"
    return f"no workload here has the parameter {name}; " + (f"did you mean '{meant}'?" if meant else there)
