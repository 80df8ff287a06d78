"""What disturbed a trial, judged from its own records."""

from runner.outcome import Outcome, Timing

MOST_RUN_QUEUE_SHARE = 0.05
"""Of the workers' time, from their start. With no more workers than CPUs nobody of the trial itself makes them wait."""
SHORTEST_JUDGED_NS = 10_000_000
"""Below this, one preemption by the kernel's own work is already a large share."""


def reasons(outcome: Outcome, workers: int, usable_cpus: int) -> str | None:
    """Say in words what disturbed a trial of `workers` workers, or return None."""
    if workers > usable_cpus:
        return None
    timings = [t for t in outcome.timings if t["run_queue_ns"] is not None and t["end_ns"] is not None]
    waited_ns = sum(t["run_queue_ns"] for t in timings)
    worked_ns = sum(t["end_ns"] - _counted_from(t) for t in timings)
    if worked_ns < SHORTEST_JUDGED_NS or waited_ns <= MOST_RUN_QUEUE_SHARE * worked_ns:
        return None
    return f"workers waited {waited_ns / worked_ns:.0%} of their time for a CPU, with no more workers than CPUs"


def _counted_from(timing: Timing) -> int:
    """Return since when a call's run-queue wait was counted: a worker's first call counts from its creation."""
    since: int = timing["submitted_ns"] if timing["call"] == 0 else timing["begin_ns"]
    return since
