"""What the interpreter and the host are: asked once for a sweep, in a child of its own.

Every value is None where the platform cannot tell. `gather` takes the root of the file system, so that the machines
nobody has at hand can be tested from folders.
"""

from __future__ import annotations

import os
import sys

from .measure import gil_enabled
from .modes import MODES

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any


def gather(root: str = "/") -> dict[str, dict[str, Any]]:
    """Return ``{"interpreter": {...}, "host": {...}}``."""
    return {"interpreter": interpreter(), "host": host(root)}


def interpreter() -> dict[str, Any]:
    """Describe the running interpreter."""
    import gc
    import multiprocessing
    import platform
    import sysconfig

    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    version = platform.python_version()
    return {
        "implementation": sys.implementation.name,
        "version": version,
        "label": "%s %s%s" % (sys.implementation.name, version, "t" if free_threaded else ""),
        "build": " ".join(platform.python_build()),
        "compiler": platform.python_compiler(),
        "executable": sys.executable,
        "free_threaded_build": free_threaded,
        "gil": gil_enabled(),
        "jit": _jit_enabled(),
        "switch_interval_s": sys.getswitchinterval() if hasattr(sys, "getswitchinterval") else None,
        "gc": gc.isenabled(),
        "hash_seed": os.environ.get("PYTHONHASHSEED", "random"),
        "start_methods": multiprocessing.get_all_start_methods(),
        "default_start_method": multiprocessing.get_context().get_start_method(),
        "modes": modes(),
        "flags": {name: getattr(sys.flags, name) for name in _FLAGS if getattr(sys.flags, name, 0)},
        "build_options": sysconfig.get_config_var("CONFIG_ARGS"),
    }


_FLAGS = (
    "debug",
    "optimize",
    "no_site",
    "ignore_environment",
    "hash_randomization",
    "isolated",
    "dev_mode",
    "utf8_mode",
)


def modes() -> list[str]:
    """Return the modes that this interpreter can do."""
    import concurrent.futures

    lacking = set()
    try:
        import multiprocessing.synchronize  # noqa: F401 - fails where there are no semaphores
    except ImportError:
        lacking |= {"multiprocessing", "process_pool"}
    if not hasattr(concurrent.futures, "InterpreterPoolExecutor"):
        lacking.add("interpreter_pool")
    return [mode for mode in MODES if mode not in lacking]


def _jit_enabled() -> bool | None:
    jit = getattr(sys, "_jit", None)  # 3.14 and newer
    return jit.is_enabled() if jit else None


def host(root: str = "/") -> dict[str, Any]:
    """Describe the machine."""
    import platform
    import time

    clock = time.get_clock_info("perf_counter")
    return {
        "hostname": platform.node(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cpu_model": _cpu_model(root),
        "logical_cpus": os.cpu_count(),
        "usable_cpus": usable_cpus(root),
        "allowed_cpus": sorted(allowed_cpus()),
        "memory_bytes": _memory_bytes(),
        "clock": clock.implementation,
        "clock_resolution_ns": max(1, round(clock.resolution * 1e9)),
    }


def usable_cpus(root: str = "/") -> int:
    """Return how many CPUs this process may keep busy: the smaller of its affinity mask and its cgroup's quota."""
    allowed = len(allowed_cpus())
    quota = cpu_quota(root)
    return allowed if quota is None else max(1, min(allowed, int(quota)))


def allowed_cpus() -> set[int]:
    """Return the numbers of the CPUs in this process's affinity mask; of all where the platform has no masks."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def cpu_quota(root: str = "/") -> float | None:
    """Return the CPUs' worth of time that the cgroups of this process leave it, or None where nothing limits it."""
    return min((quota for _, quota in limiting_groups(root)), default=None)


def limiting_groups(root: str = "/") -> list[tuple[str, float]]:
    """Return (folder below `root`, CPUs' worth of time) of each cgroup that limits this process.

    Reads version 2 (``cpu.max``) and version 1 (``cpu.cfs_quota_us``), also side by side, from the group of the process
    up to the root: the tightest holds.
    """
    found: list[tuple[str, float]] = []
    for line in _read(root, "proc/self/cgroup").splitlines():
        _, _, membership = line.partition(":")
        controllers, _, path = membership.partition(":")
        if not controllers:
            mounts, read = ("sys/fs/cgroup", "sys/fs/cgroup/unified"), _quota_v2
        elif "cpu" in controllers.split(","):
            mounts, read = ("sys/fs/cgroup/" + controllers, "sys/fs/cgroup/cpu"), _quota_v1
        else:
            continue
        quotas = [(mount + group, read(root, mount + group)) for mount in mounts for group in _ancestors(path)]
        found += [(group, quota) for group, quota in quotas if quota is not None]
    return found


def _ancestors(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    return ["".join("/" + part for part in parts[:depth]) for depth in range(len(parts), -1, -1)]


def _quota_v2(root: str, group: str) -> float | None:
    quota, _, period = _read(root, group + "/cpu.max").partition(" ")
    return _share(quota, period)


def _quota_v1(root: str, group: str) -> float | None:
    return _share(_read(root, group + "/cpu.cfs_quota_us"), _read(root, group + "/cpu.cfs_period_us"))


def _share(quota_us: str, period_us: str) -> float | None:
    try:
        share = int(quota_us) / int(period_us)
    except (ValueError, ArithmeticError):  # "max", or there is no such file
        return None
    return share if share > 0 else None


def _cpu_model(root: str) -> str | None:
    for line in _read(root, "proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return None


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _read(root: str, path: str) -> str:
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except (OSError, ValueError):  # the latter of a NUL in the name
        return ""
