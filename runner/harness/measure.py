"""What a worker does: its share of the calls, and the record it keeps of each.

This is what a spawned worker imports inside the timed window, so it imports little and does little: around each call
it costs some microseconds (``make bench`` compares it with a bare script).
"""

from __future__ import annotations

import marshal
import os
import sys
from _signal import SIGCONT, signal  # type: ignore[import-not-found] # without the enumerations of the module signal
from _thread import get_native_id
from time import perf_counter_ns, thread_time_ns

try:
    import resource
except ImportError:  # not POSIX
    resource = None  # type: ignore[assignment]

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .gate import Gate
    from .job import Job, Ready

    Record = tuple[Any, ...]
    """The values of MEASURED."""
    Counters = tuple[int | None, int | None, int | None, int | None]
    """Voluntary and involuntary switches, minor and major faults."""

STAMPS = ("submitted_ns", "start_returned_ns", "collected_ns", "queued_ns")
"""Taken by the driver, not by the worker; the last is None where workers are not given tasks."""

MEASURED = (
    "call",
    "pid",
    "parent_pid",
    "process_name",
    "thread_name",
    "native_id",
    "first_instruction_ns",
    "begin_ns",
    "end_ns",
    "cpu_ns",
    "voluntary_switches",
    "involuntary_switches",
    "minor_faults",
    "major_faults",
    "gil_begin",
    "gil_end",
    "run_queue_ns",
    "setup_ns",
    "warmup_ns",
    "error_type",
    "error_message",
    "traceback",
)
"""The worker's own record of one call, in this order. None where the platform cannot tell."""

FIELDS = ("worker", *MEASURED, *STAMPS, "peak_rss_bytes")
"""The keys of one timing in the reply."""

TEXT_LIMIT = 20_000
"""Characters kept of an exception's message and of its traceback."""

SHORT_NS = 10_000_000
"""After a call shorter than this its run-queue wait is not read, which would cost up to a tenth of a millisecond."""


_continued: list[int] = []
"""A number for each time that this process was stopped and continued."""


def watch_stops() -> None:
    """From now on, count how often this process is stopped and continued. For the main thread only."""
    signal(SIGCONT, lambda number, _frame: _continued.append(number))


def stops() -> int:
    """Return how often this process was continued since it watches for that, its time as a fork's parent included."""
    return len(_continued)


def gil_enabled() -> bool | None:
    """Return whether the interpreter lock is on at this moment, or None where the interpreter cannot tell."""
    if hasattr(sys, "_is_gil_enabled"):
        return bool(sys._is_gil_enabled())
    return True if sys.implementation.name in ("cpython", "pypy") else None


def peak_rss_bytes(*, forked: bool = False) -> int | None:
    """Return the peak resident memory of this process, or None.

    VmHWM and not ru_maxrss, which a process that began as another program has inherited from that. One that was
    `forked` and runs on has not, and there asking for it is ten times as fast.
    """
    if forked and sys.platform == "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    try:
        return int(_read("/proc/self/status").partition(b"VmHWM:")[2].split(None, 1)[0]) * 1024
    except (OSError, IndexError, ValueError):
        return None


def describe(error: BaseException) -> tuple[str, str, str]:
    """Return (type, message, traceback) of an exception as bounded text, whatever its ``str`` does."""
    try:
        message = str(error)
    except BaseException as second:
        message = "(its str() raised %s)" % type(second).__name__
    try:
        import traceback

        lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException:  # its str() again, or no descriptor left to import a module with
        lines = _bare_traceback(error)
    return type(error).__name__, _writable(message[:TEXT_LIMIT]), _writable(lines[-TEXT_LIMIT:])


def _bare_traceback(error: BaseException) -> str:
    lines = []
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        lines.append('  File "%s", line %d, in %s\n' % (code.co_filename, entry.tb_lineno, code.co_name))
        entry = entry.tb_next
    return "".join(lines)


def _writable(text: str) -> str:
    """Spell out what UTF-8 cannot hold, such as the odd bytes of a file name."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _process() -> tuple[int, int, str]:
    # multiprocessing is not imported for its name alone: where nobody imported it, this is the main process.
    process = sys.modules.get("multiprocessing.process")
    return os.getpid(), os.getppid(), process.current_process().name if process else "MainProcess"


def _thread_name() -> str:
    # The same goes for threading.
    threading = sys.modules.get("threading")
    return threading.current_thread().name if threading else "MainThread"


def run_queue_ns() -> int | None:
    """Return how long the calling thread has been ready to run and had no CPU, since it was created; None for unknown.

    Letting go of the interpreter lock, as this does, makes a thread beside CPU-bound ones wait a whole switch interval.
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


