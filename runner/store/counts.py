"""The definitions of planned, done and failed, as SQL fragments.

A place is a case in a block: one trial is planned for it, and it may take several attempts. In the fragments, ``s`` is
a row of ``sweeps`` and ``t`` a row of ``trials``.
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

FINISHED = f"t.status NOT {among(UNFINISHED)}"
"""The trial came to an end, successful or not."""

LAST = f"NOT {_another_attempt('>')}"
"""No later attempt at the same place has finished."""

DONE = f"{FINISHED} AND NOT (t.attempt > 1 AND {_another_attempt('<')})"
"""The trial was the first at its place to finish: the number of such trials is the number of places done."""

FAILED = f"t.status {among(FAILURES)}"
"""The trial came to an end without success."""

UNSUCCESSFUL = f"{FAILED} AND {LAST}"
"""The trial failed, and no later attempt has finished: its place has not succeeded."""

PLANNED = f"""(CASE
    WHEN s.most_blocks IS NULL AND s.closed_blocks = 0 THEN {CASES} * (s.repeats + s.warmup)
    WHEN s.ended_at IS NULL THEN {CASES} * (COALESCE(s.most_blocks, s.repeats) + s.warmup)
    ELSE (SELECT COUNT(*) FROM trials AS t JOIN cases AS p ON p.id = t.case_id WHERE p.sweep_id = s.id AND {DONE})
END)"""  # noqa: S608
"""The number of places of a sweep; at most, where what is measured decides, and the sweep has not ended."""
