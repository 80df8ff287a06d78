"""Which interpreters and functions a grid names: where they are found, what is asked of them, what is said if not.

The interpreters are scripts that answer as one would, and what they are beyond that is made up.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.fakes import HOST, INTERPRETER
from support.helpers import described

from runner.errors import BadInput
from runner.examine import examine
from runner.examine_again import examine_again
from runner.facts import Probe
from runner.here import Here
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid
from runner.matrix.problems import GridProblems
from runner.outcome import Outcome
from runner.reply import FunctionDescription
from runner.request import Inspection, TrialRequest
from runner.under_test import UnderTest

CURRENT_LABEL = "cpython 3.11.2"


def parse(lines: int, kind: str = "x") -> None: ...


def program(path: Path, release: str, implementation: str = "cpython") -> Path:
    """Create a script that answers like an interpreter that is looked for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    major, minor = release.split(".")[:2]
    path.write_text(f"#!/bin/sh\necho '{major} {minor.rstrip('t')} {implementation} {release}'\n")
    path.chmod(0o755)
    return path


class Made:
    """An executor with fake interpreters: `labels` has the label of each, by the end of its path."""

    def __init__(self, labels: Mapping[str, str] | None = None, **functions: Any) -> None:
        self.labels = labels or {}
        self.functions = {f"own.py:{name}": function for name, function in functions.items()}
        self.changed: dict[str, Any] = {}
        self.probed: list[tuple[str, dict[str, str]]] = []
        """Paths of interpreters, with the variables that were set."""
        self.inspected: list[Inspection] = []

    def probe(self, interrupt: Interrupt, python: str | None = None, env: Mapping[str, str] | None = None) -> Probe:
        path = str(python)
        self.probed.append((path, dict(env or {})))
        label = next((label for end, label in self.labels.items() if path.endswith(end)), CURRENT_LABEL)
        free = label.endswith("t")
        made_up = replace(INTERPRETER, label=label, executable=path, free_threaded_build=free, gil=not free)
        return Probe(interpreter=made_up, host=HOST, allowed_cpus=(0, 1))

    def inspect(self, inspection: Inspection, interrupt: Interrupt) -> tuple[FunctionDescription, ...]:
        self.inspected.append(inspection)
        return tuple(self._described(one.name) for one in inspection.functions)

    def _described(self, name: str) -> FunctionDescription:
        function = self.functions[name]
        if isinstance(function, str):
            return FunctionDescription(name=name, problem=function)
        known = {"source": "/there/own.py", "source_sha256": "a" * 64, "distributions": {"numpy": "2.0"}}
        return described(name, function, **known | self.changed)

    def run(self, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        raise NotImplementedError

    def close(self) -> None:
        pass


def again(sweep_id: int, rows: Sequence[Mapping[str, Any]], executor: Made) -> UnderTest:
    with Interrupt() as interrupt:
        return examine_again(sweep_id, rows, Here(executor), interrupt)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a machine with interpreters on the PATH, of pyenv and of uv."""
    program(tmp_path / "bin/python3.13", "3.13.1")
    program(tmp_path / "bin/python3.13t", "3.13.1t")
    (tmp_path / "bin/python3").symlink_to("python3.13")
    program(tmp_path / "opt/pypy/bin/pypy3.11", "3.11.13", "pypy")
    (tmp_path / "bin/pypy3").symlink_to(tmp_path / "opt/pypy/bin/pypy3.11")
    for release in ("2.7.18", "3.8.18", "3.9.18", "3.10.13", "3.13.0", "3.13.9"):
        program(tmp_path / f"home/.pyenv/versions/{release}/bin/python", release)
    program(tmp_path / "home/.local/share/uv/python/cpython-3.14.0t/bin/python3.14t", "3.14.0t")
    program(tmp_path / "home/.local/share/uv/python/cpython-3.1.5/bin/python3.1", "3.1.5")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def examined(axes: dict[str, Any], executor: Made | None = None, path: str = "grid.yaml", **more: Any) -> UnderTest:
    matrix = {"workload": "cpu_bound", "NUM": 1, **axes}
    grid = parse_grid(path, json.dumps({"matrix": matrix, **more}, indent=1))
    with Interrupt() as interrupt:
        return examine(grid, Here(executor or Made()), interrupt)


def refused(axes: dict[str, Any], executor: Made | None = None, **more: Any) -> list[str]:
    with pytest.raises(GridProblems) as raised:
        examined(axes, executor, **more)
    return str(raised.value).splitlines()


def path_of(word: str) -> Path:
    return Path(examined({"python": word}).setting.platforms[word].executable)


# Finding interpreters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("3.13", "bin/python3.13"),
        ("python3.13", "bin/python3.13"),
        ("cpython-3.13", "bin/python3.13"),
        ("3", "bin/python3.13"),
        ("3.13.1", "bin/python3.13"),
        ("3.13.0", "home/.pyenv/versions/3.13.0/bin/python"),
        ("3.13.9", "home/.pyenv/versions/3.13.9/bin/python"),
        ("3.13t", "bin/python3.13t"),
        ("3.14t", "home/.local/share/uv/python/cpython-3.14.0t/bin/python3.14t"),
        ("3.10", "home/.pyenv/versions/3.10.13/bin/python"),
        ("3.9", "home/.pyenv/versions/3.9.18/bin/python"),
        ("pypy3.11", "opt/pypy/bin/pypy3.11"),
        ("pypy3", "opt/pypy/bin/pypy3.11"),
    ],
)
def test_a_version_is_found_on_the_path_first_then_the_newest_of_pyenv_and_uv(
    machine: Path, word: str, path: str
) -> None:
    assert path_of(word) == machine / path


def test_a_name_on_the_path_is_an_interpreter_too(machine: Path) -> None:
    made = program(machine / "bin/my-own-build", "3.13.1")
    assert path_of("my-own-build") == made


@pytest.mark.parametrize("word", ["../venv/bin/python", "{root}/venv/bin/python", "~/../venv/bin/python"])
def test_a_path_counts_from_the_grid_file_and_links_stay_links(machine: Path, word: str) -> None:
    """An environment's interpreter is identified by the link that leads to it."""
    for folder in ("venv/bin", "grids"):
        (machine / folder).mkdir(parents=True)
    (machine / "venv/bin/python").symlink_to(machine / "bin/python3.13")
    word = word.format(root=machine)
    found = examined({"python": word}, path=str(machine / "grids/grid.yaml")).setting.platforms[word].executable
    assert found.endswith("venv/bin/python")
    assert Path(found).samefile(machine / "bin/python3.13")


def test_current_is_the_one_below_the_environment_or_with_own_functions_the_environment_itself() -> None:
    assert path_of("current") == Path(interpreter_under_test())
    Path("own.py").touch()
    executor = Made(parse=parse)
    examined({"workload": "own.py:parse"}, executor)
    assert {path for path, _ in executor.probed} == {sys.executable}
    assert [inspection.python for inspection in executor.inspected] == [sys.executable]


def test_each_interpreter_is_asked_once_with_the_variables_of_the_grid() -> None:
    executor = Made()
    examined({"python": ["3.13", "python3.13", "3.10", "3.13"]}, executor, env={"A": 1})
    ends = ("/bin/python3.13", "/3.10.13/bin/python")
    assert len(executor.probed) == 2
    assert all(path.endswith(end) for (path, _), end in zip(executor.probed, ends, strict=True))
    assert all(env == {"A": "1"} for _, env in executor.probed)


# Errors for missing interpreters -------------------------------------------------------------------------------------

THERE = (
    "found: cpython 3.9.18, cpython 3.10.13, pypy 3.11.13, cpython 3.13.0, cpython 3.13.1, cpython 3.13.1t, "
    "cpython 3.13.9, cpython 3.14.0t; or give a path"
)


@pytest.mark.parametrize("word", ["3.12", "3.14", "3.10t", "pypy3.10", "graalpy", "jython", "3.1.4", "/no/such/python"])
def test_one_that_is_missing_is_said_with_those_that_are_there(word: str) -> None:
    (line,) = refused({"python": word})
    assert line == f"grid.yaml:5: matrix.python: there is no interpreter {word} here; {THERE}"


def test_without_any_interpreter_the_message_suggests_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "HOME"):
        monkeypatch.setenv(name, "/nowhere")
    (line,) = refused({"python": "3.13"})
    assert line.endswith("there is no interpreter 3.13 here; give a path")


