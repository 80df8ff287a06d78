"""The result of a check by the doctor."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    """Nothing to do, or unknown on this machine."""
    WARNING = "warning"
    """Figures are noisier, or less meaningful, than they could be."""
    PROBLEM = "problem"
    """A sweep is impossible, or its figures would be wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `ok`, `unknown`, `warning`, `problem` and `graded` create it."""

    name: str
    verdict: Verdict
    says: str
    remedy: str | None = None
    """What to do about it; None if there is nothing to do."""

    def __str__(self) -> str:
        """Write the finding in one line."""
        return f"{self.verdict}: {self.name}: {self.says}"


def ok(name: str, says: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(name, Verdict.OK, says)


def unknown(name: str, why: str) -> Finding:
    """Return a finding for a fact that the machine does not report (a container, another system, an old kernel)."""
    return ok(name, f"not known: {why}")


def warning(name: str, says: str, remedy: str) -> Finding:
    """Return a finding that the user should act on."""
    return Finding(name, Verdict.WARNING, says, remedy)


def problem(name: str, says: str, remedy: str) -> Finding:
    """Return a finding that must be fixed before a sweep."""
    return Finding(name, Verdict.PROBLEM, says, remedy)


def graded(name: str, value: float, says: str, remedy: str, *, some: float, much: float) -> Finding:
    """Return a problem if `value` is above `much`, a warning if it is above `some`, else ok."""
    if value > much:
        return problem(name, says, remedy)
    return warning(name, says, remedy) if value > some else ok(name, says)
