"""The tables. Units are in the names; NULL means "not known"; time stamps are UTC in ISO 8601 text.

They are plain tables and no mapped classes: importing the mapper would double the time that a command takes to start.

The stamps ending in ``_ns`` that do not name a duration are readings of the trial's own clock (see
``runner.harness.wire``): comparable within a trial, and what the views subtract ``trials.start_ns`` from.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)

from runner.axes import CONDITIONS, Condition
from runner.outcome import Status
from runner.store.text import storable

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class AnyText(TypeDecorator[str]):
    """Text, made storable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Make `value` fit to be stored."""
        return None if value is None else storable(value)


TEXT = AnyText()
WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite wants its own word for a row id; elsewhere nanoseconds need 64 bits."""

metadata = MetaData(naming_convention=NAMING_CONVENTION)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("uid", TEXT, nullable=False, unique=True, doc="The same in every store that a copy of the sweep is in."),
    Column("name", TEXT, nullable=False),
    Column("grid_path", TEXT, nullable=False),
    Column("grid_text", TEXT, nullable=False),
    Column("grid_sha256", TEXT, nullable=False, index=True),
    Column("seed", WHOLE, nullable=False),
    Column("repeats", WHOLE, nullable=False),
    Column("warmup", WHOLE, nullable=False, doc="Warm-up blocks."),
    Column("timeout_ns", WHOLE, nullable=False, doc="For one trial."),
    Column("runner_version", TEXT, nullable=False),
    Column("versions", TEXT, nullable=False, doc="JSON: of Python and the libraries that the runner itself ran on."),
    Column("command_line", TEXT, nullable=False),
    Column("git_commit", TEXT, doc="Of the working directory; NULL where it is no git checkout."),
    Column("git_dirty", Boolean),
    Column("started_at", TEXT, nullable=False),
    Column("ended_at", TEXT, doc="NULL until every trial is done."),
    Column("note", TEXT, doc="What the user has to say about it."),
)
"""One execution of a matrix."""


tags = Table(
    "tags",
    metadata,
    Column("sweep_id", WHOLE, ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
"""A word that the user has put on a sweep, to find it by."""


hosts = Table(
    "hosts",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True, doc="Hash of all the facts below."),
    Column("hostname", TEXT, nullable=False),
    Column("system", TEXT),
    Column("release", TEXT),
    Column("machine", TEXT),
    Column("cpu_model", TEXT),
    Column("logical_cpus", WHOLE),
    Column("usable_cpus", WHOLE, nullable=False, doc="The smaller of affinity mask and cgroup quota."),
    Column("memory_bytes", WHOLE),
    Column("clock", TEXT),
    Column("clock_resolution_ns", WHOLE),
)
"""A machine in one configuration."""


interpreters = Table(
    "interpreters",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True, doc="Hash of all the facts below."),
    Column("label", TEXT, nullable=False, doc="Implementation and version, such as ``cpython 3.13.0t``."),
    Column("implementation", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("build", TEXT),
    Column("compiler", TEXT),
    Column("executable", TEXT),
    Column("free_threaded_build", Boolean),
    Column("gil", Boolean, doc="Whether the interpreter lock is on."),
    Column("jit", Boolean),
    Column("switch_interval_s", Double),
    Column("gc", Boolean),
    Column("hash_seed", TEXT),
    Column("start_methods", TEXT, nullable=False, doc="JSON list."),
    Column("default_start_method", TEXT, nullable=False),
    Column(
        "modes",
        TEXT,
        nullable=False,
        server_default=text("""'["sequential", "threading", "multiprocessing"]'"""),
        doc="JSON list: what it can do.",
    ),
    Column("flags", TEXT, nullable=False, server_default=text("'{}'"), doc="JSON: those of sys.flags that are set."),
    Column("build_options", TEXT, doc="What it was configured with when it was built."),
)
"""An interpreter under test in one configuration."""


functions = Table(
    "functions",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True, doc="Hash of all the facts below."),
    Column("name", TEXT, nullable=False, doc="As in the grid file, such as ``parse.py:parse``."),
    Column("module", TEXT, nullable=False),
    Column("qualname", TEXT, nullable=False, doc="Of the function within its module."),
    Column("file", TEXT, doc="Where the grid file names a file: that."),
    Column("folder", TEXT, nullable=False, doc="What stands first on the import path."),
    Column("source", TEXT, doc="The file that it came from; NULL where it is built into the interpreter."),
    Column("source_sha256", TEXT),
    Column(
        "distributions", TEXT, nullable=False, doc="JSON: versions of the distributions that its import brought in."
    ),
)
"""A workload that is the user's own, in one version."""


_TYPES: dict[str, Any] = {"text": TEXT, "whole": WHOLE, "truth": Boolean}


def _of_condition(condition: Condition) -> Column[Any]:
    """Return the column of a condition; a case of an older store has the usual value."""
    usual = condition.kind.stored(condition.usual)
    default = (true() if usual else false()) if isinstance(usual, bool) else None if usual is None else str(usual)
    kind = _TYPES[condition.kind.column]
    return Column(condition.name, kind, nullable=usual is None, server_default=default, doc=condition.doc)


