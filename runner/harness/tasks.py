"""The driver's side of calls that are tasks: when each was submitted and collected, and which worker had it."""

import os
from time import perf_counter_ns

from .measure import check_result, peak_rss_bytes
from .record import Record, unpacked

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future
    from typing import Any

    from .crew import Crew, Window


class Task:
    """One call of the workload: when it was submitted, and what came of it."""

    def __init__(self) -> None:
        self.submitted_ns = perf_counter_ns()
        self.start_returned_ns: "int | None" = None
        self.collected_ns: "int | None" = None
        self.values: "tuple[Any, ...] | None" = None
        """The packed record; None if the task left none."""
        self.result: "Any" = None
        self.error: "BaseException | None" = None
        """Why there is no record."""
        self.slot: "Any" = None
        """Which worker it ran in, where the thread does not tell."""

    def collect(self, future: "Future[Any]", *, keep: bool) -> None:
        """Take what the task left, once it is done, and `keep` its result."""
        try:
            result, self.values = future.result()
            self.result = result if keep else None
        except BaseException as error:  # the pool is broken, or what is sent cannot be pickled
            self.error = error
        self.collected_ns = perf_counter_ns()


def recorded(
    window: "Window", crew: "Crew", tasks: "Sequence[Task]", thread_names: "Mapping[int | None, str] | None" = None
) -> "Window":
    """Enter the records of the tasks into the window, with the results checked.

    Workers are numbered in the order of their first task. `thread_names` are by native id, where the worker itself
    does not know its own.
    """
    numbers: "dict[Any, int]" = {}
    made: dict[int, int] = {}
    check = crew.job.checked if crew.job.has_check else None
    peak = peak_rss_bytes()
    for task in tasks:
        record = _record_of(task)
        if task.values is not None:
            check_result(record, check, task.result)
        if thread_names:
            record.thread_name = thread_names.get(record.native_id, record.thread_name)
        slot = task.slot if task.slot is not None else (record.pid, record.native_id)
        worker = record.worker = numbers.setdefault(slot, len(numbers))
        made[worker] = made.get(worker, 0) + 1
        record.call = made[worker] - 1
        record.submitted_ns = task.submitted_ns
        record.start_returned_ns = task.start_returned_ns
        record.collected_ns = task.collected_ns
        if record.first_instruction_ns is not None:
            record.queued_ns = record.first_instruction_ns - task.submitted_ns
        record.peak_rss_bytes = peak if record.pid == os.getpid() else None
        window.records.append(record)
        if _killed_the_pool(task):
            window.deaths.append({"worker": worker, "pid": None, "exit_code": None})
    return window


def _record_of(task: Task) -> Record:
    if task.values is not None:
        return unpacked(task.values)
    record = Record()
    record.fail(task.error or RuntimeError("the task was not waited for"))
    return record


def _killed_the_pool(task: Task) -> bool:
    """Whether the task was lost because a process of the pool died."""
    return task.values is None and type(task.error).__name__ == "BrokenProcessPool"