@pytest.mark.parametrize("word", ["3.8", "2.7"])
def test_one_that_is_too_old_is_said(word: str) -> None:
    (line,) = refused({"python": word})
    assert line == f"grid.yaml:5: matrix.python: {_release(word)} is too old to be under test; {THERE}"


def _release(word: str) -> str:
    return {"3.8": "cpython 3.8.18", "2.7": "cpython 2.7.18"}[word]


@pytest.mark.parametrize("body", ["exit 1", "echo hello", "kill -9 $$"])
def test_what_is_no_python_is_said(machine: Path, body: str) -> None:
    script = machine / "bin/broken"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    assert refused({"python": str(script)}) == [f"grid.yaml:5: matrix.python: {script} is not a working Python"]


@pytest.mark.parametrize("kind", ["a folder", "not executable"])
def test_a_path_that_leads_to_no_program_is_said(machine: Path, kind: str) -> None:
    path = machine / "bin/nothing"
    path.mkdir() if kind == "a folder" else path.touch()
    (line,) = refused({"python": str(path)})
    assert f"there is no interpreter {path} here" in line


def test_all_that_are_missing_are_said_at_once_each_with_its_line() -> None:
    executor = Made()
    include = [{"workload": "cpu_bound", "NUM": 1, "python": "3.12"}]
    lines = refused({"python": ["3.12", "3.13", "2.7"]}, executor, include=include)
    assert [line.partition(";")[0] for line in lines] == [
        "grid.yaml:5: matrix.python: there is no interpreter 3.12 here",
        "grid.yaml:5: matrix.python: cpython 2.7.18 is too old to be under test",
        "grid.yaml:15: include[0].python: there is no interpreter 3.12 here",
    ]
    assert executor.probed == []


