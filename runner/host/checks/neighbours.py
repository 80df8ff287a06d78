"""Check whether other programs use the machine."""

import math
import os

from runner.host import thresholds
from runner.host.activity import HostCounters
from runner.host.finding import Finding, graded, ok, unknown, warning
from runner.host.machine import Machine

BUSIEST_SHOWN = 3
LEAST_SHOWN_CPUS = 0.01
UNSEEN = "another container, or processes that live for a moment only"


def load(machine: Machine) -> Finding:
    """Report the tasks that were running or ready in the last minute: of the whole host, so divided by all its CPUs."""
    average, _ = HostCounters(machine.root).load()
    if average is None or not math.isfinite(average):
        return unknown("load", "the system does not say")
    per_cpu = average / (os.cpu_count() or 1)
    return graded(
        "load",
        per_cpu,
        f"{average:.2f} in the last minute, {per_cpu:.2f} for each CPU of the host",
        "Something ran until just now, or still does. Wait until this has gone down, then begin.",
        some=thresholds.SOME_LOAD_PER_CPU,
        much=math.inf,
    )


def others(machine: Machine) -> Finding:
    """Report how much of the CPUs other processes use, and which use most."""
    sample = machine.sample
    share = sample.others_share
    if share is None:
        return unknown("others", "the system does not say who uses its CPUs")
    used, busiest = share * sample.cpus, sample.busiest(LEAST_SHOWN_CPUS)
    named = ", ".join(f"{busy.name} ({busy.pid}) {busy.cpus:.0%}" for busy in busiest[:BUSIEST_SHOWN])
    seen = sum(busy.cpus for busy in busiest) > used / 2
    return graded(
        "others",
        share,
        f"use {used:.2f} of {sample.cpus} CPUs ({share:.0%}){named and '; busiest: '}{named}",
        "Workers would have to wait for a CPU. "
        + ("End these, or wait until they are done." if seen else f"What uses it cannot be seen from here: {UNSEEN}."),
        some=thresholds.SOME_OTHERS,
        much=thresholds.MUCH_OTHERS,
    )


def steal(machine: Machine) -> Finding:
    """Report how much time the hypervisor gives to other guests."""
    share = machine.sample.steal_share
    if share is None:
        return unknown("steal", "the system does not say")
    return graded(
        "steal",
        share,
        f"{share:.1%} of the CPUs' time" if share else "none",
        "Other guests of the host take CPU time from this one: measure at another time, or on a dedicated host.",
        some=thresholds.SOME_STEAL,
        much=thresholds.MUCH_STEAL,
    )


def measuring(holder: str | None) -> Finding:
    """Report whether somebody is already measuring on this host; `holder` is what `lock.holder` returned."""
    if holder is None:
        return ok("measuring", "nobody else")
    return warning("measuring", holder, "A sweep waits until that is done; two would disturb each other.")