cases = Table(
    "cases",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("sweep_id", WHOLE, ForeignKey("sweeps.id", ondelete="CASCADE"), nullable=False),
    Column("key", TEXT, nullable=False, index=True, doc="The same for the same case in every sweep and every store."),
    Column("workload", TEXT, nullable=False),
    Column("params", TEXT, nullable=False, doc="JSON: the arguments by name."),
    Column("num", WHOLE),
    Column("time_s", Double),
    Column("mode", TEXT, nullable=False),
    Column("start_method", TEXT),
    Column("workers", WHOLE, nullable=False),
    Column("calls", WHOLE, nullable=False),
    Column("interpreter_id", WHOLE, ForeignKey("interpreters.id"), nullable=False, index=True),
    Column(
        "baseline_id",
        WHOLE,
        ForeignKey("cases.id", ondelete="SET NULL"),
        index=True,
        doc="The sequential case of the same work; NULL for such a case itself.",
    ),
    Column("function_id", WHOLE, ForeignKey("functions.id"), index=True, doc="NULL for a workload of the runner's."),
    *map(_of_condition, CONDITIONS.values()),
    Column(
        "locked_baseline_id",
        WHOLE,
        ForeignKey("cases.id", ondelete="SET NULL"),
        index=True,
        doc="The sequential case of the same work on the build with the interpreter lock, if both were swept.",
    ),
    UniqueConstraint("sweep_id", "key"),
)
"""One combination of the matrix, in one sweep."""


omissions = Table(
    "omissions",
    metadata,
    Column("sweep_id", WHOLE, ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("number", WHOLE, primary_key=True),
    Column("workload", TEXT),
    Column("mode", TEXT),
    Column("start_method", TEXT),
    Column("python", TEXT, nullable=False, doc="Label of the interpreter."),
    Column("gil", TEXT),
    Column("cases", WHOLE, nullable=False, doc="How many cases that are."),
    Column("reason", TEXT, nullable=False),
    sqlite_with_rowid=False,
)
"""Cases of the matrix that cannot be run, and why. What is NULL is not what they have in common."""


trials = Table(
    "trials",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("case_id", WHOLE, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("host_id", WHOLE, ForeignKey("hosts.id"), nullable=False, index=True),
    Column("warmup", Boolean, nullable=False),
    Column("repeat", WHOLE, nullable=False, doc="The block, from 1; warm-up blocks are counted apart."),
    Column("position", WHOLE, nullable=False, doc="Place within the block, from 1."),
    Column("attempt", WHOLE, nullable=False, server_default="1", doc="From 1: how often this place was tried so far."),
    Column("status", TEXT, nullable=False),
    Column("reason", TEXT, doc="Why it is not ok."),
    Column("started_at", TEXT, nullable=False),
    Column(
        "elapsed_ns", WHOLE, nullable=False, doc="What the trial cost the sweep, from request to last process gone."
    ),
    Column("start_ns", WHOLE, doc="Before the first worker was created."),
    Column("end_ns", WHOLE, doc="After the last worker was joined."),
    Column("wall_ns", WHOLE, doc="end_ns - start_ns: the study's total."),
    Column("gil", Boolean),
    Column("cpus", TEXT, doc="JSON list: the CPUs that it was pinned to; NULL when it was not."),
    Column("load_1min", Double, doc="The host's load average before the trial."),
    Column("runnable", WHOLE, doc="Tasks of the host that were ready to run just before the trial."),
    Column("others_cpu_ns", WHOLE, doc="CPU time that others used during the trial, on the CPUs it may use."),
    Column("steal_ns", WHOLE, doc="Time that the hypervisor gave to other guests."),
    Column("throttled_ns", WHOLE, doc="Time that a cgroup's CPU quota held processes back."),
    Column("suspended_ns", WHOLE, doc="Time that the machine slept."),
    Column("clock_jump_ns", WHOLE, doc="By how much the clock of the day was set."),
    Column("runner_held_ns", WHOLE, doc="Time that the runner itself did not get to run."),
    Column("stops", WHOLE, doc="How often processes of the trial were stopped and continued."),
    Column("noisy", TEXT, doc="What disturbed it, in words; NULL when nothing was seen."),
    Column("output", TEXT, doc="The tail of what it printed."),
    CheckConstraint("status IN ({})".format(", ".join(f"'{status}'" for status in Status)), name="status_is_known"),
    Index(
        "uq_trials_done",
        "case_id",
        "warmup",
        "repeat",
        unique=True,
        sqlite_where=text("status = 'ok'"),
    ),
    Index("ix_trials_case_id", "case_id"),
)
"""One case, run once. Written when it has ended, and never changed."""


timings = Table(
    "timings",
    metadata,
    Column("trial_id", WHOLE, ForeignKey("trials.id", ondelete="CASCADE"), primary_key=True),
    Column("worker", WHOLE, primary_key=True, doc="From 0."),
    Column("call", WHOLE, primary_key=True, doc="Within the worker, from 0."),
    Column("pid", WHOLE),
    Column("parent_pid", WHOLE),
    Column("process_name", TEXT),
    Column("thread_name", TEXT),
    Column("native_id", WHOLE, doc="The kernel's id of the thread."),
    Column("submitted_ns", WHOLE, doc="Before the worker's start() was called."),
    Column("start_returned_ns", WHOLE),
    Column("first_instruction_ns", WHOLE, doc="First line that the worker itself ran."),
    Column("begin_ns", WHOLE),
    Column("end_ns", WHOLE),
    Column("collected_ns", WHOLE, doc="After join() of the worker returned."),
    Column("cpu_ns", WHOLE, doc="CPU time of the thread between begin and end; the counters below likewise."),
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
    Column("setup_ns", WHOLE, doc="What the workload's own setup took in this worker, before its first call."),
    Column("warmup_ns", WHOLE, doc="What the warm-up calls of this worker took."),
    Column(
        "queued_ns", WHOLE, doc="From the task's submission to its first instruction; NULL where there are no tasks."
    ),
    sqlite_with_rowid=False,
)
"""What was recorded of one call of the workload."""
