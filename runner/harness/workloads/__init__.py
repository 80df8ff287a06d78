"""The workloads that the runner brings along, each with its module: only the one that is asked for is imported.

A workload is a function; a call of it is what is measured. Its parameters are axes of a grid file, and their
annotations say what may stand there: ``int`` a whole number, ``float`` seconds. What else a workload can have (setup,
check, …) is the same as for the users' own: see ``runner_harness.job``.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WORKLOADS = {
    "cpu_bound": "study",
    "io_bound": "study",
}
"""The module of each, in this package."""


def load(name: str) -> Callable[..., Any]:
    """Return the workload of that name."""
    module = __import__("%s.%s" % (__name__, WORKLOADS[name]), fromlist=[name])
    function: Callable[..., Any] = getattr(module, name)
    return function
