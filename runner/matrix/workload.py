"""A workload: one of the runner's functions or of the user's, as it is known before its first trial."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from runner.harness.signature import describe
from runner.harness.workloads import WORKLOADS, load
from runner.reply import FunctionDescription
from runner.request import Reference

OWN = re.compile(r"(?P<place>[^:\s][^:]*):(?P<qualname>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")
"""How a grid file names a user's function: ``path/to/file.py:function`` or ``package.module:function``."""

NOTEBOOK = ".ipynb"


@dataclass(frozen=True, slots=True)
class Workload:
    """What one call does, and what it takes."""

    name: str
    """As in the grid file."""
    parameters: Mapping[str, bool]
    """Its parameters, in the order of its signature, and whether each must be given."""
    takes: Mapping[str, Any]
    """Which parameters the function and each of its hooks take (see ``runner.harness.job``)."""
    takes_any: bool = False
    """Whether it takes axes of any other name, too."""
    modes: tuple[str, ...] | None = None
    """Those in which it makes sense; None for all."""
    reference: Reference | None = None
    """None for a workload of the runner's own."""
    source: str | None = None
    source_sha256: str | None = None
    distributions: Mapping[str, str] = field(default_factory=dict)
    """Versions of the distributions that its import loaded."""
    unpicklable: str | None = None
    """Why it cannot be passed to another process; None if it can."""
    unfit: Mapping[str, str] = field(default_factory=dict)
    """Modes in which the interpreter under test cannot run it, and why."""

    @property
    def untimed_hooks(self) -> list[str]:
        """Return its hooks before and after the calls, whose time must not count."""
        return [hook for hook in ("setup", "check") if hook in self.takes]

    @property
    def is_plain(self) -> bool:
        """Whether it is a function of the runner's without hooks, whose parameters are passed by position."""
        names = list(self.parameters)
        return self.reference is None and self.takes == {"function": names, "positional": len(names), "async": False}

    def arguments(self, given: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return the axes of `given` that it takes, with their values."""
        named = [name for name in self.parameters if name in given]
        named += sorted(name for name in given if self.takes_any and name not in self.parameters)
        return tuple((name, given[name]) for name in named)

    def function_takes(self, given: Mapping[str, Any]) -> list[str]:
        """Return what the function itself takes: its parameters and, if it takes any axis, the others of `given`."""
        takes: list[str] = self.takes["function"]
        return [*takes, *(name for name in given if self.takes_any and name not in self.parameters)]

    def columns(self) -> dict[str, Any] | None:
        """Return the columns of ``functions`` for a user's function, None for one of the runner's."""
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
    """Return the runner's workload of that name."""
    found = describe(load(name))
    return Workload(
        name=name,
        parameters={parameter: known["required"] for parameter, known in found["parameters"].items()},
        takes=found["takes"],
        takes_any=found["any"],
        modes=None if found["modes"] is None else tuple(found["modes"]),
    )


def is_own(name: str) -> bool:
    """Whether a word of a grid file names a user's function."""
    return (":" in name or name.endswith((".py", NOTEBOOK))) and name not in WORKLOADS


def reference(name: str, grid_path: str) -> Reference:
    """Return how a child finds a user's function: a file relative to the grid file, a module from this folder."""
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
