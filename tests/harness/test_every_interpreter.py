"""The harness in every interpreter of this machine that it is made for."""

import functools
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PATIENCE_S
from support.own_trials import FINE, OwnTrials, builtin_request, calls_made, ended, name_of, run, ways

from runner.executors.local import LocalExecutor
from runner.harness.modes import MODES
from runner.host.interpreters import OLDEST, ask, installed, interpreter_under_test
from runner.interrupt import Interrupt


@functools.cache
def interpreters() -> Mapping[str, str]:
    """Return the path of every such interpreter: on the PATH, of pyenv, of uv, and the current one."""
    current = ask([Path(os.path.realpath(interpreter_under_test()))])
    found = [one for one in (*installed(os.environ), *current) if one and one.version >= OLDEST]
    return {f"{one.implementation} {one.release} {one.path}": str(one.path) for one in found}


pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("python", interpreters().values(), ids=interpreters().keys()),
]


def answer_of(interpreter: str, expression: str) -> str:
    """Return what an interpreter makes of `expression`."""
    script = f"import sys, platform; print({expression})"
    return subprocess.check_output([interpreter, "-I", "-c", script], text=True, timeout=PATIENCE_S).strip()


def test_every_interpreter_runs_every_mode_that_it_has(python: str, executor: LocalExecutor, tmp_path: Path) -> None:
    """The runner's own workload, and a function with all that can go with one."""
    own = OwnTrials(executor, tmp_path, python)
    with Interrupt() as interrupt:
        probe = executor.probe(interrupt, python)
    found: dict[str, Any] = {}
    for way in ways(probe.interpreter.modes, probe.interpreter.start_methods):
        if way[1] in probe.unfit.get(way[0], {}):
            continue
        bare = run(executor, builtin_request("cpu_bound", way, python=python, NUM=1_000))
        note = tmp_path / name_of(way)
        full = own.run("notes", way, calls=3, warmup_calls=1, PATH=str(note))
        found[name_of(way)] = (ended(bare), calls_made(bare), bare.output, ended(full), calls_made(full), full.output)
        assert len(note.read_text().splitlines()) == (5 if way[0] == "sequential" else 7)
    assert found == dict.fromkeys(found, (FINE, 2, None, FINE, 3, None))
    assert ended(own.run("notes_async", ("asyncio", None), PATH=str(tmp_path / "async"))) == FINE


def test_every_interpreter_starts_whatever_lock_the_environment_asks_for(
    python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Interrupt() as interrupt:
        facts = []
        for asked in ("0", "1"):
            monkeypatch.setenv("PYTHON_GIL", asked)
            with LocalExecutor(python) as executor:
                facts.append(executor.probe(interrupt).interpreter)
    assert facts[0] == facts[1]


def test_every_interpreter_tells_what_it_is_and_which_modes_it_has(python: str, executor: LocalExecutor) -> None:
    with Interrupt() as interrupt:
        facts = executor.probe(interrupt, python).interpreter
    version = answer_of(python, "sys.version.split()[0]")
    implementation = answer_of(python, "sys.implementation.name")
    assert (facts.implementation, facts.version) == (implementation, version)
    assert facts.label.removesuffix("t") == f"{implementation} {version}"
    assert set(facts.start_methods) >= {"fork", "spawn"}
    has_pool_of_interpreters = implementation == "cpython" and answer_of(python, "sys.version_info >= (3, 14)")
    expected = [mode for mode in MODES if mode != "interpreter_pool" or has_pool_of_interpreters == "True"]
    assert list(facts.modes) == expected


def test_every_interpreter_tells_with_which_start_methods_its_own_pool_of_processes_fails(
    python: str, executor: LocalExecutor, tmp_path: Path
) -> None:
    """As a script without this project would find out."""
    with Interrupt() as interrupt:
        probe = executor.probe(interrupt, python)
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    failing = []
    for method in probe.interpreter.start_methods:
        ended = subprocess.run([python, "-I", script, method], capture_output=True, timeout=PATIENCE_S, check=False)
        failing += [method] if ended.returncode else []
    assert sorted(probe.unfit.get("process_pool", {})) == sorted(failing)


POOL = """
import concurrent.futures, multiprocessing, sys
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(len, "").result()
"""


def test_every_interpreter_names_threads_after_what_they_do_where_it_does_at_all(
    python: str, executor: LocalExecutor
) -> None:
    outcome = run(executor, builtin_request("cpu_bound", ("threading", None), python=python, NUM=1_000))
    names_targets = answer_of(python, "sys.version_info >= (3, 10)") == "True"
    expected = {f"Thread-{number} (cpu_bound)" if names_targets else f"Thread-{number}" for number in (1, 2)}
    assert {timing.thread_name for timing in outcome.timings} == expected
