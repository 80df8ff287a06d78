"""The child's main: read the request, run the trial (or look at what is asked about), send the reply, end."""

from __future__ import annotations

import os
import sys

from . import job, measure, modes, wire, workloads
from .modes import Crew, Window

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.process import BaseProcess
    from typing import Any


def main(request_fd: int, reply_fd: int) -> None:
    """Answer the one request on `request_fd` and end the process, without waiting for what the workload left behind."""
    request = wire.receive(request_fd)
    os.close(request_fd)
    wire.send(reply_fd, _answer(request))
    _unlink_semaphores()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # the workload closed it
            pass
    os._exit(0)


def _unlink_semaphores() -> None:
    """Give back what locks and pools of this process have a name for in the system: it ends without its exit hooks.

    Else the process that multiprocessing has for that would have to do it, and warn, if it lives long enough.
    """
    synchronize = sys.modules.get("multiprocessing.synchronize")
    if synchronize is None:
        return
    try:
        from multiprocessing import util

        cleanup = synchronize.SemLock._cleanup
        for finalizer in list(util._finalizer_registry.values()):  # type: ignore[attr-defined]
            if finalizer._callback is cleanup:
                finalizer()
    except Exception:  # noqa: S110 - whatever the workload has done to it
        pass


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    if request["kind"] == "probe":
        from . import compiled, facts

        compiled.compile_harness()
        return facts.gather()
    if request["kind"] == "inspect":
        from . import inspection

        return inspection.inspect(request)
    return run_trial(request)


