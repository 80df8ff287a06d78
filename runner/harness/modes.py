"""The modes: how a trial's workers are created, started and joined, as a user of the standard library would do it.

A driver takes the crew and returns a `Window`. Between its two stamps stands what the study's driver held, in the
study's order (create all, start all, join all), plus one clock reading a step. The modes that give tasks to a pool are
in ``tasks``, and are but named here.
"""

from __future__ import annotations

from time import perf_counter_ns

from .measure import describe

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.process import BaseProcess
    from typing import Any

    from .gate import Gate
    from .measure import Worker

STUDY_MODES = ("sequential", "threading", "multiprocessing")
TASK_MODES = ("thread_pool", "process_pool", "interpreter_pool", "asyncio")
"""Modes in which each call is a task of its own, and the workers take the next one when they are done."""
MODES = (*STUDY_MODES, *TASK_MODES)

STARTS_PROCESSES = frozenset({"multiprocessing", "process_pool"})
"""Modes that heed a start method."""


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
    def of_no_start(cls, error: BaseException) -> Window:
        """Return the window of a trial whose first worker could not even be prepared."""
        window = cls()
        window.start_ns = window.end_ns = perf_counter_ns()
        window.error = describe(error)
        return window


class Crew:
    """The workers of a trial, and what the driver does for them while they run."""

    def __init__(
        self,
        targets: Sequence[Worker],
        start_method: str | None = None,
        gate: Gate | None = None,
        serve: Callable[[], Any] | None = None,
    ) -> None:
        self.targets = targets
        self.start_method = start_method
        self.gate = gate
        self.serve = serve


def sequential(crew: Crew) -> Window:
    """Call the only target here and now; if there is a gate, once it is ready."""
    (target,) = crew.targets
    if crew.gate is not None:
        target.get_ready()
    window = Window()
    window.start_ns = perf_counter_ns()
    target()
    window.end_ns = perf_counter_ns()
    # Nothing is started: the call is its own submission, and its end its collection.
    window.submitted_ns = window.start_returned_ns = [window.start_ns]
    window.collected_ns = [window.end_ns]
    return window


def threading(crew: Crew) -> Window:
    """Run each target in a threading.Thread."""
    from threading import Thread

    return _start_and_join(Thread, crew)[0]


def multiprocessing(crew: Crew) -> Window:
    """Run each target in a Process of the context of the start method."""
    from multiprocessing import get_context

    context: Any = get_context(crew.start_method)
    window, processes = _start_and_join(context.Process, crew)
    window.processes = processes
    return window


def _start_and_join(factory: Callable[..., Any], crew: Crew) -> tuple[Window, list[Any]]:
    window = Window()
    window.start_ns = perf_counter_ns()
    workers = [factory(target=target) for target in crew.targets]
    try:
        for worker in workers:
            window.submitted_ns.append(perf_counter_ns())
            worker.start()
            window.start_returned_ns.append(perf_counter_ns())
    except Exception as error:  # no more threads, processes or descriptors to be had
        window.error = describe(error)
    started = workers[: len(window.start_returned_ns)]
    if crew.gate is not None:
        window.start_ns = crew.gate.open(len(started), lambda: not all(worker.is_alive() for worker in started))
    if crew.serve is not None and window.error is None:
        try:
            crew.serve()
        except Exception as error:
            window.error = describe(error)
    for worker in started:
        worker.join()
        window.collected_ns.append(perf_counter_ns())
    window.end_ns = perf_counter_ns()
    return window, workers


DRIVERS = {"sequential": sequential, "threading": threading, "multiprocessing": multiprocessing}
"""Those of the study's modes."""
