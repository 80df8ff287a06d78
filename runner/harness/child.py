"""The child's main: read the request, run the trial (or the probe), send the reply, end."""

from __future__ import annotations

import os
import sys

from . import measure, wire
from .modes import MODES, STARTS_PROCESSES, Window
from .workloads import WORKLOADS

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.process import BaseProcess
    from typing import Any


def main(request_fd: int, reply_fd: int) -> None:
    """Answer the one request on `request_fd` and end the process, without waiting for what the workload left behind."""
    request = wire.receive(request_fd)
    os.close(request_fd)
    if request["kind"] == "probe":
        from . import facts

        reply = facts.gather()
    else:
        reply = run_trial(request)
    wire.send(reply_fd, reply)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # the workload closed it
            pass
    os._exit(0)


def run_trial(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one trial; request and reply as in ``wire``."""
    work = WORKLOADS[request["workload"]]
    # By position, in the order of the signature: as the study's drivers passed them.
    arguments = tuple(request["params"].values())

    def new_recorder() -> measure.SharedRecorder | measure.Recorder:
        if request["mode"] in STARTS_PROCESSES:
            return measure.SharedRecorder(forked=request["start_method"] == "fork")
        return measure.Recorder()

    _warm_up()
    measure.watch_stops()
    # New threads have waited for nothing yet; the main thread has run the harness, a spawned worker's an interpreter.
    waited_ns = 0 if request["mode"] != "sequential" else measure.run_queue_ns()
    if request["start_method"] == "spawn":
        waited_ns = None
    try:
        targets = [
            measure.Worker(work, arguments, calls, new_recorder(), waited_ns)
            for calls in shares(request["calls"], request["workers"])
        ]
    except OSError as error:  # fewer descriptors than workers
        return _reply(Window.of_no_start(error), [])
    return _reply(MODES[request["mode"]](targets, request["start_method"]), targets)


def _warm_up() -> None:
    """Run the code around a call before the clock does: what runs for the first time takes several times as long."""
    measure.Worker(int, (), 3, measure.Recorder(), 0)()


def shares(calls: int, workers: int) -> list[int]:
    """Split `calls` among `workers`: as even as can be, the first ones take the rest."""
    each, rest = divmod(calls, workers)
    return [each + (worker < rest) for worker in range(workers)]


def _reply(window: Window, targets: Sequence[measure.Worker]) -> dict[str, Any]:
    timings: list[dict[str, Any]] = []
    deaths: list[dict[str, Any]] = []
    stops = measure.stops()
    shared_peak = measure.peak_rss_bytes()
    for index, target in enumerate(targets[: len(window.start_returned_ns)]):
        stamps = (window.submitted_ns[index], window.start_returned_ns[index], window.collected_ns[index])
        process = window.processes[index] if window.processes else None
        records, own_peak, own_stops = target.recorder.records()
        stops += own_stops
        if _died(process, records, target.calls):
            death = _death(process)
            deaths.append({"worker": index, **death})
            records.append(_record_of_the_dead(process, death, call=len(records)))
        peak = own_peak if process else shared_peak
        timings += [dict(zip(measure.FIELDS, (index, *record, *stamps, peak))) for record in records]
    error = window.error and dict(zip(("type", "message", "traceback"), window.error))
    return {
        "start_ns": window.start_ns,
        "end_ns": window.end_ns,
        "timings": timings,
        "deaths": deaths,
        "error": error,
        "gil": measure.gil_enabled(),
        "stops": stops,
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
