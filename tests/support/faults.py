"""What the tests of faults share: how much of each, within which limits and as whom a command runs, what is sound."""

import os
import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.stores import rows

CHAOS = bool(os.environ.get("CHAOS"))
"""Whether this is ``make chaos``, which may take long."""

STORE = Path("runs.db")
SOMEBODY = 54_321
"""A user without other processes, so that a limit on a user's processes counts only those of the test."""

many = settings(
    max_examples=20_000 if CHAOS else 20,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
slow = pytest.mark.slow


def within(**limits: int) -> Callable[[], None]:
    """Return a function that sets limits before a command is executed, such as ``within(NOFILE=16)``."""

    def set_limits() -> None:
        for name, limit in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))

    return set_limits


def as_somebody(and_then: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """Return a function that switches to an ordinary user before a command is executed."""

    def become_somebody() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
        and_then()

    return become_somebody


def committed(store: Path = STORE) -> int:
    """Return the current number of trials in a store that is being written to."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            number: int = connection.execute("SELECT COUNT(*) FROM trials").fetchone()[0]
            return number
    except sqlite3.OperationalError:  # no file yet, or no table in it
        return 0


def assert_sound(store: Path = STORE) -> None:
    assert rows(store, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert rows(store, "PRAGMA foreign_key_check") == []


def assert_complete(trials: int, store: Path = STORE) -> None:
    """Check that the only sweep is complete: each case has an ok trial in each block, with the timings of all calls."""
    assert_sound(store)
    assert [sweep["ended_at"] is not None for sweep in rows(store, "SELECT ended_at FROM sweeps")] == [True]
    ok = rows(
        store,
        "SELECT case_id, warmup, repeat, calls, "
        "(SELECT SUM(batch + unrecorded) FROM timings AS g WHERE g.trial_id = v.trial_id) AS timed FROM v_trials AS v "
        "WHERE status = 'ok'",
    )
    assert len({(trial["case_id"], trial["warmup"], trial["repeat"]) for trial in ok}) == len(ok) == trials
    assert [trial for trial in ok if trial["timed"] != trial["calls"]] == []


def assert_one_message(err: str, *parts: str) -> None:
    """Check that stderr has one error message, with these parts, and no traceback."""
    assert "Traceback" not in err, err
    assert [line[:8] for line in err.splitlines() if line.startswith("runner: ")] == ["runner: "], err
    for part in parts:
        assert part in err, err
