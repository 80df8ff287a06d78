"""The workers' ends of what connects them with the driver: where they leave their records, and the gate.

They go to threads as they are, and to processes and other interpreters with the file descriptors that they refer to.
"""

import os
from marshal import dumps

from .measure import peak_rss_bytes, stops, watch_stops
from .stacks import show_when_asked

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any


class Handed:
    """A file descriptor that can be pickled while a process is being started: that process gets it, too.

    So does ``multiprocessing.reduction.DupFd``, which makes each worker import two more modules inside the window.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def __getstate__(self) -> tuple[str, int]:
        from multiprocessing.context import get_spawning_popen

        popen: "Any" = get_spawning_popen()
        return popen.method, popen.duplicate_for_child(self.number)

    def __setstate__(self, state: tuple[str, int]) -> None:
        method, self.number = state
        if method == "forkserver":  # which passes descriptors on by their index
            from multiprocessing.forkserver import get_inherited_fds

            inherited: "Any" = get_inherited_fds()
            self.number = inherited[self.number]


class RecorderEnd:
    """Where a worker process leaves its records: in a file, which outlives it (see ``recorder.FileRecorder``)."""

    def __init__(self, descriptor: int, *, forked: bool) -> None:
        self._file = Handed(descriptor)
        self._forked = forked

    def append(self, values: "tuple[Any, ...]", stamps: "list[tuple[int, int]] | None") -> None:
        """Write the packed record of a section, and the stamps of its calls."""
        os.write(self._file.number, dumps((values, stamps)))

    def finish(self, between_ns: int) -> None:
        """Write the peak memory and the stops of this process, and the time between sections: the last it does."""
        os.write(self._file.number, dumps([peak_rss_bytes(forked=self._forked), stops(), between_ns]))

    def __setstate__(self, state: "dict[str, Any]") -> None:
        self.__dict__.update(state)
        watch_stops()  # in a new process, which has not inherited that
        show_when_asked()


class GateEnd:
    """Where a worker waits until all are ready (see ``gate.Gate``)."""

    def __init__(self, ready: int, go: int) -> None:
        self._ready, self._go = Handed(ready), Handed(go)

    def wait(self) -> None:
        """Be ready, and wait for the others."""
        self.pass_by()
        os.read(self._go.number, 1)

    def pass_by(self) -> None:
        """Let nobody wait for this worker, which will make no call."""
        os.write(self._ready.number, b".")
