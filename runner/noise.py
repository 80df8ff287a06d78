"""What disturbed a trial, judged from its own records and the host's."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.host import thresholds
from runner.outcome import Outcome, Surroundings, Timing


@dataclass(frozen=True, slots=True)
class Noise:
    """What disturbed a trial."""

    reasons: tuple[str, ...] = ()
    void: bool = False
    """Whether its time is not its own any more: its processes were stopped, or the machine slept."""

    @property
    def words(self) -> str | None:
        """All reasons in one text, None for none."""
        return "; ".join(self.reasons) or None


def judge(outcome: Outcome, workers: int, usable_cpus: int) -> Noise:
    """Say what disturbed a trial of `workers` workers on a host where it may use `usable_cpus`."""
    around = outcome.surroundings
    void = tuple(_halts(around))
    shared = _shares(around, outcome.elapsed_ns * usable_cpus)
    cpus = usable_cpus if outcome.cpus is None else min(usable_cpus, len(outcome.cpus))
    waits = () if workers > cpus else _waits(outcome)
    return Noise((*void, *shared, *waits, *_beside(around)), bool(void))


def _halts(around: Surroundings) -> Iterator[str]:
    if around.stops:
        yield f"processes of the trial were stopped and continued, {around.stops} in all"
    if around.suspended_ns:
        yield f"the machine slept for {_seconds(around.suspended_ns)}"


def _shares(around: Surroundings, capacity_ns: int) -> Iterator[str]:
    for used_ns, most, what in (
        (around.others_cpu_ns, thresholds.MOST_OTHERS_SHARE, "other processes used"),
        (around.steal_ns, thresholds.MOST_STEAL_SHARE, "the hypervisor gave to other guests"),
    ):
        if used_ns is not None and used_ns >= thresholds.LEAST_COUNTED_NS and used_ns > most * capacity_ns:
            yield f"{what} {used_ns / capacity_ns:.0%} of the CPU time"
    if around.throttled_ns:
        yield f"a CPU quota held it back for {_seconds(around.throttled_ns)}"


def _waits(outcome: Outcome) -> Iterator[str]:
    timings = [t for t in outcome.timings if t["run_queue_ns"] is not None and t["end_ns"] is not None]
    waited_ns = sum(t["run_queue_ns"] for t in timings)
    worked_ns = sum(t["end_ns"] - _counted_from(t) for t in timings)
    if worked_ns >= thresholds.SHORTEST_JUDGED_NS and waited_ns > thresholds.MOST_RUN_QUEUE_SHARE * worked_ns:
        yield f"workers waited {waited_ns / worked_ns:.0%} of their time for a CPU, with no more workers than CPUs"


def _counted_from(timing: Timing) -> int:
    """Return since when a call's run-queue wait was counted: a worker's first call counts from its creation."""
    since: int = timing["submitted_ns"] if timing["call"] == 0 else timing["begin_ns"]
    return since


def _beside(around: Surroundings) -> Iterator[str]:
    if around.runner_held_ns:
        yield f"the runner was stopped or got no CPU for {_seconds(around.runner_held_ns)}"
    if around.clock_jump_ns:
        yield f"the clock of the day was set by {_seconds(around.clock_jump_ns)}"


def _seconds(span_ns: int | None) -> str:
    return f"{(span_ns or 0) / 1e9:.3g} s"
