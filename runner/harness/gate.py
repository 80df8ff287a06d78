"""Holds workers back until all are ready: threads, processes and sub-interpreters alike."""

from __future__ import annotations

import os
import select
from time import perf_counter_ns

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PATIENCE_MS = 50
"""How long to wait before looking whether a worker has died that is waited for."""


class Gate:
    """Two pipes: each worker writes a byte when it is ready, and reads one that lets it go."""

    def __init__(self) -> None:
        self._ready, self._ready_end = os.pipe()
        self._go, self._go_end = os.pipe()
        self._arrived = 0

    def wait(self) -> None:
        """Be ready, and wait for the others. Called by each worker."""
        self.pass_by()
        os.read(self._go, 1)

    def pass_by(self) -> None:
        """Let nobody wait for this worker, which has nothing to do after all."""
        os.write(self._ready_end, b".")

    def open(self, workers: int, is_lost: Callable[[], bool]) -> int:
        """Wait until all are ready, or some are lost, then let them go. Return when that was. Called by the driver."""
        while not self.all_ready(workers) and not is_lost():
            pass
        return self.let_go(workers)

    def all_ready(self, workers: int, patience_ms: int = PATIENCE_MS) -> bool:
        """Whether so many are ready by now, or in a moment."""
        poll = select.poll()
        poll.register(self._ready, select.POLLIN)
        while self._arrived < workers and poll.poll(patience_ms):
            self._arrived += len(os.read(self._ready, workers - self._arrived))
        return self._arrived >= workers

    def let_go(self, workers: int) -> int:
        """Let so many go. Return when that was."""
        opened_ns = perf_counter_ns()
        os.write(self._go_end, b"." * workers)
        return opened_ns

    def descriptors(self) -> tuple[int, int]:
        """Return what `of` makes a gate from, in another interpreter of this process."""
        return self._ready_end, self._go

    @classmethod
    def of(cls, descriptors: tuple[int, int]) -> Gate:
        """Return a worker's side of a gate."""
        gate = cls.__new__(cls)
        gate._ready_end, gate._go = descriptors
        return gate

    def __getstate__(self) -> dict[str, Any]:
        from multiprocessing.reduction import DupFd

        return {"_ready_end": DupFd(self._ready_end), "_go": DupFd(self._go)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._ready_end, self._go = (state[name].detach() for name in ("_ready_end", "_go"))
