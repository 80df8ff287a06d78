"""Which CPUs this process may use, and how much of them: its affinity mask, and the quota of its cgroups.

Functions take the root of the file system, so that tests can describe any machine by a folder.
"""

import os


def usable_cpus(root: str = "/") -> int:
    """Return how many CPUs this process may keep busy: the smaller of its affinity mask and its cgroup's quota."""
    allowed = len(allowed_cpus())
    quota = cpu_quota(root)
    return allowed if quota is None else max(1, min(allowed, int(quota)))


def allowed_cpus() -> set[int]:
    """Return the numbers of the CPUs in this process's affinity mask; all CPUs where the platform has no masks."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def cpu_quota(root: str = "/") -> "float | None":
    """Return how many CPUs' time the cgroups of this process allow it, None if they do not limit it."""
    return min((quota for _, quota in limiting_groups(root)), default=None)


def limiting_groups(root: str = "/") -> list[tuple[str, float]]:
    """Return (folder below `root`, how many CPUs' time it allows) for each cgroup that limits this process.

    Reads version 2 (``cpu.max``) and version 1 (``cpu.cfs_quota_us``), also side by side, from the group of the process
    up to the root. The smallest limit applies.
    """
    found: list[tuple[str, float]] = []
    for line in read(root, "proc/self/cgroup").splitlines():
        _, _, membership = line.partition(":")
        controllers, _, path = membership.partition(":")
        if not controllers:
            mounts, quota_of = ("sys/fs/cgroup", "sys/fs/cgroup/unified"), _quota_v2
        elif "cpu" in controllers.split(","):
            mounts, quota_of = ("sys/fs/cgroup/" + controllers, "sys/fs/cgroup/cpu"), _quota_v1
        else:
            continue
        quotas = [(mount + group, quota_of(root, mount + group)) for mount in mounts for group in _ancestors(path)]
        found += [(group, quota) for group, quota in quotas if quota is not None]
    return found


def _ancestors(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    return ["".join("/" + part for part in parts[:depth]) for depth in range(len(parts), -1, -1)]


def _quota_v2(root: str, group: str) -> "float | None":
    quota, _, period = read(root, group + "/cpu.max").partition(" ")
    return _share(quota, period)


def _quota_v1(root: str, group: str) -> "float | None":
    return _share(read(root, group + "/cpu.cfs_quota_us"), read(root, group + "/cpu.cfs_period_us"))


def _share(quota_us: str, period_us: str) -> "float | None":
    try:
        share = int(quota_us) / int(period_us)
    except (ValueError, ArithmeticError):  # "max", or there is no such file
        return None
    return share if share > 0 else None


def read(root: str, path: str) -> str:
    """Return the text of a file below `root`, empty where there is none."""
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except (OSError, ValueError):  # the latter for a NUL in the name
        return ""
