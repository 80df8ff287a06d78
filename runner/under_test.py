"""What is under test: which interpreters and which functions, and what is asked of them for a case."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.axes import LOCK
from runner.errors import BadInput
from runner.executors import Executor, Request
from runner.executors.local import interpreter_under_test
from runner.harness.modes import MODES
from runner.host import interpreters
from runner.matrix.case import Case
from runner.matrix.grid import Grid
from runner.matrix.problems import GridProblems, Location
from runner.matrix.setting import Platform, Setting
from runner.matrix.values import CURRENT, PYTHON_GIL
from runner.matrix.workload import Workload, is_own, reference

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnderTest:
    """The interpreters and functions of a sweep, each looked at once."""

    setting: Setting
    interpreters: Mapping[str, Facts]
    """What each interpreter is (see ``runner.harness.facts``), by its label."""
    host: Facts

    def request(self, case: Case) -> Request:
        """Return what a child is asked for a trial of `case`."""
        platform = self._platform(case.python)
        asked = case.request(self.setting.workload(case.workload, case.python))
        env, lock = dict(case.condition("env")), case.condition(LOCK)
        if lock is not None and platform.free_threaded:
            env[PYTHON_GIL] = "0" if lock == "off" else "1"
        gil = platform.gil if lock is None else lock == "on"
        return {**asked, "python": platform.executable, "env": env, "gil": gil}

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


def examine(grid: Grid, executor: Executor) -> UnderTest:
    """Find and ask the interpreters of a grid, and look at its functions in each of them.

    Raises GridProblems with all that is wrong at once, and ExecutorBroken for an interpreter that cannot run trials.
    """
    named = _named(grid)
    paths = _paths(grid, named)
    asked = {"kind": "probe", "env": grid.spec.env}
    facts = {path: executor.ask({**asked, "python": path}) for path in dict.fromkeys(paths.values())}
    facts = _told_apart(facts)
    platforms = {word: Platform.of(facts[path]) for word, path in paths.items()}
    functions = _functions(grid, platforms, executor)
    host = _host(facts)
    known = {one["interpreter"]["label"]: one["interpreter"] for one in facts.values()}
    return UnderTest(Setting(platforms, functions), known, host)


def examine_again(sweep_id: int, rows: Sequence[Facts], executor: Executor) -> UnderTest:
    """Find and ask the interpreters of a stored sweep, and see that they and its functions are what they were.

    `rows` are its cases, with what the store knows of the interpreter and the function of each. Raises BadInput.
    """
    wanted = {row["python"]: row["executable"] for row in rows}
    facts = {label: _same(sweep_id, label, path, executor) for label, path in wanted.items()}
    platforms = {label: Platform.of(known) for label, known in facts.items()}
    functions: dict[str, dict[str, Workload]] = {label: {} for label in wanted}
    for label, platform in platforms.items():
        stored = {row["workload"]: row for row in rows if row["python"] == label and is_own(row["workload"])}
        references = [{name: row[name] for name in _REFERENCE} for row in stored.values()]
        env = json.loads(next(iter(stored.values()))["env"]) if stored else {}
        for found, problem in _inspected(references, platform, env, executor):
            if found is None:
                raise BadInput(f"Sweep {sweep_id} cannot be resumed: {problem}.")
            if found.source_sha256 != stored[found.name]["source_sha256"]:
                raise BadInput(
                    f"Sweep {sweep_id} was begun with another version of {found.name}: {found.source} has changed "
                    "since, and their times do not belong together. Begin a new sweep."
                )
            functions[label][found.name] = found
    host = _host(facts)
    return UnderTest(
        Setting(platforms, functions), {label: known["interpreter"] for label, known in facts.items()}, host
    )


_REFERENCE = ("name", "module", "qualname", "folder", "file")


def _named(grid: Grid) -> list[tuple[Location, str]]:
    """Return the interpreters that the grid names, and where."""
    found: list[tuple[Location, str]] = []
    for location, axes in grid.places:
        found += [((*location, "python"), word) for word in axes.python or (CURRENT,)]
    return found


def _paths(grid: Grid, named: Iterable[tuple[Location, str]]) -> dict[str, str]:
    """Return the path of each interpreter, by its name in the grid."""
    paths = {word: _path(word, grid) for word in dict.fromkeys(word for _, word in named)}
    problems = {word: _why_not(word, path) for word, path in paths.items()}
    found = [grid.source.problem(location, why) for location, word in named if (why := problems[word])]
    if found:
        raise GridProblems(grid.source.path, found)
    first: dict[str, str] = {}
    return {word: first.setdefault(_program(path), path) for word, path in paths.items() if path is not None}


def _program(path: str) -> str:
    """Return what two paths of one interpreter have in common: the program, but each environment is one of its own."""
    folder = Path(path).parent
    is_environment = any((place / "pyvenv.cfg").is_file() for place in (folder, folder.parent))
    return path if is_environment else os.path.realpath(path)


def _why_not(word: str, path: str | None) -> str | None:
    """Return why that is no interpreter that can be under test, None if it can."""
    if word == CURRENT:
        return None
    if path is None:
        return f"there is no interpreter {word} here; {_what_there_is()}"
    (known,) = interpreters.ask([Path(path)])
    if known is None:
        return f"{path} is no Python that works"
    if known.version < OLDEST:
        return f"{known.implementation} {known.release} is too old to be under test; {_what_there_is()}"
    return None


OLDEST = (3, 9)
"""What the harness runs in."""


def _path(word: str, grid: Grid) -> str | None:
    if word == CURRENT:
        # A function of the user's may need what is installed beside the runner; its own need nothing.
        return sys.executable if grid.own_functions else interpreter_under_test()
    if os.sep in word:
        path = Path(grid.source.path).parent.resolve() / Path(word).expanduser()
        # Its folder without detours, but not where a link leads: an environment is known by its link.
        return str(path.parent.resolve() / path.name) if path.is_file() and os.access(path, os.X_OK) else None
    found = interpreters.find(word, os.environ)
    return str(found) if found else shutil.which(word)


def _what_there_is() -> str:
    usable = [one for one in interpreters.installed(os.environ) if one.version >= OLDEST]
    there = dict.fromkeys(f"{one.implementation} {one.release}" for one in usable)
    return f"found: {', '.join(there)}; or give a path" if there else "give a path"


def _told_apart(facts: Mapping[str, Facts]) -> dict[str, Facts]:
    """Give builds of the same version that are not the same program labels that tell them apart.

    Each is known by the path that it was started by, which may be a script, or a link that means an environment.
    """
    labels = [known["interpreter"]["label"] for known in facts.values()]
    found: dict[str, Facts] = {}
    for path, known in facts.items():
        interpreter = known["interpreter"]
        label = interpreter["label"]
        if labels.count(label) > 1:
            label = f"{label} ({path})"
        found[path] = {**known, "interpreter": {**interpreter, "label": label, "executable": path}}
    return found


def _host(facts: Mapping[str, Facts]) -> Facts:
    """Return what the host is, which all interpreters have in common, as the store keeps it."""
    host = next(iter(facts.values()))["host"]
    return {name: fact for name, fact in host.items() if name != "allowed_cpus"}  # of this process, and not of the host


def _functions(grid: Grid, platforms: Mapping[str, Platform], executor: Executor) -> dict[str, dict[str, Workload]]:
    """Look at the functions of the grid in each interpreter. Raises GridProblems."""
    if not grid.own_functions:
        return {}
    references = [reference(name, grid.source.path) for name in grid.own_functions]
    missing = _missing_files(grid, references)
    env = {**grid.spec.env, **next((envs[0] for _, axes in grid.places if (envs := axes.values("env"))), {})}
    functions: dict[str, dict[str, Workload]] = {}
    problems: dict[tuple[Location, str], None] = dict.fromkeys(missing)
    for platform in {} if missing else {one.python: one for one in platforms.values()}.values():
        functions[platform.python] = {}
        for one, (workload, problem) in zip(references, _inspected(references, platform, env, executor), strict=True):
            if workload is not None:
                functions[platform.python][one["name"]] = workload
            else:
                problems |= dict.fromkeys((place, problem) for place in _places(grid, one["name"]))
    if problems:
        raise GridProblems(grid.source.path, [grid.source.problem(*each) for each in problems])
    return functions


def _missing_files(grid: Grid, references: Iterable[Facts]) -> list[tuple[Location, str]]:
    return [
        (place, f"{one['name']}: there is no file {one['file']}")
        for one in references
        if one["file"] is not None and not Path(one["file"]).is_file()
        for place in _places(grid, one["name"])
    ]


def _places(grid: Grid, name: str) -> list[Location]:
    return [(*location, "workload") for location, axes in grid.places if name in axes.workload]


def _inspected(
    references: Sequence[Facts], platform: Platform, env: Mapping[str, str], executor: Executor
) -> list[tuple[Workload | None, str]]:
    """Return for each function (workload, "") or (None, what is wrong)."""
    modes = [mode for mode in MODES if mode in platform.modes]
    found: list[tuple[Workload | None, str]] = []
    for one in references:  # in a child each, or the second would not be seen to import what the first has imported
        asked = {"kind": "inspect", "functions": [one], "modes": modes, "python": platform.executable, "env": env}
        (description,) = executor.ask(asked)["functions"]
        if description["problem"] is None:
            found.append((Workload.described(description, one), ""))
        else:
            found.append(
                (None, f"{one['name']} {description['problem']} (in {platform.python}, {platform.executable})")
            )
    return found


def _same(sweep_id: int, label: str, path: str | None, executor: Executor) -> Facts:
    """Return the facts of the interpreter that a sweep was begun on: where it was, or the current one."""
    seen = []
    for candidate in dict.fromkeys(filter(None, (path, interpreter_under_test(), sys.executable))):
        if not os.access(candidate, os.X_OK):
            continue
        facts = executor.ask({"kind": "probe", "python": candidate})
        found = facts["interpreter"]["label"]
        if label in (found, f"{found} ({candidate})"):
            return {**facts, "interpreter": {**facts["interpreter"], "label": label, "executable": candidate}}
        seen.append(found)
    raise BadInput(
        f"Sweep {sweep_id} was begun on {label}, and this is {', '.join(dict.fromkeys(seen))}: their times do not "
        "belong together. Resume it where that interpreter is, or begin a new sweep."
    )
