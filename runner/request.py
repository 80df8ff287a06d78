"""Typed requests to a child; ``runner.harness.wire`` describes the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a child finds a user's function."""

    name: str
    """As in the grid file."""
    module: str
    qualname: str
    """Qualified name of the function within its module."""
    folder: str
    """First entry of the import path."""
    file: str | None
    """None for a module that is found on the import path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """A trial to run, and the interpreter to run it in."""

    workload: str
    params: Mapping[str, Any]
    mode: str
    start_method: str | None
    workers: int
    calls: int
    takes: Mapping[str, Any] | None = None
    """The parameters that the function and its hooks take; None for a plain function."""
    function: Reference | None = None
    """None for one of the runner's own workloads."""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """The conditions that the child applies, such as ``barrier``, where they differ from the default."""
    python: str | None = None
    """The interpreter's executable; None for the executor's default."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables to set."""
    gil: bool | None = None
    """Required state of the interpreter lock during the whole trial; None if it is unknown."""

    def message(self) -> dict[str, Any]:
        """Return the message to the child."""
        asked: dict[str, Any] = {
            "kind": "trial",
            "workload": self.workload,
            "params": dict(self.params),
            "mode": self.mode,
            "start_method": self.start_method,
            "workers": self.workers,
            "calls": self.calls,
            **self.conditions,
        }
        if self.takes is not None:
            asked["takes"] = dict(self.takes)
        if self.function is not None:
            asked["function"] = asdict(self.function)
        return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Functions to inspect in an interpreter, and the modes that they may have to run in."""

    functions: Sequence[Reference]
    modes: Sequence[str]
    python: str
    env: Mapping[str, str] = field(default_factory=dict)
    limit_s: float = 60.0
    """How long the import of one module may take."""

    def message(self) -> dict[str, Any]:
        """Return the message to the child."""
        return {
            "kind": "inspect",
            "functions": [asdict(one) for one in self.functions],
            "modes": list(self.modes),
            "limit_s": self.limit_s,
        }
