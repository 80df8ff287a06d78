"""One trial of a built-in workload with nothing of the harness around it: what the hooks promise to each other.

    python -c 'from support.workload_driver import main; main()' '{"workload": ..., "way": ..., ...}'

Syntax and library of Python 3.9, so that it can be tried in every interpreter. Writes, as JSON, a tally of the calls
made by those workers that lived to tell, and the exit codes of the processes.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

PACKAGE = "runner.harness.workloads"
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
    sys.stdout.write(json.dumps(trial(**asked)))


def trial(way: str, workload: str, axes: dict[str, Any], calls: int = 2, workers: int = 2) -> dict[str, Any]:
    """Make `calls` calls by way of sequential, threading, a start method, or a pool of either."""
    if way in ("thread_pool", "interpreter_pool") or way.startswith("process_pool_"):
        return in_pool(way, workload, axes, calls, workers)
    return in_workers(way, workload, axes, calls, workers)


def in_workers(way: str, name: str, axes: dict[str, Any], calls: int, workers: int) -> dict[str, Any]:
    workload = named(name)
    context = context_of(way)
    shared = handed_by(workload, axes) or shared_by(workload, context, axes)
    told = context.SimpleQueue()
    if way == "sequential":
        work(name, shared, axes, calls, told)
        return summed(everything_in(told))
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
    return summed(everything_in(told), [worker.exitcode for worker in started if way != "threading"])


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
        tasks = [executor.submit(task, name, handed_by(workload, axes), axes) for _ in range(calls)]
        return summed([result.result() for result in tasks])


READY = threading.local()
"""What a worker of a pool was set up with: its own, among threads too."""


def get_ready(name: str, shared: tuple[Any, ...], axes: dict[str, Any]) -> None:
    READY.first = first_argument(named(name), shared, axes)


def task(name: str, handed: tuple[Any, ...], axes: dict[str, Any]) -> list[int]:
    return one_call(named(name), handed or READY.first, axes)


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
    return threading.Thread if way == "threading" else context.Process


def shared_by(workload: Any, context: Any, axes: dict[str, Any]) -> tuple[Any, ...]:
    share = getattr(workload, "share", None)
    return (share(context, **those_named(share, axes)),) if share else ()


def handed_by(workload: Any, axes: dict[str, Any]) -> tuple[Any, ...]:
    hand = getattr(workload, "hand", None)
    return (hand(**axes),) if hand else ()


def first_argument(workload: Any, shared: tuple[Any, ...], axes: dict[str, Any]) -> tuple[Any, ...]:
    setup = getattr(workload, "setup", None)
    return (setup(*shared, **those_named(setup, axes)),) if setup else shared


def those_named(hook: Any, axes: dict[str, Any]) -> dict[str, Any]:
    return {axis: axes[axis] for axis in inspect.signature(hook).parameters if axis in axes}


def work(name: str, shared: tuple[Any, ...], axes: dict[str, Any], calls: int, told: Any) -> None:
    """Be a worker."""
    workload = named(name)
    first = first_argument(workload, shared, axes)
    # In one piece, and short: nobody reads it before all have ended.
    told.put(added([one_call(workload, first, axes) for _ in range(calls)]))


def one_call(workload: Any, first: tuple[Any, ...], axes: dict[str, Any]) -> list[int]:
    """Return 1, whether its check passed, whether its result is the payload, and whether it is so by reference."""
    result = workload(*first, *axes.values())
    check = getattr(workload, "check", None)
    passed = check is None or check(result, **those_named(check, axes))
    payload = importlib.import_module(PACKAGE + ".payloads").payload(axes.get("SIZE", 0))
    lent = getattr(first[0], "payload", first[0]) if first else None
    return [1, int(passed is not False), int(result == payload), int(result is lent)]


def added(tallies: list[list[int]]) -> list[int]:
    return [sum(tally[place] for tally in tallies) for place in range(4)]


def summed(tallies: list[list[int]], exit_codes: Sequence[int] = ()) -> dict[str, Any]:
    made, passed, equal, same = added(tallies)
    return {"made": made, "passed": passed, "equal": equal, "same": same, "exit_codes": list(exit_codes)}


def everything_in(queue: Any) -> list[Any]:
    found = []
    while not queue.empty():
        found.append(queue.get())
    return found
