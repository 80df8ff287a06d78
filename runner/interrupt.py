"""Ctrl-C as a fact to be asked for, so that it never cuts a commit in two."""

import os
import signal
from types import FrameType, TracebackType

from runner.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupt:
    """While entered, notes SIGINT, SIGTERM and SIGHUP instead of raising.

    `requested` says whether one came. The object can be waited for (`fileno`), so that a wait for something else ends
    at once when it does.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "Interrupt":
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as under nohup
        self._handlers_before = {number: signal.signal(number, self._note) for number in heeded}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._reader)
        os.close(self._writer)

    def fileno(self) -> int:
        """Readable once an interrupt was requested."""
        return self._reader

    def heed(self) -> None:
        """Raise Interrupted if one was requested."""
        if self.requested:
            raise Interrupted

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
