"""What a thread or process does that has its own share of the calls."""

from time import perf_counter_ns

from .measure import SHORT_NS, check_result, measured_call, run_queue_ns
from .record import Record, packed, unpacked

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .ends import GateEnd, RecorderEnd
    from .job import Job, Ready
    from .recorder import MemoryRecorder


class Worker:
    """The target of one thread or process: `calls` calls of a job, one after the other, up to the first that fails.

    It has the workload's name, because the standard library names threads after their target. `waited_ns` is the
    run-queue wait of its thread before it begins; None lets the worker find that out. With a `gate` it gets ready, and
    then waits there for the others. Results are checked between the calls, unless workers are `crowded`: those share an
    interpreter lock, so that a check would take time from the calls of others. They keep their results to the end.
    """

    def __init__(
        self,
        job: "Job",
        calls: int,
        recorder: "MemoryRecorder | RecorderEnd",
        waited_ns: "int | None",
        gate: "GateEnd | None" = None,
        *,
        crowded: bool = False,
    ) -> None:
        self.__name__ = job.name
        self.calls = calls
        self._job = job
        self._recorder = recorder
        self._waited_ns = waited_ns
        self._gate = gate
        self._crowded = crowded
        self._ready: "Ready | None" = None

    def get_ready(self) -> None:
        """Get ready ahead of the call, where that happens in the calling thread. Raises what the user's code raises."""
        self._ready = self._job.get_ready()

    def __call__(self) -> None:
        """Run in the worker: record each call, then the end."""
        first_instruction_ns = perf_counter_ns()
        record = Record()
        record.first_instruction_ns = first_instruction_ns
        record.sign()
        ready = self._ready or self._wait_until_ready(record)
        self._recorder.finish(0 if ready is None else self._make_calls(ready, record))

    def _wait_until_ready(self, record: Record) -> "Ready | None":
        try:
            ready = self._job.get_ready()
        except BaseException as raised:
            record.fail(raised)
            self._recorder.append(packed(record))
            if self._gate is not None:
                self._gate.pass_by()
            return None
        if self._gate is not None:
            self._gate.wait()
        return ready

    def _make_calls(self, ready: "Ready", record: Record) -> int:
        """Enter each call into the one record, which is packed before the next.

        Return the nanoseconds that were spent on checks before the last call ended.
        """
        waited_ns = run_queue_ns() if self._waited_ns is None else self._waited_ns
        record.setup_ns, record.warmup_ns = ready.setup_ns, ready.warmup_ns
        check, append = ready.check, self._recorder.append
        unchecked: "list[tuple[tuple[Any, ...], Any]]" = []
        checked_ns = last_check_ns = 0
        for call in range(self.calls):
            record.call = call
            checked_ns += last_check_ns
            elapsed_ns, result = measured_call(ready, record, keep=check is not None)
            record.run_queue_ns = None
            if elapsed_ns >= SHORT_NS:
                before_ns, waited_ns = waited_ns, run_queue_ns()
                record.run_queue_ns = None if waited_ns is None or before_ns is None else waited_ns - before_ns
            if check is None:
                append(packed(record))
            elif self._crowded:
                unchecked.append((packed(record), result))
            else:
                begin_ns = perf_counter_ns()
                append(_checked(packed(record), check, result))
                result = None  # or it would live until the next one is there
                last_check_ns = perf_counter_ns() - begin_ns
            if record.error_type is not None:
                break
            record.setup_ns = record.warmup_ns = None
        for values, result in unchecked:
            append(_checked(values, check, result))
        return checked_ns


def _checked(values: "tuple[Any, ...]", check: "Callable[[Any], None] | None", result: "Any") -> "tuple[Any, ...]":
    """Return the packed record of a call with what its check says of its result, unless the call has failed."""
    record = unpacked(values)
    check_result(record, check, result)
    return packed(record)
