"""However a trial goes wrong, it becomes an outcome that says why, and the next trial is none the worse for it."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, by_way, eventually, request
from support.trials import Run, ended, trial, works

from runner.errors import ExecutorBroken
from runner.executors.child import LATE_S, TICK_S
from runner.executors.launched import LAUNCHER
from runner.executors.local import LocalExecutor
from runner.host.activity import HostCounters, Reading
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.outcome import Status
from runner.signals import SIGNALS

IN_THE_CHILD = ["sequential", "threading"]
IN_PROCESSES = ["fork", "spawn", "forkserver"]

by_every_way = by_way("sequential", "threading", "fork")
by_every_way_of_processes = by_way("fork", among=IN_PROCESSES)


@pytest.fixture
def interpreter_within(tmp_path: Path) -> Callable[..., str]:
    """Create an interpreter with limits: ``ulimit`` with these options."""

    def make(*limits: str) -> str:
        script = tmp_path / "limited-python"
        lines = ["#!/bin/sh", *(f"ulimit {limit}" for limit in limits)]
        script.write_text("\n".join([*lines, f'exec {shlex.quote(interpreter_under_test())} "$@"\n']))
        script.chmod(0o755)
        return str(script)

    return make


# The workload raises.


@by_every_way
def test_a_workload_that_raises_fails_with_type_message_and_traceback(run: Run, way: str) -> None:
    outcome = run("raises", way, TEXT="no such luck")
    assert ended(outcome) == (Status.FAILED, "worker 0: ValueError: no such luck")
    assert len(outcome.timings) == (1 if way == "sequential" else 2)
    for timing in outcome.timings:
        assert (timing.error_type, timing.error_message) == ("ValueError", "no such luck")
        assert "raise ValueError(TEXT)" in timing.traceback
        assert timing.begin_ns <= timing.end_ns <= outcome.end_ns


@by_every_way
def test_an_exception_that_cannot_be_printed_is_an_outcome_too(run: Run, way: str) -> None:
    outcome = run("raises_unspeakable", way)
    assert ended(outcome) == (Status.FAILED, "worker 0: Unspeakable: (its str() raised RuntimeError)")


@by_every_way
def test_a_workload_that_calls_sys_exit_has_failed_whatever_the_code(run: Run, way: str) -> None:
    for code in (0, 3):
        assert ended(run("exits", way, CODE=code)) == (Status.FAILED, f"worker 0: SystemExit: {code}")


def test_the_calls_before_the_one_that_raised_are_kept_and_none_follows_it(
    one_executor: LocalExecutor, interrupt: Interrupt
) -> None:
    asked = replace(request("second_call_raises"), calls=4)
    outcome = one_executor.run(asked, PATIENCE_S, interrupt, lambda: None)
    assert ended(outcome) == (Status.FAILED, "worker 0: KeyError: 'second'")
    assert [(timing.call, timing.error_type) for timing in outcome.timings] == [(0, None), (1, "KeyError")]


def test_a_very_long_message_does_not_make_a_very_long_outcome(run: Run) -> None:
    outcome = run("raises_at_length", CHARACTERS=5_000_000)
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert len(outcome.reason) < 50_000
    assert all(len(timing.traceback) < 50_000 for timing in outcome.timings)


def test_every_text_of_an_outcome_can_be_written_as_utf_8(run: Run) -> None:
    """A file name that is not UTF-8 reaches an exception's message as a lone surrogate."""
    outcome = run("raises", TEXT="no file \udcff")
    assert outcome.status is Status.FAILED
    texts = [outcome.reason, *(value for timing in outcome.timings for value in timing.columns().values())]
    assert [text for text in texts if isinstance(text, str) and not is_utf_8(text)] == []


def is_utf_8(text: str) -> bool:
    return text == text.encode("utf-8", "ignore").decode("utf-8")


@by_every_way
def test_a_workload_that_runs_out_of_descriptors_fails_with_that_error(
    broken_harness: Path, interrupt: Interrupt, interpreter_within: Callable[..., str], way: str
) -> None:
    with LocalExecutor(interpreter_within("-n 64"), broken_harness) as executor:
        outcome = trial(executor, interrupt, "exhausts_descriptors", way)
    assert ended(outcome) == (Status.FAILED, "worker 0: OSError: [Errno 24] Too many open files")


