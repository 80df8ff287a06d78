"""The list of checks that decide whether this machine is fit to measure on."""

from collections.abc import Callable, Sequence

from runner.host.checks.clock import clock
from runner.host.checks.cpus import cpus, smt
from runner.host.checks.frequency import governor, turbo
from runner.host.checks.neighbours import load, others, steal
from runner.host.finding import Finding
from runner.host.machine import Machine

CHECKS: Sequence[Callable[[Machine], Finding]] = (cpus, smt, load, others, steal, governor, turbo, clock)
"""In the order in which they are shown. No check raises, whatever the machine's files contain."""
