"""What is under test: which interpreters and which functions, and what is asked of them for a case."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runner.axes import LOCK
from runner.errors import BadInput
from runner.executors import Host
from runner.facts import HostFacts, InterpreterFacts, Probe
from runner.harness.modes import MODES
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.matrix.grid import Grid
from runner.matrix.problems import GridProblems, Location
from runner.matrix.setting import Platform, Setting
from runner.matrix.values import CURRENT, PYTHON_GIL
from runner.matrix.workload import Workload, is_own, reference
from runner.request import Inspection, Reference, TrialRequest


@dataclass(frozen=True, slots=True)
class UnderTest:
    """The interpreters and functions of a sweep, each looked at once."""

    setting: Setting
    interpreters: Mapping[str, InterpreterFacts]
    """By label."""
    host: HostFacts

    def request(self, case: Case) -> TrialRequest:
        """Return what is asked for a trial of `case`."""
        platform = self._platform(case.python)
        asked = case.request(self.setting.workload(case.workload, case.python))
        env, lock = dict(case.condition("env")), case.condition(LOCK)
        if lock is not None and platform.free_threaded:
            env[PYTHON_GIL] = "0" if lock == "off" else "1"
        gil = platform.gil if lock is None else lock == "on"
        return replace(asked, python=platform.executable, env=env, gil=gil)

    def functions(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what the store keeps of each function of the user's, by label of the interpreter and its name."""
        return {
            (python, name): columns
            for python, own in self.setting.functions.items()
            for name, workload in own.items()
            if (columns := workload.columns()) is not None
        }

    def _platform(self, python: str) -> Platform:
        return next(platform for platform in self.setting.platforms.values() if platform.python == python)


def examine(grid: Grid, host: Host, interrupt: Interrupt) -> UnderTest:
    """Find and probe the interpreters of a grid, and look at its functions in each of them.

    Raises GridProblems with all that is wrong at once, and ExecutorBroken for an interpreter that cannot run trials.
    """
    paths = _paths(grid, host)
    probes = {path: host.executor.probe(interrupt, path, grid.spec.env) for path in dict.fromkeys(paths.values())}
    probes = _told_apart(probes)
    platforms = {word: Platform.of(probes[path]) for word, path in paths.items()}
    return _under_test(platforms, _functions(grid, platforms, host, interrupt), probes.values())


def examine_again(sweep_id: int, rows: Sequence[Mapping[str, Any]], host: Host, interrupt: Interrupt) -> UnderTest:
    """Find and probe the interpreters of a stored sweep, and check that they and its functions are what they were.

    `rows` are its cases, with what the store knows of the interpreter and the function of each. Raises BadInput.
    """
    wanted = {row["python"]: row["executable"] for row in rows}
    probes = {label: _same(sweep_id, label, path, host, interrupt) for label, path in wanted.items()}
    platforms = {label: Platform.of(probe) for label, probe in probes.items()}
    functions: dict[str, dict[str, Workload]] = {label: {} for label in wanted}
    for label, platform in platforms.items():
        stored = {row["workload"]: row for row in rows if row["python"] == label and is_own(row["workload"])}
        references = [Reference(**{name: row[name] for name in Reference.__slots__}) for row in stored.values()]
        env = json.loads(next(iter(stored.values()))["env"]) if stored else {}
        for found, problem in _inspected(references, platform, env, host, interrupt):
            if found is None:
                raise BadInput(f"Sweep {sweep_id} cannot be resumed: {problem}.")
            if found.source_sha256 != stored[found.name]["source_sha256"]:
                raise BadInput(
                    f"Sweep {sweep_id} was begun with another version of {found.name}: {found.source} has changed "
                    "since, and their times do not belong together. Begin a new sweep."
                )
            functions[label][found.name] = found
    return _under_test(platforms, functions, probes.values())


def _under_test(
    platforms: Mapping[str, Platform], functions: Mapping[str, Mapping[str, Workload]], probes: Iterable[Probe]
) -> UnderTest:
    known = [probe.interpreter for probe in probes]
    # Which facts of the host there are depends a little on the interpreter that tells them: the first one's count.
    host = next(iter(probes)).host
    return UnderTest(Setting(platforms, functions), {one.label: one for one in known}, host)


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
    """Give builds of the same version that are not the same program labels that tell them apart.

    Each is known by the path that it was started by, which may be a script, or a link that means an environment.
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
    """Look at the functions of the grid in each interpreter. Raises GridProblems."""
    if not grid.own_functions:
        return {}
    references = [reference(name, grid.source.path) for name in grid.own_functions]
    missing = _missing_files(grid, references, host)
    env = {**grid.spec.env, **next((envs[0] for _, axes in grid.places if (envs := axes.values("env"))), {})}
    functions: dict[str, dict[str, Workload]] = {}
    problems: dict[tuple[Location, str], None] = dict.fromkeys(missing)
    for platform in {} if missing else {one.python: one for one in platforms.values()}.values():
        functions[platform.python] = {}
        inspected = _inspected(references, platform, env, host, interrupt)
        for one, (workload, problem) in zip(references, inspected, strict=True):
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


def _inspected(
    references: Sequence[Reference], platform: Platform, env: Mapping[str, str], host: Host, interrupt: Interrupt
) -> list[tuple[Workload | None, str]]:
    """Return for each function (workload, "") or (None, what is wrong)."""
    modes = [mode for mode in MODES if mode in platform.modes]
    found: list[tuple[Workload | None, str]] = []
    for one in references:  # in a child each: else the second would not be seen to import what the first has imported
        asked = Inspection(functions=[one], modes=modes, python=platform.executable, env=env)
        (description,) = host.executor.inspect(asked, interrupt)
        if description.problem is None:
            found.append((Workload.described(description, one), ""))
        else:
            found.append((None, f"{one.name} {description.problem} (in {platform.python}, {platform.executable})"))
    return found


def _same(sweep_id: int, label: str, path: str | None, host: Host, interrupt: Interrupt) -> Probe:
    """Probe the interpreter that a sweep was begun on: where it was, or one of those that are there by default."""
    defaults = (host.default_interpreter(own_functions=own) for own in (False, True))
    seen = []
    for candidate in dict.fromkeys(filter(None, (path, *defaults))):
        if not host.can_start(candidate):
            continue
        probe = host.executor.probe(interrupt, candidate)
        found = probe.interpreter.label
        if label in (found, f"{found} ({candidate})"):
            return replace(probe, interpreter=replace(probe.interpreter, label=label, executable=candidate))
        seen.append(found)
    raise BadInput(
        f"Sweep {sweep_id} was begun on {label}, and this is {', '.join(dict.fromkeys(seen))}: their times do not "
        "belong together. Resume it where that interpreter is, or begin a new sweep."
    )