@by_way("threading", "fork")
@pytest.mark.parametrize("workload", ["raises_what_exits_when_described", "breaks_its_record"])
def test_a_trial_whose_worker_could_not_record_its_call_is_never_ok(run: Run, way: str, workload: str) -> None:
    outcome = run(workload, way)
    assert outcome.status in (Status.FAILED, Status.CRASHED)
    assert outcome.reason


def test_a_workload_that_is_not_there_is_a_trial_that_failed_to_start(run: Run) -> None:
    assert ended(run("no such workload")) == (
        Status.FAILED,
        "worker 0 could not be started: KeyError: 'no such workload'",
    )


# The child or a worker dies.


@pytest.mark.parametrize("way", IN_THE_CHILD)
def test_a_child_that_just_ends_has_crashed_whatever_the_code(run: Run, way: str) -> None:
    for code in (0, 7):
        outcome = run("exits_hard", way, CODE=code)
        assert ended(outcome) == (Status.CRASHED, f"the child exited with code {code} before its work was done")
        assert (outcome.timings, outcome.start_ns, outcome.end_ns, outcome.wall_ns) == ((), None, None, None)


@by_every_way_of_processes
def test_a_worker_that_just_ends_has_crashed_whatever_the_code(run: Run, way: str) -> None:
    for code in (0, 7):
        outcome = run("exits_hard", way, CODE=code)
        who = f"worker 0 (pid {outcome.timings[0].pid})"
        assert ended(outcome) == (Status.CRASHED, f"{who} exited with code {code} before its work was done")


@pytest.mark.parametrize("way", IN_THE_CHILD)
def test_a_signal_that_kills_the_child_is_named(run: Run, way: str) -> None:
    for number in (signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM):
        outcome = run("signals_itself", way, NUMBER=int(number))
        assert ended(outcome) == (Status.CRASHED, f"the child was killed by {number.name}")


@by_every_way_of_processes
def test_a_signal_that_kills_a_worker_is_named(run: Run, way: str) -> None:
    for number in (signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM):
        outcome = run("signals_itself", way, NUMBER=int(number))
        who = f"worker 0 (pid {outcome.timings[0].pid})"
        assert ended(outcome) == (Status.CRASHED, f"{who} was killed by {number.name}")


@by_every_way_of_processes
def test_a_worker_that_dies_leaves_a_row_without_a_begin_and_takes_no_other_with_it(run: Run, way: str) -> None:
    outcome = run("kills_second_process", way)
    survivor, dead = outcome.timings
    assert ended(outcome) == (Status.CRASHED, f"worker 1 (pid {dead.pid}) was killed by SIGKILL")
    assert (survivor.worker, survivor.error_type) == (0, None)
    assert survivor.begin_ns < survivor.end_ns
    assert (dead.worker, dead.call, dead.error_type) == (1, 0, "WorkerDied")
    assert (dead.begin_ns, dead.end_ns, dead.peak_rss_bytes) == (None, None, None)
    assert dead.process_name.endswith("Process-2")
    assert dead.submitted_ns < dead.collected_ns <= outcome.end_ns
    assert survivor.pid != dead.pid


def test_the_death_of_a_launcher_affects_only_its_trial(run: Run) -> None:
    outcome = run("kills_parent")
    assert outcome.status is Status.CRASHED
    assert outcome.reason is not None
    assert "launcher" in outcome.reason
    assert works(run("sleeps", SECONDS=0.01))


