"""What a trial writes: what it prints is kept within limits, and what is no reply is none, whatever it is."""

import os
import signal
import tracemalloc
from pathlib import Path

import pytest
from support.helpers import by_way
from support.trials import Run, ended, works

from runner.errors import BadInput, ExecutorBroken
from runner.executors import child
from runner.executors.child import OUTPUT_TAIL_BYTES
from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status

LAST_WORDS = "the very end\n"

# The workload's output.


def assert_the_end_is_kept(outcome: Outcome, printed_bytes: int) -> None:
    assert works(outcome)
    assert outcome.output is not None
    header, _, tail = outcome.output.partition("\n")
    assert header == f"[{printed_bytes + len(LAST_WORDS) - OUTPUT_TAIL_BYTES:,} bytes before this were not kept]"
    assert len(tail) == OUTPUT_TAIL_BYTES
    assert tail.endswith("x\n" + LAST_WORDS)


@by_way("threading", "fork")
def test_of_much_output_the_end_is_kept_and_the_rest_is_counted(run: Run, way: str) -> None:
    size = 5 * 1024 * 1024
    assert_the_end_is_kept(run("prints", way, workers=1, BYTES=size), size)


def test_what_is_still_in_the_channel_when_the_trial_has_ended_is_kept_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read may return less than is available. Here it always does, and the trial ends long before all is read."""
    read, size = os.read, 48 * 1024
    works(run("sleeps", SECONDS=0))
    monkeypatch.setattr(os, "read", lambda descriptor, most: read(descriptor, min(most, 1)))
    assert_the_end_is_kept(run("prints", workers=1, BYTES=size), size)


def test_of_a_trial_that_prints_nothing_there_is_no_output(run: Run) -> None:
    assert run("sleeps", SECONDS=0.01).output is None


def test_output_that_is_no_text_is_kept_as_well_as_can_be(run: Run) -> None:
    outcome = run("prints_bytes", workers=1, HEX=b"caf\xc3\xa9 \xff \x00 end".hex())
    assert outcome.output == "café \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} end"


def test_what_a_child_prints_as_it_crashes_is_kept(run: Run) -> None:
    outcome = run("prints_and_dies", TEXT="my last words", workers=1)
    assert ended(outcome) == (Status.CRASHED, "the child was killed by SIGKILL")
    assert outcome.output == "my last words"


# The workload interferes with the runner's descriptors and messages.


@by_way("threading", "fork")
def test_a_workload_may_close_its_output(run: Run, way: str) -> None:
    # Threads share the stream: there, one of two would find it closed.
    assert works(run("closes_stdout", way, workers=1 if way in ("sequential", "threading") else 2))


@pytest.mark.parametrize("way", ["sequential", "threading"])
def test_a_thread_that_is_left_running_delays_nothing(run: Run, way: str) -> None:
    """It sleeps longer than the timeout."""
    assert works(run("leaves_thread", way))


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


@by_way("sequential", "fork")
def test_garbage_in_every_channel_affects_one_trial_only(run: Run, way: str) -> None:
    for kind, text in GARBAGE.items():
        outcome = run("writes_to_every_descriptor", way, TEXT=text)
        assert outcome.status in (Status.CRASHED, Status.FAILED), kind
        assert outcome.reason, kind
    assert works(run("sleeps", way, SECONDS=0.01))


def test_the_reason_says_what_is_wrong_with_a_reply(run: Run) -> None:
    outcome = run("writes_to_every_descriptor", TEXT=GARBAGE["deep"])
    assert ended(outcome) == (
        Status.CRASHED,
        "the child sent an invalid reply: Invalid JSON: recursion limit exceeded at line 1 column 202",
    )


def test_of_much_that_is_no_reply_no_more_is_kept_than_a_reply_can_be(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert works(run("sleeps", SECONDS=0))
    monkeypatch.setattr(child, "LARGEST_REPLY_BYTES", 64 * 1024)
    tracemalloc.start()
    try:
        outcome = run("floods_every_descriptor", workers=1, MEBIBYTES=32)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.status in (Status.CRASHED, Status.FAILED)
    assert most_bytes < 8 * 1024 * 1024


@by_way("threading", "fork")
def test_closing_every_channel_affects_one_trial_only(run: Run, way: str) -> None:
    outcome = run("closes_every_descriptor", way)
    assert outcome.status in (Status.CRASHED, Status.FAILED)
    assert outcome.reason
    assert works(run("sleeps", way, SECONDS=0.01))


# What a child is given.


@by_way("sequential", "spawn")
def test_an_argument_of_any_size_arrives(run: Run, way: str) -> None:
    size = 3_000_000
    assert works(run("measures", way, workers=1, TEXT="x" * size, LENGTH=size))


def test_an_environment_that_fills_many_pipes_arrives(interrupt: Interrupt) -> None:
    env = {f"VARIABLE_{number}": "x" * 100_000 for number in range(4)}
    with LocalExecutor() as executor:
        assert executor.probe(interrupt, env=env).interpreter.modes


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux limits the length of one variable")
def test_an_environment_that_no_program_can_be_given_is_refused(interrupt: Interrupt) -> None:
    with LocalExecutor() as executor, pytest.raises(BadInput, match="environment variables are longer"):
        executor.probe(interrupt, env={"VARIABLE": "x" * 1_000_000})


# Descriptors of this process.

lists_descriptors = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists its descriptors in /proc")


def descriptors() -> list[str]:
    return sorted(link.name for link in Path("/proc/self/fd").iterdir())


@lists_descriptors
def test_trials_of_every_end_leave_no_descriptor_open(run: Run) -> None:
    def each_end() -> None:
        run("sleeps", "fork", SECONDS=0.01)
        run("raises", TEXT="x")
        run("closes_every_descriptor")
        run("signals_itself", NUMBER=int(signal.SIGKILL))
        run("sleeps", SECONDS=600, timeout_s=0.2)

    each_end()
    before = descriptors()
    each_end()
    assert descriptors() == before


@lists_descriptors
def test_an_interpreter_that_cannot_be_started_leaves_no_descriptor_open(tmp_path: Path, interrupt: Interrupt) -> None:
    def refused(executor: LocalExecutor) -> None:
        with pytest.raises(ExecutorBroken, match="cannot be started"):
            executor.probe(interrupt)

    with LocalExecutor(str(tmp_path / "python")) as executor:
        refused(executor)
        before = descriptors()
        refused(executor)
        assert descriptors() == before
