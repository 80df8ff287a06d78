"""What the workers of a pool do: get ready, and make the calls that they are given as tasks.

A task returns what the workload returned, because that is part of the price of a pool. A recorded one returns it in a
`Made`, with the record of the call: packed if it was counted, else only its stamps.
"""

import os
from _thread import get_ident, get_native_id
from time import perf_counter_ns

from . import copies
from .measure import COUNTED_NS, SHORT_NS, STAMPED_NS, gil_enabled, measured_call, run_queue_ns
from .record import Record, packed
from .stacks import show_when_asked

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .ends import GateEnd
    from .job import Job, Ready

    Submitted = tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]]

show_when_asked()  # also in a process that has not inherited it: what a pool starts makes no other call of ours first

_ready: "dict[int, Ready | BaseException]" = {}
"""The job that each worker got ready for, or why it did not; by its thread: a process of a pool has only one."""

_waited_ns: "dict[int, int | None]" = {}
"""The run-queue wait that each worker's thread had behind it when that was last read."""

_NEW = 0
"""Key for threads that have not made a call yet; no thread has this number."""


class Made(tuple):  # type: ignore[type-arg] # of Python 3.9
    """What a recorded task returns: (result of the workload, packed record or stamps)."""

    __slots__ = ()


class _Worker:
    """A worker that has made a call."""

    __slots__ = ("call_ns", "native_id", "pid")

    def __init__(self) -> None:
        self.pid, self.native_id = os.getpid(), get_native_id()
        self.call_ns = 0
        """How long its last recorded call took."""


_workers: "dict[int, _Worker]" = {}
"""By thread."""


def know_workers_as_new() -> None:
    """Let the workers' threads count as those that have waited for nothing before: called before there are any."""
    _workers.clear()
    _waited_ns[_NEW] = 0


def get_ready(job: "Job", gate: "GateEnd | None") -> None:
    """Be a pool's initializer. An error is kept for the calls: a pool would only say that it is broken."""
    try:
        _ready[get_ident()] = job.get_ready()
    except BaseException as error:
        _ready[get_ident()] = error
        if gate is not None:
            gate.pass_by()
    else:
        if gate is not None:
            gate.wait()


class Work:
    """What is submitted for a call, as (function, arguments, keywords).

    `recorded` is recorded in any case, `thin` only if the call is not short, and `plain` calls the workload alone.
    """

    def __init__(self, job: "Job", *, is_prepared: bool) -> None:
        arguments, keywords = job.arguments(())
        self.recorded: "Submitted"
        self.thin: "Submitted"
        self.plain: "Submitted"
        if is_prepared:
            self.recorded = (prepared_call, (True, *job.handed), {})
            self.thin = (prepared_call, (False, *job.handed), {})
            self.plain = (_prepared_plain_call, job.handed, {})
        elif job.is_async:
            self.recorded = self.thin = self.plain = (_coroutine_call, (job,), {})
        else:
            self.recorded = (recorded_call, (job.work, *arguments), keywords)
            self.thin = (_thin_call, (job.work, *arguments), keywords)
            self.plain = (job.work, arguments, keywords)


def prepared_call(always: bool, /, *handed: "Any") -> "Any":
    """Make a call of the job that this worker got ready for, with what is passed to this call.

    It is recorded `always`, or only if it is not short.
    """
    ready = _ready[get_ident()]
    if isinstance(ready, BaseException):
        record = Record()
        record.first_instruction_ns = perf_counter_ns()
        record.sign()
        record.fail(ready)
        return Made((None, packed(record)))
    return _call(ready.work, (*handed, *ready.arguments), ready.keywords, ready, always=always)


def _prepared_plain_call(*handed: "Any") -> "Any":
    ready = _ready[get_ident()]
    if isinstance(ready, BaseException):
        raise ready
    return ready.work(*handed, *ready.arguments, **ready.keywords)


def recorded_call(work: "Callable[..., Any]", /, *arguments: "Any", **keywords: "Any") -> "Any":
    """Make a call that needs no preparation."""
    return _call(work, arguments, keywords, None, always=True)


def _thin_call(work: "Callable[..., Any]", /, *arguments: "Any", **keywords: "Any") -> "Any":
    return _call(work, arguments, keywords, None, always=False)


def _coroutine_call(job: "Job") -> "Any":
    ready = job.get_ready()
    return _call(ready.work, ready.arguments, ready.keywords, None, always=True)


def _call(
    work: "Callable[..., Any]",
    arguments: "tuple[Any, ...]",
    keywords: "Mapping[str, Any]",
    ready: "Ready | None",
    *,
    always: bool,
) -> "Any":
    """Make a call, and record it as its worker's last one suggests: all counters are read around long ones alone.

    A worker's first call is always recorded. A short one without a record returns the workload's result as it is.
    """
    begin_ns = perf_counter_ns()
    worker = _workers.get(get_ident())
    if worker is None or worker.call_ns >= COUNTED_NS:
        return _counted_call(work, arguments, keywords, ready)
    try:
        result = work(*arguments, **keywords)
    except BaseException as raised:
        record = Record()
        record.begin_ns, record.end_ns = begin_ns, perf_counter_ns()
        record.first_instruction_ns = begin_ns
        record.sign()
        record.fail(raised)
        return Made((None, packed(record)))
    end_ns = perf_counter_ns()
    if copies.marks:
        copies.leave()
    worker.call_ns = end_ns - begin_ns
    if not always and worker.call_ns < STAMPED_NS:
        return result
    return Made((result, (worker.pid, worker.native_id, begin_ns, end_ns, gil_enabled())))


def _counted_call(
    work: "Callable[..., Any]", arguments: "tuple[Any, ...]", keywords: "Mapping[str, Any]", ready: "Ready | None"
) -> Made:
    record = Record()
    record.first_instruction_ns = perf_counter_ns()
    elapsed_ns, result = measured_call(work, arguments, keywords, record, alone=_is_alone(), keep=True)
    record.sign()
    if ready is not None:
        record.setup_ns, record.warmup_ns = ready.preparation_ns()
    if elapsed_ns >= SHORT_NS:
        record.run_queue_ns = _run_queue_wait_ns()
    _workers.setdefault(get_ident(), _Worker()).call_ns = elapsed_ns
    return Made((result, packed(record)))


def _is_alone() -> bool:
    """Return whether this worker has its process for itself: then it is the process's main thread."""
    return get_native_id() == os.getpid()


def _run_queue_wait_ns() -> "int | None":
    """Return how long this thread waited for a CPU since this was last asked, None if nobody asked before."""
    before_ns = _waited_ns.get(get_ident(), _waited_ns.get(_NEW))
    now_ns = _waited_ns[get_ident()] = run_queue_ns()
    return None if before_ns is None or now_ns is None else now_ns - before_ns
