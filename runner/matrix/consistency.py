"""Check that the keys of a grid file fit together, which no model can check alone."""

from collections.abc import Iterator
from typing import Any

from runner.harness.workloads import WORKLOADS
from runner.matrix.messages import unknown_key
from runner.matrix.problems import Location
from runner.matrix.spec import PARAMETERS, Axes, GridSpec, Until
from runner.matrix.workload import builtin, is_own
from runner.numbers.stopping import MOST_BLOCKS


def inconsistencies(file: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Yield the problems. `file` is unchecked, so that these problems and those of the models are reported at once."""
    places: list[tuple[Location, Any]] = [(("matrix",), file.get("matrix"))]
    include, exclude = file.get("include"), file.get("exclude")
    places += [(("include", index), axes) for index, axes in enumerate(include if isinstance(include, list) else [])]
    for location, axes in places:
        if isinstance(axes, dict):
            yield from _unfit_parameters(location, axes)
    names = {name for _, axes in places if isinstance(axes, dict) for name in _workloads(axes)}
    for index, rule in enumerate(exclude if isinstance(exclude, list) else []):
        if rule == {}:
            yield ("exclude", index), "an empty rule would drop every case"
        if isinstance(rule, dict) and not any(map(is_own, names)):
            yield from _unknown_axes(("exclude", index), rule)
    if "until" in file:
        yield from _goal(file)


def _goal(file: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Yield what does not fit together in the keys that say how many blocks there are."""
    until, repeats = file["until"], file.get("repeats", GridSpec.model_fields["repeats"].default)
    if until is None or until == {}:
        yield ("until",), f"expected one or more of {', '.join(Until.model_fields)}"
    if not isinstance(until, dict):
        return
    for key in (key for key, value in until.items() if value is None):
        yield ("until", key), "expected a value, got nothing"
    blocks = until.get("blocks", Until.model_fields["blocks"].default)
    if not isinstance(blocks, int | float):
        return
    if isinstance(repeats, int | float) and repeats > blocks:
        by_default = "" if "blocks" in until else " by default"
        yield ("until", "blocks"), f"expected at least `repeats`, which is {repeats}, and it is {blocks}{by_default}"
    if "precision" in until and blocks > MOST_BLOCKS:
        yield ("until", "blocks"), f"expected at most {MOST_BLOCKS}, after which no precision is judged, got {blocks}"


def _workloads(axes: dict[str, Any]) -> list[str]:
    given = axes.get("workload")
    return [word for word in (given if isinstance(given, list) else [given]) if isinstance(word, str)]


def _unknown_axes(location: Location, axes: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    for name in axes:
        if name not in Axes.model_fields:
            yield (*location, name), unknown_key((*location, name))


def _unfit_parameters(location: Location, axes: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Yield the problems with the runner's own workloads. The user's functions are not known yet."""
    workloads = _workloads(axes)
    known = [word for word in workloads if word in WORKLOADS]
    taken = {name: word for word in known for name in builtin(word).parameters}
    for name, workload in taken.items():
        if name not in axes:
            yield location, f"{workload} needs the axis {name}, and it is not given"
    if any(map(is_own, workloads)):
        return
    yield from _unknown_axes(location, axes)
    if known and known == workloads:
        for name in PARAMETERS:
            if name not in taken and name in axes:
                yield (*location, name), f"no workload here takes {name}; there is {', '.join(known)}"
