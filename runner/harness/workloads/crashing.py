"""A worker that kills its own process."""

# Hooks are attributes of functions:
# mypy: disable-error-code=attr-defined

import os
from _signal import SIGKILL  # type: ignore[import-not-found] # without the enumerations of the module signal

from .contexts import sharing_modes

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any


def crashing(lock: "Any", NUM: int) -> None:
    """Kill the process of the first worker at once while the others count NUM down: whom a crash takes with it."""
    if lock.acquire(False):  # and never released
        os.kill(os.getpid(), SIGKILL)
    while NUM > 0:
        NUM -= 1


def _one_lock(context: "Any") -> "Any":
    return context.Lock()


crashing.share = _one_lock
crashing.modes = sharing_modes
