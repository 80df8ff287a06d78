"""Judge what disturbed a trial, from its own records and the host's counters."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.host import thresholds
from runner.outcome import Outcome, Surroundings, Timing


@dataclass(frozen=True, slots=True)
class Noise:
    """What disturbed a trial."""

    reasons: tuple[str, ...] = ()
    void: bool = False
    """Whether the measured time is invalid: the trial's processes were stopped, or the machine slept."""

    @property
    def words(self) -> str | None:
        """All reasons in one text; None if there are none."""
        return "; ".join(self.reasons) or None


def judge(outcome: Outcome, workers: int) -> Noise:
    """Return what disturbed a trial of `workers` workers, judged by the CPUs of the host that it ran on."""
    usable_cpus = outcome.host.usable_cpus
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
    known = [spans for timing in outcome.timings if (spans := _waited_and_worked(timing)) is not None]
    waited_ns, worked_ns = (sum(spans) for spans in zip(*known, strict=True)) if known else (0, 0)
    if worked_ns >= thresholds.SHORTEST_JUDGED_NS and waited_ns > thresholds.MOST_RUN_QUEUE_SHARE * worked_ns:
        yield f"workers waited {waited_ns / worked_ns:.0%} of their time for a CPU, with no more workers than CPUs"


def _waited_and_worked(timing: Timing) -> tuple[int, int] | None:
    """Return the run-queue wait of a call and the span it was counted in, both in ns; None if unknown.

    The wait of a worker's first call counts from the worker's creation.
    """
    since_ns = timing.submitted_ns if timing.call == 0 else timing.begin_ns
    if timing.run_queue_ns is None or timing.end_ns is None or since_ns is None:
        return None
    return timing.run_queue_ns, timing.end_ns - since_ns


def _beside(around: Surroundings) -> Iterator[str]:
    if around.runner_held_ns:
        yield f"the runner was stopped or got no CPU for {_seconds(around.runner_held_ns)}"
    if around.clock_jump_ns:
        yield f"the clock of the day was set by {_seconds(around.clock_jump_ns)}"


def _seconds(span_ns: int | None) -> str:
    return f"{(span_ns or 0) / 1e9:.3g} s"
