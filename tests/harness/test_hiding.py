"""Files with the names of modules of the standard library, beside a user's function."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.own_trials import FINE, ended, name_of, run, ways

from runner.executors.local import HARNESS, LocalExecutor
from runner.harness import facts
from runner.harness.hiding import hidden, is_loaded_from
from runner.harness.modes import IN_EVERY_MODE, MODES
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.request import Reference, TrialRequest

HERE = facts.interpreter()
WAYS = ways(HERE["modes"], HERE["start_methods"])
QUICK = {"multiprocessing-spawn", "process_pool-fork", "asyncio"}
FUNCTION = """\
def work(shared):
    return shared

def share(context):
    return 7

work.share = share
work.check = lambda result: result == 7
"""


def imported_in(mode: str) -> set[str]:
    """Return the modules that an interpreter has loaded when it has imported what trials in a mode import."""
    script = (
        f"import sys, json, {', '.join((*IN_EVERY_MODE, *MODES[mode].imports))}; print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([interpreter_under_test(), "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout)) - {"json"}


@pytest.mark.parametrize(
    "way", [pytest.param(way, id=name_of(way), marks=[] if name_of(way) in QUICK else pytest.mark.slow) for way in WAYS]
)
def test_a_trial_imports_no_more_of_the_standard_library_than_the_table_of_modes_says(
    executor: LocalExecutor, tmp_path: Path, way: tuple[str, str | None]
) -> None:
    """Every other module is hidden by a file that cannot be imported."""
    for name in sys.stdlib_module_names - imported_in(way[0]):
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError(__name__)\n")
    (tmp_path / "my_own.py").write_text(FUNCTION)
    function = Reference(
        name="my_own.py:work", module="my_own", qualname="work", folder=str(tmp_path), file=str(tmp_path / "my_own.py")
    )
    can_share, share = MODES[way[0]].can_share, {"share": []}
    request = TrialRequest(
        workload=function.name,
        params={} if can_share else {"shared": 7},
        mode=way[0],
        start_method=way[1],
        workers=1 if way[0] == "sequential" else 2,
        calls=2,
        takes={
            "function": [] if can_share else ["shared"],
            "positional": 0,
            "check": [],
            **(share if can_share else {}),
        },
        function=function,
        conditions={"barrier": True},
    )
    outcome = run(executor, request)
    assert ended(outcome) == FINE, outcome.output


@pytest.mark.parametrize(("safe_path", "is_hidden"), [("", True), ("1", False)])
def test_a_probe_says_what_the_current_folder_hides_from_processes_that_are_started_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, safe_path: str, is_hidden: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("selectors.py", "calendar.py"):  # of which only the first is imported as a process starts
        Path(name).touch()
    with LocalExecutor() as executor, Interrupt() as interrupt:
        found = executor.probe(interrupt, env={"PYTHONSAFEPATH": safe_path}).hidden
    assert found == ({"selectors": str(tmp_path / "selectors.py")} if is_hidden else {})


def test_only_what_an_import_would_find_hides_a_module(tmp_path: Path) -> None:
    for name in ("queue/__init__.py", "random.py", "email/message.py", "types.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = ["queue", "random", "email", "types", "socket"]
    found = {"queue": str(tmp_path / "queue/__init__.py"), "random": str(tmp_path / "random.py")}
    assert hidden(str(tmp_path), names) == found
    assert hidden(str(tmp_path / "nowhere"), names) == {}


def test_a_module_is_known_by_its_file() -> None:
    assert is_loaded_from("json", json.__file__)
    assert not is_loaded_from("json", str(HARNESS / "job.py"))
    assert not is_loaded_from("sys", json.__file__)
