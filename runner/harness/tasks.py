"""The modes in which each call is a task: pools of threads, of processes, of interpreters, and asyncio.

As a user of the standard library would write them: all tasks are submitted, then each result is waited for; the pool's
creation and shutdown are inside the window. A task returns what the workload returned, for that is part of the price,
and its record beside it. A pool's workers get ready in its initializer, if there is anything to get ready for.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from time import perf_counter_ns

from . import measure
from .job import Job, Ready
from .measure import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future
    from typing import Any

    from .gate import Gate
    from .measure import Record


class Task:
    """One call of the workload: when it was submitted, and what came of it."""

    def __init__(self) -> None:
        self.submitted_ns = perf_counter_ns()
        self.start_returned_ns: int | None = None
        self.collected_ns: int | None = None
        self.record: Record | None = None
        self.result: Any = None
        self.slot: Any = None
        """What worker it ran in."""
        self.error: BaseException | None = None
        """Why there is no record."""

    def collect(self, future: Future[Any], *, keep: bool) -> None:
        """Take what the task left, once it is done, and `keep` its result."""
        try:
            result, self.record = future.result()
            self.result = result if keep else None
        except BaseException as error:  # the pool is broken, or what goes between can't be pickled
            self.error = error
        self.collected_ns = perf_counter_ns()


class Shift:
    """What happened while the tasks of a trial were done."""

    def __init__(self) -> None:
        self.start_ns = perf_counter_ns()
        self.end_ns = self.start_ns
        self.tasks: list[Task] = []
        self.names: dict[int, str] = {}
        """The names of threads by native id, where the worker itself does not know its own."""
        self.error: tuple[str, str, str] | None = None
        """(type, message, traceback) of what stopped the driver itself."""


_ready: dict[int, Ready | BaseException] = {}
"""The job that each worker got ready for, or why it did not; by its thread: a process of a pool has but one."""

_waited_ns: dict[int, int | None] = {}
"""The run-queue wait that each worker's thread had behind it when that was last looked at."""

NEW = 0
"""No thread's own number: it stands there for those that are new, and have not waited yet."""


def get_ready(job: Job, gate: Gate | None) -> None:
    """Be a pool's initializer. What goes wrong is kept for the calls: a pool would only say that it is broken."""
    try:
        _ready[get_ident()] = job.get_ready()
    except BaseException as error:
        _ready[get_ident()] = error
        if gate is not None:
            gate.pass_by()
    else:
        if gate is not None:
            gate.wait()


def needs_ready(job: Job, gate: Gate | None) -> bool:
    """Whether there is anything for a pool's workers to get ready for."""
    return gate is not None or job.has_setup or job.shares


def task_of(job: Job, *, is_prepared: bool) -> tuple[Any, ...]:
    """Return what is submitted for a call: a function of this module and its arguments."""
    return (prepared_call, *job.handed) if is_prepared else (plain_call, job.empty_handed(), *job.handed)


def prepared_call(*handed: Any) -> tuple[Any, Record]:
    """Make a call of the job that this worker got ready for, with what goes with this call."""
    ready = _ready[get_ident()]
    if isinstance(ready, BaseException):
        return None, measure.record_of_no_call(measure.context(), perf_counter_ns(), ready)
    return _call(ready, handed)


def plain_call(job: Job, *handed: Any) -> tuple[Any, Record]:
    """Make a call of a job that needs nothing to be ready, with what goes with this call."""
    return _call(job.get_ready(), handed)


def _call(ready: Ready, handed: tuple[Any, ...]) -> tuple[Any, Record]:
    first_instruction_ns = perf_counter_ns()
    begin_ns, end_ns, counters, error, result = measure.measured_call(ready, keep=True, handed=handed)
    wait_ns = _run_queue_wait_ns() if end_ns - begin_ns >= measure.SHORT_NS else None
    preparation = (ready.setup_ns, ready.warmup_ns)
    ready.setup_ns = ready.warmup_ns = None
    stamps = (first_instruction_ns, begin_ns, end_ns)
    return result, (0, *measure.context(), *stamps, *counters, wait_ns, *preparation, *error)


def _run_queue_wait_ns() -> int | None:
    """Return how long this thread waited for a CPU since that was last asked, None where nobody did."""
    before_ns = _waited_ns.get(get_ident(), _waited_ns.get(NEW))
    now_ns = _waited_ns[get_ident()] = measure.run_queue_ns()
    return None if before_ns is None or now_ns is None else now_ns - before_ns


def thread_pool(job: Job, workers: int, calls: int, _method: str | None, gate: Gate | None) -> Shift:
    """Give the calls to a ThreadPoolExecutor."""
    from concurrent.futures import ThreadPoolExecutor

    _waited_ns[NEW] = 0
    return _in_pool(
        ThreadPoolExecutor, job, workers, calls, gate, initializer=get_ready, initargs=(job.empty_handed(), gate)
    )


def process_pool(job: Job, workers: int, calls: int, method: str | None, gate: Gate | None) -> Shift:
    """Give the calls to a ProcessPoolExecutor of the context of the start method."""
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    if method == "fork":
        _waited_ns[NEW] = 0
    factory = partial(ProcessPoolExecutor, mp_context=get_context(method))
    return _in_pool(factory, job, workers, calls, gate, initializer=get_ready, initargs=(job.empty_handed(), gate))


