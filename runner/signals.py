"""Turn Ctrl-C, SIGTERM and SIGHUP into requests to stop, so that a commit is never interrupted."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from runner import entry
from runner.interrupt import Interrupt

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(interrupt: Interrupt | None = None) -> Iterator[Interrupt]:
    """Yield `interrupt` if one is given; else a new one that SIGINT, SIGTERM and SIGHUP request.

    Signals reach only the main thread: in any other thread, a new interrupt is never requested.
    """
    if interrupt is not None:
        yield interrupt
        return
    with Interrupt() as own:
        if threading.current_thread() is threading.main_thread():
            with _heeded(own):
                yield own
        else:
            yield own


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process while something is imported that could swallow or print an exception."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, entry.stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _heeded(interrupt: Interrupt) -> Iterator[None]:
    wakeup_before = signal.set_wakeup_fd(interrupt.waker, warn_on_full_buffer=False)
    # A signal that is ignored, as under nohup, stays ignored.
    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: interrupt.request()) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup_before)
