"""What holds for every built-in workload."""

import ast
import importlib
import inspect
import itertools
import json
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest
from support.own_trials import FINE, calls_made, ended

from runner.harness import workloads
from runner.harness.modes import MODES
from runner.harness.signature import describe
from runner.harness.workloads import WORKLOADS, load
from runner.host.interpreters import interpreter_under_test

FOLDER = Path(workloads.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))
GIVEN = {"share": 1, "hand": 0, "serve": 3, "check": 1}
"""How many arguments a hook is called with before its axes; `setup` is given what is shared."""

AXES = {"NUM": int, "SIZE": int, "TIME": float}
SMALL = {"NUM": 3_000, "SIZE": 100_000, "TIME": 0.001}
ALIVE = [name for name, module in WORKLOADS.items() if module not in ("study", "handing_over", "crashing")]
WAYS = ["threading", "spawn", "sequential", "fork", "thread_pool", "process_pool_fork"]
QUICK = [
    *((name, "threading") for name in ALIVE),
    *((name, "spawn") for name in ("lock_contention", "shared_reference")),
]
"""One way for each; and what is shared, which a spawned worker gets pickled."""

of_every_workload = pytest.mark.parametrize("name", WORKLOADS)
of_every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def axes_of(function):
    return [name for name in inspect.signature(function).parameters if name.isupper()]


def test_every_public_function_is_in_the_table_but_for_the_helpers():
    found = {}
    for file in FILES:
        module = importlib.import_module(f"{workloads.__name__}.{file.stem}")
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_"):
                found[name] = file.stem
    helpers = {"load", "payload", "is_payload", "text", "sharing_modes"}
    assert {name: module for name, module in found.items() if name not in helpers} == WORKLOADS


@of_every_workload
def test_what_it_isolates_is_said_in_one_sentence(name):
    first = (load(name).__doc__ or "").split("\n")[0]
    assert first.endswith(".")
    assert 40 < len(first) <= 120


@of_every_workload
def test_its_parameters_are_one_that_hooks_make_and_then_axes(name):
    workload = load(name)
    parameters = list(inspect.signature(workload).parameters.values())
    made = [hook for hook in ("share", "setup", "hand") if hasattr(workload, hook)]
    axes = parameters[1:] if made else parameters
    assert {axis.name: axis.annotation for axis in axes}.items() <= AXES.items()
    assert axes
    assert not made or parameters[0].name.islower()


@of_every_workload
def test_its_hooks_are_known_functions_that_name_its_own_axes(name):
    workload = load(name)
    given = {**GIVEN, "setup": int(hasattr(workload, "share"))}
    hooks = {hook: value for hook, value in vars(workload).items() if hook != "modes"}
    assert set(hooks) <= set(given)
    for hook, function in hooks.items():
        assert isinstance(function, FunctionType)
        assert set(axes_of(function)) <= set(axes_of(workload))
        assert len(inspect.signature(function).parameters) - len(axes_of(function)) == given[hook]


@of_every_workload
def test_its_modes_are_known_and_what_is_shared_is_shared_where_that_can_be(name):
    modes = describe(load(name))["modes"] or list(MODES)
    assert set(modes) <= set(MODES)
    assert "sequential" in modes, "there would be no baseline"
    if hasattr(load(name), "share"):
        assert all(MODES[mode].can_share for mode in modes)
    if hasattr(load(name), "serve"):
        assert not any(MODES[mode].makes_tasks for mode in modes)


@pytest.mark.parametrize("name", ["lock_contention", "shared_reference", "crashing"])
def test_what_only_needs_to_share_runs_in_every_mode_that_can(name):
    assert describe(load(name))["modes"] == [mode for mode in MODES if MODES[mode].can_share]


@of_every_file
def test_it_is_written_for_python_3_9_and_its_library_alone(file):
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom):
            # Relative imports within the harness: its name and its place may change.
            assert node.level > 0 or (node.level == 0 and node.module.partition(".")[0] in sys.stdlib_module_names)


def test_a_worker_imports_nothing_for_them_that_an_interpreter_has_not_loaded():
    package = workloads.__name__
    script = f"""
import importlib, json, os, sys
sys.path.insert(0, {str(FOLDER.parents[2])!r})
import runner.harness
before = set(sys.modules)
for name in {[file.stem for file in FILES]}:
    importlib.import_module("{package}." + name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    asked = subprocess.run(
        [interpreter_under_test(), "-I", "-S", "-c", script], capture_output=True, text=True, check=True
    )
    assert [name for name in json.loads(asked.stdout) if not name.startswith(package)] == []


@pytest.mark.parametrize(
    ("name", "way"),
    [pytest.param(*each, marks=[] if each in QUICK else pytest.mark.slow) for each in itertools.product(ALIVE, WAYS)],
)
def test_all_its_calls_pass_their_check_in_every_way(trial, name, way):
    axes = {axis: SMALL[axis] for axis in axes_of(load(name))}
    outcome = trial(way, name, calls=3, workers=1 if way == "spawn" else 2, **axes)
    assert (ended(outcome), calls_made(outcome)) == (FINE, 3)
