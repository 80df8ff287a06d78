"""A trial as the study printed it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from support.fakes import timing as call

from runner.display import study_log
from runner.outcome import Timing

S = 1_000_000_000
STARTED_NS = 5_000 * S
"""The clock of a host starts anywhere."""


def trial(workload: str = "cpu_bound", wall_s: float | None = 20.504, **changes: Any) -> dict[str, Any]:
    return {"workload": workload, "wall_s": wall_s, "status": "ok", "error": None, **changes}


def lines(trial: dict[str, Any], timings: Sequence[Timing]) -> Iterator[str]:
    return study_log.lines(trial["workload"], timings, trial["wall_s"], trial["status"], trial["error"])


def timing(begin_s: float | None, end_s: float | None, **changes: Any) -> Timing:
    known = {
        "pid": 4711,
        "thread_name": "MainThread",
        "begin_ns": None if begin_s is None else STARTED_NS + round(begin_s * S),
        "end_ns": None if end_s is None else STARTED_NS + round(end_s * S),
    }
    return call(**known | changes)


def thread(number: int) -> dict[str, str]:
    return {"thread_name": f"Thread-{number} (cpu_bound)"}


def test_sequential_calls_follow_each_other_as_in_the_study() -> None:
    assert list(lines(trial(), [timing(0, 10.137), timing(10.137, 20.504)])) == [
        "| 4711 | MainProcess | MainThread | ---> Countdown BEGIN",
        "| 4711 | MainProcess | MainThread | ---> Countdown END after 10.137 seconds",
        "| 4711 | MainProcess | MainThread | ---> Countdown BEGIN",
        "| 4711 | MainProcess | MainThread | ---> Countdown END after 10.367 seconds",
        "Finished in 20.504 seconds",
    ]


def test_concurrent_calls_are_shown_in_the_order_of_time() -> None:
    shown = list(lines(trial(wall_s=3.5), [timing(1, 3, **thread(1)), timing(0.5, 3.25, **thread(2))]))
    assert shown == [
        "| 4711 | MainProcess | Thread-2 (cpu_bound) | ---> Countdown BEGIN",
        "| 4711 | MainProcess | Thread-1 (cpu_bound) | ---> Countdown BEGIN",
        "| 4711 | MainProcess | Thread-1 (cpu_bound) | ---> Countdown END after 2.000 seconds",
        "| 4711 | MainProcess | Thread-2 (cpu_bound) | ---> Countdown END after 2.750 seconds",
        "Finished in 3.500 seconds",
    ]


def test_a_call_that_took_no_time_still_begins_before_it_ends() -> None:
    shown = list(lines(trial(), [timing(1, 1), timing(1, 1)]))
    assert [line.rpartition("---> Countdown ")[2] for line in shown[:4]] == ["BEGIN", "END after 0.000 seconds"] * 2


@pytest.mark.parametrize(
    ("workload", "verb"), [("cpu_bound", "Countdown"), ("io_bound", "Waiting"), ("another", "another")]
)
def test_each_workload_has_the_verb_of_the_study(workload: str, verb: str) -> None:
    first, second, _ = lines(trial(workload), [timing(0, 1)])
    assert first.endswith(f"---> {verb} BEGIN")
    assert second.endswith(f"---> {verb} END after 1.000 seconds")


def test_a_call_that_raised_shows_when_and_what() -> None:
    failed = trial(status="failed", error="worker 0: ValueError: no", wall_s=1.0)
    assert list(lines(failed, [timing(0, 0.25, error_type="ValueError", error_message="no")])) == [
        "| 4711 | MainProcess | MainThread | ---> Countdown BEGIN",
        "| 4711 | MainProcess | MainThread | ---> Countdown FAILED after 0.250 seconds: ValueError: no",
        "Finished in 1.000 seconds",
        "Status failed: worker 0: ValueError: no",
    ]


def test_a_worker_that_died_is_shown_after_the_others_and_without_invented_times() -> None:
    died = {
        "error_type": "WorkerDied",
        "error_message": "the worker process ended with exit code -9 before its call did",
    }
    dead = timing(None, None, process_name="Process-1", thread_name=None, **died)
    crashed = trial(status="crashed", error="worker 0 was killed by SIGKILL", wall_s=1.0)
    assert list(lines(crashed, [dead, timing(0, 0.5, process_name="Process-2")])) == [
        "| 4711 | Process-2 | MainThread | ---> Countdown BEGIN",
        "| 4711 | Process-2 | MainThread | ---> Countdown END after 0.500 seconds",
        "| 4711 | Process-1 | ? | ---> Countdown LOST: the worker process ended with exit code -9 before its call did",
        "Finished in 1.000 seconds",
        "Status crashed: worker 0 was killed by SIGKILL",
    ]


def test_a_trial_of_which_no_reply_came_has_only_its_status() -> None:
    timed_out = trial(status="timeout", error="not done after 120 s", wall_s=None)
    assert list(lines(timed_out, [])) == ["Status timeout: not done after 120 s"]
