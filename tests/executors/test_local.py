"""However a trial goes wrong, it becomes an outcome that says why, and the next trial is none the worse for it."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.helpers import WAYS, eventually, request

from runner.errors import ExecutorBroken
from runner.executors.child import OUTPUT_TAIL_BYTES
from runner.executors.launched import LAUNCHER
from runner.executors.local import LocalExecutor
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status
from runner.signals import SIGNALS

IN_THE_CHILD = ["sequential", "threading"]
IN_PROCESSES = ["fork", "spawn", "forkserver"]
SOON_S = 60.0
"""Long enough for any of these trials to end by itself on a busy machine."""

by_every_way = pytest.mark.parametrize("way", WAYS)

Run = Callable[..., Outcome]


def trial(
    executor: LocalExecutor,
    interrupt: Interrupt,
    workload: str,
    way: str = "sequential",
    timeout_s: float = SOON_S,
    tick: Callable[[], None] = lambda: None,
    **options: Any,
) -> Outcome:
    return executor.run(request(workload, *WAYS[way], **options), timeout_s, interrupt, tick)


@pytest.fixture
def run(broken_executor: LocalExecutor, interrupt: Interrupt) -> Run:
    """Run a trial of one of the broken workloads."""

    def run(*words: Any, **options: Any) -> Outcome:
        return trial(broken_executor, interrupt, *words, **options)

    return run


@pytest.fixture
def interpreter_within(tmp_path: Path) -> Callable[..., str]:
    """Make an interpreter that is only allowed so much: ``ulimit`` with these options."""

    def make(*limits: str) -> str:
        script = tmp_path / "limited-python"
        lines = ["#!/bin/sh", *(f"ulimit {limit}" for limit in limits)]
        script.write_text("\n".join([*lines, f'exec {shlex.quote(interpreter_under_test())} "$@"\n']))
        script.chmod(0o755)
        return str(script)

    return make


def works(outcome: Outcome) -> bool:
    return (outcome.status, outcome.reason) == (Status.OK, None)


def ended(outcome: Outcome) -> tuple[Status, str | None]:
    return outcome.status, outcome.reason


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
@pytest.mark.parametrize("code", [0, 3])
def test_a_workload_that_calls_sys_exit_has_failed_whatever_the_code(run: Run, way: str, code: int) -> None:
    assert ended(run("exits", way, CODE=code)) == (Status.FAILED, f"worker 0: SystemExit: {code}")


def test_the_calls_before_the_one_that_raised_are_kept_and_none_follows_it(
    broken_executor: LocalExecutor, interrupt: Interrupt
) -> None:
    asked = replace(request("second_call_raises"), calls=4)
    outcome = broken_executor.run(asked, SOON_S, interrupt, lambda: None)
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


@by_every_way
@pytest.mark.parametrize("workload", ["raises_what_exits_when_described", "breaks_its_record"])
def test_a_worker_that_could_not_record_its_call_never_passes_for_ok(run: Run, way: str, workload: str) -> None:
    outcome = run(workload, way)
    assert outcome.status in (Status.FAILED, Status.CRASHED)
    assert outcome.reason


# The child or a worker dies.


@pytest.mark.parametrize("way", IN_THE_CHILD)
@pytest.mark.parametrize("code", [0, 7])
def test_a_child_that_just_ends_has_crashed_whatever_the_code(run: Run, way: str, code: int) -> None:
    outcome = run("exits_hard", way, CODE=code)
    assert ended(outcome) == (Status.CRASHED, f"the child exited with code {code} before its work was done")
    assert (outcome.timings, outcome.start_ns, outcome.end_ns, outcome.wall_ns) == ((), None, None, None)


@pytest.mark.parametrize("way", IN_PROCESSES)
@pytest.mark.parametrize("code", [0, 7])
def test_a_worker_that_just_ends_has_crashed_whatever_the_code(run: Run, way: str, code: int) -> None:
    outcome = run("exits_hard", way, CODE=code)
    pid = outcome.timings[0].pid
    assert ended(outcome) == (Status.CRASHED, f"worker 0 (pid {pid}) exited with code {code} before its work was done")


@pytest.mark.parametrize("way", IN_THE_CHILD)
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_that_kills_the_child_is_named(run: Run, way: str, number: signal.Signals) -> None:
    outcome = run("signals_itself", way, NUMBER=int(number))
    assert ended(outcome) == (Status.CRASHED, f"the child was killed by {number.name}")


@pytest.mark.parametrize("way", IN_PROCESSES)
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_that_kills_a_worker_is_named(run: Run, way: str, number: signal.Signals) -> None:
    outcome = run("signals_itself", way, NUMBER=int(number))
    pid = outcome.timings[0].pid
    assert ended(outcome) == (Status.CRASHED, f"worker 0 (pid {pid}) was killed by {number.name}")


@pytest.mark.parametrize("way", IN_PROCESSES)
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


def test_a_launcher_that_dies_costs_its_trial_and_no_other(run: Run) -> None:
    outcome = run("kills_parent")
    assert outcome.status is Status.CRASHED
    assert outcome.reason is not None
    assert "launcher" in outcome.reason
    assert works(run("sleeps", SECONDS=0.01))


def test_orders_that_reach_the_launcher_together_are_all_obeyed() -> None:
    """A stop that is sent as its trial ends waits in the channel when the next trial begins."""
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


@pytest.mark.parametrize(
    ("workload", "way"),
    [*(("sleeps", way) for way in WAYS), ("ignores_sigterm", "sequential"), ("ignores_sigterm", "fork")],
)
def test_a_trial_that_takes_too_long_is_a_timeout(run: Run, way: str, workload: str) -> None:
    outcome = run(workload, way, SECONDS=60, timeout_s=0.5)
    assert ended(outcome) == (Status.TIMEOUT, "still running after its timeout of 0.5 s")
    assert (outcome.timings, outcome.wall_ns) == ((), None)
    assert works(run("sleeps", way, SECONDS=0.01))


@pytest.mark.parametrize("way", ["sequential", "fork"])
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
    outcome = run("notes_pid", "fork", FOLDER=str(own_folder), SECONDS=60)
    sender.join()
    assert interrupt.requested
    assert ended(outcome) == (Status.INTERRUPTED, "the sweep was interrupted")
    assert (outcome.timings, outcome.wall_ns) == ((), None)


def test_an_interrupt_from_before_the_trial_ends_it_too(run: Run) -> None:
    signal.raise_signal(signal.SIGINT)
    assert run("sleeps", SECONDS=60).status is Status.INTERRUPTED


def test_the_tick_is_called_while_the_trial_runs(run: Run) -> None:
    ticks = []
    outcome = run("sleeps", workers=1, SECONDS=2.5, tick=lambda: ticks.append(None))
    assert works(outcome)
    assert len(ticks) >= 2


# What the workload prints.


@by_every_way
def test_of_much_output_the_end_is_kept_and_the_rest_is_counted(run: Run, way: str) -> None:
    size = 5 * 1024 * 1024
    outcome = run("prints", way, workers=1, BYTES=size)
    last_words = "the very end\n"
    assert works(outcome)
    assert outcome.output is not None
    header, _, tail = outcome.output.partition("\n")
    assert header == f"[{size + len(last_words) - OUTPUT_TAIL_BYTES:,} bytes before this were not kept]"
    assert len(tail) == OUTPUT_TAIL_BYTES
    assert tail.endswith("x\n" + last_words)


def test_of_a_trial_that_prints_nothing_there_is_no_output(run: Run) -> None:
    assert run("sleeps", SECONDS=0.01).output is None


def test_output_that_is_no_text_is_kept_as_well_as_can_be(run: Run) -> None:
    outcome = run("prints_bytes", workers=1, HEX=b"caf\xc3\xa9 \xff \x00 end".hex())
    assert outcome.output == "café \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} end"


def test_what_a_child_prints_as_it_crashes_is_kept(run: Run) -> None:
    outcome = run("prints_and_dies", TEXT="my last words", workers=1)
    assert ended(outcome) == (Status.CRASHED, "the child was killed by SIGKILL")
    assert outcome.output == "my last words"


def test_a_workload_that_is_not_there_is_a_trial_that_failed_to_start(run: Run) -> None:
    assert ended(run("no such workload")) == (
        Status.FAILED,
        "worker 0 could not be started: KeyError: 'no such workload'",
    )


# The workload meddles with what is not its own.


@by_every_way
def test_a_workload_may_close_its_output(run: Run, way: str) -> None:
    # Threads share the stream: there, one of two would find it closed.
    assert works(run("closes_stdout", way, workers=2 if way in IN_PROCESSES else 1))


@pytest.mark.parametrize("way", IN_THE_CHILD)
def test_a_thread_that_is_left_running_holds_nothing_up(run: Run, way: str) -> None:
    timeout_s = 30
    outcome = run("leaves_thread", way, timeout_s=timeout_s)
    assert works(outcome)
    # The thread sleeps for longer than that: the trial did not wait for it until it was stopped.
    assert outcome.elapsed_ns < timeout_s * 1_000_000_000


GARBAGE = {
    "no frame": "garbage",
    "half a frame": "ffffffff{",
    "an empty frame": "00000000",
    "an object": "00000002{}",
    "a list": "00000002[]",
    "a number": "0000000142",
    "null": "00000004null",
    "deep": "00007530" + "[" * 30_000,
}


@pytest.mark.parametrize("way", ["sequential", "fork", "spawn"])
@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE)
def test_garbage_in_every_channel_spoils_one_trial(run: Run, way: str, text: str) -> None:
    outcome = run("writes_to_every_descriptor", way, TEXT=text)
    assert outcome.status in (Status.CRASHED, Status.FAILED)
    assert outcome.reason
    assert works(run("sleeps", way, SECONDS=0.01))


@by_every_way
def test_closing_every_channel_spoils_one_trial(run: Run, way: str) -> None:
    outcome = run("closes_every_descriptor", way)
    assert outcome.status in (Status.CRASHED, Status.FAILED)
    assert outcome.reason
    assert works(run("sleeps", way, SECONDS=0.01))


# The machine has not enough.


@pytest.mark.parametrize(
    ("way", "workers", "limit"),
    [
        pytest.param("threading", 300, "-v 500000", id="no memory for more threads"),
        pytest.param("fork", 20, "-n 40", id="no descriptors for more forked processes"),
        pytest.param("spawn", 20, "-n 40", id="no descriptors for more spawned processes"),
        pytest.param("fork", 60, "-n 40", id="fewer descriptors than workers"),
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


@pytest.mark.parametrize("name", ["with space", "with {braces}", "{request}", "größe", "100%"])
def test_the_harness_may_stand_in_a_folder_of_any_name(
    tmp_path: Path, broken_harness: Path, interrupt: Interrupt, name: str
) -> None:
    folder = broken_harness.rename(tmp_path / name)
    with LocalExecutor(harness=folder) as executor:
        assert works(trial(executor, interrupt, "sleeps", "spawn", SECONDS=0.01))


def test_an_outcome_says_when_it_began_and_what_it_cost(run: Run) -> None:
    outcome = run("sleeps", "fork", SECONDS=0.01)
    assert datetime.fromisoformat(outcome.started_at).utcoffset() is not None
    assert outcome.wall_ns is not None
    assert 0 < outcome.wall_ns <= outcome.elapsed_ns
    assert outcome.surroundings.load_1min is None or outcome.surroundings.load_1min >= 0


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists its descriptors in /proc")
def test_trials_of_every_end_leave_no_descriptor_open(run: Run) -> None:
    def each_end() -> None:
        run("sleeps", "spawn", SECONDS=0.01)
        run("raises", TEXT="x")
        run("closes_every_descriptor")
        run("signals_itself", NUMBER=int(signal.SIGKILL))
        run("sleeps", SECONDS=60, timeout_s=0.2)

    def descriptors() -> list[str]:
        return sorted(link.name for link in Path("/proc/self/fd").iterdir())

    each_end()
    before = descriptors()
    each_end()
    assert descriptors() == before
