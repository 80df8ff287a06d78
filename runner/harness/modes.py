"""The modes: how a trial's workers are created, started and joined, as the study's six drivers did it.

A driver takes the targets (callables, one for each worker) and returns a `Window`. Between its two stamps stands what
the study's driver held, in the study's order (create all, start all, join all), plus one clock reading a step.
"""

from __future__ import annotations

from time import perf_counter_ns

from .measure import describe

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.process import BaseProcess
    from typing import Any

    Target = Callable[[], None]


class Window:
    """What a driver saw: the trial's total, when each worker was started and collected, and what stopped it."""

    def __init__(self) -> None:
        self.start_ns = 0
        self.end_ns = 0
        self.submitted_ns: list[int] = []
        self.start_returned_ns: list[int] = []
        self.collected_ns: list[int] = []
        self.error: tuple[str, str, str] | None = None
        """(type, message, traceback) when a worker could not be started; the ones before it were joined."""
        self.processes: Sequence[BaseProcess] | None = None
        """The multiprocessing.Process of each worker, where there are such."""

    @classmethod
    def of_no_start(cls, error: Exception) -> Window:
        """Return the window of a trial whose first worker could not even be prepared."""
        window = cls()
        window.start_ns = window.end_ns = perf_counter_ns()
        window.error = describe(error)
        return window


def sequential(targets: Sequence[Target], _start_method: str | None) -> Window:
    """Call the only target here and now."""
    (target,) = targets
    window = Window()
    window.start_ns = perf_counter_ns()
    target()
    window.end_ns = perf_counter_ns()
    # Nothing is started: the call is its own submission, and its end its collection.
    window.submitted_ns = window.start_returned_ns = [window.start_ns]
    window.collected_ns = [window.end_ns]
    return window


def threading(targets: Sequence[Target], _start_method: str | None) -> Window:
    """Run each target in a threading.Thread."""
    from threading import Thread

    return _start_and_join(Thread, targets)[0]


def multiprocessing(targets: Sequence[Target], start_method: str | None) -> Window:
    """Run each target in a Process of the context of `start_method`."""
    from multiprocessing import get_context

    context: Any = get_context(start_method)
    window, processes = _start_and_join(context.Process, targets)
    window.processes = processes
    return window


def _start_and_join(factory: Callable[..., Any], targets: Sequence[Target]) -> tuple[Window, list[Any]]:
    window = Window()
    window.start_ns = perf_counter_ns()
    workers = [factory(target=target) for target in targets]
    try:
        for worker in workers:
            window.submitted_ns.append(perf_counter_ns())
            worker.start()
            window.start_returned_ns.append(perf_counter_ns())
    except Exception as error:  # no more threads, processes or descriptors to be had
        window.error = describe(error)
    for worker in workers[: len(window.start_returned_ns)]:
        worker.join()
        window.collected_ns.append(perf_counter_ns())
    window.end_ns = perf_counter_ns()
    return window, workers


MODES = {"sequential": sequential, "threading": threading, "multiprocessing": multiprocessing}
"""Each mode's driver. All take (targets, start_method); only those in STARTS_PROCESSES heed the second."""

STARTS_PROCESSES = frozenset({"multiprocessing"})
