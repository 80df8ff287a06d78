"""Check how many CPUs a trial can keep busy, and whether they are separate cores."""

import math
import os
from collections.abc import Sequence
from operator import itemgetter

from runner.host.finding import Finding, ok, unknown, warning
from runner.host.machine import Machine
from runner.visible import on_one_line


def cpus(machine: Machine) -> Finding:
    """Report how many CPUs are usable, and what limits them."""
    allowed, usable = machine.allowed_cpus, machine.usable_cpus
    there = max(os.cpu_count() or 1, len(allowed))
    says = f"{usable} of {there} CPUs usable"
    if len(allowed) < there:
        says += f": affinity mask {ranges(allowed)}"
    group, quota = min(machine.quotas, key=itemgetter(1), default=("", math.inf))
    throttled = quota < len(allowed)
    if throttled:
        says += f": quota {quota:g} of cgroup /{on_one_line(group)}"
    if throttled and not quota.is_integer():
        return warning(
            "cpus",
            says,
            "A quota between two whole numbers stops trials in the middle of their work. Ask for whole CPUs, such as "
            "`docker run --cpus 2` or `cpu: 2` among the limits of Kubernetes.",
        )
    if usable == 1:
        return warning(
            "cpus", says, "Nothing can run in parallel here: only overlapping waits will show a speedup. Use more CPUs."
        )
    return ok("cpus", says)


def smt(machine: Machine) -> Finding:
    """Report whether usable CPUs are threads of one core: two workers there share the core's resources."""
    first_of_core: dict[str, int] = {}
    for cpu in machine.allowed_cpus:
        siblings = machine.word(f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        if siblings is None:
            return _smt_alone(machine)
        first_of_core.setdefault(siblings, cpu)
    cores, usable = len(first_of_core), machine.usable_cpus
    if usable <= cores:
        return ok("smt", "each usable CPU can be a core of its own")
    return warning(
        "smt",
        f"{usable} usable CPUs share {cores} core{'s' if cores > 1 else ''}",
        f"Expect little of workers beyond {cores}, or take one CPU of each core: "
        f"`taskset --cpu-list {ranges(list(first_of_core.values()))} runner sweep …`",
    )


def _smt_alone(machine: Machine) -> Finding:
    if machine.word("sys/devices/system/cpu/smt/active") != "1":
        return unknown("smt", "the system does not say which CPUs share a core")
    return warning(
        "smt",
        "on, and the system does not say which CPUs share a core",
        "Expect little of workers beyond half of the usable CPUs: they share a core with another.",
    )


def ranges(numbers: Sequence[int]) -> str:
    """Write ascending numbers as the kernel and ``taskset`` do: ``0-3,8``."""
    parts: list[tuple[int, int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
