"""The record of one call, or of a batch of short ones: its fields, and how it crosses from the worker to the driver.

Workers import this inside the timed window. So neither this module nor the others that they import have
``from __future__ import annotations``, which imports a module, too; annotations that need it are quoted.
"""

import os
import sys
from _operator import attrgetter
from _thread import get_native_id

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

TEXT_LIMIT = 20_000
"""Characters kept of an exception's message and of its traceback."""


class Record:
    """One call of the workload, or a batch of them, with the fields of a timing in the reply, in that order.

    A worker fills in what it measures, the driver adds what only it knows (see ``packed``). A field is None where the
    platform cannot tell, and where it does not apply. Times are in nanoseconds of ``perf_counter_ns``.
    """

    def __init__(self) -> None:
        # Not as attributes of the class: setting those of an instance would take three times as long.
        self.worker = 0
        self.call = 0
        """Number of the call among those of its worker; of a batch, the first one's."""
        self.batch = 1
        """Calls between `begin_ns` and `end_ns`. If the record has an error, the last of them failed."""
        self.counted = 0
        """Calls that the counters cover: this batch and those before it that have none of their own."""
        self.unrecorded = 0
        """Tasks between this one and the next that has a record."""
        self.pid: "int | None" = None
        self.parent_pid: "int | None" = None
        self.process_name: "str | None" = None
        self.thread_name: "str | None" = None
        self.native_id: "int | None" = None
        self.first_instruction_ns: "int | None" = None
        self.begin_ns: "int | None" = None
        self.end_ns: "int | None" = None
        self.cpu_ns: "int | None" = None
        self.process_cpu_ns: "int | None" = None
        """That of the whole process and the children that have ended; None if other workers share the process."""
        self.voluntary_switches: "int | None" = None
        self.involuntary_switches: "int | None" = None
        self.minor_faults: "int | None" = None
        self.major_faults: "int | None" = None
        self.gil_begin: "bool | None" = None
        self.gil_end: "bool | None" = None
        self.run_queue_ns: "int | None" = None
        self.setup_ns: "int | None" = None
        """Only in the first record of a worker, as `warmup_ns`."""
        self.warmup_ns: "int | None" = None
        self.error_type: "str | None" = None
        self.error_message: "str | None" = None
        self.traceback: "str | None" = None
        self.submitted_ns: "int | None" = None
        self.start_returned_ns: "int | None" = None
        self.collected_ns: "int | None" = None
        self.queued_ns: "int | None" = None
        """None where calls are not tasks."""
        self.peak_rss_bytes: "int | None" = None

    def sign(self) -> None:
        """Enter which process and thread this is."""
        # multiprocessing and threading are not imported for a name alone: where nobody has imported them, this is the
        # main process and the main thread.
        process = sys.modules.get("multiprocessing.process")
        threading = sys.modules.get("threading")
        self.pid, self.parent_pid = os.getpid(), os.getppid()
        self.process_name = process.current_process().name if process else "MainProcess"
        self.thread_name = threading.current_thread().name if threading else "MainThread"
        self.native_id = get_native_id()

    def fail(self, error: BaseException) -> None:
        """Enter why the call failed."""
        self.error_type, self.error_message, self.traceback = describe(error)


FIELDS = tuple(vars(Record()))
"""The keys of one timing in the reply."""

_ADDED_BY_DRIVER = (
    "worker",
    "unrecorded",
    "submitted_ns",
    "start_returned_ns",
    "collected_ns",
    "queued_ns",
    "peak_rss_bytes",
)
_PACKED = tuple(field for field in FIELDS if field not in _ADDED_BY_DRIVER)
_BEGIN_AND_END = (_PACKED.index("begin_ns"), _PACKED.index("end_ns"))
_COUNTERS = (
    "cpu_ns",
    "process_cpu_ns",
    "voluntary_switches",
    "involuntary_switches",
    "minor_faults",
    "major_faults",
    "run_queue_ns",
)

packed: "Callable[[Record], tuple[Any, ...]]" = attrgetter(*_PACKED)
"""Return what the worker knows of a call as a tuple, which is cheap to make, to keep and to send. See `unpacked`."""


def unpacked(values: "Sequence[Any]") -> Record:
    """Return the record that was `packed`."""
    record = Record()
    record.__dict__.update(zip(_PACKED, values))
    return record


_STAMPS = 5


def has_stamps_alone(values: "Sequence[Any]") -> bool:
    """Return whether these are not a packed record, but (pid, native id, begin, end, lock) of a task."""
    return len(values) == _STAMPS


def duration_ns(values: "Sequence[Any]") -> int:
    """Return the nanoseconds from begin to end of a packed record or of the stamps of a task; 0 if it never began."""
    begin_ns, end_ns = values[2:4] if has_stamps_alone(values) else map(values.__getitem__, _BEGIN_AND_END)
    return (end_ns or 0) - (begin_ns or 0)


def stamped(values: "Sequence[Any]", first: Record) -> Record:
    """Return the record of a task that has stamps alone; `first` is that of its worker's first, which has all."""
    record = Record()
    record.pid, record.native_id, record.begin_ns, record.end_ns, record.gil_begin = values
    record.gil_end, record.first_instruction_ns = record.gil_begin, record.begin_ns
    record.parent_pid = first.parent_pid
    record.process_name, record.thread_name = first.process_name, first.thread_name
    return record


def section(values: "Sequence[Any]", stamps: "Sequence[tuple[int, int]] | None") -> "list[Record]":
    """Return the records of a section: calls that were counted together.

    `values` is its packed record. If its calls have `stamps` (begin, end) of their own, each gets a record; the last
    one has the counters, and the error. A call that failed has no stamps: it began when the one before it ended.
    """
    last = unpacked(values)
    if stamps is None:
        return [last]
    begins, ends = [begin_ns for begin_ns, _ in stamps], [end_ns for _, end_ns in stamps]
    if last.error_type is not None:
        begins.append(ends[-1] if ends else last.begin_ns)  # type: ignore[arg-type] # it has made a call
        ends.append(last.end_ns)  # type: ignore[arg-type]
    records = [_uncounted(values) for _ in begins[1:]] + [last]
    for number, record in enumerate(records):
        record.call += number
        record.begin_ns, record.end_ns = begins[number], ends[number]
    return records


def _uncounted(values: "Sequence[Any]") -> Record:
    record = unpacked(values)
    record.counted = 0
    for name in (*_COUNTERS, "error_type", "error_message", "traceback"):
        setattr(record, name, None)
    return record


def describe(error: BaseException) -> tuple[str, str, str]:
    """Return (type, message, traceback) of an exception as text of limited length, whatever its ``str`` does."""
    try:
        message = str(error)
    except BaseException as second:
        message = "(its str() raised %s)" % type(second).__name__
    try:
        import traceback

        lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException:  # its str() again, or no descriptor left to import a module with
        lines = _bare_traceback(error)
    return type(error).__name__, _encodable(message[:TEXT_LIMIT]), _encodable(lines[-TEXT_LIMIT:])


def _bare_traceback(error: BaseException) -> str:
    lines = []
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        lines.append('  File "%s", line %d, in %s\n' % (code.co_filename, entry.tb_lineno, code.co_name))
        entry = entry.tb_next
    return "".join(lines)


def _encodable(text: str) -> str:
    """Escape what UTF-8 cannot encode, such as the undecodable bytes of a file name."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
