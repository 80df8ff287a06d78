"""Work on one object that all workers share."""

# Hooks are attributes of functions:
# mypy: disable-error-code=attr-defined

from .contexts import sharing_modes

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any


def lock_contention(lock: "Any", NUM: int) -> None:
    """Take and release one lock NUM times: all workers want the same one, and hold it for next to nothing."""
    for _ in range(NUM):
        with lock:
            pass


def _one_lock(context: "Any") -> "Any":
    return context.Lock()


lock_contention.share = _one_lock
lock_contention.modes = sharing_modes


class Shared:
    """The shared object. It is not immortal, so that its references are counted."""


def shared_reference(shared: Shared, NUM: int) -> None:
    """Take and drop NUM references to one object: on a free-threaded build, threads contend for its reference count.

    Processes have a copy each, and PyPy counts no references.
    """
    # Through a list, which owns its items: from Python 3.14 on, a local variable only borrows.
    held: list[Shared] = []
    for _ in range(NUM):
        held.append(shared)
        held.pop()


def _one_object(context: "Any") -> Shared:  # noqa: ARG001
    return Shared()


shared_reference.share = _one_object
shared_reference.modes = sharing_modes
