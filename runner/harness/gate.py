"""Holds workers back until all are ready: threads, processes and sub-interpreters alike."""

import os
import select
from time import perf_counter_ns

from .ends import GateEnd

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_MS = 50
"""How long to wait for workers before looking whether one of them has died."""


class Gate:
    """The driver's side: two pipes. Each worker writes a byte when it is ready, and reads one that lets it go."""

    def __init__(self) -> None:
        self._ready, ready_end = os.pipe()
        go_end, self._go = os.pipe()
        self.descriptors = ready_end, go_end
        """What a worker in another interpreter makes its end from."""
        self.end = GateEnd(*self.descriptors)
        """What each worker is given."""
        self._arrived = 0

    def open(self, workers: int, is_lost: "Callable[[], bool]") -> int:
        """Wait until so many are ready, or some are lost, then let them go. Return when that was."""
        while not self.all_ready(workers) and not is_lost():
            pass
        return self.let_go(workers)

    def all_ready(self, workers: int, patience_ms: int = PATIENCE_MS) -> bool:
        """Whether so many are ready within `patience_ms`."""
        poll = select.poll()
        poll.register(self._ready, select.POLLIN)
        while self._arrived < workers and poll.poll(patience_ms):
            self._arrived += len(os.read(self._ready, workers - self._arrived))
        return self._arrived >= workers

    def let_go(self, workers: int) -> int:
        """Let so many go. Return when that was."""
        opened_ns = perf_counter_ns()
        os.write(self._go, b"." * workers)
        return opened_ns
