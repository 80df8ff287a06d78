"""The conditions of a case, in one table: axes that apply to every workload in every mode.

The models of grid files, a case and its key, the request to a child, the columns of the store, and the wording of a
condition in terminal and report are derived from it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runner.visible import shortened

MOST_CALLS = 100_000
MOST_LOOPS = 1_000_000_000


class Kind:
    """The type of a condition's values. ``runner.matrix.values`` checks them."""

    column: Literal["text", "whole", "truth"] = "text"
    """Type of its column in the store."""

    def stored(self, value: Any) -> Any:
        """Return `value` as its column stores it."""
        return value

    def loaded(self, column: Any) -> Any:
        """Return the value that is stored as `column`."""
        return column

    def text(self, value: Any) -> str:
        """Write a value as in a grid file."""
        return str(value)

    def named(self, name: str, value: Any, sign: str = "=") -> str:
        """Write a value with its name, such as ``gil=off``."""
        return f"{name}{sign}{self.text(value)}"


@dataclass(frozen=True, slots=True)
class Words(Kind):
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number within limits."""

    least: int
    most: int
    column = "whole"

    def text(self, value: Any) -> str:
        """Write it as ``1_000``."""
        return f"{value:_}"


class Truth(Kind):
    """True or false."""

    column = "truth"

    def loaded(self, column: Any) -> Any:
        """Return a bool; SQLite stores it as a number."""
        return bool(column)

    def text(self, value: Any) -> str:
        """Write it as ``true``."""
        return str(value).lower()


class Cpus(Kind):
    """CPUs, as ``runner.harness.placement`` takes them."""


class Variables(Kind):
    """Environment variables: pairs of name and value, both text, sorted. JSON in the store."""

    def stored(self, value: Any) -> Any:
        """Return a JSON object."""
        return json.dumps(dict(value))

    def loaded(self, column: Any) -> Any:
        """Return the pairs."""
        return tuple(json.loads(column).items())

    def text(self, value: Any) -> str:
        """Write them as ``A=1, B=2``."""
        return ", ".join(f"{variable}={shortened(text)}" for variable, text in value)

    def named(self, name: str, value: Any, sign: str = "=") -> str:  # noqa: ARG002 - the variables have names of their own
        """Write them as ``A=1, B=2``, without the condition's name."""
        return self.text(value)


@dataclass(frozen=True, slots=True)
class Condition:
    """An axis that applies to every case."""

    name: str
    kind: Kind
    usual: Any
    """The default. It is never shown, and is not part of a case's key."""
    doc: str
    """Description in the schemas of grid files and of the store."""
    sent: bool = True
    """Whether the child's request contains a value that is not the default; else the child's environment does."""
    short: Callable[[Any], str] | None = None
    """How tables in the terminal write a value that is not the default; None: with its name."""
    words: Callable[[Any], str] | None = None
    """How the report writes a value, also the default where other values occur; None: with its name."""

    def in_short(self, value: Any) -> str:
        """Write a value for the terminal."""
        return self.short(value) if self.short else self.kind.named(self.name, value, " ")

    def in_words(self, value: Any) -> str:
        """Write a value for the report."""
        return self.words(value) if self.words else self.kind.named(self.name, value, " ")


def _pinned(affinity: str) -> str:
    if affinity == "any":
        return "not pinned"
    return f"pinned to CPUs {affinity}" if affinity[:1].isdigit() else f"pinned {affinity}"


LOCK = "gil"
"""The condition that is shown with the interpreter: the actual state of the lock, not the requested one."""

_TABLE = (
    Condition(
        LOCK,
        Words(("on", "off")),
        usual=None,
        doc="What the interpreter lock is to be, where the build leaves that open. Absent: as the interpreter has it.",
        sent=False,
    ),
    Condition(
        "warmup_calls",
        Whole(0, MOST_CALLS),
        usual=0,
        doc="Calls of each worker before the clock. Absent: 0.",
        short=lambda calls: f"{calls:,} warm-up call{'s' * (calls != 1)}",
        words=lambda calls: f"{calls or 'no'} warm-up call{'s' * (calls != 1)}",
    ),
    Condition(
        "barrier",
        Truth(),
        usual=False,
        doc="Whether all workers begin together, and only their calls count. "
        "Absent: false, unless they have to get ready.",
        short=lambda _: "barrier",
        words=lambda barrier: "from a barrier" if barrier else "without a barrier",
    ),
    Condition(
        "affinity",
        Cpus(),
        usual="any",
        doc="On which CPUs a trial runs: any, compact, spread, or a list. Absent: any.",
        words=_pinned,
    ),
    Condition(
        "env",
        Variables(),
        usual=(),
        doc="Environment variables of the trials, each value a set of them.",
        sent=False,
        words=lambda variables: " ".join(f"{name}={text}" for name, text in variables) or "no variables set",
    ),
    Condition(
        "loops",
        Whole(1, MOST_LOOPS),
        usual=1,
        doc="Calls of the function that count as one call, for functions that take microseconds. Absent: 1.",
        short=lambda loops: f"{loops:,} loops",
        words=lambda loops: f"{loops:,} loop{'s' * (loops != 1)} a call",
    ),
)

CONDITIONS: Mapping[str, Condition] = {condition.name: condition for condition in _TABLE}
"""By name. Add a new one at the end: the order is part of the keys of cases, which never change."""

_FIRST_IN_A_GRID = (LOCK, "affinity", "barrier", "warmup_calls")
IN_A_GRID = (*_FIRST_IN_A_GRID, *(name for name in CONDITIONS if name not in _FIRST_IN_A_GRID))
"""Names of the conditions in the order used by grid files, matrices and reports."""


def unusual(given: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return the conditions in `given` that differ from their defaults, in the table's order."""
    kept = {name: value for name, value in given.items() if value != CONDITIONS[name].usual}
    return tuple((name, kept[name]) for name in CONDITIONS if name in kept)
