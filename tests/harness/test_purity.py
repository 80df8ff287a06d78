"""Nothing of this project, nor of what it depends on, comes into the interpreter that is measured."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.helpers import request as trial_request

from runner.executors.local import HARNESS, LocalExecutor, interpreter_under_test
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status

MODULES = sorted(HARNESS.rglob("*.py"))
OWN_NAMES = sorted({path.stem for path in HARNESS.iterdir() if not path.name.startswith("__")})
PROJECT = ["runner", "analysis", "sqlalchemy", "pydantic", "yaml", "rich", "typer", "alembic"]
WAYS = [
    ("sequential", None),
    ("threading", None),
    ("multiprocessing", "fork"),
    ("multiprocessing", "spawn"),
    ("multiprocessing", "forkserver"),
]

of_every_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(HARNESS)))
by_every_way = pytest.mark.parametrize(("mode", "start_method"), WAYS, ids=[method or mode for mode, method in WAYS])


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level name of each absolute import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@of_every_module
def test_the_harness_imports_the_standard_library_alone(module: Path) -> None:
    allowed = {*sys.stdlib_module_names, "runner_harness"}
    assert set(imported(ast.parse(module.read_text(encoding="utf-8")))) <= allowed


@of_every_module
def test_the_harness_is_written_in_the_syntax_of_python_3_9(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert ast.get_docstring(tree)


def test_the_harness_is_what_these_tests_take_it_for() -> None:
    assert {"child", "facts", "job", "measure", "modes", "tasks", "wire", "workloads"} <= set(OWN_NAMES)


def run(executor: LocalExecutor, interrupt: Interrupt, way: tuple[str, str | None], **names: list[str]) -> Outcome:
    (workload,) = names
    asked = trial_request(workload, *way, NAMES=names[workload])
    return executor.run(asked, timeout_s=60, interrupt=interrupt, tick=lambda: None)


@pytest.fixture
def never_installed() -> list[str]:
    """The project and its dependencies, but for what the interpreter under test has installed for itself."""
    script = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if not importlib.util.find_spec(n)])"
    asked = subprocess.run(
        [interpreter_under_test(), "-I", "-c", script, *PROJECT], capture_output=True, text=True, check=True
    )
    names = asked.stdout.split()
    assert "runner" in names or sys.prefix == sys.base_prefix
    return names


@by_every_way
def test_no_name_of_the_harness_or_the_project_can_be_imported_where_a_trial_runs(
    broken_executor: LocalExecutor,
    interrupt: Interrupt,
    monkeypatch: pytest.MonkeyPatch,
    never_installed: list[str],
    mode: str,
    start_method: str | None,
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    outcome = run(broken_executor, interrupt, (mode, start_method), imports=[*OWN_NAMES, *never_installed])
    assert (outcome.status, outcome.reason) == (Status.OK, None)


def test_a_name_that_can_be_imported_would_be_noticed(broken_executor: LocalExecutor, interrupt: Interrupt) -> None:
    outcome = run(broken_executor, interrupt, ("sequential", None), imports=["wire", "json"])
    assert outcome.reason == "worker 0: ImportError: json"


@pytest.mark.parametrize("mode", ["sequential", "threading"])
def test_a_mode_without_processes_does_not_load_multiprocessing(
    broken_executor: LocalExecutor, interrupt: Interrupt, mode: str
) -> None:
    outcome = run(broken_executor, interrupt, (mode, None), has_not_loaded=["multiprocessing"])
    assert (outcome.status, outcome.reason) == (Status.OK, None)


def test_a_module_that_is_loaded_would_be_noticed(broken_executor: LocalExecutor, interrupt: Interrupt) -> None:
    outcome = run(broken_executor, interrupt, ("multiprocessing", "fork"), has_not_loaded=["multiprocessing"])
    assert outcome.reason == "worker 0: ImportError: multiprocessing"
