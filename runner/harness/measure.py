"""One call, measured: what the kernel and the interpreter count around it, and for the process as a whole.

Workers import this inside the timed window. It costs some microseconds a call (``make bench`` compares it with a bare
script), all of them outside the two stamps of the call.
"""

import os
import sys
from _signal import SIGCONT, signal  # type: ignore[import-not-found] # without the enumerations of the module signal
from time import perf_counter_ns, thread_time_ns

from . import copies

try:
    import resource
except ImportError:  # not POSIX
    resource = None  # type: ignore[assignment]

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .job import Ready
    from .record import Record

SHORT_NS = 10_000_000
"""After a call shorter than this its run-queue wait is not read, which would cost up to a tenth of a millisecond."""

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


_THREAD: "Any" = getattr(resource, "RUSAGE_THREAD", None)
"""Whom to ask the kernel about: the calling thread. None where it does not count for each thread: only Linux does."""


def measured_call(
    ready: "Ready", record: "Record", *, keep: bool = False, handed: "tuple[Any, ...]" = ()
) -> "tuple[int, Any]":
    """Make one call and enter it into `record`. Return (nanoseconds it took, its result if that is to be kept).

    A result that is not kept is released inside the call, as in a bare script. `handed` goes before the arguments that
    are the same for all calls.
    """
    work, arguments, keywords = ready.work, ready.arguments, ready.keywords
    if handed:
        arguments = (*handed, *arguments)
    result = before = None
    record.gil_begin = gil_enabled() if _GIL is None else _GIL
    if _THREAD is not None:
        before = resource.getrusage(_THREAD)
    copies.marks.clear()
    cpu_ns = thread_time_ns()
    begin_ns = perf_counter_ns()
    try:
        if keep:
            result = work(*arguments, **keywords)
            kind = type(result)
        else:
            kind = type(work(*arguments, **keywords))
    except BaseException as raised:  # a worker's sys.exit() or KeyboardInterrupt is an outcome too
        end_ns = perf_counter_ns()
        record.cpu_ns = thread_time_ns() - cpu_ns
        record.fail(raised)
    else:
        end_ns = perf_counter_ns()
        record.cpu_ns = thread_time_ns() - cpu_ns
        if kind in _UNUSED:
            record.fail(NothingDone(_UNUSED[kind]))
            result = None
    if copies.marks:
        copies.leave()
    if before is not None:
        after = resource.getrusage(_THREAD)
        # By index: looking up the names would take longer than asking the kernel.
        record.voluntary_switches = after[14] - before[14]
        record.involuntary_switches = after[15] - before[15]
        record.minor_faults = after[6] - before[6]
        record.major_faults = after[7] - before[7]
    record.gil_end = gil_enabled() if _GIL is None else _GIL
    record.begin_ns, record.end_ns = begin_ns, end_ns
    return end_ns - begin_ns, result


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
