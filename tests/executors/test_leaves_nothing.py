"""However a trial, its launcher or the runner itself ends: no process of the trial outlives it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PATIENCE_S, WAYS, alive, by_way, eventually, kill, request
from support.traces import IN_PROC, Traces
from support.trials import Run

from runner.executors.launched import LAUNCHER
from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status
from runner.request import TrialRequest

pytestmark = [pytest.mark.skipif(not IN_PROC, reason="finds processes in /proc"), pytest.mark.usefixtures("traces")]

START_METHODS = ["fork", "spawn", "forkserver"]

# A minimal runner: its arguments are the harness's folder and the request.
RUNNER = """
import json, pathlib, sys
from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.request import TrialRequest
with LocalExecutor(harness=pathlib.Path(sys.argv[1])) as executor, Interrupt() as interrupt:
    executor.run(TrialRequest(**json.loads(sys.argv[2])), 120, interrupt, lambda: None)
"""


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """The folder in which each worker of `notes_pid` leaves its process id."""
    folder = tmp_path / "noted"
    folder.mkdir()
    return folder


def pids(noted: Path) -> set[int]:
    return {int(file.name) for file in noted.iterdir()}


@pytest.fixture
def run(broken_executor: LocalExecutor, interrupt: Interrupt) -> Run:
    def run(
        workload: str, way: str, timeout_s: float = PATIENCE_S, tick: Callable[[], Any] = lambda: None, **options: Any
    ) -> Outcome:
        return broken_executor.run(request(workload, *WAYS[way], **options), timeout_s, interrupt, tick)

    return run


@by_way("sequential", "fork", "forkserver")
def test_nothing_is_left_of_a_trial_that_is_ok(run: Run, traces: Traces, noted: Path, way: str) -> None:
    outcome = run("notes_pid", way, FOLDER=str(noted), SECONDS=0.01)
    assert outcome.status is Status.OK
    assert traces.of_trials() == set()
    processes = {getattr(timing, field) for timing in outcome.timings for field in ("pid", "parent_pid")}
    assert pids(noted) <= processes
    # A forkserver is the parent of its workers; the launcher, which stays, is that of the child.
    assert {pid for pid in processes if alive(pid)} <= traces.all()


@by_way("fork")
def test_nothing_is_left_of_a_trial_that_went_wrong(run: Run, traces: Traces, way: str) -> None:
    for workload, params, status in (
        ("raises", {"TEXT": "x"}, Status.FAILED),
        ("exits_hard", {"CODE": 0}, Status.CRASHED),
        ("signals_itself", {"NUMBER": int(signal.SIGKILL)}, Status.CRASHED),
        ("closes_every_descriptor", {}, Status.CRASHED),
    ):
        assert run(workload, way, **params).status is status, workload
        assert traces.of_trials() == set(), workload


@pytest.mark.parametrize("way", ["sequential", "threading"])
def test_nothing_is_left_of_a_thread_that_was_left_running(run: Run, traces: Traces, way: str) -> None:
    assert run("leaves_thread", way).status is Status.OK
    assert traces.of_trials() == set()


@by_way("fork")
def test_nothing_is_left_of_a_trial_that_took_too_long(run: Run, traces: Traces, noted: Path, way: str) -> None:
    seen: set[int] = set()
    outcome = run(
        "notes_pid",
        way,
        timeout_s=1.5,
        tick=lambda: seen.update(traces.of_trials()),
        FOLDER=str(noted),
        SECONDS=600,
    )
    assert outcome.status is Status.TIMEOUT
    assert seen
    assert traces.of_trials() == set()
    assert not any(map(alive, pids(noted)))


@by_way("fork")
def test_nothing_is_left_of_a_trial_that_was_interrupted(run: Run, traces: Traces, noted: Path, way: str) -> None:
    def interrupt_when_the_workers_sleep() -> None:
        eventually(lambda: len(pids(noted)) == (2 if way in START_METHODS else 1))
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt_when_the_workers_sleep)
    sender.start()
    outcome = run("notes_pid", way, FOLDER=str(noted), SECONDS=600)
    sender.join()
    assert outcome.status is Status.INTERRUPTED
    assert traces.of_trials() == set()
    assert not any(map(alive, pids(noted)))


@by_way("fork")
def test_nothing_is_left_of_a_daemon_in_a_session_of_its_own(
    run: Run, traces: Traces, tmp_path: Path, way: str
) -> None:
    note = tmp_path / "daemon"
    outcome = run("leaves_daemon", way, workers=1, PATH=str(note))
    assert outcome.status is Status.OK
    daemon = int(note.read_text())
    assert not alive(daemon)
    assert traces.of_trials() == set()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="looks for shared memory where Linux shows it")
@pytest.mark.parametrize(
    ("way", "end", "status"),
    [
        ("sequential", "ok", Status.OK),
        ("fork", "killed", Status.CRASHED),
        ("spawn", "stuck", Status.INTERRUPTED),
        pytest.param("forkserver", "ok", Status.OK, marks=pytest.mark.slow),
    ],
)
def test_no_shared_memory_is_left_however_a_trial_ends(
    run: Run, noted: Path, way: str, end: str, status: Status
) -> None:
    def interrupt_when_it_is_made() -> None:
        if end == "stuck":
            eventually(lambda: list(noted.iterdir()))
            os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt_when_it_is_made)
    sender.start()
    outcome = run("names_memory", way, workers=1, FOLDER=str(noted), END=end)
    sender.join()
    assert outcome.status is status
    names = [file.name for file in noted.iterdir()]
    assert len(names) == 1
    assert not (Path("/dev/shm") / names[0]).exists()


def test_a_child_that_asks_to_be_traced_ends_as_if_it_had_not(run: Run, traces: Traces) -> None:
    outcome = run("is_traced", "sequential", NUMBER=int(signal.SIGUSR1))
    assert (outcome.status, outcome.reason) == (Status.CRASHED, "the child was killed by SIGUSR1")
    assert run("is_traced", "sequential", NUMBER=int(signal.SIGCONT)).status is Status.OK
    assert traces.of_trials() == set()


# A launcher may not kill a process of another user. Here it may kill none whose name is sleep.
SPARED = f"""
import os, subprocess, sys
sys.path.insert(0, {str(LAUNCHER.parent)!r})
import below
kill = os.kill
def refused(pid, number):
    if below._name(pid) == "sleep":
        raise PermissionError
    kill(pid, number)
