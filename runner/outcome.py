"""How a trial ended: the value that an executor returns and the store keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from runner.facts import HostFacts, InterpreterFacts


class Status(StrEnum):
    """How a trial ended. Only `OK` counts in figures; a resume runs trials with a status in `UNFINISHED` again."""

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
    """It succeeded, but was disturbed, and another attempt takes its place."""


UNFINISHED = (Status.INTERRUPTED, Status.LOST, Status.DISTURBED)
"""Statuses after which the trial must be run again: it did not end, or its time cannot be trusted."""

FAILURES = (Status.FAILED, Status.CRASHED, Status.TIMEOUT)
"""Statuses of trials that ended without success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the host did during a trial; None if the platform cannot tell. Each field is a column of ``trials``."""

    load_1min: float | None = None
    """The host's load average before the trial."""
    runnable: int | None = None
    """Tasks of the host that were ready to run just before the trial, without the runner itself."""
    others_cpu_ns: int | None = None
    """CPU time that other processes used during the trial, on the CPUs that the trial may use."""
    steal_ns: int | None = None
    """Time that the hypervisor gave to other guests while those CPUs wanted to run."""
    throttled_ns: int | None = None
    """Time that a cgroup's CPU quota held the trial's processes back."""
    suspended_ns: int | None = None
    """Time that the machine slept."""
    clock_jump_ns: int | None = None
    """By how much the wall clock was set during the trial."""
    runner_held_ns: int = 0
    """Time that the runner itself could not run, and so did not read the trial's output."""
    stops: int | None = None
    """How often processes of the trial were stopped and continued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The record of one call of the workload, or of a batch of short ones. Each field is a column of ``timings``.

    Stamps are nanoseconds of the host's ``perf_counter_ns``; None if the platform cannot tell, or the worker died.
    """

    worker: int
    """Counted from 0."""
    call: int
    """Within the worker, counted from 0; the first one of a batch."""
    batch: int
    """Calls between begin and end: more than one where they are too short for stamps of their own. If the record has an
    error, the last of them failed."""
    counted: int
    """Calls that the counters cover: this batch, and those before it that have none of their own."""
    unrecorded: int
    """Tasks between this one and the next that is recorded."""
    pid: int | None
    parent_pid: int | None
    process_name: str | None
    thread_name: str | None
    native_id: int | None
    """The kernel's id of the thread."""
    first_instruction_ns: int | None
    begin_ns: int | None
    end_ns: int | None
    cpu_ns: int | None
    """CPU time of the thread between begin and end; the counters below likewise."""
    process_cpu_ns: int | None
    """That of the whole process and its children that have ended; None if other workers share the process."""
    voluntary_switches: int | None
    involuntary_switches: int | None
    minor_faults: int | None
    major_faults: int | None
    gil_begin: bool | None
    """Whether the interpreter lock was on."""
    gil_end: bool | None
    run_queue_ns: int | None
    """Time that the thread was ready to run but had no CPU."""
    setup_ns: int | None
    warmup_ns: int | None
    error_type: str | None
    error_message: str | None
    traceback: str | None
    submitted_ns: int | None
    start_returned_ns: int | None
    collected_ns: int | None
    queued_ns: int | None
    """From the submission of a task to its first instruction; None if the mode has no tasks."""
    peak_rss_bytes: int | None

    def columns(self) -> dict[str, Any]:
        """Return the timing as the store keeps it."""
        return {name: getattr(self, name) for name in TIMING_FIELDS}


TIMING_FIELDS = tuple(field.name for field in fields(Timing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one trial. Stamps are nanoseconds of the host's ``perf_counter_ns``; None if no reply came."""

    status: Status
    reason: str | None = None
    """Why the status is not ok, in words."""
    started_at: str
    """UTC, ISO 8601."""
    elapsed_ns: int
    """Time that the trial took in the sweep, from the request to the end of its last process."""
    host: HostFacts
    """Where it ran."""
    interpreter: InterpreterFacts | None = None
    """The interpreter it ran in; None if the executor has not probed it."""
    start_ns: int | None = None
    end_ns: int | None = None
    tree_cpu_ns: int | None = None
    """CPU time of all its processes between start and end."""
    gil: bool | None = None
    cpus: Sequence[int] | None = None
    """The CPUs it was pinned to; None if it was not pinned."""
    timings: Sequence[Timing] = ()
    surroundings: Surroundings = Surroundings()
    output: str | None = None
    """The last part of the trial's output, stdout and stderr in the order they came."""

    @property
    def wall_ns(self) -> int | None:
        """The study's wall time: from before the first worker is created until after the last is joined."""
        return None if self.end_ns is None or self.start_ns is None else self.end_ns - self.start_ns
