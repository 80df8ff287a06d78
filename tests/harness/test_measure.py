"""A worker's own record of its calls, and where it is left."""

import marshal
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.executors.local import HARNESS, interpreter_under_test
from runner.harness import measure
from runner.harness.child import shares
from runner.harness.job import Job
from runner.harness.measure import MEASURED, SHORT_NS, TEXT_LIMIT, Recorder, SharedRecorder, Worker, describe

LINUX = pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="asks the kernel of Linux")

RECORD = tuple(range(len(MEASURED)))


def job_of(work: Callable[..., Any], *arguments: Any) -> Job:
    return Job(work, {f"PARAMETER_{number}": value for number, value in enumerate(arguments)})


def worker(work: Callable[..., Any], *arguments: Any, calls: int = 1) -> Worker:
    """Return a worker that is to run in this thread, which others have used before."""
    return Worker(job_of(work, *arguments), calls, Recorder(), waited_ns=None)


def measured(work: Callable[..., Any], *arguments: Any, calls: int = 1) -> list[dict[str, Any]]:
    """Return what a worker in this thread records."""
    target = worker(work, *arguments, calls=calls)
    target()
    recorder = target.recorder
    return [dict(zip(MEASURED, record, strict=True)) for record in recorder.records()[0]]


@pytest.fixture
def shared() -> Iterator[SharedRecorder]:
    recorder = SharedRecorder()
    yield recorder
    os.close(recorder._descriptor)  # in a trial the child's end does it


@pytest.mark.parametrize(
    ("calls", "workers", "expected"),
    [(2, 2, [1, 1]), (5, 2, [3, 2]), (7, 3, [3, 2, 2]), (4, 1, [4]), (2, 3, [1, 1, 0])],
)
def test_calls_are_shared_as_evenly_as_can_be(calls: int, workers: int, expected: list[int]) -> None:
    assert shares(calls, workers) == expected


def test_each_call_is_recorded_with_its_number_and_context() -> None:
    first, second = measured(lambda: None, calls=2)
    assert [first["call"], second["call"]] == [0, 1]
    assert first["pid"] == os.getpid()
    assert first["parent_pid"] == os.getppid()
    assert first["process_name"] == multiprocessing.current_process().name
    assert first["thread_name"] == threading.current_thread().name
    assert first["native_id"] == threading.get_native_id()
    assert first["first_instruction_ns"] == second["first_instruction_ns"]
    assert first["first_instruction_ns"] <= first["begin_ns"] <= first["end_ns"] <= second["begin_ns"]


def test_the_arguments_reach_the_work_by_position() -> None:
    seen = []
    measured(lambda *arguments: seen.append(arguments), 1, "two")
    assert seen == [(1, "two")]


def test_a_worker_bears_the_name_of_its_work() -> None:
    def cpu_bound() -> None: ...

    assert worker(cpu_bound).__name__ == "cpu_bound"


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_a_call_that_raises_is_the_last_and_is_timed_all_the_same(error: BaseException) -> None:
    def fails_at_the_second_call(made: list[int]) -> None:
        made.append(len(made))
        if len(made) == 2:
            raise error

    good, bad = measured(fails_at_the_second_call, [], calls=4)
    assert (good["error_type"], good["error_message"], good["traceback"]) == (None, None, None)
    assert (bad["error_type"], bad["error_message"]) == (type(error).__name__, str(error))
    assert "fails_at_the_second_call" in bad["traceback"]
    assert bad["begin_ns"] <= bad["end_ns"]


@LINUX
def test_the_kernels_counters_are_counted_for_each_call() -> None:
    counters = ("cpu_ns", "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")
    for record in measured(sum, range(100_000), calls=3):
        assert all(record[counter] >= 0 for counter in counters)
        assert record["cpu_ns"] > 0


def descriptors() -> dict[int, str]:
    """Return what each open descriptor of this process is."""
    return {int(link.name): str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}


@LINUX
def test_a_worker_gives_its_descriptors_back() -> None:
    before = descriptors()
    measured(lambda: None, calls=3)
    assert descriptors() == before


@LINUX
def test_the_run_queue_wait_is_read_after_calls_that_are_long_enough_for_it() -> None:
    lengths_s = [0.0, 2 * SHORT_NS / 1e9, 0.0]
    for record in measured(lambda: time.sleep(lengths_s.pop()), calls=3):
        long = record["end_ns"] - record["begin_ns"] >= SHORT_NS
        assert (record["run_queue_ns"] is not None) == long
        assert record["run_queue_ns"] is None or record["run_queue_ns"] >= 0


@LINUX
def test_the_run_queue_wait_counts_from_what_the_thread_had_waited_before() -> None:
    def wait_ns(waited_ns: int) -> int:
        target = Worker(job_of(time.sleep, 2 * SHORT_NS / 1e9), 1, Recorder(), waited_ns)
        target()
        found = dict(zip(MEASURED, target.recorder.records()[0][0], strict=True))["run_queue_ns"]
        assert isinstance(found, int)
        return found

    assert wait_ns(0) >= 0 > wait_ns(10**15)


