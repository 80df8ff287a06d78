"""Sample the current activity of this machine: read the kernel's counters twice."""

import select
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runner.errors import Interrupted
from runner.harness import cpus
from runner.host.activity import NS_PER_TICK, HostCounters, Reading
from runner.host.files import text
from runner.interrupt import Interrupt
from runner.signals import interruptible
from runner.visible import on_one_line

MOST_DIGITS = 20
"""Longest number of the kernel, which has 64 bits."""


class Process(NamedTuple):
    """A process, identified by its pid and start time, because a pid can be used again."""

    pid: int
    started: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The kernel's counters at one moment."""

    at_ns: int
    counted: Reading
    processes: Mapping[Process, int]
    """CPU time that each process has used, in nanoseconds."""
    names: Mapping[Process, str]
    own: int
    """The pid of this process."""

    @classmethod
    def take(cls, root: Path) -> "Snapshot":
        """Read the counters below `root`; those that cannot be read are left out."""
        used, names = {}, {}
        for process, name, cpu_ns in _processes(root):
            used[process], names[process] = cpu_ns, name
        own = parse_process(text(root, "proc/self/stat"))
        counted = HostCounters(root).read()
        return cls(time.monotonic_ns(), counted, used, names, own[0].pid if own else 0)


class Busy(NamedTuple):
    """A process that used CPU time during the sample."""

    pid: int
    name: str
    cpus: float
    """How many CPUs it kept busy on average."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The machine's activity between two snapshots."""

    before: Snapshot
    after: Snapshot

    @property
    def cpus(self) -> int:
        """Number of CPUs that it covers."""
        return len(cpus.allowed_cpus())

    @property
    def steal_share(self) -> float | None:
        """Share of their time that the hypervisor gave to other guests; None if unknown."""
        return self._share(self.before.counted.steal_ns, self.after.counted.steal_ns)

    @property
    def others_share(self) -> float | None:
        """Share of their time that other processes used; None if unknown."""
        own_ns = sum(used_ns for process, used_ns in self._used() if process.pid == self.after.own)
        return self._share(self.before.counted.busy_ns, self.after.counted.busy_ns, without_ns=own_ns)

    def busiest(self, least_cpus: float) -> Sequence[Busy]:
        """Return the other processes that kept at least `least_cpus` busy, the busiest first."""
        found = [
            Busy(process.pid, self.after.names[process], used_ns / self._elapsed_ns)
            for process, used_ns in self._used()
            if process.pid != self.after.own and used_ns >= least_cpus * self._elapsed_ns
        ]
        return sorted(found, key=lambda busy: busy.cpus, reverse=True)

    @property
    def _elapsed_ns(self) -> int:
        return max(1, self.after.at_ns - self.before.at_ns)

    def _share(self, before_ns: int | None, after_ns: int | None, without_ns: int = 0) -> float | None:
        if before_ns is None or after_ns is None or not self.after.counted.busy_ns:  # zero since boot: not counted here
            return None
        there_was_ns = self._elapsed_ns * self.cpus
        return min(there_was_ns, max(0, after_ns - before_ns - without_ns)) / there_was_ns

    def _used(self) -> Iterator[tuple[Process, int]]:
        for process, used_ns in self.after.processes.items():
            yield process, used_ns - self.before.processes.get(process, 0)


def watch(root: Path, seconds: float, interrupt: Interrupt | None = None) -> Sample:
    """Take two snapshots, `seconds` apart. Raises Interrupted, by Ctrl-C if no `interrupt` is given."""
    before = Snapshot.take(root)
    with interruptible(interrupt) as stop:
        select.select([stop], [], [], seconds)
    if stop.requested:
        raise Interrupted("Interrupted; nothing was changed.")
    return Sample(before, Snapshot.take(root))


def parse_process(stat: str) -> tuple[Process, str, int] | None:
    """Return process, name and CPU time in ns from the text of ``/proc/[pid]/stat``; None if it is something else."""
    beginning, _, rest = stat.rpartition(")")  # the name may hold brackets and blanks
    pid, _, name = beginning.partition(" (")
    try:
        fields = rest.split()
        user, system, started = (int(fields[place][:MOST_DIGITS]) for place in (11, 12, 19))
        return Process(int(pid), started), on_one_line(name), (user + system) * NS_PER_TICK
    except (ValueError, IndexError):
        return None


def _processes(root: Path) -> Iterator[tuple[Process, str, int]]:
    for folder in root.glob("proc/[0-9]*"):
        found = parse_process(text(folder, "stat"))
        if found:
            yield found
