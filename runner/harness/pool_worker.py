"""What the workers of a pool do: get ready, and make the calls that they are given as tasks.

A task returns what the workload returned, because that is part of the price of a pool, and with it the packed record
of the call.
"""

from _thread import get_ident
from time import perf_counter_ns

from .measure import SHORT_NS, measured_call, run_queue_ns
from .record import Record, packed
from .stacks import show_when_asked

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

    from .ends import GateEnd
    from .job import Job, Ready

    Made = tuple[Any, tuple[Any, ...]]
    """What a task returns: (result of the workload, packed record)."""

show_when_asked()  # also in a process that has not inherited it: what a pool starts makes no other call of ours first

_ready: "dict[int, Ready | BaseException]" = {}
"""The job that each worker got ready for, or why it did not; by its thread: a process of a pool has only one."""

_waited_ns: "dict[int, int | None]" = {}
"""The run-queue wait that each worker's thread had behind it when that was last read."""

_NEW = 0
"""Key for threads that have not made a call yet; no thread has this number."""


def know_workers_as_new() -> None:
    """Let the workers' threads count as those that have waited for nothing before: called before there are any."""
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


def task_of(job: "Job", *, is_prepared: bool) -> "tuple[Any, ...]":
    """Return what is submitted for a call: a function of this module and its arguments."""
    return (prepared_call, *job.handed) if is_prepared else (plain_call, job.empty_handed(), *job.handed)


def prepared_call(*handed: "Any") -> "Made":
    """Make a call of the job that this worker got ready for, with what is passed to this call."""
    ready = _ready[get_ident()]
    if isinstance(ready, BaseException):
        record = Record()
        record.first_instruction_ns = perf_counter_ns()
        record.sign()
        record.fail(ready)
        return None, packed(record)
    return _call(ready, handed)


def plain_call(job: "Job", *handed: "Any") -> "Made":
    """Make a call of a job that needs no preparation, with what is passed to this call."""
    return _call(job.get_ready(), handed)


def _call(ready: "Ready", handed: "tuple[Any, ...]") -> "Made":
    first_instruction_ns = perf_counter_ns()
    record = Record()
    record.first_instruction_ns = first_instruction_ns
    elapsed_ns, result = measured_call(ready, record, keep=True, handed=handed)
    record.sign()
    record.setup_ns, record.warmup_ns = ready.preparation_ns()
    if elapsed_ns >= SHORT_NS:
        record.run_queue_ns = _run_queue_wait_ns()
    return result, packed(record)


def _run_queue_wait_ns() -> "int | None":
    """Return how long this thread waited for a CPU since this was last asked, None if nobody asked before."""
    before_ns = _waited_ns.get(get_ident(), _waited_ns.get(_NEW))
    now_ns = _waited_ns[get_ident()] = run_queue_ns()
    return None if before_ns is None or now_ns is None else now_ns - before_ns