if hasattr(resource, "RUSAGE_THREAD"):

    def _usage() -> Any:
        return resource.getrusage(resource.RUSAGE_THREAD)

    def _counted(before: Any, after: Any) -> Counters:
        # By place, as looking up the names would take longer than asking the kernel.
        return (after[14] - before[14], after[15] - before[15], after[6] - before[6], after[7] - before[7])

else:  # only Linux counts for each thread

    def _usage() -> Any:
        return None

    def _counted(before: Any, after: Any) -> Counters:  # noqa: ARG001
        return (None, None, None, None)


class Recorder:
    """Where a worker leaves its records when it shares the memory of the trial: a list."""

    def __init__(self) -> None:
        self._calls: list[Record] = []
        self.append = self._calls.append
        self.process = _process()
        """(pid, parent's pid, name) of the worker's process: known before the clock runs."""

    def finish(self) -> None:
        """Note nothing more: the peak memory of a shared process is taken once, after the window."""

    def records(self) -> tuple[list[Record], int | None, int]:
        """Return (records of the calls, peak memory in bytes of the worker's own process or None, its stops)."""
        return self._calls, None, 0


class SharedRecorder:
    """Where a worker process leaves its records: it outlives the worker and needs no reader while the clock runs.

    An anonymous file in memory, one for each worker: a worker that is killed in the middle of a write harms no other.
    """

    def __init__(self, *, forked: bool = False) -> None:
        self._forked = forked
        if hasattr(os, "memfd_create"):
            self._descriptor = os.memfd_create("records")
        else:
            import tempfile

            self._descriptor, path = tempfile.mkstemp()
            os.unlink(path)

    @property
    def process(self) -> tuple[int, int, str]:
        """Return (pid, parent's pid, name) of the worker's process: asked in the worker."""
        return _process()

    def append(self, record: Record) -> None:
        """Write what the worker recorded of one call."""
        os.write(self._descriptor, marshal.dumps(record))

    def finish(self) -> None:
        """Write the peak memory and the stops of this process: the last thing a worker process does."""
        os.write(self._descriptor, marshal.dumps([peak_rss_bytes(forked=self._forked), stops()]))

    def records(self) -> tuple[list[Record], int | None, int]:
        """Return (records of the calls, peak memory in bytes or None, stops), without a record that was cut off."""
        import io

        calls: list[Record] = []
        peak, stopped = None, 0
        file = io.BytesIO(os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0))
        while True:
            try:
                record = marshal.load(file)  # noqa: S302 - written by our own worker
            except (EOFError, ValueError, TypeError):
                return calls, peak, stopped
            if isinstance(record, tuple):
                calls.append(record)
            else:
                peak, stopped = record

    def __getstate__(self) -> dict[str, Any]:
        from multiprocessing.reduction import DupFd

        return {"_descriptor": DupFd(self._descriptor), "_forked": self._forked}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._descriptor = state["_descriptor"].detach()
        self._forked = state["_forked"]
        watch_stops()  # in a new process, which has not inherited that


class Worker:
    """The target of one thread or process: `calls` calls of a job, one after the other, up to the first that fails.

    It bears the workload's name, because the standard library names threads after their target. `waited_ns` is the
    run-queue wait that its thread has behind it before the first call, None for what the worker must find out itself.
    With a `gate` it gets ready first and waits there for the others.
    """

    def __init__(
        self, job: Job, calls: int, recorder: Recorder | SharedRecorder, waited_ns: int | None, gate: Gate | None = None
    ) -> None:
        self.calls = calls
        self.recorder = recorder
        self.__name__ = job.name
        self._job = job
        self._waited_ns = waited_ns
        self._gate = gate
        self._ready: Ready | None = None

    def get_ready(self) -> None:
        """Get ready ahead of the call, for what runs in this very thread. Raises what the user's code raises."""
        self._ready = self._job.get_ready()

    def __call__(self) -> None:
        """Run in the worker: record each call, then the end."""
        first_instruction_ns = perf_counter_ns()
        context = (*self.recorder.process, _thread_name(), get_native_id())
        ready = self._ready or self._wait_until_ready(context, first_instruction_ns)
        if ready is not None:
            self._make_calls(ready, context, first_instruction_ns)
        self.recorder.finish()

    def _wait_until_ready(self, context: tuple[Any, ...], first_instruction_ns: int) -> Ready | None:
        try:
            ready = self._job.get_ready()
        except BaseException as raised:
            self.recorder.append(record_of_no_call(context, first_instruction_ns, raised))
            if self._gate is not None:
                self._gate.pass_by()
            return None
        if self._gate is not None:
            self._gate.wait()
        return ready

    def _make_calls(self, ready: Ready, context: tuple[Any, ...], first_instruction_ns: int) -> None:
        waited_ns = run_queue_ns() if self._waited_ns is None else self._waited_ns
        preparation = (ready.setup_ns, ready.warmup_ns)
        unchecked: list[tuple[Record, Any]] = []
        for call in range(self.calls):
            begin_ns, end_ns, counters, error, result = measured_call(ready, keep=ready.check is not None)
            wait_ns = None
            if end_ns - begin_ns >= SHORT_NS:
                before_ns, waited_ns = waited_ns, run_queue_ns()
                wait_ns = None if waited_ns is None or before_ns is None else waited_ns - before_ns
            stamps = (first_instruction_ns, begin_ns, end_ns)
            record = (call, *context, *stamps, *counters, wait_ns, *preparation, *error)
            if ready.check is None or error[0] is not None:
                self.recorder.append(record)
            else:
                unchecked.append((record, result))
            if error[0] is not None:
                break
            preparation = (None, None)
        # Not between the calls, where it would take time from the others.
        for record, result in unchecked:
            self.recorder.append(checked(record, ready.check, result))


