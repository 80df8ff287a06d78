"""One call, measured: what the kernel and the interpreter count around it, and for the process as a whole.

Workers import this inside the timed window. It costs some microseconds a call (``make bench`` compares it with a bare
script), all of them outside the two stamps of the call.
"""

import os
import sys
from _operator import length_hint
from _signal import SIGCONT, signal  # type: ignore[import-not-found] # without the enumerations of the module signal
from time import perf_counter_ns, process_time_ns, thread_time_ns

from . import copies

try:
    import resource
except ImportError:  # not POSIX
    resource = None  # type: ignore[assignment]

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from .job import Ready
    from .record import Record

SHORT_NS = 10_000_000
"""After a call shorter than this its run-queue wait is not read, which would cost up to a tenth of a millisecond."""
COUNTED_NS = 2_000_000
"""A call that takes at least this long has counters of its own."""
STAMPED_NS = 100_000
"""A call that takes at least this long has stamps of its own. Of shorter ones, those that are counted together share
two stamps, and not every task is recorded."""

_continued: list[int] = []
"""A number for each time that this process was stopped and continued."""


def watch_stops() -> None:
    """From now on, count how often this process is stopped and continued. For the main thread only."""
    signal(SIGCONT, lambda number, _frame: _continued.append(number))


def stops() -> int:
    """Return how often this process was continued since `watch_stops`, or its parent was before it forked this one."""
    return len(_continued)


def gil_enabled() -> "bool | None":
    """Return whether the interpreter lock is on at this moment, or None where the interpreter cannot tell."""
    if hasattr(sys, "_is_gil_enabled"):
        return bool(sys._is_gil_enabled())
    return True if sys.implementation.name in ("cpython", "pypy") else None


_GIL = None if hasattr(sys, "_is_gil_enabled") else gil_enabled()
"""What `gil_enabled` returns where that never changes."""


def peak_rss_bytes(*, forked: bool = False) -> "int | None":
    """Return the peak resident memory of this process, or None.

    From VmHWM, because ru_maxrss includes that of the program that the process ran before this one. A process that was
    `forked` has run no other, and there ru_maxrss is ten times as fast.
    """
    if forked and sys.platform == "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    try:
        return int(_read("/proc/self/status").partition(b"VmHWM:")[2].split(None, 1)[0]) * 1024
    except (OSError, IndexError, ValueError):
        return None


def run_queue_ns() -> "int | None":
    """Return how long the calling thread has been ready to run without a CPU since it was created, None for unknown.

    This releases the interpreter lock: beside CPU-bound threads, the caller waits a whole switch interval to get it
    back.
    """
    try:
        return int(_read("/proc/thread-self/schedstat").split()[1])
    except (OSError, IndexError, ValueError):  # not Linux, or no descriptor left
        return None


def _read(path: str) -> bytes:
    # The built-in open() would cost a worker process more than the reading does.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 8192)
    finally:
        os.close(descriptor)


def tree_cpu_ns() -> "int | None":
    """Return the CPU time of this process with all its threads, and of the processes below it that have ended."""
    if resource is None:
        return None
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time_ns() + round((below.ru_utime + below.ru_stime) * 1e9)


_THREAD: "Any" = resource and getattr(resource, "RUSAGE_THREAD", 1 if sys.platform == "linux" else None)
"""Whom to ask the kernel about: the calling thread; PyPy has the number but not its name. None where the kernel does
not count for each thread: only Linux does."""


def measured_call(
    work: "Callable[..., Any]",
    arguments: "tuple[Any, ...]",
    keywords: "Mapping[str, Any]",
    record: "Record",
    *,
    alone: bool,
    keep: bool = False,
) -> "tuple[int, Any]":
    """Make one call and enter it into `record`. Return (nanoseconds it took, its result if that is to be kept).

    A result that is not kept is released inside the call, as in a bare script. `alone` tells whether no other worker
    shares the process.
    """
    result = None
    before = _counters(record, alone=alone)
    begin_ns = perf_counter_ns()
    try:
        if keep:
            result = work(*arguments, **keywords)
            kind = type(result)
        else:
            kind = type(work(*arguments, **keywords))
    except BaseException as raised:  # a worker's sys.exit() or KeyboardInterrupt is an outcome too
        end_ns = perf_counter_ns()
        _count(record, before, 1)
        record.fail(raised)
    else:
        end_ns = perf_counter_ns()
        _count(record, before, 1)
        if kind in _UNUSED:
            record.fail(NothingDone(_UNUSED[kind]))
            result = None
    record.batch = 1
    record.begin_ns, record.end_ns = begin_ns, end_ns
    return end_ns - begin_ns, result


