"""What a worker records of its calls."""

import multiprocessing
import os
import resource
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from runner.harness import worker
from runner.harness.job import Job
from runner.harness.measure import SHORT_NS
from runner.harness.record import Record
from runner.harness.recorder import MemoryRecorder
from runner.harness.signature import describe
from runner.harness.worker import SECTION_NS, Worker, section_size

NEVER_NS = 10**15
"""Longer than any call."""
EACH, STAMPED, TOGETHER = (0, 0), (NEVER_NS, 0), (NEVER_NS, NEVER_NS)
"""From which length on calls are counted, and stamped, one by one."""

LINUX = pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="asks the kernel of Linux")


def job_of(work: Callable[..., Any], *arguments: Any) -> Job:
    return Job(work, {f"PARAMETER_{number}": value for number, value in enumerate(arguments)})


def recorded(work: Callable[..., Any], *arguments: Any, calls: int = 1, waited_ns: int | None = None) -> list[Record]:
    """Return what a worker records in this thread, which others have used before."""
    recorder = MemoryRecorder()
    Worker(job_of(work, *arguments), calls, recorder.end, waited_ns)()
    return recorder.read()[0]


@pytest.fixture
def pace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Let calls be recorded as if they took so long, whatever they take here."""
    limits: tuple[int, int] = request.param
    monkeypatch.setattr(worker, "COUNTED_NS", limits[0])
    monkeypatch.setattr(worker, "STAMPED_NS", limits[1])
    monkeypatch.setattr(worker, "SECTION_NS", NEVER_NS)
    return limits


def at(*paces: tuple[int, int]) -> pytest.MarkDecorator:
    names = {EACH: "each", STAMPED: "stamped", TOGETHER: "together"}
    return pytest.mark.parametrize("pace", paces, ids=names.get, indirect=True)


@pytest.mark.parametrize(
    ("call_ns", "made", "number"),
    [
        (0, 0, 1),  # the first one tells how long they are
        (0, 1, 999),
        (1_000, 1, 999),
        (50_000, 600, SECTION_NS // 50_000),
        (1_999_999, 1, 2),
        (2_000_000, 1, 1),
        (10**9, 1, 1),
    ],
)
def test_the_shorter_calls_are_the_more_of_them_are_counted_together(call_ns: int, made: int, number: int) -> None:
    assert section_size(call_ns, made, calls=1_000) == number


@pytest.mark.usefixtures("pace")
@at(EACH)
def test_each_call_is_recorded_with_its_number_and_context() -> None:
    first, second = recorded(lambda: None, calls=2)
    assert [first.call, second.call] == [0, 1]
    assert first.pid == os.getpid()
    assert first.parent_pid == os.getppid()
    assert first.process_name == multiprocessing.current_process().name
    assert first.thread_name == threading.current_thread().name
    assert first.native_id == threading.get_native_id()
    assert first.first_instruction_ns == second.first_instruction_ns
    assert first.first_instruction_ns <= first.begin_ns <= first.end_ns <= second.begin_ns


def test_the_arguments_reach_the_work_by_position() -> None:
    seen = []
    recorded(lambda *arguments: seen.append(arguments), 1, "two")
    assert seen == [(1, "two")]


def test_a_worker_has_the_name_of_its_work() -> None:
    def cpu_bound() -> None: ...

    assert Worker(job_of(cpu_bound), 1, MemoryRecorder(), None).__name__ == "cpu_bound"


@pytest.mark.usefixtures("pace")
@at(STAMPED)
def test_calls_of_middling_length_have_stamps_each_and_counters_together() -> None:
    records = recorded(lambda: None, calls=4)
    assert [(record.call, record.batch, record.counted) for record in records] == [
        (0, 1, 1),
        (1, 1, 0),
        (2, 1, 0),
        (3, 1, 3),
    ]
    assert [record.cpu_ns is None for record in records] == [False, True, True, False]
    assert all(earlier.end_ns <= later.begin_ns <= later.end_ns for earlier, later in pairwise(records))


@pytest.mark.usefixtures("pace")
@at(TOGETHER)
@pytest.mark.parametrize("arguments", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], ids=len)
def test_short_calls_are_recorded_together_and_made_with_their_arguments(arguments: tuple[int, ...]) -> None:
    seen: list[tuple[int, ...]] = []
    first, rest = recorded(lambda *given: seen.append(given), *arguments, calls=100)
    assert [(record.call, record.batch, record.counted) for record in (first, rest)] == [(0, 1, 1), (1, 99, 99)]
    assert first.end_ns <= rest.begin_ns <= rest.end_ns
    assert rest.cpu_ns is not None
    assert seen == [arguments] * 100


@pytest.mark.usefixtures("pace")
@at(TOGETHER)
def test_a_batch_ends_with_the_call_that_raises() -> None:
    made: list[int] = []

    def fails_at_the_fifth_call() -> None:
        made.append(1)
        if len(made) == 5:
            raise ValueError("no")

    first, batch = recorded(fails_at_the_fifth_call, calls=100)
    assert (first.error_type, batch.error_type, batch.call, batch.batch) == (None, "ValueError", 1, 4)
    assert len(made) == 5
    assert "fails_at_the_fifth_call" in batch.traceback


@pytest.mark.usefixtures("pace")
@at(EACH, STAMPED)
@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_a_call_that_raises_is_the_last_and_is_timed_all_the_same(error: BaseException) -> None:
    def fails_at_the_second_call(made: list[int]) -> None:
        made.append(len(made))
        if len(made) == 2:
            raise error

    good, bad = recorded(fails_at_the_second_call, [], calls=4)
    assert (good.error_type, good.error_message, good.traceback) == (None, None, None)
    assert (bad.error_type, bad.error_message) == (type(error).__name__, str(error))
    assert "fails_at_the_second_call" in bad.traceback
    assert bad.begin_ns <= bad.end_ns


@LINUX
@pytest.mark.usefixtures("pace")
@at(EACH)
def test_the_kernels_counters_are_counted_for_each_call() -> None:
    counters = ("cpu_ns", "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")
    for record in recorded(sum, range(100_000), calls=3):
        assert all(getattr(record, counter) >= 0 for counter in counters)
        assert record.cpu_ns > 0


@pytest.mark.usefixtures("pace")
@at(EACH, STAMPED)
@pytest.mark.parametrize(("crowded", "made_at_checks"), [(False, [2, 3, 4]), (True, [4, 4, 4])])
def test_results_are_checked_between_calls_or_where_that_would_disturb_others_at_the_end(
    crowded: bool, made_at_checks: list[int]
) -> None:
    """A wrong one fails its own call alone."""
    seen: list[int] = []
    made: list[int] = []

    def count() -> int:
        made.append(1)
        return len(made)

    count.check = lambda result: seen.append(len(made)) or result != 3  # type: ignore[attr-defined, func-returns-value]
    recorder = MemoryRecorder()
    Worker(Job(count, {}, describe(count)["takes"], warmup_calls=1), 3, recorder.end, 0, crowded=crowded)()
    records = recorder.read()[0]
    assert seen == made_at_checks
    assert [record.call for record in records] == [0, 1, 2]
    assert [record.error_type for record in records] == [None, "WrongResult", None]
    assert [record.warmup_ns is not None for record in records] == [True, False, False]
    assert all(earlier.end_ns <= later.begin_ns for earlier, later in pairwise(records))


@pytest.mark.usefixtures("pace")
@at(TOGETHER)
def test_a_wrong_result_of_a_batch_says_which_call_it_is_of() -> None:
    made: list[int] = []

    def count() -> int:
        made.append(1)
        return len(made)

    count.check = lambda result: result < 4  # type: ignore[attr-defined]
    recorder = MemoryRecorder()
    Worker(Job(count, {}, describe(count)["takes"]), 5, recorder.end, 0, crowded=True)()
    first, batch = recorder.read()[0]
    assert (first.error_type, batch.error_type, batch.call, batch.batch) == (None, "WrongResult", 1, 4)
    assert batch.error_message == "call 3: check returned False for the result 4"


@pytest.mark.usefixtures("pace")
@at(EACH, STAMPED)
@pytest.mark.parametrize("crowded", [False, True])
def test_a_call_that_raises_is_the_last_record_also_where_results_are_checked(crowded: bool) -> None:
    made: list[int] = []

    def fails_at_the_third_call() -> int:
        made.append(1)
        if len(made) == 3:
            raise ValueError("no")
        return len(made)

    fails_at_the_third_call.check = lambda result: result != 1  # type: ignore[attr-defined]
    takes = describe(fails_at_the_third_call)["takes"]
    recorder = MemoryRecorder()
    Worker(Job(fails_at_the_third_call, {}, takes), 5, recorder.end, 0, crowded=crowded)()
    records = recorder.read()[0]
    assert [(record.call, record.error_type) for record in records] == [
        (0, "WrongResult"),
        (1, None),
        (2, "ValueError"),
    ]


def test_a_result_is_let_go_before_the_next_call() -> None:
    alive: list[int] = []

    class Result:
        def __init__(self) -> None:
            alive.append(1)
            assert len(alive) == 1

        def __del__(self) -> None:
            alive.pop()

    def make() -> Result:
        return Result()

    make.check = lambda result: isinstance(result, Result)  # type: ignore[attr-defined]
    recorder = MemoryRecorder()
    Worker(Job(make, {}, describe(make)["takes"]), 3, recorder.end, 0)()
    assert [record.error_type for record in recorder.read()[0]] == [None] * 3


def test_a_worker_that_cannot_get_ready_records_one_call_that_was_never_made() -> None:
    def never() -> None: ...

    def no_file() -> None:
        raise FileNotFoundError("no such log")

    never.setup = no_file  # type: ignore[attr-defined]
    recorder = MemoryRecorder()
    Worker(Job(never, {}, {"function": [], "setup": [], "positional": 0}), 3, recorder.end, 0)()
    (record,) = recorder.read()[0]
    assert (record.call, record.begin_ns, record.error_type) == (0, None, "FileNotFoundError")
    assert record.first_instruction_ns is not None


def descriptors() -> dict[int, str]:
    """Return what each open descriptor of this process is."""
    return {int(link.name): str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}


@LINUX
def test_a_worker_gives_its_descriptors_back() -> None:
    before = descriptors()
    recorded(lambda: None, calls=3)
    assert descriptors() == before


@LINUX
@pytest.mark.usefixtures("pace")
@at(EACH)
def test_the_run_queue_wait_is_read_after_calls_that_are_long_enough_for_it() -> None:
    lengths_s = [0.0, 2 * SHORT_NS / 1e9, 0.0]
    for record in recorded(lambda: time.sleep(lengths_s.pop()), calls=3):
        long = record.end_ns - record.begin_ns >= SHORT_NS
        assert (record.run_queue_ns is not None) == long
        assert record.run_queue_ns is None or record.run_queue_ns >= 0


@LINUX
def test_the_run_queue_wait_counts_from_what_the_thread_had_waited_before() -> None:
    def wait_ns(waited_ns: int) -> int:
        (record,) = recorded(time.sleep, 2 * SHORT_NS / 1e9, waited_ns=waited_ns)
        assert record.run_queue_ns is not None
        return record.run_queue_ns

    assert wait_ns(0) >= 0 > wait_ns(10**15)


@LINUX
def test_where_no_file_can_be_opened_the_run_queue_wait_alone_is_unknown() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, most))
    try:
        (record,) = recorded(time.sleep, 2 * SHORT_NS / 1e9)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert (record.error_type, record.run_queue_ns) == (None, None)