def measured_call(
    ready: Ready, *, keep: bool = False, handed: tuple[Any, ...] = ()
) -> tuple[int, int, tuple[Any, ...], tuple[str | None, str | None, str | None], Any]:
    """Make one call. Return (begin, end, counters, error, what it returned if that is to be kept).

    What it returned is let go inside the call, as a bare script would, unless it is wanted. `handed` goes before the
    arguments that are the same for all calls.
    """
    error: tuple[str | None, str | None, str | None] = (None, None, None)
    work, arguments, keywords = ready.work, (*handed, *ready.arguments), ready.keywords
    result = None
    gil_begin = gil_enabled() if _GIL is None else _GIL
    usage = _usage()
    cpu = thread_time_ns()
    begin_ns = perf_counter_ns()
    try:
        if keep:
            result = work(*arguments, **keywords)
            kind = type(result)
        else:
            kind = type(work(*arguments, **keywords))
    except BaseException as raised:  # a worker's sys.exit() or KeyboardInterrupt is an outcome too
        end_ns = perf_counter_ns()
        cpu = thread_time_ns() - cpu
        error = describe(raised)
    else:
        end_ns = perf_counter_ns()
        cpu = thread_time_ns() - cpu
        if kind in _NOTHING_DONE:
            error, result = describe(NothingDone(_NOTHING_DONE[kind])), None
    gil_end = gil_enabled() if _GIL is None else _GIL
    counters = (cpu, *_counted(usage, _usage()), gil_begin, gil_end)
    return begin_ns, end_ns, counters, error, result


class NothingDone(Exception):
    """The call returned what would do the work if it were used, and was not."""


def _nothing_done() -> dict[type, str]:
    def generator() -> Any:
        yield

    async def coroutine() -> None:
        pass

    async def asynchronous() -> Any:
        yield

    begun = coroutine()
    kinds = {type(generator()): "generator", type(begun): "coroutine", type(asynchronous()): "asynchronous generator"}
    begun.close()
    remedy = "the call returned a %s and did no work; name a function that uses it up"
    return {kind: remedy % word for kind, word in kinds.items()}


_NOTHING_DONE = _nothing_done()
"""Types of results, and why they are none."""


def checked(record: Record, check: Callable[[Any], None] | None, result: Any) -> Record:
    """Return the record of a call once its result has been checked: with the error, if that does not pass."""
    if check is None or record[-1] is not None:
        return record
    try:
        check(result)
    except BaseException as raised:
        return (*record[:-3], *describe(raised))
    return record


def context() -> tuple[Any, ...]:
    """Return who this worker is: (pid, parent's pid, process name, thread name, native id)."""
    return (*_process(), _thread_name(), get_native_id())


def record_of_no_call(context: tuple[Any, ...], first_instruction_ns: int, error: BaseException) -> Record:
    """Return the record of a call that was not made, because the worker did not get ready for it."""
    known: dict[str, Any] = {"call": 0, "first_instruction_ns": first_instruction_ns}
    known.update(zip(MEASURED[1:], context))
    known.update(zip(("error_type", "error_message", "traceback"), describe(error)))
    return tuple(known.get(field) for field in MEASURED)


_GIL = None if hasattr(sys, "_is_gil_enabled") else gil_enabled()
"""Where the interpreter does not tell at each moment, it need not be asked at each."""
