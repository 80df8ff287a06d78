"""A workload: a function of the runner's own or of the user's, and what is known of it before its first trial."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from runner.harness.inspection import describe
from runner.harness.workloads import WORKLOADS, load
from runner.reply import FunctionDescription
from runner.request import Reference

OWN = re.compile(r"(?P<place>[^:\s][^:]*):(?P<qualname>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")
"""How a grid file names a function of the user's: ``path/to/file.py:function`` or ``package.module:function``."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What one call does, and what it takes."""

    name: str
    """As in the grid file."""
    parameters: Mapping[str, bool]
    """The axes that it takes, in the order of its signature, and whether each must be given."""
    takes: Mapping[str, Any]
    """Which of them the function and its hooks take (see ``runner.harness.job``)."""
    takes_any: bool = False
    """Whether it takes axes of whatever name, too."""
    modes: tuple[str, ...] | None = None
    """Those in which it makes sense; None for all."""
    reference: Reference | None = None
    """None for a workload of the runner's own."""
    source: str | None = None
    source_sha256: str | None = None
    distributions: Mapping[str, str] = field(default_factory=dict)
    """The versions of what its import brought in."""
    unpicklable: str | None = None
    """Why it cannot be handed to another process."""
    unfit: Mapping[str, str] = field(default_factory=dict)
    """Modes in which the interpreter under test cannot run it, and why."""

    @property
    def needs_barrier(self) -> bool:
        """Whether its workers have something to do before or after their calls, which must not count."""
        return "setup" in self.takes or "check" in self.takes

    @property
    def is_plain(self) -> bool:
        """Whether it is but a function whose parameters go by position."""
        return self.reference is None and self.takes == {"function": list(self.parameters), "positional": 0, "async": 0}

    def arguments(self, given: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return those of the axes `given` that it takes, with their values."""
        named = [name for name in self.parameters if name in given]
        named += sorted(name for name in given if self.takes_any and name not in self.parameters)
        return tuple((name, given[name]) for name in named)

    def function_takes(self, given: Mapping[str, Any]) -> list[str]:
        """Return the names of the parameters that the function itself takes, of those given."""
        takes: list[str] = self.takes["function"]
        return [*takes, *(name for name in given if self.takes_any and name not in self.parameters)]

    def columns(self) -> dict[str, Any] | None:
        """Return what the store keeps of a function of the user's."""
        if self.reference is None:
            return None
        return {
            **asdict(self.reference),
            "source": self.source,
            "source_sha256": self.source_sha256,
            "distributions": dict(self.distributions),
        }

    @classmethod
    def described(cls, description: FunctionDescription, reference: Reference | None) -> "Workload":
        """Return the workload that an inspection described."""
        return cls(
            name=description.name,
            parameters={name: known.required for name, known in (description.parameters or {}).items()},
            takes=description.takes or {},
            takes_any=description.any,
            modes=description.modes,
            reference=reference,
            source=description.source,
            source_sha256=description.source_sha256,
            distributions=description.distributions or {},
            unpicklable=description.unpicklable,
            unfit=description.unfit or {},
        )


@cache
def builtin(name: str) -> Workload:
    """Return the workload of the runner's of that name."""
    found = describe(load(name))
    return Workload(
        name=name,
        parameters={parameter: known["required"] for parameter, known in found["parameters"].items()},
        takes=found["takes"],
        takes_any=found["any"],
        modes=None if found["modes"] is None else tuple(found["modes"]),
    )


@cache
def builtin_annotations(name: str) -> Mapping[str, str]:
    """Return the type of each parameter of a workload of the runner's, as it is written there."""
    return {axis: known["annotation"] for axis, known in describe(load(name))["parameters"].items()}


def is_own(name: str) -> bool:
    """Whether a word of a grid file names a function of the user's."""
    return (":" in name or name.endswith(".py")) and name not in WORKLOADS


def reference(name: str, grid_path: str) -> Reference:
    """Return how a child finds a function of the user's: beside the grid file, or as a module from where we are."""
    match = OWN.fullmatch(name)
    if match is None:
        raise ValueError(name)
    place, qualname = match["place"], match["qualname"]
    if place.endswith(".py"):
        file = Path(grid_path).parent / Path(place).expanduser()
        folder = file.parent.resolve()  # as Python itself does for a script
        path = str(folder / file.name)
        return Reference(name=name, module=file.stem, qualname=qualname, folder=str(folder), file=path)
    return Reference(name=name, module=place, qualname=qualname, folder=str(Path.cwd()), file=None)
