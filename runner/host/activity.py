"""Measure what else the host did during a trial: the difference between two readings of its counters.

A reading costs about as much as reading three small files, and is taken outside the trial.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from runner.harness.cpus import allowed_cpus, limiting_groups
from runner.host import thresholds
from runner.outcome import Surroundings

NS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
BUSY_FIELDS = (0, 1, 2, 5, 6)
"""Fields of a ``cpu`` line in /proc/stat: user, nice, system, irq, softirq. User includes this machine's own guests."""
STEAL_FIELD = 7
CLOCK_READINGS = 3
"""The quickest of these is used, because this process can lose its CPU between two clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The counters at one moment, in nanoseconds; None if the platform does not report one."""

    busy_ns: int | None
    """CPU time used by all processes on the CPUs that this process may use."""
    steal_ns: int | None
    throttled_ns: int | None
    asleep_ns: int | None
    """How long the machine has slept since boot."""
    epoch_ns: int
    """Time of boot by the wall clock: it changes when that clock is set."""


class HostCounters:
    """Reads the counters. `root` is the root of the file system, so that tests can simulate other machines."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._cpus = {f"cpu{number}" for number in allowed_cpus()}
        # Version 1 of cgroups shows one group in two places.
        self._throttles = {(root / group / "cpu.stat").resolve() for group, _ in limiting_groups(str(root))}

    def read(self) -> Reading:
        """Read all counters."""
        busy_ns, steal_ns = self._cpu_times()
        _, asleep_ns, epoch_ns = min(_clocks() for _ in range(CLOCK_READINGS))
        return Reading(
            busy_ns=busy_ns,
            steal_ns=steal_ns,
            throttled_ns=self._throttled_ns(),
            asleep_ns=asleep_ns if hasattr(time, "CLOCK_BOOTTIME") else None,
            epoch_ns=epoch_ns,
        )

    def load(self) -> tuple[float | None, int | None]:
        """Return the load average of the last minute, and the number of other tasks that are ready to run."""
        try:
            first, _, _, tasks, *_ = (self._root / "proc/loadavg").read_text().split()
            return float(first), max(0, int(tasks.partition("/")[0]) - 1)
        except (OSError, ValueError):
            return _load_1min(), None

    def _cpu_times(self) -> tuple[int | None, int | None]:
        try:
            lines = (self._root / "proc/stat").read_text().splitlines()
            mine = [list(map(int, ticks)) for name, *ticks in map(str.split, lines) if name in self._cpus]
            busy = sum(ticks[field] for ticks in mine for field in BUSY_FIELDS)
            steal = sum(ticks[STEAL_FIELD] for ticks in mine)
        except (OSError, ValueError, IndexError):
            return None, None
        return (busy * NS_PER_TICK, steal * NS_PER_TICK) if mine else (None, None)

    def _throttled_ns(self) -> int | None:
        found = [_throttled_ns(file) for file in self._throttles]
        known = [held for held in found if held is not None]
        return sum(known) if known else None


def between(
    before: Reading, after: Reading, own_cpu_ns: int | None, load: tuple[float | None, int | None], held_ns: int
) -> Surroundings:
    """Return what happened between two readings; `own_cpu_ns` is the CPU time of the trial and the runner.

    `load` was read with the first reading. `held_ns` is how long the runner itself could not run.
    """
    busy_ns = _difference(before.busy_ns, after.busy_ns)
    return Surroundings(
        load_1min=load[0],
        runnable=load[1],
        # The kernel counts in ticks, so the difference can be slightly negative.
        others_cpu_ns=None if busy_ns is None or own_cpu_ns is None else max(0, busy_ns - own_cpu_ns),
        steal_ns=_difference(before.steal_ns, after.steal_ns),
        throttled_ns=_difference(before.throttled_ns, after.throttled_ns),
        suspended_ns=_settled(_difference(before.asleep_ns, after.asleep_ns)),
        clock_jump_ns=_settled(after.epoch_ns - before.epoch_ns),
        runner_held_ns=held_ns,
    )


def _difference(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _clocks() -> tuple[int, int, int]:
    """Return how long reading the clocks took, the time asleep, and the time of boot by the wall clock, all in ns."""
    since_boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    began_ns, awake_ns, day_ns = time.clock_gettime_ns(since_boot), time.monotonic_ns(), time.time_ns()
    took_ns = time.clock_gettime_ns(since_boot) - began_ns
    return took_ns, began_ns - awake_ns, day_ns - began_ns


def _settled(apart_ns: int | None) -> int | None:
    return 0 if apart_ns is not None and abs(apart_ns) < thresholds.CLOCKS_APART_NS else apart_ns


def _throttled_ns(file: Path) -> int | None:
    """Read ``throttled_usec`` (version 2) or ``throttled_time`` (version 1, in nanoseconds) of a group's cpu.stat."""
    try:
        counted = dict(line.split() for line in file.read_text().splitlines())
        if "throttled_usec" in counted:
            return int(counted["throttled_usec"]) * 1_000
        return int(counted["throttled_time"]) if "throttled_time" in counted else None
    except (OSError, ValueError):
        return None


def _load_1min() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:
        return None
