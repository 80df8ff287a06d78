"""How a trial ended: the value that an executor returns and the store keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from runner.facts import HostFacts, InterpreterFacts


class Status(StrEnum):
    """How a trial ended. Only `OK` counts in figures; what is in `UNFINISHED` is run again by a resume."""

    OK = "ok"
    FAILED = "failed"
    """The workload raised, or its workers could not be started."""
    CRASHED = "crashed"
    """The child or a worker died."""
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    """The user stopped the sweep."""
    LOST = "lost"
    """The machine that ran it went away."""
    DISTURBED = "disturbed"
    """It succeeded, but something disturbed it, and another attempt takes its place."""


UNFINISHED = (Status.INTERRUPTED, Status.LOST, Status.DISTURBED)
"""What is still to be done after it: the trial never came to an end, or not to one that can be trusted."""

FAILURES = (Status.FAILED, Status.CRASHED, Status.TIMEOUT)
"""It came to an end, and not to the one that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What went on around a trial; None for what the platform does not tell. Each field is a column of ``trials``."""

    load_1min: float | None = None
    """The host's load average before the trial."""
    runnable: int | None = None
    """Tasks of the host that were ready to run just before the trial, without the one that asked."""
    others_cpu_ns: int | None = None
    """CPU time that others used during the trial, on the CPUs that the trial may use."""
    steal_ns: int | None = None
    """Time that the hypervisor gave to other guests while those CPUs wanted to run."""
    throttled_ns: int | None = None
    """Time that a cgroup's CPU quota held its processes back."""
    suspended_ns: int | None = None
    """Time that the machine slept."""
    clock_jump_ns: int | None = None
    """By how much the clock of the day was set during the trial."""
    runner_held_ns: int = 0
    """Time that the runner itself did not get to run, and so did not take what the trial printed."""
    stops: int | None = None
    """How often processes of the trial were stopped and continued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What was recorded of one call of the workload. Each field is a column of ``timings``.

    Stamps are nanoseconds of the host's ``perf_counter_ns``; None where the platform cannot tell, or a worker died.
    """

    worker: int
    """Counted from 0."""
    call: int
    """Within the worker, counted from 0."""
    pid: int | None
    parent_pid: int | None
    process_name: str | None
    thread_name: str | None
    native_id: int | None
    """The kernel's number of the thread."""
    first_instruction_ns: int | None
    begin_ns: int | None
    end_ns: int | None
    cpu_ns: int | None
    """CPU time of the thread between begin and end; the counters below likewise."""
    voluntary_switches: int | None
    involuntary_switches: int | None
    minor_faults: int | None
    major_faults: int | None
    gil_begin: bool | None
    """Whether the interpreter lock was on."""
    gil_end: bool | None
    run_queue_ns: int | None
    """Time that the thread was ready to run and had no CPU."""
    setup_ns: int | None
    warmup_ns: int | None
    error_type: str | None
    error_message: str | None
    traceback: str | None
    submitted_ns: int | None
    start_returned_ns: int | None
    collected_ns: int | None
    queued_ns: int | None
    """From the submission of a task to its first instruction; None where there are no tasks."""
    peak_rss_bytes: int | None

    def columns(self) -> dict[str, Any]:
        """Return the timing as the store keeps it."""
        return {name: getattr(self, name) for name in TIMING_FIELDS}


TIMING_FIELDS = tuple(field.name for field in fields(Timing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One trial's end. Stamps are nanoseconds of the host's ``perf_counter_ns``; None when no reply came."""

    status: Status
    reason: str | None = None
    """Why it is not ok, in words."""
    started_at: str
    """UTC, ISO 8601."""
    elapsed_ns: int
    """What the trial cost the sweep, from the request to the last process gone."""
    host: HostFacts
    """Where it ran."""
    interpreter: InterpreterFacts | None = None
    """What it ran in; None where the executor was not asked for that interpreter before."""
    start_ns: int | None = None
    end_ns: int | None = None
    gil: bool | None = None
    cpus: Sequence[int] | None = None
    """What it was pinned to."""
    timings: Sequence[Timing] = ()
    surroundings: Surroundings = Surroundings()
    output: str | None = None
    """The tail of what the trial printed, stdout and stderr in the order they came."""

    @property
    def wall_ns(self) -> int | None:
        """The study's total: from before the first worker is created until after the last is joined."""
        return None if self.end_ns is None or self.start_ns is None else self.end_ns - self.start_ns
