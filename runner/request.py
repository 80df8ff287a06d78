"""What is asked of a child, as typed values; ``runner.harness.wire`` describes the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How a child finds a function of the user's."""

    name: str
    """As in the grid file."""
    module: str
    qualname: str
    """Of the function within its module."""
    folder: str
    """What stands first on the import path."""
    file: str | None
    """None for a module that is found on the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """A trial, and the interpreter it is to run in."""

    workload: str
    params: Mapping[str, Any]
    mode: str
    start_method: str | None
    workers: int
    calls: int
    takes: Mapping[str, Any] | None = None
    """Which parameters the function and its hooks take; None for a plain function."""
    function: Reference | None = None
    """None for a workload of the runner's own."""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """Those that the child sees to, such as ``barrier``, where they are not the usual ones."""
    python: str | None = None
    """The interpreter's executable; None for the executor's own choice."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables to set."""
    gil: bool | None = None
    """What the interpreter lock has to be all the while; None where that is not known."""

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
    """Functions to look at in an interpreter, and the modes that they may have to run in."""

    functions: Sequence[Reference]
    modes: Sequence[str]
    python: str
    env: Mapping[str, str] = field(default_factory=dict)

    def message(self) -> dict[str, Any]:
        """Return the message to the child."""
        return {"kind": "inspect", "functions": [asdict(one) for one in self.functions], "modes": list(self.modes)}
