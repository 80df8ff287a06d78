"""What the interpreter and the host are: asked once for a sweep, in a child of its own.

A value is None where the platform cannot tell. `gather` takes the root of the file system, so that tests can describe
any machine by a folder.
"""

import os
import sys

from .cpus import allowed_cpus, read, usable_cpus
from .measure import gil_enabled
from .modes import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def gather(root: str = "/") -> "dict[str, dict[str, Any]]":
    """Return ``{"interpreter": {...}, "host": {...}, "unfit": {...}}``."""
    return {"interpreter": interpreter(), "host": host(root), "unfit": unfit()}


def interpreter() -> "dict[str, Any]":
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
        "modes": [name for name, mode in MODES.items() if mode.is_available],
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


def unfit() -> "dict[str, dict[str, str]]":
    """Return for each mode the start methods with which this interpreter's own library fails, and why."""
    try:
        from concurrent.futures.process import ProcessPoolExecutor
    except ImportError:  # there are no semaphores, and so no such mode
        return {}
    called = "_adjust_process_count"  # PyPy 3.9 has renamed it, and calls it where workers are no forks
    if hasattr(ProcessPoolExecutor, called) or called not in ProcessPoolExecutor.submit.__code__.co_names:
        return {}
    reason = "the concurrent.futures of this interpreter fails there: it calls %s, which it does not have" % called
    return {"process_pool": {"spawn": reason, "forkserver": reason}}


def _jit_enabled() -> "bool | None":
    jit = getattr(sys, "_jit", None)  # 3.14 and newer
    return jit.is_enabled() if jit else None


def host(root: str = "/") -> "dict[str, Any]":
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


def _cpu_model(root: str) -> "str | None":
    for line in read(root, "proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return None


def _memory_bytes() -> "int | None":
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None
