"""What can a check say?"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    """Nothing to do, or not to be known on this machine."""
    WARNING = "warning"
    """Figures come out noisier, or mean less, than they could."""
    PROBLEM = "problem"
    """A sweep is impossible, or its figures would be wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw; `ok`, `unknown`, `warning`, `problem` and `graded` make them."""

    name: str
    verdict: Verdict
    says: str
    remedy: str | None = None
    """What to do about it; None when there is nothing to do."""


def ok(name: str, says: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(name, Verdict.OK, says)


def unknown(name: str, why: str) -> Finding:
    """Return that the machine does not tell: a container, another system, an old kernel."""
    return ok(name, f"not known: {why}")


def warning(name: str, says: str, remedy: str) -> Finding:
    """Return a finding that should be heeded."""
    return Finding(name, Verdict.WARNING, says, remedy)


def problem(name: str, says: str, remedy: str) -> Finding:
    """Return a finding that must be mended before a sweep."""
    return Finding(name, Verdict.PROBLEM, says, remedy)


def graded(name: str, value: float, says: str, remedy: str, *, some: float, much: float) -> Finding:
    """Return a warning where `value` is above `some`, a problem where it is above `much`, else that all is well."""
    if value > much:
        return problem(name, says, remedy)
    return warning(name, says, remedy) if value > some else ok(name, says)
