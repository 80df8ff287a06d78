"""What disturbed a trial: judged in exact numbers."""

from typing import Any

import pytest
from support.fakes import timing as call

from runner.facts import HostFacts
from runner.noise import Noise, judge
from runner.outcome import Outcome, Status, Surroundings, Timing

MS = 1_000_000


def timing(worked_ns: int | None, waited_ns: int | None) -> Timing:
    end_ns = None if worked_ns is None else 1000 + worked_ns
    return call(submitted_ns=1000, begin_ns=1500, end_ns=end_ns, run_queue_ns=waited_ns)


def outcome(*timings: Timing, usable_cpus: int = 2, **more: Any) -> Outcome:
    host = HostFacts(hostname="bench-1", usable_cpus=usable_cpus)
    return Outcome(status=Status.OK, started_at="now", timings=timings, host=host, **{"elapsed_ns": 1, **more})


@pytest.mark.parametrize(
    ("timings", "share"),
    [
        pytest.param([timing(100 * MS, 6 * MS)], "6%", id="one worker waited"),
        pytest.param([timing(100 * MS, 5 * MS + 1)], "5%", id="just more than is tolerated"),
        pytest.param([timing(10 * MS, 10 * MS)], "100%", id="the shortest trial that is judged"),
        pytest.param([timing(100 * MS, 0), timing(100 * MS, 50 * MS)], "25%", id="the workers together"),
        pytest.param(
            [timing(100 * MS, 20 * MS), timing(900 * MS, None)], "20%", id="a worker without counter is left out"
        ),
        pytest.param([timing(100 * MS, 20 * MS), timing(None, None)], "20%", id="a worker that died is left out"),
        pytest.param([timing(100 * MS, 20 * MS), timing(None, 90 * MS)], "20%", id="a call without end is left out"),
    ],
)
def test_a_disturbed_trial_is_flagged_with_the_share_of_time_lost(timings: list[Timing], share: str) -> None:
    reason = judge(outcome(*timings), workers=2).words
    assert reason is not None
    assert reason.startswith(f"workers waited {share} of their time for a CPU")


@pytest.mark.parametrize(
    "timings",
    [
        pytest.param([], id="no reply came"),
        pytest.param([timing(100 * MS, 0)], id="nobody waited"),
        pytest.param([timing(100 * MS, 5 * MS)], id="as much as is tolerated"),
        pytest.param([timing(10 * MS - 1, 10 * MS - 1)], id="too short to be judged"),
        pytest.param([timing(0, 0)], id="no time at all"),
        pytest.param([timing(100 * MS, None)], id="no counter on this platform"),
        pytest.param([timing(100 * MS, 9 * MS), timing(900 * MS, 0)], id="little of all the workers' time"),
    ],
)
def test_a_trial_that_nothing_disturbed_is_not_flagged(timings: list[Timing]) -> None:
    assert judge(outcome(*timings), workers=2).words is None


@pytest.mark.parametrize(
    ("workers", "usable_cpus", "pinned", "is_noise"),
    [
        (3, 2, None, False),
        (3, 3, None, True),
        (2, 4, [0], False),
        (2, 4, [0, 3], True),
        (2, 1, [0, 1], False),
        (1, 1, [0, 1], True),
    ],
)
def test_more_workers_than_cpus_make_each_other_wait_and_that_is_no_noise(
    workers: int, usable_cpus: int, pinned: list[int] | None, is_noise: bool
) -> None:
    waiting = outcome(timing(100 * MS, 50 * MS), usable_cpus=usable_cpus, cpus=pinned)
    assert (judge(waiting, workers).words is not None) == is_noise


def beside(elapsed_ns: int = 1_000 * MS, **around: Any) -> Noise:
    """Return the noise of a trial with those surroundings on two CPUs."""
    return judge(outcome(elapsed_ns=elapsed_ns, surroundings=Surroundings(**around)), workers=2)


@pytest.mark.parametrize(
    ("around", "words", "void"),
    [
        ({"others_cpu_ns": 101 * MS}, "other processes used 5% of the CPU time", False),
        ({"others_cpu_ns": 2_000 * MS}, "other processes used 100% of the CPU time", False),
        ({"steal_ns": 50 * MS}, "the hypervisor gave to other guests 2% of the CPU time", False),
        ({"throttled_ns": 1_250 * MS}, "a CPU quota held it back for 1.25 s", False),
        ({"clock_jump_ns": -3_600 * MS}, "the clock of the day was set by -3.6 s", False),
        ({"stops": 2}, "processes of the trial were stopped and continued, 2 in all", True),
        ({"suspended_ns": 5 * MS}, "the machine slept for 0.005 s", True),
        ({"runner_held_ns": 2_000 * MS}, "the runner was stopped or got no CPU for 2 s", False),
        (
            {"stops": 1, "others_cpu_ns": 1_000 * MS},
            "processes of the trial were stopped and continued, 1 in all; other processes used 50% of the CPU time",
            True,
        ),
    ],
)
def test_what_disturbed_a_trial_is_said_in_words(around: dict[str, int], words: str, void: bool) -> None:
    noise = beside(**around)
    assert (noise.words, noise.void) == (words, void)


@pytest.mark.parametrize(
    "around",
    [
        {},
        {"others_cpu_ns": 100 * MS, "steal_ns": 40 * MS},
        {"stops": 0, "suspended_ns": 0, "throttled_ns": 0, "clock_jump_ns": 0},
        {"runnable": 50, "load_1min": 99.0},
    ],
    ids=str,
)
def test_what_stays_below_the_thresholds_is_no_noise(around: dict[str, Any]) -> None:
    assert beside(**around) == Noise()


def test_a_few_ticks_of_the_kernel_say_nothing_of_a_short_trial() -> None:
    assert beside(elapsed_ns=20 * MS, others_cpu_ns=40 * MS, steal_ns=40 * MS).words is None
