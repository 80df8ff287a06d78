"""Where a trial's processes are at the moment: written to their output when the launcher asks, before it kills them.

Workers import this inside the timed window.
"""

import _signal  # type: ignore[import-not-found] # without the enumerations of the module signal

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

ASKING: "Any" = getattr(_signal, "SIGRTMAX", None)
"""The signal that asks: one that programs do not use. None where there are no such signals."""
_OUTPUT = 2


def show_when_asked() -> None:
    """From now on, write the stack of each thread of this process, and of those forked from it, when asked."""
    if ASKING is None:
        return
    try:
        import faulthandler

        faulthandler.register(ASKING, file=_OUTPUT)
    except (ImportError, AttributeError, OSError, RuntimeError):  # an interpreter without it; no descriptor 2
        pass
