"""The runner's own workloads, and the module of each: only that of the requested workload is imported.

A workload is a function; its calls are measured. Its parameters are axes of a grid file: ``NUM`` a count, ``SIZE``
bytes, ``TIME`` seconds. A parameter before them gets what its hooks have made (see ``runner_harness.job``). If it does
not make sense in all modes, its attribute `modes` names those in which it does, or is a function that returns them.
"""

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WORKLOADS = {
    "cpu_bound": "study",
    "io_bound": "study",
    "hashing": "native",
    "compression": "native",
    "memory_bound": "memory",
    "allocation_heavy": "memory",
    "lock_contention": "sharing",
    "shared_reference": "sharing",
    "pass_by_argument": "handing_over",
    "pass_by_pipe": "handing_over",
    "pass_by_queue": "handing_over",
    "pass_by_shared_memory": "handing_over",
    "file_io": "files_and_sockets",
    "socket_io": "files_and_sockets",
    "crashing": "crashing",
}
"""The module of each, in this package."""


def load(name: str) -> "Callable[..., Any]":
    """Return the workload of that name."""
    module = __import__("%s.%s" % (__name__, WORKLOADS[name]), fromlist=[name])
    function: "Callable[..., Any]" = getattr(module, name)
    return function
