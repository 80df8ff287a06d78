"""On which CPUs a trial runs.

``compact`` takes CPUs that share as much as they can (a core, a package), ``spread`` CPUs that share as little as they
can. As many are taken as there are workers, or all if there are fewer. A list such as ``0,2-3`` names the CPUs itself.
"""

import os

from .cpus import allowed_cpus

ANY, COMPACT, SPREAD = "any", "compact", "spread"


def pin(affinity: str, workers: int, root: str = "/") -> list[int]:
    """Pin this process, and what it starts, to some of the CPUs that it may use. Return their numbers.

    Raises OSError where that cannot be done.
    """
    cpus = chosen(affinity, workers, sorted(allowed_cpus()), root)
    if not hasattr(os, "sched_setaffinity"):
        raise OSError("this platform cannot pin processes to CPUs")
    os.sched_setaffinity(0, cpus)
    return cpus


def chosen(affinity: str, workers: int, allowed: list[int], root: str = "/") -> list[int]:
    """Return the numbers of the CPUs, out of `allowed`, in ascending order."""
    if affinity not in (COMPACT, SPREAD):
        return listed(affinity)
    places = {cpu: _place(cpu, root) for cpu in allowed}
    ordered = sorted(allowed, key=lambda cpu: (places[cpu], cpu))
    if affinity == SPREAD:
        ordered = _alternating(ordered, places)
    return sorted(ordered[:workers])


def listed(affinity: str) -> list[int]:
    """Return the numbers that a list such as ``0,2-3`` names. Raises ValueError for other text."""
    cpus: set[int] = set()
    for part in affinity.split(","):
        first, dash, last = part.partition("-")
        cpus.update(range(int(first), int(last if dash else first) + 1))
    return sorted(cpus)


def _place(cpu: int, root: str) -> tuple[int, int]:
    """Return (package, core) of a CPU; if they are unknown, each CPU is its own core."""
    folder = os.path.join(root, "sys/devices/system/cpu/cpu%d/topology" % cpu)
    try:
        return _number(folder, "physical_package_id"), _number(folder, "core_id")
    except (OSError, ValueError):
        return 0, cpu


def _number(folder: str, name: str) -> int:
    with open(os.path.join(folder, name), encoding="ascii") as file:
        return int(file.read())


def _alternating(ordered: list[int], places: dict[int, tuple[int, int]]) -> list[int]:
    """Take a CPU of each package in turn, and of each core of it, before a second one of any."""
    in_core: dict[tuple[int, int], int] = {}
    in_package: dict[tuple[int, int], int] = {}
    rank = {}
    for cpu in ordered:
        package, core = places[cpu]
        sibling = in_core[package, core] = in_core.get((package, core), -1) + 1
        number = in_package[package, sibling] = in_package.get((package, sibling), -1) + 1
        rank[cpu] = (sibling, number, package, core)
    return sorted(ordered, key=rank.__getitem__)
