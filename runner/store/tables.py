"""The tables. Units are in the names; NULL means "not known"; time stamps are UTC in ISO 8601 text.

The stamps ending in ``_ns`` that do not name a duration are readings of the trial's own clock (see
``runner.harness.wire``): comparable within a trial, and what the views subtract ``trials.start_ns`` from.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from runner.outcome import Status

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class AnyText(TypeDecorator[str]):
    """Text, in which what UTF-8 cannot hold (the odd bytes of a file name) is spelt out."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Make `value` fit to be stored."""
        return None if value is None else value.encode("utf-8", "backslashreplace").decode("utf-8")


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {str: AnyText, int: BigInteger().with_variant(Integer, "sqlite")}  # noqa: RUF012


class Sweep(Base):
    """One execution of a matrix."""

    __tablename__ = "sweeps"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    grid_path: Mapped[str]
    grid_text: Mapped[str]
    grid_sha256: Mapped[str] = mapped_column(index=True)
    seed: Mapped[int]
    repeats: Mapped[int]
    warmup: Mapped[int]
    """Warm-up blocks."""
    timeout_ns: Mapped[int]
    """For one trial."""
    runner_version: Mapped[str]
    versions: Mapped[str]
    """JSON: of Python and the libraries that the runner itself ran on."""
    command_line: Mapped[str]
    git_commit: Mapped[str | None]
    """Of the working directory; NULL where it is no git checkout."""
    git_dirty: Mapped[bool | None]
    started_at: Mapped[str]
    ended_at: Mapped[str | None]
    """NULL until every trial is done."""


class Host(Base):
    """A machine in one configuration."""

    __tablename__ = "hosts"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(unique=True)
    """Hash of all the facts below."""
    hostname: Mapped[str]
    system: Mapped[str | None]
    release: Mapped[str | None]
    machine: Mapped[str | None]
    cpu_model: Mapped[str | None]
    logical_cpus: Mapped[int | None]
    usable_cpus: Mapped[int]
    """The smaller of affinity mask and cgroup quota."""
    memory_bytes: Mapped[int | None]
    clock: Mapped[str | None]
    clock_resolution_ns: Mapped[int | None]


class Interpreter(Base):
    """An interpreter under test in one configuration."""

    __tablename__ = "interpreters"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(unique=True)
    """Hash of all the facts below."""
    label: Mapped[str]
    """Implementation and version, such as ``cpython 3.13.0t``."""
    implementation: Mapped[str]
    version: Mapped[str]
    build: Mapped[str | None]
    compiler: Mapped[str | None]
    executable: Mapped[str | None]
    free_threaded_build: Mapped[bool | None]
    gil: Mapped[bool | None]
    """Whether the interpreter lock is on."""
    jit: Mapped[bool | None]
    switch_interval_s: Mapped[float | None]
    gc: Mapped[bool | None]
    hash_seed: Mapped[str | None]
    start_methods: Mapped[str]
    """JSON list."""
    default_start_method: Mapped[str]


class Case(Base):
    """One combination of the matrix, in one sweep."""

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("sweep_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweeps.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(index=True)
    """The same for the same case in every sweep and every store."""
    workload: Mapped[str]
    params: Mapped[str]
    """JSON: the arguments by name."""
    num: Mapped[int | None]
    time_s: Mapped[float | None]
    mode: Mapped[str]
    start_method: Mapped[str | None]
    workers: Mapped[int]
    calls: Mapped[int]
    interpreter_id: Mapped[int] = mapped_column(ForeignKey("interpreters.id"), index=True)
    baseline_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"), index=True)
    """The sequential case of the same work; NULL for such a case itself."""


class Trial(Base):
    """One case, run once. Written when it has ended, and never changed."""

    __tablename__ = "trials"
    __table_args__ = (
        CheckConstraint("status IN ({})".format(", ".join(f"'{status}'" for status in Status)), name="status_is_known"),
        Index(
            "uq_trials_done",
            "case_id",
            "warmup",
            "repeat",
            unique=True,
            sqlite_where=text("status = 'ok'"),
            postgresql_where=text("status = 'ok'"),
        ),
        Index("ix_trials_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id"), index=True)
    warmup: Mapped[bool]
    repeat: Mapped[int]
    """The block, from 1; warm-up blocks are counted apart."""
    position: Mapped[int]
    """Place within the block, from 1."""
    status: Mapped[str]
    reason: Mapped[str | None]
    """Why it is not ok."""
    started_at: Mapped[str]
    elapsed_ns: Mapped[int]
    """What the trial cost the sweep, from request to last process gone."""
    start_ns: Mapped[int | None]
    """Before the first worker was created."""
    end_ns: Mapped[int | None]
    """After the last worker was joined."""
    wall_ns: Mapped[int | None]
    """end_ns - start_ns: the study's total."""
    gil: Mapped[bool | None]
    load_1min: Mapped[float | None]
    """The host's load average before the trial."""
    noisy: Mapped[str | None]
    """What disturbed it, in words; NULL when nothing was seen."""
    output: Mapped[str | None]
    """The tail of what it printed."""


class Timing(Base):
    """What was recorded of one call of the workload."""

    __tablename__ = "timings"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id", ondelete="CASCADE"), primary_key=True)
    worker: Mapped[int] = mapped_column(primary_key=True)
    """From 0."""
    call: Mapped[int] = mapped_column(primary_key=True)
    """Within the worker, from 0."""
    pid: Mapped[int | None]
    parent_pid: Mapped[int | None]
    process_name: Mapped[str | None]
    thread_name: Mapped[str | None]
    native_id: Mapped[int | None]
    """The kernel's id of the thread."""
    submitted_ns: Mapped[int | None]
    """Before the worker's start() was called."""
    start_returned_ns: Mapped[int | None]
    first_instruction_ns: Mapped[int | None]
    """First line that the worker itself ran."""
    begin_ns: Mapped[int | None]
    end_ns: Mapped[int | None]
    collected_ns: Mapped[int | None]
    """After join() of the worker returned."""
    cpu_ns: Mapped[int | None]
    """CPU time of the thread between begin and end; the counters below likewise."""
    voluntary_switches: Mapped[int | None]
    involuntary_switches: Mapped[int | None]
    minor_faults: Mapped[int | None]
    major_faults: Mapped[int | None]
    run_queue_ns: Mapped[int | None]
    """Time that the thread was ready to run and had no CPU."""
    peak_rss_bytes: Mapped[int | None]
    """VmHWM of the worker's process at its end; threads share one."""
    gil_begin: Mapped[bool | None]
    gil_end: Mapped[bool | None]
    error_type: Mapped[str | None]
    error_message: Mapped[str | None]
    traceback: Mapped[str | None]