def interpreter_pool(job: Job, workers: int, calls: int, _method: str | None, gate: Gate | None) -> Shift:
    """Give the calls to an InterpreterPoolExecutor (Python 3.14 and newer)."""
    from concurrent import futures

    return _in_pool(
        getattr(futures, "InterpreterPoolExecutor"),  # noqa: B009 - type checkers of older versions do not know it
        job,
        workers,
        calls,
        gate,
        initializer=exec,
        initargs=(_script(job.empty_handed(), gate),),
        prepare=True,
    )


def _script(job: Job, gate: Gate | None) -> str:
    """Return what a new interpreter runs first: it knows neither the import path of this one nor this package."""
    import pickle

    package = __name__.rpartition(".")[0]
    return "\n".join(
        [
            "import sys, pickle",
            "sys.path[:] = %r" % sys.path,
            "package = type(sys)(%r)" % package,
            "package.__path__ = %r" % list(sys.modules[package].__path__),
            "sys.modules[%r] = package" % package,
            "from %s.gate import Gate" % package,
            "from %s.tasks import get_ready" % package,
            "get_ready(pickle.loads(%r), %s)" % (pickle.dumps(job), gate and "Gate.of(%r)" % (gate.descriptors(),)),
        ]
    )


def _in_pool(
    factory: Callable[..., Executor],
    job: Job,
    workers: int,
    calls: int,
    gate: Gate | None,
    *,
    initializer: Callable[..., None],
    initargs: tuple[Any, ...],
    prepare: bool = False,
) -> Shift:
    """Do the calls in a pool; with an initializer only where there is something to get ready for, or by `prepare`."""
    is_prepared = prepare or needs_ready(job, gate)
    options = {"initializer": initializer, "initargs": initargs} if is_prepared else {}
    work = task_of(job, is_prepared=is_prepared)
    shift = Shift()
    futures: list[Any] = []
    try:
        with factory(max_workers=workers, **options) as pool:
            try:
                for _ in range(calls):
                    task = Task()
                    futures.append(pool.submit(*work))
                    task.start_returned_ns = perf_counter_ns()
                    shift.tasks.append(task)
            except Exception as error:  # no more threads or processes to be had, or one has died already
                shift.error = describe(error)
            if gate is not None:
                shift.start_ns = gate.open(
                    workers, lambda: shift.error is not None or any(future.done() for future in futures)
                )
            for task, future in zip(shift.tasks, futures):
                task.collect(future, keep=job.has_check)
            if prepare:  # in an interpreter of its own, what is known of the thread is made up
                shift.names = _thread_names()
    except Exception as error:  # there is not even a pool to be had
        shift.error = describe(error)
    shift.end_ns = perf_counter_ns()
    return shift


def _thread_names() -> dict[int, str]:
    import threading

    return {thread.native_id: thread.name for thread in threading.enumerate() if thread.native_id is not None}


def asyncio(job: Job, workers: int, calls: int, _method: str | None, gate: Gate | None) -> Shift:
    """Run the calls as tasks of an event loop, at most `workers` at once; blocking ones by ``asyncio.to_thread``."""
    from . import event_loop

    _waited_ns[NEW] = 0
    return event_loop.run(job, workers, calls, gate)


DRIVERS = {
    "thread_pool": thread_pool,
    "process_pool": process_pool,
    "interpreter_pool": interpreter_pool,
    "asyncio": asyncio,
}


def timings(shift: Shift, check: Callable[[Any], None] | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return (timings, deaths) as in the reply, with the results checked.

    Workers are numbered in the order of their first task.
    """
    numbers: dict[Any, int] = {}
    made: dict[int, int] = {}
    rows, deaths = [], []
    peak = measure.peak_rss_bytes()
    for task in shift.tasks:
        record = measure.checked(task.record, check, task.result) if task.record else _record_of_the_lost(task)
        known = dict(zip(measure.MEASURED, record))
        known["thread_name"] = shift.names.get(known["native_id"], known["thread_name"])
        slot = task.slot if task.slot is not None else (known["pid"], known["native_id"])
        worker = numbers.setdefault(slot, len(numbers))
        known["call"] = made[worker] = made.get(worker, -1) + 1
        begun_ns = known["first_instruction_ns"]
        rows.append(
            {
                "worker": worker,
                **known,
                "submitted_ns": task.submitted_ns,
                "start_returned_ns": task.start_returned_ns,
                "collected_ns": task.collected_ns,
                "queued_ns": None if begun_ns is None else begun_ns - task.submitted_ns,
                "peak_rss_bytes": peak if known["pid"] == os.getpid() else None,
            }
        )
        if task.record is None and _is_death(task.error):
            deaths.append({"worker": worker, "pid": None, "exit_code": None})
    return rows, deaths


def _is_death(error: BaseException | None) -> bool:
    """Whether that is what a pool says when a process of it died."""
    return type(error).__name__ == "BrokenProcessPool"


def _record_of_the_lost(task: Task) -> Record:
    error = task.error or RuntimeError("the task was not waited for")
    known = dict(zip(("error_type", "error_message", "traceback"), describe(error)))
    return tuple(known.get(field) for field in measure.MEASURED)
