"""The mode asyncio: the calls are tasks of one event loop.

At most as many as there are workers are under way at once. A coroutine function runs in the loop itself, where all
tasks share one thread, so that no CPU time or switches can be told apart; any other function by ``asyncio.to_thread``.
"""

from __future__ import annotations

import asyncio
from time import perf_counter_ns

from . import measure, tasks
from .measure import describe, gil_enabled
from .tasks import Shift, Task

LOOK_AGAIN_S = 0.001
"""Whether all threads are ready: the loop must run meanwhile, to hear of those that fail."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from .gate import Gate
    from .job import Job, Ready
    from .measure import Record


def run(job: Job, workers: int, calls: int, gate: Gate | None) -> Shift:
    """Make the calls in an event loop. Raises what the job's setup raises."""
    if not job.is_async:
        return _run(lambda: _in_threads(job, workers, calls, gate))
    ready = [job.get_ready() for _ in range(workers)] if gate is not None else [job.get_ready()] * workers
    return _run(lambda: _in_loop(job, ready, calls, barrier=gate is not None))


def _run(main: Any) -> Shift:
    start_ns = perf_counter_ns()
    try:
        shift: Shift = asyncio.run(main())
        shift.start_ns = max(start_ns, shift.start_ns) if shift.start_ns else start_ns
    except Exception as error:
        shift = Shift()
        shift.start_ns = start_ns
        shift.error = describe(error)
    shift.end_ns = perf_counter_ns()
    return shift


async def _in_loop(job: Job, ready: list[Ready], calls: int, *, barrier: bool) -> Shift:
    shift = Shift()
    if not barrier:
        shift.start_ns = 0
    free = list(reversed(range(len(ready))))
    turn = asyncio.Semaphore(len(ready))

    async def one(task: Task) -> None:
        async with turn:
            task.slot = free.pop()
            task.record, task.result = await _measured(job, ready[task.slot])
            free.append(task.slot)
        task.collected_ns = perf_counter_ns()

    running = _begun(one, calls, shift)
    await asyncio.gather(*running)
    return shift


def _begun(one: Callable[[Task], Coroutine[Any, Any, None]], calls: int, shift: Shift) -> list[asyncio.Future[None]]:
    """Make the tasks of the loop, one for each call."""
    running: list[asyncio.Future[None]] = []
    for _ in range(calls):
        task = Task()
        running.append(asyncio.ensure_future(one(task)))
        task.start_returned_ns = perf_counter_ns()
        shift.tasks.append(task)
    return running


async def _measured(job: Job, ready: Ready) -> tuple[Record, Any]:
    error: tuple[Any, ...] = (None, None, None)
    result = None
    gil_begin = gil_enabled()
    first_instruction_ns = begin_ns = perf_counter_ns()
    try:
        result = await job.function(*ready.arguments, **ready.keywords)
    except BaseException as raised:  # a task's own cancellation is an outcome too
        end_ns = perf_counter_ns()
        error = describe(raised)
    else:
        end_ns = perf_counter_ns()
    preparation = (ready.setup_ns, ready.warmup_ns)
    ready.setup_ns = ready.warmup_ns = None
    stamps = (first_instruction_ns, begin_ns, end_ns)
    counters = (None, None, None, None, None, gil_begin, gil_enabled())
    return (0, *measure.context(), *stamps, *counters, None, *preparation, *error), result


async def _in_threads(job: Job, workers: int, calls: int, gate: Gate | None) -> Shift:
    from concurrent.futures import ThreadPoolExecutor

    shift = Shift()
    shift.start_ns = 0
    is_prepared = tasks.needs_ready(job, gate)
    options: dict[str, Any] = (
        {"initializer": tasks.get_ready, "initargs": (job.empty_handed(), gate)} if is_prepared else {}
    )
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(workers, **options))
    work = tasks.task_of(job, is_prepared=is_prepared)

    async def one(task: Task) -> None:
        try:
            task.result, task.record = await asyncio.to_thread(*work)
        except Exception as error:  # the pool is broken
            task.error = error
        task.collected_ns = perf_counter_ns()

    running = _begun(one, calls, shift)
    if gate is not None:
        await asyncio.sleep(0)  # now each has asked for its thread
        while not gate.all_ready(workers, patience_ms=0) and not any(future.done() for future in running):
            await asyncio.sleep(LOOK_AGAIN_S)
        shift.start_ns = gate.let_go(workers)
    await asyncio.gather(*running)
    return shift
