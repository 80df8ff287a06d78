"""How a trial ended, judged from the child's reply."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.fakes import timing

from runner.outcome import Status, Timing
from runner.reply import Death, DriverError, TrialReply
from runner.verdict import describe_exit, judge

FINE = timing()
RAISED = timing(1, error_type="ValueError", error_message="no")
RAISED_LATER = timing(2, error_type="KeyError", error_message="'x'")
KILLED = Death(worker=1, pid=4711, exit_code=-9)
ENDED = Death(worker=0, pid=4710, exit_code=3)
NOT_STARTED = DriverError(type="RuntimeError", message="can't start new thread", traceback="...")


def reply(*timings: Timing, deaths: Sequence[Death] = (), error: DriverError | None = None) -> TrialReply:
    return TrialReply(
        start_ns=5,
        end_ns=25,
        tree_cpu_ns=None,
        timings=timings,
        deaths=tuple(deaths),
        error=error,
        gil=True,
        stops=0,
        cpus=None,
    )


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
        (
            reply(RAISED, deaths=[KILLED], error=NOT_STARTED),
            Status.CRASHED,
            "worker 1 (pid 4711) was killed by SIGKILL",
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
def test_a_reply_is_judged_by_the_worst_that_it_tells(replied: TrialReply, status: Status, reason: str | None) -> None:
    assert judge(replied) == (status, reason)


def lock(begin: bool | None, end: bool | None, worker: int = 0) -> Timing:
    return timing(worker, gil_begin=begin, gil_end=end)


EXTENSION = " (an extension that is not made for free threading turns it on)"


@pytest.mark.parametrize(
    ("timings", "wanted", "reason"),
    [
        ([lock(True, True), lock(True, True, 1)], True, None),
        ([lock(False, False)], False, None),
        ([lock(True, False)], None, None),
        ([lock(None, None)], False, None),
        (
            [lock(False, False), lock(False, True, 1)],
            False,
            f"was on at the end of a call of worker 1, and the case says off{EXTENSION}",
        ),
        ([lock(True, True)], False, f"was on at the beginning of a call of worker 0, and the case says off{EXTENSION}"),
        ([lock(False, False)], True, "was off at the beginning of a call of worker 0, and the case says on"),
        ([lock(True, False, 3)], True, "was off at the end of a call of worker 3, and the case says on"),
    ],
)
def test_a_trial_whose_lock_is_not_what_the_case_says_has_failed(
    timings: list[Timing], wanted: bool | None, reason: str | None
) -> None:
    expected = (Status.OK, None) if reason is None else (Status.FAILED, f"the interpreter lock {reason}")
    assert judge(reply(*timings), wanted) == expected


def test_what_went_wrong_in_the_workload_comes_before_what_the_lock_was() -> None:
    raised = replace(lock(True, True), worker=1, error_type="ValueError", error_message="no")
    assert judge(reply(raised), gil=False) == (Status.FAILED, "worker 1: ValueError: no")


def test_of_a_worker_of_a_pool_that_died_neither_process_nor_exit_code_are_known() -> None:
    died = Death(worker=1, pid=None, exit_code=None)
    assert judge(reply(FINE, deaths=[died])) == (Status.CRASHED, "worker 1 left no record of its call")


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
