"""What a thread or process does that has its own share of the calls."""

from time import perf_counter_ns

from .measure import COUNTED_NS, SHORT_NS, STAMPED_NS, check_result, measured_section, run_queue_ns
from .record import Record, packed, section

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .ends import GateEnd, RecorderEnd
    from .job import Job, Ready
    from .recorder import MemoryRecorder


SECTION_NS = 5_000_000
"""How long calls are that are counted together."""


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
            self._recorder.append(packed(record), None)
            if self._gate is not None:
                self._gate.pass_by()
            return None
        if self._gate is not None:
            self._gate.wait()
        return ready

    def _make_calls(self, ready: "Ready", record: Record) -> int:
        """Make the calls in sections, each entered into the one record, which is packed before the next.

        Return the nanoseconds between the sections: what recording them and checking the results took.
        """
        waited_ns = run_queue_ns() if self._waited_ns is None else self._waited_ns
        record.setup_ns, record.warmup_ns = ready.setup_ns, ready.warmup_ns
        check, append = ready.check, self._recorder.append
        unchecked: "list[tuple[tuple[Any, ...], list[tuple[int, int]] | None, list[Any]]]" = []
        made = call_ns = between_ns = last_end_ns = 0
        while made < self.calls and record.error_type is None:
            record.call = made
            number = 1 if check is not None and not self._crowded else section_size(call_ns, made, self.calls)
            stamps: "list[tuple[int, int]] | None" = [] if number > 1 and call_ns >= STAMPED_NS else None
            results: "list[Any] | None" = None if check is None else []
            begin_ns, end_ns = measured_section(ready, record, number, stamps, results, alone=not self._crowded)
            between_ns += begin_ns - (last_end_ns or begin_ns)
            last_end_ns, call_ns = end_ns, (end_ns - begin_ns) // number
            record.run_queue_ns = None
            if number == 1 and call_ns >= SHORT_NS:
                before_ns, waited_ns = waited_ns, run_queue_ns()
                record.run_queue_ns = None if waited_ns is None or before_ns is None else waited_ns - before_ns
            if results is None:
                append(packed(record), stamps)
            elif self._crowded:
                unchecked.append((packed(record), stamps, results))
            else:
                self._append_checked(packed(record), stamps, results, check)
            made += number
            record.setup_ns = record.warmup_ns = None
        for values, stamps, results in unchecked:
            self._append_checked(values, stamps, results, check)
        return 0 if self._crowded else between_ns  # in which others have used the lock

    def _append_checked(
        self,
        values: "tuple[Any, ...]",
        stamps: "list[tuple[int, int]] | None",
        results: "list[Any]",
        check: "Callable[[Any], None] | None",
    ) -> None:
        """Enter what the check says of each result, unless the call has failed, and append the records."""
        records = section(values, stamps)
        for number, result in enumerate(results):
            record = records[number if stamps is not None else 0]
            if record.error_type is None:
                check_result(record, check, result)
                if record.error_type is not None and record.batch > 1:
                    record.error_message = "call %d: %s" % (record.call + number, record.error_message)
        for record in records:
            self._recorder.append(packed(record), None)


def section_size(call_ns: int, made: int, calls: int) -> int:
    """Return how many calls to record together, where a call has taken `call_ns` and `made` of `calls` are made.

    Counters take some ten microseconds to read, so calls are counted one by one only if they are long beside that.
    """
    if not made or call_ns >= COUNTED_NS:
        return 1
    return min(SECTION_NS // max(1, call_ns), calls - made)
