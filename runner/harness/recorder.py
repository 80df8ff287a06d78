"""The driver's side of the records: where they are kept until the window is over."""

import os
from marshal import load

from .record import section

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from typing import Any

    from .record import Record

    Recorded = tuple[list[Record], int | None, int, int]
    """Records of the calls; peak memory in bytes of the worker's own process; how often that was stopped; nanoseconds
    between its sections of calls."""


class MemoryRecorder:
    """For workers that share the memory of the trial: a list. Both sides use the one object."""

    def __init__(self) -> None:
        self._sections: "list[tuple[Any, ...]]" = []
        self._between_ns = 0

    @property
    def end(self) -> "MemoryRecorder":
        """Return what the worker is given."""
        return self

    def append(self, values: "tuple[Any, ...]", stamps: "list[tuple[int, int]] | None") -> None:
        """Take the packed record of a section, and the stamps of its calls."""
        self._sections.append((values, stamps))

    def finish(self, between_ns: int) -> None:
        """Take the time between sections; the peak memory and the stops of a process that they share are read later."""
        self._between_ns = between_ns

    def read(self) -> "Recorded":
        """Return what the worker has recorded. Its memory is that of the trial's own process."""
        records = [record for values, stamps in self._sections for record in section(values, stamps)]
        return records, None, 0, self._between_ns


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
        peak, stopped, between_ns = None, 0, 0
        file = io.BytesIO(os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0))
        while True:
            try:
                read = load(file)  # noqa: S302 - written by our own worker
            except (EOFError, ValueError, TypeError):
                return records, peak, stopped, between_ns
            if isinstance(read, tuple):
                records += section(*read)
            else:
                peak, stopped, between_ns = read
