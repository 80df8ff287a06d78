"""The tables of trials and of their calls.

Columns ending in ``_ns`` that are not durations are readings of the trial's own clock (see ``runner.harness.wire``):
comparable within a trial. The views subtract ``trials.start_ns`` from them.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Double, ForeignKey, Index, Table, text

from runner.outcome import Status
from runner.store.columns import TEXT, WHOLE, metadata

trials = Table(
    "trials",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("case_id", WHOLE, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("host_id", WHOLE, ForeignKey("hosts.id"), nullable=False, index=True),
    Column("warmup", Boolean, nullable=False),
    Column("repeat", WHOLE, nullable=False, doc="The block, from 1; warm-up blocks are counted apart."),
    Column("position", WHOLE, nullable=False, doc="Place within the block, from 1."),
    Column("attempt", WHOLE, nullable=False, server_default="1", doc="From 1, at this case and block."),
    Column("status", TEXT, nullable=False),
    Column("reason", TEXT, doc="Why it is not ok."),
    Column("started_at", TEXT, nullable=False),
    Column("elapsed_ns", WHOLE, nullable=False, doc="From the request until the last process is gone."),
    Column("start_ns", WHOLE, doc="Before the first worker was created."),
    Column("end_ns", WHOLE, doc="After the last worker was joined."),
    Column("wall_ns", WHOLE, doc="end_ns - start_ns, the study's total."),
    Column(
        "tree_cpu_ns",
        WHOLE,
        doc="CPU time of all its processes and threads, from before the first worker was created until after the last "
        "was joined: that of its workers' starts, of their children and of native threads, too.",
    ),
    Column("gil", Boolean),
    Column("cpus", TEXT, doc="JSON list: the CPUs that it was pinned to; NULL when it was not."),
    Column("load_1min", Double, doc="The host's load average before the trial."),
    Column("runnable", WHOLE, doc="Tasks of the host that were ready to run right before the trial."),
    Column("others_cpu_ns", WHOLE, doc="CPU time of other processes on the trial's CPUs."),
    Column("steal_ns", WHOLE, doc="Time that the hypervisor gave to other guests."),
    Column("throttled_ns", WHOLE, doc="Time that a cgroup's CPU quota held processes back."),
    Column("suspended_ns", WHOLE, doc="Time that the machine was suspended."),
    Column("clock_jump_ns", WHOLE, doc="By how much the wall clock was set."),
    Column("runner_held_ns", WHOLE, doc="Time that the runner itself was not scheduled."),
    Column("stops", WHOLE, doc="How often processes of the trial were stopped and continued."),
    Column("noisy", TEXT, doc="What disturbed it, in words; NULL if nothing was noticed."),
    Column("output", TEXT, doc="The end of what it printed."),
    CheckConstraint("status IN ({})".format(", ".join(f"'{status}'" for status in Status)), name="status_is_known"),
    Index(
        "uq_trials_done",
        "case_id",
        "warmup",
        "repeat",
        "host_id",
        unique=True,
        sqlite_where=text("status = 'ok'"),
    ),
    Index("ix_trials_case_id", "case_id"),
)
"""One run of a case. Written when it has ended, and never changed."""


timings = Table(
    "timings",
    metadata,
    Column("trial_id", WHOLE, ForeignKey("trials.id", ondelete="CASCADE"), primary_key=True),
    Column("worker", WHOLE, primary_key=True, doc="From 0."),
    Column("call", WHOLE, primary_key=True, doc="Within the worker, from 0; of a batch, the first one's."),
    Column(
        "batch",
        WHOLE,
        nullable=False,
        server_default="1",
        doc="Calls between begin_ns and end_ns: more than one where they are too short for stamps of their own.",
    ),
    Column(
        "counted",
        WHOLE,
        nullable=False,
        server_default="0",
        doc="Calls that the counters cover: this batch, and those before it that have none; 0 where they are NULL.",
    ),
    Column(
        "unrecorded",
        WHOLE,
        nullable=False,
        server_default="0",
        doc="Tasks between this one and the next that is recorded, in the order in which they were submitted.",
    ),
    Column("pid", WHOLE),
    Column("parent_pid", WHOLE),
    Column("process_name", TEXT),
    Column("thread_name", TEXT),
    Column("native_id", WHOLE, doc="The kernel's id of the thread."),
    Column("submitted_ns", WHOLE, doc="Before the worker's start() was called."),
    Column("start_returned_ns", WHOLE),
    Column("first_instruction_ns", WHOLE, doc="First line that the worker ran."),
    Column("begin_ns", WHOLE),
    Column("end_ns", WHOLE),
    Column("collected_ns", WHOLE, doc="After join() of the worker returned."),
    Column("cpu_ns", WHOLE, doc="CPU time of the thread between begin and end; the counters below likewise."),
    Column(
        "process_cpu_ns",
        WHOLE,
        doc="That of its whole process and the children that have ended; NULL where other workers share the process.",
    ),
    Column("voluntary_switches", WHOLE),
    Column("involuntary_switches", WHOLE),
    Column("minor_faults", WHOLE),
    Column("major_faults", WHOLE),
    Column(
        "run_queue_ns", WHOLE, doc="Time that the thread was ready to run and had no CPU; NULL for calls under 10 ms."
    ),
    Column("peak_rss_bytes", WHOLE, doc="VmHWM of the worker's process at its end; threads share one."),
    Column("gil_begin", Boolean),
    Column("gil_end", Boolean),
    Column("error_type", TEXT),
    Column("error_message", TEXT),
    Column("traceback", TEXT),
    Column("setup_ns", WHOLE, doc="Duration of the workload's setup in this worker, before its first call."),
    Column("warmup_ns", WHOLE, doc="Duration of this worker's warm-up calls."),
    Column(
        "queued_ns", WHOLE, doc="From the task's submission to its first instruction; NULL where there are no tasks."
    ),
    sqlite_with_rowid=False,
)
"""The record of one call of the workload, or of a batch of short ones."""