def run_trial(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one trial; request and reply as in ``wire``."""
    try:
        cpus = _pinned(request)
        own = _job(request)
        if own.shares or own.hands:
            own.share(_context(request))
    except BaseException as error:  # what the user's code does when it is imported or called
        return _reply(Window.of_no_start(error), [], None)
    _warm_up()
    measure.watch_stops()
    if request["mode"] in modes.TASK_MODES:
        return _run_tasks(request, own, cpus)
    return _run_workers(request, own, cpus)


def _pinned(request: Mapping[str, Any]) -> list[int] | None:
    if request.get("affinity", "any") == "any":
        return None
    from . import placement

    return placement.pin(request["affinity"], request["workers"])


def _job(request: Mapping[str, Any]) -> job.Job:
    reference = request.get("function")
    function = job.resolve(reference) if reference else workloads.load(request["workload"])
    if reference:
        import gc

        gc.collect()  # what importing has piled up would else be looked through at some moment inside the window
    return job.Job(function, request["params"], request.get("takes"), request.get("warmup_calls", 0))


def _context(request: Mapping[str, Any]) -> Any:
    """Return what makes things that the workers of this mode can share."""
    if request["mode"] in modes.STARTS_PROCESSES:
        from multiprocessing import get_context

        return get_context(request["start_method"])
    from .workloads.contexts import Threads

    return Threads


def _run_tasks(request: Mapping[str, Any], own: job.Job, cpus: list[int] | None) -> dict[str, Any]:
    from . import tasks

    try:
        gate = _gate(request)
        drive = tasks.DRIVERS[request["mode"]]
        shift = drive(own, request["workers"], request["calls"], request["start_method"], gate)
    except BaseException as error:  # of the user's setup, where that runs in the driver itself
        return _reply(Window.of_no_start(error), [], cpus)
    stops = measure.stops()
    timings, deaths = tasks.timings(shift, own.checked if own.has_check else None)
    return _replied(shift, timings, deaths, stops, cpus, bool(request.get("barrier")))


def _run_workers(request: Mapping[str, Any], own: job.Job, cpus: list[int] | None) -> dict[str, Any]:
    def new_recorder() -> measure.SharedRecorder | measure.Recorder:
        if request["mode"] in modes.STARTS_PROCESSES:
            return measure.SharedRecorder(forked=request["start_method"] == "fork")
        return measure.Recorder()

    # New threads have waited for nothing yet; the main thread has run the harness, a spawned worker's an interpreter.
    waited_ns = 0 if request["mode"] != "sequential" else measure.run_queue_ns()
    if request["start_method"] == "spawn":
        waited_ns = None
    try:
        gate = _gate(request)
        targets = [
            measure.Worker(own, calls, new_recorder(), waited_ns, gate)
            for calls in shares(request["calls"], request["workers"])
        ]
        serve = own.server(request["calls"], request["workers"]) if request["mode"] != "sequential" else None
        window = modes.DRIVERS[request["mode"]](Crew(targets, request["start_method"], gate, serve))
    except BaseException as error:  # fewer descriptors than workers, or what the user's setup raises
        return _reply(Window.of_no_start(error), [], cpus)
    return _reply(window, targets, cpus, bool(request.get("barrier")))


def _gate(request: Mapping[str, Any]) -> Any:
    if not request.get("barrier"):
        return None
    from .gate import Gate

    return Gate()


def _warm_up() -> None:
    """Run the code around a call before the clock does: what runs for the first time takes several times as long."""
    measure.Worker(job.Job(int, {}), 3, measure.Recorder(), 0)()


def shares(calls: int, workers: int) -> list[int]:
    """Split `calls` among `workers`: as even as can be, the first ones take the rest."""
    each, rest = divmod(calls, workers)
    return [each + (worker < rest) for worker in range(workers)]


def _reply(
    window: Window, targets: Sequence[measure.Worker], cpus: list[int] | None, barrier: bool = False
) -> dict[str, Any]:
    timings: list[dict[str, Any]] = []
    deaths: list[dict[str, Any]] = []
    stops = measure.stops()
    shared_peak = measure.peak_rss_bytes()
    for index, target in enumerate(targets[: len(window.start_returned_ns)]):
        stamps = (window.submitted_ns[index], window.start_returned_ns[index], window.collected_ns[index], None)
        process = window.processes[index] if window.processes else None
        records, own_peak, own_stops = target.recorder.records()
        stops += own_stops
        if _died(process, records, target.calls):
            death = _death(process)
            deaths.append({"worker": index, **death})
            records.append(_record_of_the_dead(process, death, call=len(records)))
        peak = own_peak if process else shared_peak
        timings += [dict(zip(measure.FIELDS, (index, *record, *stamps, peak))) for record in records]
    return _replied(window, timings, deaths, stops, cpus, barrier)


def _replied(
    seen: Any, timings: list[Any], deaths: list[Any], stops: int, cpus: list[int] | None, barrier: bool
) -> dict[str, Any]:
    # A task is through when what it returned is with the driver.
    last = "end_ns" if isinstance(seen, Window) else "collected_ns"
    ends = [timing[last] for timing in timings if timing["end_ns"] is not None] if barrier else []
    return {
        "start_ns": seen.start_ns,
        "end_ns": max(ends, default=seen.end_ns),
        "timings": timings,
        "deaths": deaths,
        "error": seen.error and dict(zip(("type", "message", "traceback"), seen.error)),
        "gil": measure.gil_enabled(),
        "stops": stops,
        "cpus": cpus,
    }


def _died(process: BaseProcess | None, records: list[measure.Record], calls: int) -> bool:
    failed = bool(records) and records[-1][-1] is not None
    complete = failed or len(records) == calls
    return not complete or (process is not None and process.exitcode != 0)


def _death(process: BaseProcess | None) -> dict[str, int | None]:
    if process is None:
        return {"pid": os.getpid(), "exit_code": None}
    return {"pid": process.pid, "exit_code": process.exitcode}


def _record_of_the_dead(process: BaseProcess | None, death: dict[str, int | None], call: int) -> measure.Record:
    known = {
        "call": call,
        "pid": death["pid"],
        "parent_pid": os.getpid() if process else os.getppid(),
        "process_name": process.name if process else "MainProcess",
        "error_type": "WorkerDied",
        "error_message": "the worker ended (exit code %s) and left no record of this call" % death["exit_code"],
        "traceback": "",
    }
    return tuple(known.get(field) for field in measure.MEASURED)
