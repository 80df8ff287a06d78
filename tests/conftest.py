"""Fixtures. No test can touch a store of the user: every one runs in an empty folder of its own."""

import gc
import json
import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.fakes import timing
from support.helpers import PATIENCE_S, Finished, command_line, eventually
from support.here import run_here
from support.stores import outcome
from support.traces import MARK, Traces
from support.turnstile import Turnstile

from runner.executors.local import HARNESS, LocalExecutor
from runner.facts import Probe
from runner.host import fitness
from runner.interrupt import Interrupt
from runner.outcome import Outcome
from runner.request import TrialRequest
from runner.signals import interruptible

BROKEN_WORKLOADS = Path(__file__).with_name("support") / "broken_workloads.py"
PROBED: dict[tuple[str | None, str], Probe] = {}
"""By interpreter and environment."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look seldom for garbage, and never among what was imported: it took a tenth of the time of the tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 10, 10)
        gc.enable()


@pytest.fixture(autouse=True, scope="session")
def signals_heeded() -> Iterator[None]:
    """Make sure that programs started by tests do not ignore signals because pytest does (`nohup`, a script's `&`).

    A new program inherits an ignored signal, but not a signal with a handler.
    """
    ignored = [number for number in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(autouse=True, scope="session")
def own_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Use a separate host lock, so that tests and sweeps on this host do not wait for each other."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RUNNER_HOST_LOCK", str(tmp_path_factory.getbasetemp() / "host.lock"))
        yield


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run each test in an empty folder, with no store named in the environment and no terminal settings."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("RUNNER_STORE", "COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUNNER_HOST_LOCK", str(tmp_path / "host.lock"))  # tests run side by side
    return folder


@pytest.fixture
def cli(own_folder: Path) -> Callable[..., Finished]:
    """Run a command line in this process, at a tenth of the cost of a new process."""
    return run_here


@pytest.fixture
def program(own_folder: Path) -> Callable[..., Finished]:
    """Run a command line in a new process, as a user would; `options` are those of `subprocess.run`."""

    def run(*words: str, module: str = "runner", **options: Any) -> Finished:
        result = subprocess.run(
            command_line(*words, module=module),
            env=options.pop("env", dict(os.environ)),  # without variables that a library has set in the C environment
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
            check=False,
            **options,
        )
        assert "Traceback" not in result.stderr, result.stderr
        return Finished(result.returncode, result.stdout, result.stderr)

    return run


@pytest.fixture
def grid_file(own_folder: Path) -> Callable[[str], str]:
    """Write a grid file into the folder of the test and return its name."""

    def write(text: str, name: str = "grid.yaml") -> str:
        (own_folder / name).write_text(text, encoding="utf-8")
        return name

    return write


@pytest.fixture
def turnstile(tmp_path: Path) -> Turnstile:
    """Hold a sweep in the middle of a trial."""
    return Turnstile(tmp_path / "turnstile")


@pytest.fixture(scope="session")
def broken_harness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the harness whose workloads are those of support/broken_workloads.py."""
    folder = tmp_path_factory.mktemp("broken") / "harness"
    shutil.copytree(HARNESS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BROKEN_WORKLOADS, folder / "workloads" / "__init__.py")
    return folder


@pytest.fixture
def probed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reuse the probe of an interpreter: for tests that ask for the facts of the same one again and again."""
    probe = LocalExecutor.probe

    def probe_once(
        executor: LocalExecutor,
        interrupt: Interrupt,
        python: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Probe:
        asked = (python, json.dumps(env))
        if asked not in PROBED:
            PROBED[asked] = probe(executor, interrupt, python, env)
        # As `LocalExecutor.probe` does: a trial that is run after all finds it there.
        executor._probes[python or executor._interpreter] = PROBED[asked]
        return PROBED[asked]

    monkeypatch.setattr(LocalExecutor, "probe", probe_once)


@pytest.fixture(autouse=True, scope="session")
def no_glance() -> Iterator[None]:
    """Do not look at this machine before each sweep: it is busy with other tests, and looking takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitness, "problems", lambda *_: [])
        yield


@pytest.fixture
def trials_at_once(monkeypatch: pytest.MonkeyPatch, probed_before: None) -> None:
    """Let trials succeed at once and without a process: for tests of which trials are run, not of how."""

    def run(
        executor: LocalExecutor, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]
    ) -> Outcome:
        here = executor.probe(interrupt, request.python, request.env)
        return outcome(host=here.host, timings=[timing(worker) for worker in range(request.workers)])

    monkeypatch.setattr(LocalExecutor, "run", run)


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor() as local:
        yield local


@pytest.fixture
def broken_executor(broken_harness: Path) -> Iterator[LocalExecutor]:
    with LocalExecutor(harness=broken_harness) as local:
        yield local


@pytest.fixture
def interrupt() -> Iterator[Interrupt]:
    with interruptible() as noted:
        yield noted


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traces]:
    """Find the processes that the test starts; those that are left, even by a failed test, are ended here."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    found = Traces(mark)
    yield found
    eventually(lambda: not found.kill_all())
