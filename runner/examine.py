"""Find and probe the interpreters of a grid, and inspect its functions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from runner.errors import BadInput
from runner.executors import Host
from runner.facts import Probe
from runner.harness.modes import STUDY_MODES
from runner.interrupt import Interrupt
from runner.matrix.grid import Grid
from runner.matrix.problems import GridProblems, Location
from runner.matrix.setting import Platform
from runner.matrix.values import CURRENT
from runner.matrix.workload import Workload, reference
from runner.request import Reference
from runner.under_test import UnderTest, inspected, together


def examine(grid: Grid, host: Host, interrupt: Interrupt) -> UnderTest:
    """Find and probe the interpreters of a grid, and inspect its functions in each of them.

    Raises GridProblems with all problems at once, and ExecutorBroken for an interpreter that cannot run trials.
    """
    paths = _paths(grid, host)
    probes = {path: host.executor.probe(interrupt, path, grid.spec.env) for path in dict.fromkeys(paths.values())}
    probes = _told_apart(probes)
    platforms = {word: Platform.of(probes[path]) for word, path in paths.items()}
    return together(platforms, _functions(grid, platforms, host, interrupt), probes.values())


def _paths(grid: Grid, host: Host) -> dict[str, str]:
    """Return the path of each interpreter, by its name in the grid. Raises GridProblems."""
    named = [((*location, "python"), word) for location, axes in grid.places for word in axes.python or (CURRENT,)]
    paths: dict[str, str] = {}
    problems: dict[str, str] = {}
    for word in dict.fromkeys(word for _, word in named):
        try:
            paths[word] = _path(word, grid, host)
        except BadInput as error:
            problems[word] = str(error)
    if problems:
        found = [grid.source.problem(location, problems[word]) for location, word in named if word in problems]
        raise GridProblems(grid.source.path, found)
    first: dict[str, str] = {}
    return {word: first.setdefault(host.identify(path), path) for word, path in paths.items()}


def _path(word: str, grid: Grid, host: Host) -> str:
    if word == CURRENT:
        return host.default_interpreter(own_functions=bool(grid.own_functions))
    return host.find_interpreter(word, Path(grid.source.path).parent)


def _told_apart(probes: Mapping[str, Probe]) -> dict[str, Probe]:
    """Add the path to the labels of different builds of the same version, so that they are unique.

    It is the path that the build was started by: a script, or the link that identifies a virtual environment.
    """
    labels = [probe.interpreter.label for probe in probes.values()]
    found: dict[str, Probe] = {}
    for path, probe in probes.items():
        label = probe.interpreter.label
        if labels.count(label) > 1:
            label = f"{label} ({path})"
        found[path] = replace(probe, interpreter=replace(probe.interpreter, label=label, executable=path))
    return found


def _functions(
    grid: Grid, platforms: Mapping[str, Platform], host: Host, interrupt: Interrupt
) -> dict[str, dict[str, Workload]]:
    """Inspect the functions of the grid in each interpreter. Raises GridProblems."""
    if not grid.own_functions:
        return {}
    references = [reference(name, grid.source.path) for name in grid.own_functions]
    missing = _missing_files(grid, references, host)
    env = {**grid.spec.env, **next((envs[0] for _, axes in grid.places if (envs := axes.values("env"))), {})}
    modes = {mode for _, axes in grid.places for mode in axes.mode or STUDY_MODES}
    functions: dict[str, dict[str, Workload]] = {}
    problems: dict[tuple[Location, str], None] = dict.fromkeys(missing)
    for platform in {} if missing else {one.python: one for one in platforms.values()}.values():
        functions[platform.python] = {}
        found = inspected(references, modes, platform, env, host, interrupt)
        for one, (workload, problem) in zip(references, found, strict=True):
            if workload is not None:
                functions[platform.python][one.name] = workload
            else:
                problems |= dict.fromkeys((place, problem) for place in _places(grid, one.name))
    if problems:
        raise GridProblems(grid.source.path, [grid.source.problem(*each) for each in problems])
    return functions


def _missing_files(grid: Grid, references: Iterable[Reference], host: Host) -> list[tuple[Location, str]]:
    return [
        (place, f"{one.name}: there is no file {one.file}")
        for one in references
        if one.file is not None and not host.has_file(one.file)
        for place in _places(grid, one.name)
    ]


def _places(grid: Grid, name: str) -> list[Location]:
    return [(*location, "workload") for location, axes in grid.places if name in axes.workload]
