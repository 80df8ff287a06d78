"""Check that the clock is fast and fine enough."""

import time
from itertools import pairwise

from runner.host import thresholds
from runner.host.finding import Finding, ok, warning
from runner.host.machine import Machine

FOLDER = "sys/devices/system/clocksource/clocksource0"
SLOW_SOURCES = frozenset({"acpi_pm", "hpet", "jiffies", "pit", "refined-jiffies"})
"""Read from a chip outside the CPU, or counted in the kernel's ticks. Others are judged by the cost of a reading."""
READINGS = 1_000
ROUNDS = 5


def clock(machine: Machine) -> Finding:
    """Report the kernel's clock source, and what a reading costs in Python."""
    source = machine.word(f"{FOLDER}/current_clocksource")
    cost_ns, step_ns = reading_ns()
    says = f"{source or 'source not known'}, {cost_ns} ns a reading, smallest step {step_ns} ns"
    if source in SLOW_SOURCES or max(cost_ns, step_ns) > thresholds.SLOW_CLOCK_NS:
        return warning(
            "clock",
            says,
            f"Short calls will look longer than they are. /{FOLDER}/available_clocksource lists what else there is; to "
            f"take the CPU's own counter until the next boot: `echo tsc | sudo tee /{FOLDER}/current_clocksource`",
        )
    return ok("clock", says)


def reading_ns() -> tuple[int, int]:
    """Return the cost of a reading of ``perf_counter_ns`` and its smallest step, both in ns."""
    costs, steps = [], []
    for _ in range(ROUNDS):
        stamps = [time.perf_counter_ns() for _ in range(READINGS)]
        took_ns = stamps[-1] - stamps[0]
        costs.append(took_ns // (READINGS - 1))
        steps.append(min((later - earlier for earlier, later in pairwise(stamps) if later > earlier), default=took_ns))
    return min(costs), min(steps)
