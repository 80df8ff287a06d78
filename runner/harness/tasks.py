"""The driver's side of calls that are tasks: when each was submitted and collected, and which worker had it."""

import os
from _operator import length_hint
from time import perf_counter_ns

from .measure import STAMPED_NS, check_result, peak_rss_bytes
from .pool_worker import Made
from .record import Record, duration_ns, has_stamps_alone, stamped, unpacked

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Any

    from .crew import Crew, Window

FEW = 8
"""The first tasks are recorded, however short: at least so many, and as many as there are workers."""
STRIDE = 16
"""Of further ones that are too short to be recorded each, one of so many is."""


class Task:
    """One call of the workload that is recorded: when it was submitted, and what came of it."""

    __slots__ = ("collected_ns", "error", "result", "slot", "start_returned_ns", "submitted_ns", "values")

    def __init__(self, submitted_ns: "int | None") -> None:
        self.submitted_ns = submitted_ns
        self.start_returned_ns: "int | None" = None
        self.collected_ns: "int | None" = None
        self.values: "tuple[Any, ...] | None" = None
        """The packed record, or the stamps; None if the task left none."""
        self.result: "Any" = None
        self.error: "BaseException | None" = None
        """Why there is no record."""
        self.slot: "Any" = None
        """Which worker it ran in, where the thread does not tell."""


class Failure:
    """What stands for the result of a task that is not recorded, and has failed."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Pace:
    """How long tasks take, as far as the driver knows: that decides which of them are recorded."""

    def __init__(self, workers: int) -> None:
        self.call_ns = STAMPED_NS
        self._few = max(FEW, workers)

    def records(self, number: int) -> bool:
        """Return whether to record the task with this number in any case."""
        return number < self._few or not number % STRIDE

    def run(self, number: int, calls: int) -> int:
        """Return how many of the `calls` tasks, from this number on, are not recorded, as far as is known now."""
        if self.call_ns >= STAMPED_NS or self.records(number):
            return 0
        return min(calls, number - number % STRIDE + STRIDE, max(number, self._few) + STRIDE) - number

    def look(self, future: "Future[Any]") -> None:
        """Take the time of a task that is done."""
        try:
            made = future.result()
        except BaseException:  # told when it is collected
            return
        self.call_ns = duration_ns(made[1]) if type(made) is Made else 0


def collect(tasks: "list[Task | None]", futures: "Sequence[Future[Any]]", *, keep: bool) -> "dict[int, Any]":
    """Wait for each task in turn. Return the results of those that are not recorded: of failed ones, or if `keep` asks.

    A task that its worker did not record becomes None in `tasks`.
    """
    results: "dict[int, Any]" = {}
    number = 0
    for stop in [place for place, task in enumerate(tasks) if task is not None] + [len(futures)]:
        while number < stop:
            number = _wait(futures, number, stop, results, keep=keep)
        if stop < len(futures):
            _take(tasks, stop, futures[stop], results, keep=keep)
            number = stop + 1
    return results


def _wait(futures: "Sequence[Future[Any]]", start: int, stop: int, results: "dict[int, Any]", *, keep: bool) -> int:
    """Wait for tasks without a record, up to the first that fails, as a bare script would. Return where to go on."""
    left = iter(futures[start:stop])
    try:
        if keep:
            for number in range(start, stop):
                results[number] = next(left).result()
        else:
            for future in left:
                future.result()
    except BaseException as error:  # the task's own, or the pool is broken, or what is sent cannot be pickled
        failed = stop - length_hint(left) - 1
        results[failed] = Failure(error)
        return failed + 1
    return stop


def _take(
    tasks: "list[Task | None]", number: int, future: "Future[Any]", results: "dict[int, Any]", *, keep: bool
) -> None:
    task = tasks[number] or Task(None)
    try:
        made = future.result()
    except BaseException as error:
        task.error = error
    else:
        if type(made) is not Made:
            tasks[number] = None
            if keep:
                results[number] = made
        else:
            task.result, task.values = made if keep else (None, made[1])
    task.collected_ns = perf_counter_ns()


def recorded(
    window: "Window",
    crew: "Crew",
    tasks: "Sequence[Task | None]",
    results: "Mapping[int, Any]",
    thread_names: "Mapping[int | None, str] | None" = None,
) -> "Window":
    """Enter the records of the tasks into the window, with the results checked.

    Those that are not recorded are None in `tasks`; `results` has what they returned, by their places. Workers are
    numbered in the order of their first task. `thread_names` are by native id, where the worker itself does not know
    its own.
    """
    numbers: "dict[Any, int]" = {}
    made: dict[int, int] = {}
    check = crew.job.checked if crew.job.has_check else None
    peak = peak_rss_bytes()
    for task, record in _records(tasks, results, check):
        if thread_names:
            record.thread_name = thread_names.get(record.native_id, record.thread_name)
        slot = task.slot if task.slot is not None else (record.pid, record.native_id)
        worker = record.worker = numbers.setdefault(slot, len(numbers))
        made[worker] = made.get(worker, 0) + 1
        record.call = made[worker] - 1
        record.submitted_ns = task.submitted_ns
        record.start_returned_ns = task.start_returned_ns
        record.collected_ns = task.collected_ns
        if record.first_instruction_ns is not None and task.submitted_ns is not None:
            record.queued_ns = record.first_instruction_ns - task.submitted_ns
        record.peak_rss_bytes = peak if record.pid == os.getpid() else None
        window.records.append(record)
        if _killed_the_pool(task):
            window.deaths.append({"worker": worker, "pid": None, "exit_code": None})
    return window


def _records(
    tasks: "Sequence[Task | None]", results: "Mapping[int, Any]", check: "Callable[[Any], None] | None"
) -> "Iterator[tuple[Task, Record]]":
    """Yield each task that is recorded, and each that failed."""
    first: "dict[Any, Record]" = {}
    last = Record()
    for number, task in enumerate(tasks):
        if task is not None:
            last = _record_of(task, first)
            if task.values is not None:
                check_result(last, check, task.result)
            yield task, last
            continue
        failed, record, result = Task(None), Record(), results.get(number)
        if isinstance(result, Failure):
            failed.error = result.error
            record.fail(result.error)
        elif number in results:
            check_result(record, check, result)
        if record.error_type is not None:
            yield failed, record
        else:
            last.unrecorded += 1


def _record_of(task: Task, first: "dict[Any, Record]") -> Record:
    """Return the record of a task; `first` has those of the workers' first tasks, by (pid, native id)."""
    if task.values is None:
        record = Record()
        record.fail(task.error or RuntimeError("the task was not waited for"))
        return record
    if has_stamps_alone(task.values):
        return stamped(task.values, first.get(task.values[:2], Record()))
    record = unpacked(task.values)
    first.setdefault((record.pid, record.native_id), record)
    return record


def _killed_the_pool(task: Task) -> bool:
    """Whether the task was lost because a process of the pool died."""
    return task.values is None and type(task.error).__name__ == "BrokenProcessPool"