def test_orders_that_reach_the_launcher_together_are_all_obeyed() -> None:
    """An order to kill that is sent when its trial ends is still in the channel when the next trial begins."""
    ours, theirs = socket.socketpair()
    with theirs:
        argv = [sys.executable, "-I", "-S", str(LAUNCHER), str(theirs.fileno())]
        launcher = subprocess.Popen(argv, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
    orders = [{"kill": True}, {"start": [sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"], "env": {}}]
    lines = "".join(json.dumps(order) + "\n" for order in orders)
    with launcher, ours, ours.makefile() as answers, Path(os.devnull).open("r+b") as nothing:
        socket.send_fds(ours, [lines.encode()], [nothing.fileno()] * 3)
        started, ended = answers.readline(), answers.readline()
    assert "started" in started
    assert os.waitstatus_to_exitcode(json.loads(ended)["ended"]) == 3


def test_a_worker_that_kills_the_child_has_crashed_it(run: Run) -> None:
    # One worker: the parent of a second could be the launcher already.
    outcome = run("kills_parent", "fork", workers=1)
    assert ended(outcome) == (Status.CRASHED, "the child was killed by SIGKILL")


# The trial is stopped.


@by_way("sequential", "fork")
def test_a_trial_that_takes_too_long_is_a_timeout(run: Run, way: str) -> None:
    outcome = run("sleeps", way, SECONDS=600, timeout_s=0.5)
    assert ended(outcome) == (Status.TIMEOUT, "still running after its timeout of 0.5 s")
    assert (outcome.timings, outcome.wall_ns) == ((), None)
    assert works(run("sleeps", way, SECONDS=0.01))


@by_way("sequential", among=["sequential", "fork"])
def test_a_trial_that_will_not_be_ended_is_a_timeout(run: Run, way: str) -> None:
    outcome = run("ignores_sigterm", way, SECONDS=600, timeout_s=0.5)
    assert ended(outcome) == (Status.TIMEOUT, "still running after its timeout of 0.5 s")


@by_way("sequential", among=["sequential", "fork"])
def test_a_trial_that_was_stopped_by_a_signal_is_a_timeout(run: Run, way: str) -> None:
    assert run("signals_itself", way, NUMBER=int(signal.SIGSTOP), timeout_s=0.5).status is Status.TIMEOUT


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_an_interrupt_ends_the_trial_that_is_under_way(
    run: Run, own_folder: Path, interrupt: Interrupt, number: signal.Signals
) -> None:
    def send_when_the_workers_sleep() -> None:
        eventually(lambda: len(list(own_folder.iterdir())) == 2)
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send_when_the_workers_sleep)
    sender.start()
    outcome = run("notes_pid", "fork", FOLDER=str(own_folder), SECONDS=600)
    sender.join()
    assert interrupt.requested
    assert ended(outcome) == (Status.INTERRUPTED, "the sweep was interrupted")
    assert (outcome.timings, outcome.wall_ns) == ((), None)


def test_an_interrupt_from_before_the_trial_ends_it_too(run: Run) -> None:
    signal.raise_signal(signal.SIGINT)
    assert run("sleeps", SECONDS=600).status is Status.INTERRUPTED


def test_the_tick_is_called_while_the_trial_runs(run: Run) -> None:
    ticks = []
    outcome = run("sleeps", workers=1, SECONDS=2.5, tick=lambda: ticks.append(None))
    assert works(outcome)
    assert len(ticks) >= 2


# The machine lacks resources.


@pytest.mark.parametrize(
    ("way", "workers", "limit"),
    [
        pytest.param("threading", 300, "-v 500000", id="no memory for more threads"),
        pytest.param("fork", 20, "-n 40", id="no descriptors for more forked processes"),
        pytest.param("spawn", 20, "-n 40", id="no descriptors for more spawned processes", marks=pytest.mark.slow),
        pytest.param("fork", 60, "-n 40", id="fewer descriptors than workers", marks=pytest.mark.slow),
    ],
)
def test_a_trial_whose_workers_cannot_all_be_started_fails_and_says_which(
    broken_harness: Path,
    interrupt: Interrupt,
    interpreter_within: Callable[..., str],
    way: str,
    workers: int,
    limit: str,
) -> None:
    with LocalExecutor(interpreter_within(limit), broken_harness) as executor:
        outcome = trial(executor, interrupt, "sleeps", way, workers=workers, SECONDS=0.2)
    assert outcome.status is Status.FAILED, outcome
    match = re.match(r"worker (\d+) could not be started: (RuntimeError|OSError|MemoryError): .", outcome.reason or "")
    assert match, outcome.reason
    assert [timing.worker for timing in outcome.timings] == list(range(int(match[1])))
    for timing in outcome.timings:
        assert timing.error_type is None
        assert timing.end_ns <= timing.collected_ns <= outcome.end_ns


# The interpreter, the harness, the executor itself.


@pytest.mark.parametrize("wrong", ["missing", "a folder", "not executable"])
def test_an_interpreter_that_cannot_be_started_is_an_error_that_names_it(
    tmp_path: Path, interrupt: Interrupt, wrong: str
) -> None:
    path = tmp_path / "python"
    if wrong == "a folder":
        path.mkdir()
    elif wrong == "not executable":
        path.write_text("")
    with LocalExecutor(str(path)) as executor:
        with pytest.raises(ExecutorBroken, match=re.escape(str(path))):
            executor.probe(interrupt)
        with pytest.raises(ExecutorBroken, match=re.escape(str(path))):
            trial(executor, interrupt, "io_bound", TIME=0.01)


@pytest.mark.parametrize(
    "body", ["exit 1", "exit 0", "echo hello", "kill -9 $$"], ids=["fails", "succeeds", "prints", "is killed"]
)
def test_an_interpreter_that_is_no_python_is_an_error_that_names_it(
    tmp_path: Path, interrupt: Interrupt, body: str
) -> None:
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    with LocalExecutor(str(path)) as executor, pytest.raises(ExecutorBroken, match=re.escape(str(path))):
        executor.probe(interrupt)


def test_what_a_broken_interpreter_says_is_passed_on(tmp_path: Path, interrupt: Interrupt) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\necho these are my last words >&2\nexit 1\n")
    path.chmod(0o755)
    with LocalExecutor(str(path)) as executor, pytest.raises(ExecutorBroken, match="these are my last words"):
        executor.probe(interrupt)


@pytest.mark.parametrize("name", ["with {braces}, 100% größe", pytest.param("{request}", marks=pytest.mark.slow)])
def test_the_harness_may_stand_in_a_folder_of_any_name(
    tmp_path: Path, broken_harness: Path, interrupt: Interrupt, name: str
) -> None:
    folder = shutil.copytree(broken_harness, tmp_path / name)
    with LocalExecutor(harness=folder) as executor:
        assert works(trial(executor, interrupt, "sleeps", "spawn", SECONDS=0.01))


def test_an_outcome_says_when_it_began_and_how_long_it_took(run: Run) -> None:
    outcome = run("sleeps", "fork", SECONDS=0.01)
    assert datetime.fromisoformat(outcome.started_at).utcoffset() is not None
    assert outcome.wall_ns is not None
    assert 0 < outcome.wall_ns <= outcome.elapsed_ns
    assert outcome.surroundings.load_1min is None or outcome.surroundings.load_1min >= 0


def test_what_the_runner_itself_used_of_the_cpus_is_not_said_of_others(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_ns = 1_000_000_000
    unknown = {"steal_ns": None, "throttled_ns": None, "asleep_ns": None, "epoch_ns": 0}
    readings = iter([Reading(busy_ns=0, **unknown), Reading(busy_ns=100 * second_ns, **unknown)])
    monkeypatch.setattr(HostCounters, "read", lambda _: next(readings))
    monkeypatch.setattr(time, "process_time_ns", count(step=second_ns).__next__)
    others_ns = run("sleeps", SECONDS=0).surroundings.others_cpu_ns
    assert others_ns is not None
    assert others_ns < 99 * second_ns  # without the second that this process used, and without the trial's own time


@pytest.mark.slow
def test_a_runner_that_could_not_go_on_while_it_waited_says_for_how_long(run: Run) -> None:
    held_s = iter([TICK_S + 2 * LATE_S])
    outcome = run("sleeps", SECONDS=0, tick=lambda: time.sleep(next(held_s, 0)))
    assert outcome.surroundings.runner_held_ns is not None
    assert outcome.surroundings.runner_held_ns >= LATE_S * 1e9
