"""How a trial ended: the value that an executor returns and the store keeps."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from runner.facts import HostFacts

Timing = Mapping[str, Any]
"""One call of the workload; keys as ``runner.harness.measure.FIELDS``."""


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
class Outcome:
    """One trial's end. Stamps are nanoseconds of the host's ``perf_counter_ns``; None when no reply came."""

    status: Status
    reason: str | None = None
    """Why it is not ok, in words."""
    started_at: str
    """UTC, ISO 8601."""
    elapsed_ns: int
    """What the trial cost the sweep, from the request to the last process gone."""
    host: HostFacts | None = None
    """Where it ran."""
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


def judge(reply: Mapping[str, Any], gil: bool | None = None) -> tuple[Status, str | None]:
    """Return (status, reason) that a child's reply (see ``runner.harness.wire``) stands for.

    `gil` is what the interpreter lock had to be all the while, None where that does not matter.
    """
    if reply["deaths"]:
        death = reply["deaths"][0]
        code = death["exit_code"]
        end = "left no record of its call" if code is None else describe_exit(code)
        who = "" if death["pid"] is None else f" (pid {death['pid']})"
        return Status.CRASHED, f"worker {death['worker']}{who} {end}"
    if reply["error"]:
        error = reply["error"]
        started = len({timing["worker"] for timing in reply["timings"]})
        return Status.FAILED, f"worker {started} could not be started: {error['type']}: {error['message']}"
    for timing in reply["timings"]:
        if timing["error_type"] is not None:
            return (
                Status.FAILED,
                f"worker {timing['worker']}: {timing['error_type']}: {timing['error_message']}",
            )
    return _judge_lock(reply, gil)


def _judge_lock(reply: Mapping[str, Any], gil: bool | None) -> tuple[Status, str | None]:
    wanted, other = ("on", "off") if gil else ("off", "on")
    for timing in reply["timings"] if gil is not None else ():
        for moment, named in (("begin", "beginning"), ("end", "end")):
            if timing[f"gil_{moment}"] is (not gil):
                where = f"at the {named} of a call of worker {timing['worker']}"
                why = "" if gil else " (an extension that is not made for free threading turns it on)"
                return Status.FAILED, f"the interpreter lock was {other} {where}, and the case says {wanted}{why}"
    return Status.OK, None


def describe_exit(code: int) -> str:
    """Say in words how a process ended; `code` as in ``subprocess``: negative for a signal."""
    if code >= 0:
        return f"exited with code {code} before its work was done"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