def measured_section(
    ready: "Ready",
    record: "Record",
    number: int,
    stamps: "list[tuple[int, int]] | None",
    results: "list[Any] | None",
    *,
    alone: bool,
) -> "tuple[int, int]":
    """Make `number` calls, up to the first that fails, and enter them into `record` together. Return (begin, end).

    Each call's (begin, end) is added to `stamps`, and its result to `results`, unless that is None.
    """
    if number == 1:
        work, arguments, keywords = ready.work, ready.arguments, ready.keywords
        _, result = measured_call(work, arguments, keywords, record, alone=alone, keep=results is not None)
        if results is not None:
            results.append(result)
        return record.begin_ns, record.end_ns  # type: ignore[return-value] # both are entered by now
    left = iter(range(number))
    before = _counters(record, alone=alone)
    begin_ns = perf_counter_ns()
    try:
        if stamps is not None:
            _stamp(ready, left, stamps, results)
        elif results is not None:
            _keep(ready, left, results)
        else:
            ready.repeat(left)
    except BaseException as raised:
        end_ns = perf_counter_ns()
        number -= length_hint(left)
        _count(record, before, number)
        record.fail(raised)
    else:
        end_ns = perf_counter_ns()
        _count(record, before, number)
    record.batch = number if stamps is None else 1
    record.begin_ns, record.end_ns = begin_ns, end_ns
    return begin_ns, end_ns


def _keep(ready: "Ready", calls: "Iterator[int]", results: "list[Any]") -> None:
    work, arguments, keywords = ready.work, ready.arguments, ready.keywords
    for _ in calls:
        results.append(work(*arguments, **keywords))


def _stamp(
    ready: "Ready", calls: "Iterator[int]", stamps: "list[tuple[int, int]]", results: "list[Any] | None"
) -> None:
    work, arguments, keywords = ready.work, ready.arguments, ready.keywords
    for _ in calls:
        begin_ns = perf_counter_ns()
        if results is None:
            work(*arguments, **keywords)
        else:
            results.append(work(*arguments, **keywords))
        stamps.append((begin_ns, perf_counter_ns()))


def _counters(record: "Record", *, alone: bool) -> "tuple[int | None, Any, int]":
    """Return what `_count` compares with: read right before the first stamp."""
    record.gil_begin = gil_enabled() if _GIL is None else _GIL
    usage = None if _THREAD is None else resource.getrusage(_THREAD)
    copies.marks.clear()
    # Last, and in `_count` first, or reading the rest would look like the work of another thread.
    process_ns = tree_cpu_ns() if alone else None
    return process_ns, usage, thread_time_ns()


def _count(record: "Record", before: "tuple[int | None, Any, int]", calls: int) -> None:
    """Enter what was counted since `before`, for so many calls; end this process if it is a copy of the worker's."""
    process_ns, usage, cpu_ns = before
    record.cpu_ns = thread_time_ns() - cpu_ns
    if process_ns is not None:
        record.process_cpu_ns = (tree_cpu_ns() or 0) - process_ns
    record.counted = calls
    if copies.marks:
        copies.leave()
    if usage is not None:
        now = resource.getrusage(_THREAD)
        # By index: looking up the names would take longer than asking the kernel.
        record.voluntary_switches = now[14] - usage[14]
        record.involuntary_switches = now[15] - usage[15]
        record.minor_faults = now[6] - usage[6]
        record.major_faults = now[7] - usage[7]
    record.gil_end = gil_enabled() if _GIL is None else _GIL


class NothingDone(Exception):
    """The call returned something that would do the work only when it is used."""


def _unused() -> dict[type, str]:
    def generator() -> "Any":
        yield

    async def coroutine() -> None:
        pass

    async def asynchronous() -> "Any":
        yield

    begun = coroutine()
    kinds = {type(generator()): "generator", type(begun): "coroutine", type(asynchronous()): "asynchronous generator"}
    begun.close()
    message = "the call returned a %s and did no work; name a function that uses it up"
    return {kind: message % word for kind, word in kinds.items()}


_UNUSED = _unused()
"""Types of results that nobody has used yet, and what is wrong with them."""


def check_result(record: "Record", check: "Callable[[Any], None] | None", result: "Any") -> None:
    """Check what a call returned, unless the call has failed; enter into its record why the result is wrong."""
    if check is None or record.error_type is not None:
        return
    try:
        check(result)
    except BaseException as raised:
        record.fail(raised)