# Labels of interpreters ----------------------------------------------------------------------------------------------


def labels(under_test: UnderTest) -> dict[str, str]:
    return {word: platform.python for word, platform in under_test.setting.platforms.items()}


def test_builds_of_one_version_are_told_apart_by_their_paths(machine: Path) -> None:
    executor = Made({"3.13": "cpython 3.13.1", "3.13.9/bin/python": "cpython 3.13.1", "3.13t": "cpython 3.13.1t"})
    under_test = examined({"python": ["3.13", "3.13.9", "3.13t"]}, executor)
    here, there = machine / "bin/python3.13", machine / "home/.pyenv/versions/3.13.9/bin/python"
    assert labels(under_test) == {
        "3.13": f"cpython 3.13.1 ({here})",
        "3.13.9": f"cpython 3.13.1 ({there})",
        "3.13t": "cpython 3.13.1t",
    }
    assert set(under_test.interpreters) == set(labels(under_test).values())
    assert all(known.label == label for label, known in under_test.interpreters.items())


def test_two_words_for_one_program_are_one_interpreter() -> None:
    executor = Made({"3.13": "cpython 3.13.1"})
    under_test = examined({"python": ["3.13", "python3.13"]}, executor)
    assert set(labels(under_test).values()) == set(under_test.interpreters) == {"cpython 3.13.1"}
    assert len(executor.probed) == 1


def test_two_links_to_one_program_are_one_interpreter_and_an_environment_is_another(machine: Path) -> None:
    for folder in ("links", "venv/bin"):
        (machine / folder).mkdir(parents=True)
        (machine / folder / "python").symlink_to(machine / "bin/python3.13")
    (machine / "venv/pyvenv.cfg").touch()
    executor = Made({"python3.13": "cpython 3.13.1", "bin/python": "cpython 3.13.1"})
    words = ["3.13", str(machine / "links/python"), str(machine / "venv/bin/python")]
    found = labels(examined({"python": words}, executor))
    here, environment = machine / "bin/python3.13", machine / "venv/bin/python"
    assert list(found.values()) == [
        *[f"cpython 3.13.1 ({here})"] * 2,
        f"cpython 3.13.1 ({environment})",
    ]
    assert len(executor.probed) == 2