def start(*words):
    return subprocess.Popen(words, start_new_session=True).pid
os.kill = refused
spared = {{}}
sleeper, other = start("sleep", "600"), start("tail", "-f", "/dev/null")
print(below.end_all(other, spared) == [(sleeper, "sleep")], below.end_all(start("tail", "-f", "/dev/null"), spared))
kill(sleeper, 9)
"""


def test_what_may_not_be_killed_is_named_once() -> None:
    printed = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SPARED],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert printed.stdout.split("\n") == ["True []", ""], printed.stderr


def test_nothing_is_left_of_a_trial_whose_launcher_was_killed(run: Run, traces: Traces) -> None:
    outcome = run("kills_parent", "sequential")
    assert outcome.status is Status.CRASHED
    eventually(lambda: not traces.of_trials())


def test_nothing_is_left_of_workers_whose_child_was_killed(run: Run, traces: Traces) -> None:
    assert run("kills_parent", "fork").status is Status.CRASHED
    assert traces.of_trials() == set()


def test_the_launcher_outlives_a_trial_that_had_to_be_stopped(run: Run, traces: Traces) -> None:
    assert run("sleeps", "sequential", SECONDS=0).status is Status.OK
    launcher = traces.all()
    for _ in range(3):
        assert run("sleeps", "fork", SECONDS=600, timeout_s=0.1).status is Status.TIMEOUT
        assert traces.all() == launcher


def test_the_launcher_ends_with_the_executor(broken_harness: Path, interrupt: Interrupt, traces: Traces) -> None:
    with LocalExecutor(harness=broken_harness) as executor:
        executor.run(request("sleeps", SECONDS=0.01), 60, interrupt, lambda: None)
        (launcher,) = traces.all()
    assert not alive(launcher)


@pytest.fixture
def start_runner(broken_harness: Path) -> Iterator[Callable[[TrialRequest], subprocess.Popen[bytes]]]:
    """Start a runner in a new process."""
    started: list[subprocess.Popen[bytes]] = []

    def start(asked: TrialRequest) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-c", RUNNER, str(broken_harness), json.dumps(asdict(asked))]
        started.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL))
        return started[-1]

    yield start
    for runner in started:
        runner.kill()
        runner.wait()


StartRunner = Callable[[TrialRequest], subprocess.Popen[bytes]]


def at_work(
    start_runner: StartRunner, traces: Traces, noted: Path, way: str
) -> tuple[subprocess.Popen[bytes], set[int]]:
    """Return a runner whose trial has sleeping workers, and the processes of these workers."""
    runner = start_runner(request("notes_pid", *WAYS[way], FOLDER=str(noted), SECONDS=600))
    eventually(lambda: len(pids(noted)) == (2 if way in START_METHODS else 1))
    workers = pids(noted)
    assert workers < traces.of_trials()
    return runner, workers


@by_way("fork")
def test_nothing_is_left_when_the_runner_is_killed_in_the_middle_of_a_trial(
    start_runner: StartRunner, traces: Traces, noted: Path, way: str
) -> None:
    runner, workers = at_work(start_runner, traces, noted, way)
    runner.kill()
    runner.wait()
    eventually(lambda: not any(map(alive, workers)))
    eventually(lambda: not traces.all())


@by_way("fork")
def test_nothing_is_left_when_runner_and_launcher_are_killed_together(
    start_runner: StartRunner, traces: Traces, noted: Path, way: str
) -> None:
    runner, _ = at_work(start_runner, traces, noted, way)
    launchers = traces.all() - traces.of_trials()
    for pid in (runner.pid, *launchers):
        os.kill(pid, signal.SIGSTOP)  # neither of them can handle that
    for pid in (runner.pid, *launchers):
        kill(pid)
    runner.wait()
    eventually(lambda: not traces.all())


@by_way("fork", among=START_METHODS)
def test_nothing_is_left_when_a_daemon_of_the_trial_outlives_the_runner(
    start_runner: StartRunner, traces: Traces, tmp_path: Path, way: str
) -> None:
    note = tmp_path / "daemon"
    asked = request("leaves_daemon_and_sleeps", *WAYS[way], workers=1, PATH=str(note), SECONDS=600)
    runner = start_runner(asked)
    daemon = int(eventually(lambda: note.exists() and note.read_text()))
    assert alive(daemon)
    runner.kill()
    runner.wait()
    eventually(lambda: not alive(daemon))
    eventually(lambda: not traces.all())


def test_nothing_is_left_when_the_runner_dies_before_it_has_read_an_answer(traces: Traces, noted: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        argv = [sys.executable, "-I", "-S", str(LAUNCHER), str(theirs.fileno())]
        launcher = subprocess.Popen(argv, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
    note_and_sleep = "import os, sys, time; open(f'{sys.argv[1]}/{os.getpid()}', 'w').close(); time.sleep(600)"
    order = {"start": [sys.executable, "-c", note_and_sleep, str(noted)], "env": {}}
    with launcher:
        with ours, Path(os.devnull).open("r+b") as nothing:
            socket.send_fds(ours, [json.dumps(order).encode() + b"\n"], [nothing.fileno()] * 3)
            (child,) = eventually(lambda: pids(noted))
            assert child in traces.of_trials()
        eventually(lambda: not alive(child))
    eventually(lambda: not traces.all())
