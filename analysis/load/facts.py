"""The facts about a sweep other than its trials."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that trials ran on."""

    hostname: str
    system: str | None
    release: str | None
    machine: str | None
    cpu_model: str | None
    logical_cpus: int | None
    usable_cpus: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter under test."""

    label: str
    implementation: str
    version: str
    build: str | None
    compiler: str | None
    executable: str | None
    free_threaded_build: bool | None
    gil: bool | None
    """Whether the interpreter lock is on."""
    jit: bool | None
    default_start_method: str
    flags: str
    """JSON: those of sys.flags that are set."""
    build_options: str | None


@dataclass(frozen=True, slots=True)
class Function:
    """A workload that is the user's own."""

    name: str
    module: str
    qualname: str
    file: str | None
    source_sha256: str | None
    distributions: str
    """JSON: versions by name."""


@dataclass(frozen=True, slots=True)
class Omission:
    """Cases of the matrix that cannot be run; what is None is not what they have in common."""

    workload: str | None
    mode: str | None
    start_method: str | None
    python: str
    gil: str | None
    cases: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """The facts that a report shows about a sweep."""

    id: int
    name: str
    grid_text: str
    command_line: str
    seed: int
    repeats: int
    precision: float | None
    """To what share of itself every figure was to be known; None if that was not what it stopped for."""
    warmup: int
    runner_version: str
    git_commit: str | None
    git_dirty: bool | None
    started_at: str
    ended_at: str | None
    """None until every trial is done."""
    cases: int
    planned: int
    """Trials that the whole sweep has."""
    hosts: tuple[Host, ...]
    """Empty until there is a trial."""
    interpreters: tuple[Interpreter, ...]
    functions: tuple[Function, ...]
    omissions: tuple[Omission, ...]
