"""One trial: prepare it as the request says, let the mode's driver run it, and make the reply. See ``wire``."""

from . import copies, measure, workloads
from .crew import Crew, Window
from .job import Job
from .modes import MODES
from .record import FIELDS
from .recorder import MemoryRecorder
from .worker import Worker

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .gate import Gate


def run(request: "Mapping[str, Any]") -> "dict[str, Any]":
    """Run one trial; request and reply as in ``wire``."""
    try:
        cpus = _pinned(request)
        job = _job(request)
        if job.shares or job.hands:
            job.share(_context(request))
        drive: "Callable[[Crew], Window]" = MODES[request["mode"]].load_driver()
    except BaseException as error:  # what the user's code does when it is imported or called
        return _reply(request, Window.of_no_start(error), None)
    _warm_up(request["mode"])
    measure.watch_stops()
    copies.watch()
    try:
        crew = Crew(job, request["workers"], request["calls"], request["start_method"], _gate(request))
        window = drive(crew)
    except BaseException as error:  # fewer descriptors than workers, or what the user's setup raises
        window = Window.of_no_start(error)
    copies.fail(window.records)
    return _reply(request, window, cpus)


def _pinned(request: "Mapping[str, Any]") -> "list[int] | None":
    if request.get("affinity", "any") == "any":
        return None
    from . import placement

    return placement.pin(request["affinity"], request["workers"])


def _job(request: "Mapping[str, Any]") -> Job:
    reference = request.get("function")
    if reference:
        import gc

        from .reference import resolve

        function = resolve(reference)
        gc.collect()  # otherwise what importing has left would be collected at some moment inside the window
    else:
        function = workloads.load(request["workload"])
    return Job(
        function, request["params"], request.get("takes"), request.get("warmup_calls", 0), request.get("loops", 1)
    )


def _context(request: "Mapping[str, Any]") -> "Any":
    """Return what makes things that the workers of this mode can share."""
    if MODES[request["mode"]].starts_processes:
        from multiprocessing import get_context

        return get_context(request["start_method"])
    from .workloads.contexts import Threads

    return Threads


def _gate(request: "Mapping[str, Any]") -> "Gate | None":
    if not request.get("barrier"):
        return None
    from .gate import Gate

    return Gate()


def _warm_up(mode: str) -> None:
    """Run the code around a call before the clock does: what runs for the first time takes several times as long."""
    Worker(Job(int, {}), 3, MemoryRecorder(), 0)()
    if MODES[mode].makes_tasks:
        from . import pools

        pools.warm_up()


def _reply(request: "Mapping[str, Any]", window: Window, cpus: "list[int] | None") -> "dict[str, Any]":
    return {
        "start_ns": window.start_ns,
        "end_ns": _end_ns(request, window),
        "tree_cpu_ns": window.cpu_ns,
        "timings": [{field: getattr(record, field) for field in FIELDS} for record in window.records],
        "deaths": window.deaths,
        "error": window.error and dict(zip(("type", "message", "traceback"), window.error)),
        "gil": measure.gil_enabled(),
        "stops": window.stops,
        "cpus": cpus,
    }


def _end_ns(request: "Mapping[str, Any]", window: Window) -> int:
    """Return when the trial was over: with a barrier when the last call was, else when the driver was through."""
    if not request.get("barrier"):
        return window.end_ns
    if not MODES[request["mode"]].makes_tasks:
        return window.last_end_ns or window.end_ns
    # A task is over when the driver has its result.
    ended = [record.collected_ns or 0 for record in window.records if record.end_ns is not None]
    return max(ended, default=window.end_ns)
