"""Which tasks of a pool or an event loop are recorded, and what becomes of the others."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runner.harness import copies, event_loop, pool_worker, pools, tasks
from runner.harness.crew import Crew, Window
from runner.harness.job import Job
from runner.harness.signature import describe
from runner.harness.tasks import FEW, STRIDE, Pace

CALLS = 50
LONG_NS = 10**15
RECORDED = [0, 1, 2, 3, 4, 5, 6, 7, 16, 32, 48]
"""The first ones, and one of so many."""

Drive = Callable[..., Window]


def in_threads(work: Callable[..., Any], workers: int = 1) -> Window:
    return pools.thread_pool(crew_of(work, workers))


def in_loop(work: Callable[..., Any], workers: int = 1) -> Window:
    async def coroutine() -> Any:
        return work()

    coroutine.__dict__.update(vars(work))
    return event_loop.run(crew_of(coroutine, workers))


def in_threads_of_a_loop(work: Callable[..., Any], workers: int = 1) -> Window:
    return event_loop.run(crew_of(work, workers))


def crew_of(work: Callable[..., Any], workers: int) -> Crew:
    return Crew(Job(work, {}, describe(work)["takes"]), workers, CALLS, None, None)


in_every_way = pytest.mark.parametrize("drive", [in_threads, in_loop, in_threads_of_a_loop])


@pytest.fixture(autouse=True)
def channel() -> Iterator[None]:
    copies.watch()
    yield
    copies.fail([])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks count as short, whatever they take here, from the first on."""
    monkeypatch.setattr(tasks, "STAMPED_NS", LONG_NS)
    monkeypatch.setattr(Pace, "look", lambda *_: None)
    monkeypatch.setattr(Pace, "__init__", lambda pace, workers: pace.__dict__.update(call_ns=0, _few=max(FEW, workers)))


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STAMPED_NS", 0)
    monkeypatch.setattr(pool_worker, "STAMPED_NS", 0)


def made(window: Window) -> list[int]:
    """Return the numbers, in the order of submission, of the tasks that are recorded."""
    after = (record.unrecorded + 1 for record in window.records[:-1])
    return list(itertools.accumulate(after, initial=0))


def errors(window: Window) -> list[tuple[str | None, str | None]]:
    return [(record.error_type, record.error_message) for record in window.records if record.error_type]


@pytest.mark.usefixtures("short")
@in_every_way
def test_of_short_tasks_the_first_are_recorded_and_then_one_of_so_many(drive: Drive) -> None:
    window = drive(lambda: 1)
    assert made(window) == RECORDED
    assert sum(record.batch + record.unrecorded for record in window.records) == CALLS
    assert [record.call for record in window.records] == list(range(len(RECORDED)))
    assert all(
        record.submitted_ns <= record.begin_ns <= record.end_ns <= record.collected_ns for record in window.records
    )
    assert len({(record.pid, record.native_id, record.thread_name) for record in window.records}) == 1


@pytest.mark.usefixtures("long")
@in_every_way
def test_of_long_tasks_each_is_recorded(drive: Drive) -> None:
    window = drive(lambda: 1)
    assert [record.unrecorded for record in window.records] == [0] * CALLS


@pytest.mark.usefixtures("short")
@in_every_way
def test_a_task_that_is_not_recorded_makes_its_call_and_fails_the_trial_if_that_raises(drive: Drive) -> None:
    numbers = itertools.count()

    def fails_at_the_twentieth_call() -> None:
        if next(numbers) == 20:
            raise ValueError("no")

    window = drive(fails_at_the_twentieth_call)
    assert next(numbers) == CALLS
    assert errors(window) == [("ValueError", "no")]
    assert "fails_at_the_twentieth_call" in next(one for one in window.records if one.error_type).traceback


@pytest.mark.usefixtures("short")
@in_every_way
def test_the_result_of_a_task_that_is_not_recorded_is_checked_too(drive: Drive) -> None:
    numbers = itertools.count()

    def count() -> int:
        return next(numbers)

    count.check = lambda result: result != 20  # type: ignore[attr-defined]
    window = drive(count)
    assert errors(window) == [("WrongResult", "check returned False for the result 20")]


@pytest.mark.parametrize(("workers", "first_left_out"), [(1, FEW), (FEW, FEW), (12, 12)])
def test_as_many_first_tasks_are_recorded_as_there_are_workers(workers: int, first_left_out: int) -> None:
    pace = Pace(workers)
    assert [pace.run(number, 100) for number in range(100)] == [0] * 100  # nothing is known yet
    pace.call_ns = 0
    assert next(number for number in range(STRIDE) if pace.run(number, 100)) == first_left_out
    assert first_left_out + pace.run(first_left_out, 100) == STRIDE
    assert pace.run(STRIDE, 100) == 0
    assert pace.run(STRIDE + 1, 100) == STRIDE - 1
    assert pace.run(STRIDE + 1, STRIDE + 3) == 2


@pytest.mark.parametrize("limit_ns", [0, LONG_NS])
def test_until_the_driver_knows_how_long_tasks_are_their_worker_decides(
    monkeypatch: pytest.MonkeyPatch, limit_ns: int
) -> None:
    monkeypatch.setattr(pool_worker, "STAMPED_NS", limit_ns)
    monkeypatch.setattr(Pace, "look", lambda *_: None)
    assert made(in_threads(lambda: 1)) == (RECORDED if limit_ns else list(range(CALLS)))


@pytest.mark.usefixtures("long")
def test_only_the_first_task_of_a_worker_is_counted_if_it_is_short() -> None:
    first, *others = pools.thread_pool(crew_of(lambda: 1, 1)).records
    assert (first.counted, first.cpu_ns is None) == (1, False)
    assert {(record.counted, record.cpu_ns) for record in others} == {(0, None)}
    assert {record.process_name for record in others} == {first.process_name}
