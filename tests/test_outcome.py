"""How a trial ended, judged from the child's reply."""

from typing import Any

import pytest

from runner.outcome import UNFINISHED, Outcome, Status, describe_exit, judge

FINE = {"worker": 0, "error_type": None, "error_message": None}
RAISED = {"worker": 1, "error_type": "ValueError", "error_message": "no"}
RAISED_LATER = {"worker": 2, "error_type": "KeyError", "error_message": "'x'"}
KILLED = {"worker": 1, "pid": 4711, "exit_code": -9}
ENDED = {"worker": 0, "pid": 4710, "exit_code": 3}
NOT_STARTED = {"type": "RuntimeError", "message": "can't start new thread", "traceback": "..."}


def reply(*timings: dict[str, Any], deaths: Any = (), error: Any = None) -> dict[str, Any]:
    return {"start_ns": 5, "end_ns": 25, "timings": list(timings), "deaths": list(deaths), "error": error, "gil": True}


@pytest.mark.parametrize(
    ("replied", "status", "reason"),
    [
        (reply(FINE, FINE), Status.OK, None),
        (reply(FINE, RAISED, RAISED_LATER), Status.FAILED, "worker 1: ValueError: no"),
        (reply(FINE, deaths=[KILLED]), Status.CRASHED, "worker 1 (pid 4711) was killed by SIGKILL"),
        (
            reply(FINE, deaths=[ENDED, KILLED]),
            Status.CRASHED,
            "worker 0 (pid 4710) exited with code 3 before its work was done",
        ),
        (reply(RAISED, deaths=[KILLED]), Status.CRASHED, "worker 1 (pid 4711) was killed by SIGKILL"),
        (
            reply(FINE, error=NOT_STARTED),
            Status.FAILED,
            "worker 1 could not be started: RuntimeError: can't start new thread",
        ),
        (
            reply(error=NOT_STARTED),
            Status.FAILED,
            "worker 0 could not be started: RuntimeError: can't start new thread",
        ),
        (
            reply(FINE, FINE, RAISED, error=NOT_STARTED),
            Status.FAILED,
            "worker 2 could not be started: RuntimeError: can't start new thread",
        ),
    ],
)
def test_a_reply_is_judged_by_the_worst_that_it_tells(
    replied: dict[str, Any], status: Status, reason: str | None
) -> None:
    assert judge(replied) == (status, reason)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exited with code 0 before its work was done"),
        (1, "exited with code 1 before its work was done"),
        (-9, "was killed by SIGKILL"),
        (-11, "was killed by SIGSEGV"),
        (-120, "was killed by signal 120"),
    ],
)
def test_the_end_of_a_process_is_put_into_words(code: int, text: str) -> None:
    assert describe_exit(code) == text


@pytest.mark.parametrize(
    ("stamps", "wall_ns"),
    [({"start_ns": 5, "end_ns": 25}, 20), ({"start_ns": 5}, None), ({"end_ns": 25}, None), ({}, None)],
)
def test_the_total_is_known_when_both_its_stamps_are(stamps: dict[str, int], wall_ns: int | None) -> None:
    assert Outcome(status=Status.OK, started_at="now", elapsed_ns=99, **stamps).wall_ns == wall_ns


def test_the_statuses_are_the_words_of_the_store() -> None:
    assert [str(status) for status in Status] == [
        "ok",
        "failed",
        "crashed",
        "timeout",
        "interrupted",
        "lost",
        "disturbed",
    ]


def test_what_never_came_to_an_end_that_can_be_trusted_is_unfinished() -> None:
    assert set(UNFINISHED) == {Status.INTERRUPTED, Status.LOST, Status.DISTURBED}