@LINUX
def test_where_no_file_can_be_opened_the_run_queue_wait_alone_is_unknown() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, most))
    try:
        (record,) = measured(time.sleep, 2 * SHORT_NS / 1e9)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert (record["error_type"], record["run_queue_ns"]) == (None, None)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def described(error: BaseException) -> tuple[str, str, str]:
    try:
        raise error
    except BaseException as raised:  # noqa: BLE001 - SystemExit is among them
        return describe(raised)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ValueError("no"), "ValueError", "no"),
        (SystemExit(3), "SystemExit", "3"),
        (KeyError(), "KeyError", ""),
        (Unspeakable(), "Unspeakable", "(its str() raised RuntimeError)"),
        (OSError(2, "gone", "\N{SNOWMAN}"), "OSError", "[Errno 2] gone: '\N{SNOWMAN}'"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_an_exception_is_described_whatever_its_str_does(error: BaseException, kind: str, message: str) -> None:
    named, text, trace = described(error)
    kinds = ("FileNotFoundError", "OSError") if kind == "OSError" else (kind,)
    assert (named in kinds, text) == (True, message)
    assert "raise error" in trace


def test_a_long_message_is_kept_from_its_beginning_and_a_long_traceback_from_its_end() -> None:
    _, message, trace = described(ValueError("first" + "x" * 10 * TEXT_LIMIT + "last"))
    assert (len(message), len(trace)) == (TEXT_LIMIT, TEXT_LIMIT)
    assert message.startswith("first")
    assert trace.rstrip().endswith("last")


@pytest.mark.parametrize("limited", [True, False])
def test_the_lock_is_what_the_interpreter_says(monkeypatch: pytest.MonkeyPatch, limited: bool) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: limited, raising=False)
    assert measure.gil_enabled() is limited


@pytest.mark.parametrize(("implementation", "expected"), [("cpython", True), ("pypy", True), ("graalpy", None)])
def test_an_interpreter_that_cannot_tell_has_the_lock_of_its_kind(
    monkeypatch: pytest.MonkeyPatch, implementation: str, expected: bool | None
) -> None:
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    monkeypatch.setattr(sys.implementation, "name", implementation)
    assert measure.gil_enabled() is expected


@LINUX
def test_peak_memory_is_that_of_this_process() -> None:
    peak = measure.peak_rss_bytes()
    assert peak is not None
    assert 1_000_000 < peak < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@LINUX
def test_a_forked_process_has_the_same_peak_either_way() -> None:
    """And not its parent's, which was higher."""
    script = f"""
import os, sys
sys.path.insert(0, {str(HARNESS)!r})
import measure
held = bytearray(60_000_000)
del held
if os.fork() == 0:
    print(measure.peak_rss_bytes(forked=True), measure.peak_rss_bytes())
    os._exit(sys.stdout.flush() or 0)
os.wait()
"""
    printed = subprocess.check_output([interpreter_under_test(), "-c", script], text=True)
    quick, asked = map(int, printed.split())
    assert quick == pytest.approx(asked, abs=3_000_000)  # the kernel adds pages up in batches, for each thread
    assert quick < 60_000_000


def test_a_shared_recorder_returns_the_records_in_order_and_the_peak(shared: SharedRecorder) -> None:
    shared.append(RECORD)
    shared.append((*RECORD[:-1], "a traceback\N{SNOWMAN}"))
    shared.finish()
    records, peak, _ = shared.records()
    assert records == [RECORD, (*RECORD[:-1], "a traceback\N{SNOWMAN}")]
    assert peak == pytest.approx(measure.peak_rss_bytes(), rel=0.5)


def test_a_shared_recorder_of_a_worker_that_never_ran_is_empty(shared: SharedRecorder) -> None:
    assert shared.records() == ([], None, 0)


@pytest.mark.parametrize("length", [1, 5, 40, len(marshal.dumps(RECORD)) - 1])
def test_a_record_that_was_cut_off_is_left_out_and_the_ones_before_it_are_kept(
    shared: SharedRecorder, length: int
) -> None:
    shared.append(RECORD)
    os.write(shared._descriptor, marshal.dumps(RECORD)[:length])
    assert shared.records() == ([RECORD], None, 0)


@pytest.mark.parametrize("garbage", [b"?!", b"0", b"(\xff\xff\xff\xff"], ids=repr)
def test_garbage_among_the_records_costs_what_follows_it(shared: SharedRecorder, garbage: bytes) -> None:
    shared.append(RECORD)
    os.write(shared._descriptor, garbage)
    shared.append(RECORD)
    assert shared.records() == ([RECORD], None, 0)


def test_where_there_are_no_files_in_memory_a_nameless_one_on_disk_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delattr(os, "memfd_create", raising=False)
    recorder = SharedRecorder()
    try:
        recorder.append(RECORD)
        assert recorder.records() == ([RECORD], None, 0)
        assert list(folder.iterdir()) == []
    finally:
        os.close(recorder._descriptor)
