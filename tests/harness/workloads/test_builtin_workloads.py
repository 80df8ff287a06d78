"""What holds for every built-in workload."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest
from support.workload_driver import MODULES, PACKAGE, named

from runner.harness.workloads import WORKLOADS

FOLDER = Path(importlib.import_module(PACKAGE).__file__).parent
FILES = sorted(FOLDER.glob("*.py"))
KNOWN_MODES = {
    "sequential",
    "threading",
    "multiprocessing",
    "thread_pool",
    "process_pool",
    "interpreter_pool",
    "asyncio",
}
GIVEN = {"share": 1, "hand": 0, "serve": 3, "check": 1}
"""How many arguments a hook is called with before its axes; `setup` is given what is shared."""

AXES = {"NUM": "int", "SIZE": "int", "TIME": "float"}
SMALL = {"NUM": 3_000, "SIZE": 100_000}
ALIVE = [name for name, module in MODULES.items() if module not in ("handing_over", "crashing")]
WAYS = ["sequential", "threading", "fork", "spawn", "thread_pool", "process_pool_fork"]

of_every_workload = pytest.mark.parametrize("name", MODULES)
of_every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def axes_of(function):
    return [name for name in inspect.signature(function).parameters if name.isupper()]


def test_the_table_of_the_tests_has_every_workload():
    found = {}
    for file in FILES:
        module = importlib.import_module(f"{PACKAGE}.{file.stem}")
        for name, value in vars(module).items():
            own = isinstance(value, FunctionType) and value.__module__ == module.__name__
            if (
                own
                and not name.startswith("_")
                and file.stem not in ("__init__", "payloads", "study")
                and name != "text"
            ):
                found[name] = file.stem
    assert found == MODULES
    assert found == {name: module for name, module in WORKLOADS.items() if module != "study"}


@of_every_workload
def test_what_it_isolates_is_said_in_one_sentence(name):
    first = (named(name).__doc__ or "").split("\n")[0]
    assert first.endswith(".")
    assert 40 < len(first) <= 120


@of_every_workload
def test_its_parameters_are_one_that_hooks_make_and_then_axes(name):
    workload = named(name)
    parameters = list(inspect.signature(workload).parameters.values())
    made = [hook for hook in ("share", "setup", "hand") if hasattr(workload, hook)]
    axes = parameters[1:] if made else parameters
    assert {axis.name: axis.annotation for axis in axes}.items() <= AXES.items()
    assert axes
    assert not made or parameters[0].name.islower()


@of_every_workload
def test_its_hooks_are_known_functions_that_name_its_own_axes(name):
    workload = named(name)
    given = {**GIVEN, "setup": int(hasattr(workload, "share"))}
    hooks = {hook: value for hook, value in vars(workload).items() if hook != "modes"}
    assert set(hooks) <= set(given)
    for hook, function in hooks.items():
        assert isinstance(function, FunctionType)
        assert set(axes_of(function)) <= set(axes_of(workload))
        assert len(inspect.signature(function).parameters) - len(axes_of(function)) == given[hook]


@of_every_workload
def test_its_modes_are_known_and_what_is_shared_is_shared_where_that_can_be(name):
    workload = named(name)
    modes = getattr(workload, "modes", tuple(sorted(KNOWN_MODES)))
    assert isinstance(modes, tuple)
    assert set(modes) <= KNOWN_MODES
    assert "sequential" in modes, "there would be no baseline"
    if hasattr(workload, "share"):
        assert "interpreter_pool" not in modes
    if hasattr(workload, "serve"):
        assert not {mode for mode in modes if mode.endswith("_pool")}


@of_every_file
def test_it_is_written_for_python_3_9_and_its_library_alone(file):
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom):
            # Relative imports only within the folder: its name and its place may change.
            assert node.level == 1 or (node.level == 0 and node.module.partition(".")[0] in sys.stdlib_module_names)


@of_every_file
def test_a_worker_imports_nothing_for_it_that_an_interpreter_has_not_loaded(file):
    script = (
        f"import sys, runner.harness; before = set(sys.modules); import {PACKAGE}.{file.stem};"
        "print(*set(sys.modules) - before - {'__future__'})"
    )
    repository = FOLDER.parents[2]
    asked = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True, timeout=60
    )
    assert [name for name in asked.stdout.split() if not name.startswith(PACKAGE)] == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ALIVE)
def test_all_its_calls_pass_their_check_in_every_way(trial, name, way):
    axes = {axis: SMALL[axis] for axis in axes_of(named(name))}
    tally = trial(way, name, calls=3, **axes).tally
    assert (tally["made"], tally["passed"]) == (3, 3)
    assert not any(tally["exit_codes"])
