"""Machines that nobody has at hand: the files by which a kernel describes them, below a folder."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from runner.host.sample import Sample, Snapshot

Files = Mapping[str, str]

CPU = "sys/devices/system/cpu"
CLOCK = "sys/devices/system/clocksource/clocksource0/current_clocksource"
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
TICKS = 2 * TICKS_PER_S
"""Ticks of a CPU in two seconds."""
OWN_PID = 999


def written(root: Path, *parts: Files) -> Path:
    """Write the files below `root`, later parts over earlier ones, and return it."""
    for files in parts:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return root


def counters(cpus: int, used_s: float, stolen_s: float = 0.0) -> Files:
    """Return ``/proc/stat`` of a machine each of whose CPUs was busy and stolen for so long."""
    used, stolen = round(used_s * TICKS_PER_S), round(stolen_s * TICKS_PER_S)
    fields = f"{used - used // 2} 0 {used // 2} 100000 5 0 0 {stolen} 0 0"
    lines = [f"cpu  {fields}", *(f"cpu{number} {fields}" for number in range(cpus)), "intr 5 0 1", "ctxt 7"]
    return {"proc/stat": "\n".join(lines) + "\n"}


def process(pid: int, name: str, ticks: int, started: int = 50, folder: str | None = None) -> Files:
    """Return ``/proc/[pid]/stat`` of a process that has used that many ticks."""
    rest = f"S 1 1 1 0 -1 4194304 99 0 0 0 {ticks - ticks // 3} {ticks // 3} 0 0 20 0 1 0 {started} 3133440 366"
    return {f"proc/{folder or pid}/stat": f"{pid} ({name}) {rest} 18446744073709551615\n"}


def own(ticks: int = 0) -> Files:
    """Return the files of the process that takes the sample."""
    return {**process(OWN_PID, "runner", ticks), **process(OWN_PID, "runner", ticks, folder="self")}


def cores(*siblings: Iterable[int]) -> Files:
    """Return the topology of a machine whose cores have these CPUs."""
    files = {}
    for core in siblings:
        listed = ",".join(map(str, core))
        files |= {f"{CPU}/cpu{cpu}/topology/thread_siblings_list": f"{listed}\n" for cpu in core}
    return files


def frequency(cpus: int, governor: str, driver: str) -> Files:
    """Return the files that say what controls the speed of each CPU."""
    folders = [f"{CPU}/cpu{cpu}/cpufreq" for cpu in range(cpus)]
    return {f"{folder}/scaling_governor": f"{governor}\n" for folder in folders} | {
        f"{folder}/scaling_driver": f"{driver}\n" for folder in folders
    }


def group_v2(path: str, quota: str, mount: str = "sys/fs/cgroup") -> Files:
    """Return a cgroup of version 2 with that ``cpu.max``."""
    return {f"{mount}{path}/cpu.max": f"{quota}\n"}


def group_v1(path: str, quota_us: int, period_us: int = 100_000) -> Files:
    """Return a cgroup of version 1."""
    folder = f"sys/fs/cgroup/cpu,cpuacct{path}"
    return {f"{folder}/cpu.cfs_quota_us": f"{quota_us}\n", f"{folder}/cpu.cfs_period_us": f"{period_us}\n"}


def two_seconds(before: Snapshot, after: Snapshot) -> Sample:
    """Return the sample of two snapshots, independent of the current time."""
    return Sample(replace(before, at_ns=0), replace(after, at_ns=2 * 10**9))
