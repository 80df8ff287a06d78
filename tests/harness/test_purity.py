"""Nothing of this project, nor of what it depends on, comes into the interpreter that is measured."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.helpers import WAYS, by_way
from support.helpers import request as trial_request
from support.own_trials import FINE, OwnTrials, Way, ended, run

from runner.executors.local import HARNESS, LocalExecutor
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.outcome import Outcome

MODULES = sorted(HARNESS.rglob("*.py"))
OWN_NAMES = sorted({path.stem for path in HARNESS.iterdir() if not path.name.startswith("__")})
PROJECT = ["runner", "analysis", "sqlalchemy", "pydantic", "yaml", "rich", "typer", "alembic"]


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level name of each absolute import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_the_harness_imports_the_standard_library_alone() -> None:
    allowed = {*sys.stdlib_module_names, "runner_harness"} - {"__future__"}  # see record.py
    found = {module: set(imported(ast.parse(module.read_text(encoding="utf-8")))) for module in MODULES}
    assert {module: names - allowed for module, names in found.items() if names - allowed} == {}


def test_the_harness_is_written_in_the_syntax_of_python_3_9() -> None:
    trees = {module: ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, 9)) for module in MODULES}
    assert [module for module, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_the_harness_is_what_these_tests_take_it_for() -> None:
    assert {"child", "facts", "job", "measure", "modes", "tasks", "wire", "workloads"} <= set(OWN_NAMES)


@pytest.fixture(scope="module")
def broken_executor(broken_harness: Path) -> Iterator[LocalExecutor]:
    with LocalExecutor(harness=broken_harness) as local:
        with pytest.MonkeyPatch.context() as environment, Interrupt() as interrupt:
            environment.delenv("PYTHONPATH", raising=False)
            local.probe(interrupt)  # now its launcher has the environment of all trials
        yield local


def asked(executor: LocalExecutor, way: str, workload: str, names: list[str]) -> Outcome:
    """Run one of the broken workloads, which are told names of modules."""
    return run(executor, trial_request(workload, *WAYS[way], NAMES=names))


@pytest.fixture(scope="module")
def never_installed() -> list[str]:
    """Return the project and its dependencies, but for what the interpreter under test has installed for itself."""
    script = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if not importlib.util.find_spec(n)])"
    done = subprocess.run(
        [interpreter_under_test(), "-I", "-c", script, *PROJECT], capture_output=True, text=True, check=True
    )
    names = done.stdout.split()
    assert "runner" in names or sys.prefix == sys.base_prefix
    return names


@by_way("sequential", "spawn")
def test_no_name_of_the_harness_or_the_project_can_be_imported_where_a_trial_runs(
    broken_executor: LocalExecutor, never_installed: list[str], way: str
) -> None:
    assert ended(asked(broken_executor, way, "imports", [*OWN_NAMES, *never_installed])) == FINE


def test_a_name_that_can_be_imported_would_be_noticed(broken_executor: LocalExecutor) -> None:
    assert asked(broken_executor, "sequential", "imports", ["wire", "json"]).reason == "worker 0: ImportError: json"


@pytest.mark.parametrize("way", ["sequential", "threading"])
def test_a_mode_without_processes_does_not_load_multiprocessing(broken_executor: LocalExecutor, way: str) -> None:
    assert ended(asked(broken_executor, way, "has_not_loaded", ["multiprocessing"])) == FINE


def test_a_module_that_is_loaded_would_be_noticed(broken_executor: LocalExecutor) -> None:
    outcome = asked(broken_executor, "fork", "has_not_loaded", ["multiprocessing"])
    assert outcome.reason == "worker 0: ImportError: multiprocessing"


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (("multiprocessing", "spawn"), {"copies", "ends", "job", "measure", "record", "stacks", "worker"}),
        (("process_pool", "spawn"), {"copies", "measure", "pool_worker", "record", "stacks"}),
    ],
    ids=["multiprocessing", "process_pool"],
)
def test_a_spawned_worker_imports_no_more_of_the_harness_than_it_needs(
    own: OwnTrials, tmp_path: Path, way: Way, expected: set[str]
) -> None:
    """Each module would take time inside the window. Nor does the harness make it import others for itself."""
    path = tmp_path / "modules"
    assert ended(own.run("notes_modules", way, workers=1, PATH=str(path))) == FINE
    modules = set(path.read_text().split())
    assert {name.partition(".")[2] for name in modules if name.startswith("runner_harness.")} == expected
    assert "__future__" not in modules
    assert ("multiprocessing.popen_spawn_posix" in modules) == (way[0] == "process_pool")  # whose queues need it
