"""One trial of a built-in workload with nothing of the harness around it: what the hooks promise to each other.

    python -c 'from support.workload_driver import main; main()' '{"workload": ..., "way": ..., ...}'

Syntax and library of Python 3.9, so that it can be tried in every interpreter. Prints, as JSON, what came of each call
(of those workers that lived to tell) and the exit code of each process.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from typing import Any

PACKAGE = "runner.harness.workloads_new"
MODULES = {
    "hashing": "native",
    "compression": "native",
    "memory_bound": "memory",
    "allocation_heavy": "memory",
    "lock_contention": "sharing",
    "shared_reference": "sharing",
    "pass_by_argument": "handing_over",
    "pass_by_pipe": "handing_over",
    "pass_by_queue": "handing_over",
    "pass_by_shared_memory": "handing_over",
    "file_io": "files_and_sockets",
    "socket_io": "files_and_sockets",
    "crashing": "crashing",
}
"""Where each workload is."""


def main() -> None:
    asked = json.loads(sys.argv[1])
    print(json.dumps(trial(**asked)))


def trial(way: str, workload: str, axes: dict[str, Any], calls: int = 2, workers: int = 2) -> dict[str, Any]:
    """Make `calls` calls by way of sequential, threading, a start method, or a pool of either."""
    if way in ("thread_pool", "interpreter_pool") or way.startswith("process_pool_"):
        return in_pool(way, workload, axes, calls, workers)
    return in_workers(way, workload, axes, calls, workers)


def in_workers(way: str, name: str, axes: dict[str, Any], calls: int, workers: int) -> dict[str, Any]:
    workload = named(name)
    context = context_of(way)
    shared = shared_by(workload, context, axes)
    told = context.SimpleQueue()
    if way == "sequential":
        work(name, shared, axes, calls, told)
        return {"calls": everything_in(told), "exit_codes": []}
    each, rest = divmod(calls, workers)
    started = [
        factory_of(way, context)(target=work, args=(name, shared, axes, each + (worker < rest), told))
        for worker in range(workers)
    ]
    for worker in started:
        worker.start()
    if hasattr(workload, "serve"):
        workload.serve(*shared, calls, workers, **axes)
    for worker in started:
        worker.join()
    return {"calls": everything_in(told), "exit_codes": [getattr(worker, "exitcode", 0) for worker in started]}


def in_pool(way: str, name: str, axes: dict[str, Any], calls: int, workers: int) -> dict[str, Any]:
    from concurrent import futures

    workload = named(name)
    context = context_of(way.replace("process_pool_", ""))
    # Of what is shared, a task gets a copy that was made when its worker was.
    options = {"initializer": get_ready, "initargs": (name, shared_by(workload, context, axes), axes)}
    if way == "thread_pool":
        executor: Any = futures.ThreadPoolExecutor(workers, **options)
    elif way == "interpreter_pool":
        executor = futures.InterpreterPoolExecutor(workers, **options)
    else:
        executor = futures.ProcessPoolExecutor(workers, mp_context=context, **options)
    with executor:
        handed = (workload.hand(**axes),) if hasattr(workload, "hand") else ()
        tasks = [executor.submit(task, name, handed, axes) for _ in range(calls)]
        return {"calls": [result.result() for result in tasks], "exit_codes": []}


READY: dict[str, Any] = {}


def get_ready(name: str, shared: tuple[Any, ...], axes: dict[str, Any]) -> None:
    READY[name] = first_argument(named(name), shared, axes)


def task(name: str, handed: tuple[Any, ...], axes: dict[str, Any]) -> dict[str, Any]:
    return one_call(named(name), handed or READY[name], axes)


def named(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.{MODULES[name]}"), name)


def context_of(way: str) -> Any:
    if way in ("sequential", "threading", "thread_pool", "interpreter_pool"):
        return importlib.import_module(PACKAGE + ".contexts").Threads
    import multiprocessing

    # By its name a test recognises the semaphores of this driver.
    vars(multiprocessing.current_process())["_config"]["semprefix"] = f"/of-{os.getpid()}"
    return multiprocessing.get_context(way)


def factory_of(way: str, context: Any) -> Any:
    import threading

    return threading.Thread if way == "threading" else context.Process


def shared_by(workload: Any, context: Any, axes: dict[str, Any]) -> tuple[Any, ...]:
    share = getattr(workload, "share", None)
    return (share(context, **those_named(share, axes)),) if share else ()


def first_argument(workload: Any, shared: tuple[Any, ...], axes: dict[str, Any]) -> tuple[Any, ...]:
    setup = getattr(workload, "setup", None)
    return (setup(*shared, **those_named(setup, axes)),) if setup else shared


def those_named(hook: Any, axes: dict[str, Any]) -> dict[str, Any]:
    return {axis: axes[axis] for axis in inspect.signature(hook).parameters if axis in axes}


def work(name: str, shared: tuple[Any, ...], axes: dict[str, Any], calls: int, told: Any) -> None:
    """Be a worker."""
    workload = named(name)
    first = first_argument(workload, shared, axes)
    if hasattr(workload, "hand"):
        first = (workload.hand(**axes),)
    for _ in range(calls):
        told.put(one_call(workload, first, axes))


def one_call(workload: Any, first: tuple[Any, ...], axes: dict[str, Any]) -> dict[str, Any]:
    """Return whether its check passed, whether its result is the payload, and whether it is so by reference."""
    result = workload(*first, *axes.values())
    check = getattr(workload, "check", None)
    payload = importlib.import_module(PACKAGE + ".payloads").payload(axes.get("SIZE", 0))
    lent = getattr(first[0], "payload", first[0]) if first else None
    return {
        "passed": check is None or check(result, **those_named(check, axes)),
        "equal": isinstance(result, (bytes, bytearray)) and result == payload,
        "same": result is not None and result is lent,
    }


def everything_in(queue: Any) -> list[Any]:
    found = []
    while not queue.empty():
        found.append(queue.get())
    return found
