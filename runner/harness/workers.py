"""Drivers of the modes in which each worker has its own share of the calls: the study's.

Between the two stamps of the window stands what the study's driver did, in the study's order (create all, start all,
join all), plus one clock reading a step.
"""

import os
from time import perf_counter_ns

from .crew import Window
from .measure import peak_rss_bytes, run_queue_ns
from .record import Record, describe
from .recorder import FileRecorder, MemoryRecorder
from .worker import Worker

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess
    from typing import Any

    from .crew import Crew


class _Worker:
    """A worker of the trial as the driver sees it: what it runs, where its records are, when it was started."""

    def __init__(
        self,
        crew: "Crew",
        calls: int,
        recorder: "MemoryRecorder | FileRecorder",
        waited_ns: "int | None",
        *,
        crowded: bool = False,
    ) -> None:
        gate = crew.gate.end if crew.gate else None
        self.target = Worker(crew.job, calls, recorder.end, waited_ns, gate, crowded=crowded)
        self.recorder = recorder
        self.made: "Any" = None
        """The thread or process."""
        self.submitted_ns = self.start_returned_ns = self.collected_ns = 0

    @property
    def process(self) -> "BaseProcess | None":
        """Return the process that was made for it, None if it shares that of the trial."""
        process: "BaseProcess | None" = self.made if isinstance(self.recorder, FileRecorder) else None
        return process


def sequential(crew: "Crew") -> Window:
    """Call the only worker here and now; if there is a gate, once it is ready."""
    worker = _Worker(crew, crew.calls, MemoryRecorder(), run_queue_ns())  # this thread has run the harness before
    if crew.gate is not None:
        worker.target.get_ready()
    window = Window()
    worker.target()
    window.close()
    # Nothing is started: the call is its own submission, and its end its collection.
    worker.submitted_ns = worker.start_returned_ns = window.start_ns
    worker.collected_ns = window.end_ns
    _recorded(window, [worker])
    first_ns = window.records[0].begin_ns
    if first_ns is not None:  # a bare loop has nothing but the calls
        window.start_ns, window.end_ns = first_ns, window.last_end_ns
    return window


def threading(crew: "Crew") -> Window:
    """Run each worker in a threading.Thread."""
    from threading import Thread

    workers = [
        _Worker(crew, calls, MemoryRecorder(), 0, crowded=crew.workers > 1)
        for calls in shares(crew.calls, crew.workers)
    ]
    return _start_and_join(Thread, crew, workers)


def multiprocessing(crew: "Crew") -> Window:
    """Run each worker in a Process of the context of the start method."""
    from multiprocessing import get_context

    context: "Any" = get_context(crew.start_method)
    forked = crew.start_method == "fork"
    waited_ns = None if crew.start_method == "spawn" else 0  # the thread of a spawned worker has started Python
    workers = [
        _Worker(crew, calls, FileRecorder(forked=forked), waited_ns) for calls in shares(crew.calls, crew.workers)
    ]
    return _start_and_join(context.Process, crew, workers)


def shares(calls: int, workers: int) -> list[int]:
    """Split `calls` among `workers` as evenly as possible; the first ones get the rest."""
    each, rest = divmod(calls, workers)
    return [each + (worker < rest) for worker in range(workers)]


def _start_and_join(factory: "Callable[..., Any]", crew: "Crew", workers: list[_Worker]) -> Window:
    serve = crew.job.server(crew.calls, crew.workers)
    started: list[_Worker] = []
    window = Window()
    for worker in workers:
        worker.made = factory(target=worker.target)
    try:
        for worker in workers:
            worker.submitted_ns = perf_counter_ns()
            worker.made.start()
            worker.start_returned_ns = perf_counter_ns()
            started.append(worker)
    except Exception as error:  # no more threads, processes or descriptors to be had
        window.error = describe(error)
    if crew.gate is not None:
        window.start_ns = crew.gate.open(len(started), lambda: not all(worker.made.is_alive() for worker in started))
    if serve is not None and window.error is None:
        try:
            serve()
        except Exception as error:
            window.error = describe(error)
    for worker in started:
        worker.made.join()
        worker.collected_ns = perf_counter_ns()
    window.close()
    return _recorded(window, started)


def _recorded(window: Window, workers: list[_Worker]) -> Window:
    """Enter into the window what the workers have recorded, and which of them died."""
    shared_peak = peak_rss_bytes()
    for number, worker in enumerate(workers):
        records, own_peak, own_stops, between_ns = worker.recorder.read()
        window.stops += own_stops
        window.worked_until(max((record.end_ns or 0 for record in records), default=0), between_ns)
        if _died(worker, records):
            death = _death(worker.process)
            window.deaths.append({"worker": number, **death})
            records.append(_record_of_the_dead(worker.process, death, call=_made(records)))
        for record in records:
            record.worker = number
            record.submitted_ns = worker.submitted_ns
            record.start_returned_ns = worker.start_returned_ns
            record.collected_ns = worker.collected_ns
            record.peak_rss_bytes = own_peak if worker.process else shared_peak
        window.records += records
    return window


def _died(worker: _Worker, records: list[Record]) -> bool:
    """Whether it ended before it had recorded all that it should have."""
    failed = bool(records) and records[-1].error_type is not None
    complete = failed or _made(records) == worker.target.calls
    return not complete or (worker.process is not None and worker.process.exitcode != 0)


def _made(records: list[Record]) -> int:
    return sum(record.batch for record in records)


def _death(process: "BaseProcess | None") -> "dict[str, int | None]":
    if process is None:
        return {"pid": os.getpid(), "exit_code": None}
    return {"pid": process.pid, "exit_code": process.exitcode}


def _record_of_the_dead(process: "BaseProcess | None", death: "dict[str, int | None]", call: int) -> Record:
    record = Record()
    record.call = call
    record.pid = death["pid"]
    record.parent_pid = os.getpid() if process else os.getppid()
    record.process_name = process.name if process else "MainProcess"
    record.error_type = "WorkerDied"
    record.error_message = "the worker ended (exit code %s) and left no record of this call" % death["exit_code"]
    record.traceback = ""
    return record
