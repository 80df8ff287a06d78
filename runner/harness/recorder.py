"""The driver's side of the records: where they are kept until the window is over."""

import os
from marshal import load

from .record import unpacked

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from typing import Any

    from .record import Record

    Recorded = tuple[list[Record], int | None, int, int]
    """Records of the calls; peak memory in bytes of the worker's own process; how often that was stopped; nanoseconds
    spent on checks before the last call ended."""


class MemoryRecorder:
    """For workers that share the memory of the trial: a list. Both sides use the one object."""

    def __init__(self) -> None:
        self._calls: "list[tuple[Any, ...]]" = []
        self.append = self._calls.append
        self._checked_ns = 0

    @property
    def end(self) -> "MemoryRecorder":
        """Return what the worker is given."""
        return self

    def finish(self, checked_ns: int) -> None:
        """Take the time of the checks; the peak memory and the stops of a process that they share are read later."""
        self._checked_ns = checked_ns

    def read(self) -> "Recorded":
        """Return what the worker has recorded. Its memory is that of the trial's own process."""
        return [unpacked(values) for values in self._calls], None, 0, self._checked_ns


class FileRecorder:
    """For a worker process: an anonymous file in memory.

    It outlives the worker and needs no reader while the clock runs. Each worker has one: if it is killed in the middle
    of a write, no other's records suffer.
    """

    def __init__(self, *, forked: bool) -> None:
        from .ends import RecorderEnd

        if hasattr(os, "memfd_create"):
            self._descriptor = os.memfd_create("records")
        else:
            import tempfile

            self._descriptor, path = tempfile.mkstemp()
            os.unlink(path)
        self.end = RecorderEnd(self._descriptor, forked=forked)
        """What the worker is given."""

    def read(self) -> "Recorded":
        """Return what the worker has recorded, up to the first record that was cut off."""
        import io

        records: "list[Record]" = []
        peak, stopped, checked_ns = None, 0, 0
        file = io.BytesIO(os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0))
        while True:
            try:
                read = load(file)  # noqa: S302 - written by our own worker
            except (EOFError, ValueError, TypeError):
                return records, peak, stopped, checked_ns
            if isinstance(read, tuple):
                records.append(unpacked(read))
            else:
                peak, stopped, checked_ns = read