# Requests to interpreters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "gil", "variable", "must_be"),
    [
        ("3.13t", None, None, False),
        ("3.13t", "on", "1", True),
        ("3.13t", "off", "0", False),
        ("3.13", None, None, True),
        ("3.13", "on", None, True),
    ],
)
def test_a_trial_is_told_what_the_lock_is_to_be(
    word: str, gil: str | None, variable: str | None, must_be: bool
) -> None:
    executor = Made({"3.13t": "cpython 3.13.1t", "3.13": "cpython 3.13.1"})
    axes: dict[str, Any] = {"python": word, "env": {"A": "1"}, **({"gil": gil} if gil else {})}
    under_test = examined(axes, executor)
    grid = parse_grid("grid.yaml", json.dumps({"matrix": {"workload": "cpu_bound", "NUM": 1, "workers": 1, **axes}}))
    case = expand(grid, under_test.setting).cases[0]
    asked = under_test.request(case)
    assert asked.gil is must_be
    assert asked.env == {"A": "1", **({"PYTHON_GIL": variable} if variable else {})}
    assert Path(str(asked.python)).name == f"python{word}"
    assert dict(case.condition("env")) == {"A": "1"}


# Functions -----------------------------------------------------------------------------------------------------------


def test_each_interpreter_is_started_once_for_all_functions() -> None:
    Path("own.py").touch()
    executor = Made({"3.13": "cpython 3.13.1", "3.10.13/bin/python": "cpython 3.10.13"}, parse=parse, other=parse)
    under_test = examined({"workload": ["own.py:parse", "own.py:other"], "python": ["3.13", "3.10"]}, executor)
    names = [[one.name for one in inspection.functions] for inspection in executor.inspected]
    assert names == [["own.py:parse", "own.py:other"]] * 2
    assert set(under_test.functions()) == {
        (label, f"own.py:{name}") for label in ("cpython 3.13.1", "cpython 3.10.13") for name in ("parse", "other")
    }
    for columns in under_test.functions().values():
        assert columns["distributions"] == {"numpy": "2.0"}
        assert columns["source_sha256"] == "a" * 64


@pytest.mark.parametrize(
    ("axes", "modes"),
    [
        ({}, ["sequential", "threading", "multiprocessing"]),
        ({"mode": ["threading", "sequential"]}, ["sequential", "threading"]),
        ({"mode": ["threading", "asyncio"]}, ["threading"]),
    ],
)
def test_functions_are_looked_at_for_the_modes_of_the_grid_that_the_interpreter_has(
    axes: dict[str, Any], modes: list[str]
) -> None:
    Path("own.py").touch()
    executor = Made(parse=parse)
    examined({"workload": "own.py:parse", **axes}, executor)
    (inspection,) = executor.inspected
    assert list(inspection.modes) == modes


def test_a_file_that_is_not_there_is_said_where_it_is_named_and_nothing_is_started_for_it() -> None:
    executor = Made(parse=parse)
    include = [{"workload": "own.py:parse", "lines": 1}]
    lines = refused({"workload": ["cpu_bound", "own.py:parse"]}, executor, include=include)
    missing = f"own.py:parse: there is no file {Path.cwd()}/own.py"
    assert [line.partition(": ")[2] for line in lines] == [
        f"matrix.workload: {missing}",
        f"include[0].workload: {missing}",
    ]
    assert executor.probed
    assert not executor.inspected


def test_what_is_wrong_with_functions_is_said_at_once_with_the_interpreter() -> None:
    Path("own.py").touch()
    executor = Made(
        {"3.13": "cpython 3.13.1", "3.10.13/bin/python": "cpython 3.10.13"},
        one="has no function one; did you mean won?",
        two="cannot be imported: SyntaxError: no",
        parse=parse,
    )
    workloads = [f"own.py:{name}" for name in ("one", "parse", "two")]
    lines = refused({"workload": workloads, "python": ["3.13", "3.10"]}, executor)
    assert len(lines) == 4
    for label in ("cpython 3.13.1", "cpython 3.10.13"):
        assert any(f"own.py:one has no function one; did you mean won? (in {label}, " in line for line in lines)
        assert any(f"own.py:two cannot be imported: SyntaxError: no (in {label}, " in line for line in lines)


