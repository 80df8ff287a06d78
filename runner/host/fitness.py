"""The list of checks that decide whether this machine is fit to measure on."""

from collections.abc import Callable, Sequence
from pathlib import Path

from runner.host.checks.clock import clock
from runner.host.checks.cpus import cpus, smt
from runner.host.checks.frequency import governor, turbo
from runner.host.checks.neighbours import load, others, steal
from runner.host.finding import Finding, Verdict
from runner.host.machine import Machine
from runner.host.sample import watch
from runner.host.thresholds import GLANCE_S
from runner.interrupt import Interrupt

CHECKS: Sequence[Callable[[Machine], Finding]] = (cpus, smt, load, others, steal, governor, turbo, clock)
"""In the order in which they are shown. No check raises, whatever the machine's files contain."""


def problems(interrupt: Interrupt, root: Path = Path("/")) -> list[Finding]:
    """Return what makes this machine unfit to measure on now, after a short look at it. Raises Interrupted."""
    machine = Machine(root, watch(root, GLANCE_S, interrupt))
    return [finding for check in CHECKS if (finding := check(machine)).verdict is Verdict.PROBLEM]
