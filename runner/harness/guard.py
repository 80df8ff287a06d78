"""Notice what the import of a module must not do: start processes, or go on without end."""

import signal
import sys
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

REMEDY = 'put what is to run only as a script below `if __name__ == "__main__":`'


@contextmanager
def guarded(report: "Callable[[str], Any]", limit_s: float) -> "Iterator[None]":
    """Call `report` with the problem as soon as what runs in here starts a process or takes longer than `limit_s`.

    A worker of such a process would import the module again, or wait for its import to end, so that each waits for the
    other. `report` must not return.
    """

    def start(self: BaseProcess) -> None:  # noqa: ARG001 - its name is that of the original
        report("starts a process when it is imported (%s); %s" % (_place(sys._getframe()), REMEDY))

    def late(_number: int, frame: "FrameType | None") -> None:
        report("is still being imported after %g s (%s); %s" % (limit_s, _place(frame), REMEDY))

    original = BaseProcess.start
    BaseProcess.start = start  # type: ignore[method-assign]
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        BaseProcess.start = original  # type: ignore[method-assign]


def _place(frame: "FrameType | None") -> str:
    """Return the file and line at the top of a module from where the code at `frame` was called."""
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return "%s, line %d" % (frame.f_code.co_filename, frame.f_lineno) if frame is not None else "in a thread"