# Resuming ------------------------------------------------------------------------------------------------------------


def stored(under_test: UnderTest, axes: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the cases of such a sweep, as a store has them."""
    grid = parse_grid(
        "grid.yaml", json.dumps({"matrix": {"workload": "own.py:parse", "lines": 1, "workers": 1, **axes}})
    )
    functions = under_test.functions()
    return [
        {
            **case.columns(),
            "executable": under_test.interpreters[case.python].executable,
            **functions[case.python, case.workload],
        }
        for case in expand(grid, under_test.setting).cases
    ]


@pytest.fixture
def begun() -> tuple[Made, list[dict[str, Any]]]:
    """Return the executor and the cases of a sweep of two interpreters."""
    Path("own.py").touch()
    executor = Made({"3.13": "cpython 3.13.1", "3.10.13/bin/python": "cpython 3.10.13"}, parse=parse)
    axes = {"workload": "own.py:parse", "python": ["3.13", "3.10"]}
    rows = stored(examined(axes, executor), axes)
    return executor, rows


def test_a_sweep_goes_on_with_what_it_was_begun_with(begun: Any) -> None:
    executor, rows = begun
    found = again(1, rows, executor)
    assert set(found.interpreters) == {"cpython 3.13.1", "cpython 3.10.13"}
    for row in rows:
        case = Case.from_columns(row, row["python"])
        assert case.key == row["key"]
        asked = found.request(case)
        assert asked.python == row["executable"]
        assert asked.function is not None
        assert asked.function.folder == row["folder"]
        assert asked.takes is not None
        assert asked.takes["function"] == ["lines", "kind"]


def test_a_sweep_does_not_go_on_with_another_version_of_a_function(begun: Any) -> None:
    executor, rows = begun
    executor.changed["source_sha256"] = "b" * 64
    with pytest.raises(
        BadInput, match=r"Sweep 1 was begun with another version of own\.py:parse: /there/own\.py has cha"
    ):
        again(1, rows, executor)


def test_a_sweep_does_not_go_on_with_a_function_that_cannot_be_imported_any_more(begun: Any) -> None:
    executor, rows = begun
    executor.functions["own.py:parse"] = "cannot be imported: no such file"
    with pytest.raises(
        BadInput, match=r"Sweep 1 cannot be resumed: own\.py:parse cannot be imported: no such file \(in"
    ):
        again(1, rows, executor)


def test_a_sweep_does_not_go_on_with_another_interpreter(begun: Any) -> None:
    executor, rows = begun
    executor.labels = {**executor.labels, "3.13": "cpython 3.13.2"}
    with pytest.raises(BadInput, match=r"Sweep 1 was begun on cpython 3\.13\.1, and this is cpython 3\.13\.2"):
        again(1, rows, executor)


def test_a_sweep_of_the_current_interpreter_goes_on_with_it_wherever_it_is_now() -> None:
    executor = Made()
    row = {**Case("cpu_bound", (("NUM", 1),), "sequential", None, 1, 1, CURRENT_LABEL).columns(), "executable": "/gone"}
    found = again(1, [row], executor)
    assert [platform.executable for platform in found.setting.platforms.values()] == [interpreter_under_test()]


def test_builds_that_were_told_apart_by_their_paths_are_so_again(machine: Path) -> None:
    Path("own.py").touch()
    executor = Made({"3.13": "cpython 3.13.1", "3.13.9/bin/python": "cpython 3.13.1"}, parse=parse)
    axes = {"workload": "own.py:parse", "python": ["3.13", "3.13.9"]}
    rows = stored(examined(axes, executor), axes)
    found = again(1, rows, executor)
    assert set(found.interpreters) == {row["python"] for row in rows}
    assert {found.request(Case.from_columns(row, row["python"])).python for row in rows} == {
        row["executable"] for row in rows
    }
