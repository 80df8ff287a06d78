"""A request to stop: a flag that can be waited for, set by any thread or by a signal."""

import os
from contextlib import suppress
from types import TracebackType

from runner.errors import Interrupted


class Interrupt:
    """A request to stop; `requested` says whether it was made. A context manager; usable from any thread.

    A `select` that includes this object (by its `fileno`) returns at once when a stop is requested.
    """

    def __init__(self) -> None:
        self.requested = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def __enter__(self) -> "Interrupt":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._reader)
        os.close(self._writer)

    def fileno(self) -> int:
        """Return a descriptor that is readable once a stop was requested."""
        return self._reader

    @property
    def waker(self) -> int:
        """A non-blocking descriptor: a byte written to it ends all waits for this object."""
        return self._writer

    def request(self) -> None:
        """Request a stop."""
        self.requested = True
        with suppress(BlockingIOError):  # so many requests that the pipe is full
            os.write(self._writer, b".")

    def heed(self) -> None:
        """Raise Interrupted if a stop was requested."""
        if self.requested:
            raise Interrupted
