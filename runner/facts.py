"""Facts about a host and an interpreter, as a probe reports them and as the store keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """A machine in one configuration. Each field is a column of ``hosts``; None if the platform does not report it."""

    hostname: str
    system: str | None = None
    release: str | None = None
    machine: str | None = None
    cpu_model: str | None = None
    logical_cpus: int | None = None
    usable_cpus: int
    """The smaller of the affinity mask and the cgroup quota."""
    memory_bytes: int | None = None
    clock: str | None = None
    clock_resolution_ns: int | None = None

    def columns(self) -> dict[str, Any]:
        """Return the facts as the store keeps them."""
        return _columns(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpreterFacts:
    """An interpreter in one configuration. Each field is a column of ``interpreters``."""

    label: str
    """Implementation and version, such as ``cpython 3.13.0t``."""
    implementation: str
    version: str
    build: str | None = None
    compiler: str | None = None
    executable: str
    free_threaded_build: bool = False
    gil: bool | None = None
    """Whether the interpreter lock is on; None if the interpreter cannot tell."""
    jit: bool | None = None
    switch_interval_s: float | None = None
    gc: bool | None = None
    hash_seed: str | None = None
    start_methods: tuple[str, ...]
    default_start_method: str
    modes: tuple[str, ...]
    flags: Mapping[str, Any]
    """The entries of ``sys.flags`` that are set."""
    build_options: str | None = None

    def columns(self) -> dict[str, Any]:
        """Return the facts as the store keeps them."""
        return _columns(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The result of a probe: the interpreter, its host, the CPUs that it may use there, and what would fail."""

    interpreter: InterpreterFacts
    host: HostFacts
    allowed_cpus: tuple[int, ...]
    hidden: Mapping[str, str] = field(default_factory=dict)
    """Modules of the standard library that a file in the current folder hides from processes started there."""
    unfit: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each mode, the start methods with which the interpreter's own library fails, and why."""


def _columns(facts: HostFacts | InterpreterFacts) -> dict[str, Any]:
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
