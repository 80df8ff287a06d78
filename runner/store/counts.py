"""What counts as planned, done and failed: the SQL that every question about a sweep's progress shares.

In each fragment ``s`` is a row of ``sweeps`` and ``t`` a row of ``trials``.
"""

from collections.abc import Iterable

from runner.outcome import FAILURES, UNFINISHED


def among(statuses: Iterable[str]) -> str:
    """Return the SQL for "is one of these statuses"."""
    return "IN ({})".format(", ".join(f"'{status}'" for status in statuses))


def _another_attempt(which: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM trials AS a WHERE a.case_id = t.case_id AND a.warmup = t.warmup "  # noqa: S608
        f"AND a.repeat = t.repeat AND a.attempt {which} t.attempt AND a.status NOT {among(UNFINISHED)})"
    )


CASES = "(SELECT COUNT(*) FROM cases AS p WHERE p.sweep_id = s.id)"

PLANNED = f"({CASES} * (s.repeats + s.warmup))"
"""The number of places of a sweep: each takes one trial, or several attempts at it."""

FINISHED = f"t.status NOT {among(UNFINISHED)}"
"""The trial came to an end, whatever end."""

LAST = f"NOT {_another_attempt('>')}"
"""No later attempt at the trial's place has finished."""

DONE = f"{FINISHED} AND NOT (t.attempt > 1 AND {_another_attempt('<')})"
"""The trial was the first at its place to finish, so that counting these trials counts the places that are done."""

FAILED = f"t.status {among(FAILURES)}"
"""The trial came to an end other than the one that counts."""

UNSUCCESSFUL = f"{FAILED} AND {LAST}"
"""The trial failed, and so its place has not succeeded."""
