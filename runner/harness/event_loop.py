"""Driver of the mode asyncio: the calls are tasks of one event loop.

At most as many run at once as there are workers. A coroutine function runs in the loop itself, where all tasks share
one thread, so that CPU time and switches cannot be attributed to any; other functions by ``asyncio.to_thread``.
"""

import asyncio
import os
from _thread import get_native_id
from time import perf_counter_ns

from . import copies, pool_worker
from .crew import Window
from .measure import gil_enabled
from .pools import initialization
from .record import Record, describe, duration_ns, packed, stamped
from .tasks import STRIDE, Failure, Pace, Task, recorded

STEPS = 3
"""Steps of the loop in which a coroutine that waits for nothing, or for the loop alone, is done."""
LOOK_AGAIN_S = 0.001
"""Time between two looks at whether all threads are ready: the loop must run meanwhile, to notice those that fail."""

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from .crew import Crew
    from .job import Ready


def run(crew: "Crew") -> Window:
    """Make the calls in an event loop. Raises what the job's setup raises."""
    pool_worker.know_workers_as_new()
    tasks: "list[Task | None]" = []
    if crew.job.is_async:
        get_ready = crew.job.get_ready
        ready = [get_ready() for _ in range(crew.workers)] if crew.gate is not None else [get_ready()] * crew.workers
        main = _in_loop(crew, ready, tasks)
    else:
        main = _in_threads(crew, tasks)
    window = Window()
    results: "list[Any]" = []
    try:
        start_ns, results = asyncio.run(main)
        window.start_ns = start_ns or window.start_ns
    except Exception as error:
        window.error = describe(error)
        tasks.clear()
    window.close()
    return recorded(window, crew, tasks, dict(enumerate(results)))


async def _in_loop(crew: "Crew", ready: "list[Ready]", tasks: "list[Task | None]") -> "tuple[int | None, list[Any]]":
    """Run the calls as coroutines. Return when the first one could begin, if there is a barrier, and all results."""
    start_ns = None if crew.gate is None else perf_counter_ns()
    function, pace = crew.job.work, Pace(crew.workers)
    free = list(reversed(range(len(ready))))
    turn = asyncio.Semaphore(len(ready))

    async def one(task: Task) -> None:
        async with turn:
            task.slot = free.pop()
            pace.call_ns = await _measured(function, ready[task.slot], task, signs=task is tasks[0])
            free.append(task.slot)
        task.collected_ns = perf_counter_ns()

    async def plain() -> "Any":
        async with turn:
            slot = free.pop()
            try:
                result = await function(*ready[slot].arguments, **ready[slot].keywords)
            except BaseException as error:
                result = Failure(error)
            free.append(slot)
            return result

    running = await _begun(one, plain, pace, crew.calls, tasks)
    return start_ns, await asyncio.gather(*running)


async def _measured(function: "Callable[..., Any]", ready: "Ready", task: Task, *, signs: bool) -> int:
    """Make a call and record it, with names of process and thread if it `signs`. Return the nanoseconds it took."""
    raised = None
    begin_ns = perf_counter_ns()
    try:
        task.result = await function(*ready.arguments, **ready.keywords)
    except BaseException as error:  # a task's own cancellation is an outcome too
        raised = error
    end_ns = perf_counter_ns()
    if copies.marks:
        copies.leave()
    setup_ns, warmup_ns = ready.preparation_ns()
    task.values = (os.getpid(), get_native_id(), begin_ns, end_ns, gil_enabled())
    if signs or raised is not None or setup_ns is not None or warmup_ns is not None:
        record = stamped(task.values, Record())
        record.setup_ns, record.warmup_ns = setup_ns, warmup_ns
        record.sign()
        if raised is not None:
            record.fail(raised)
        task.values = packed(record)
    return end_ns - begin_ns


async def _in_threads(crew: "Crew", tasks: "list[Task | None]") -> "tuple[int | None, list[Any]]":
    """Run the calls in threads of the loop's pool. Return when they were let go, if there is a barrier, and all
    results."""
    from concurrent.futures import ThreadPoolExecutor

    options = initialization(crew)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(crew.workers, **options))
    work = pool_worker.Work(crew.job, is_prepared=bool(options))
    function, arguments, keywords = work.recorded
    pace = Pace(crew.workers)

    async def one(task: Task) -> None:
        try:
            task.result, values = await asyncio.to_thread(function, *arguments, **keywords)
            task.values, pace.call_ns = values, duration_ns(values)
        except Exception as error:  # the pool is broken
            task.error = error
        task.collected_ns = perf_counter_ns()

    plain_function, plain_arguments, plain_keywords = work.plain

    async def plain() -> "Any":
        try:
            return await asyncio.to_thread(plain_function, *plain_arguments, **plain_keywords)
        except Exception as error:
            return Failure(error)

    running = await _begun(one, plain, pace, crew.calls, tasks)
    start_ns = None
    if crew.gate is not None:
        await asyncio.sleep(0)  # now each has asked for its thread
        while not crew.gate.all_ready(crew.workers, patience_ms=0) and not any(future.done() for future in running):
            await asyncio.sleep(LOOK_AGAIN_S)
        start_ns = crew.gate.let_go(crew.workers)
    return start_ns, await asyncio.gather(*running)


async def _begun(
    one: "Callable[[Task], Coroutine[Any, Any, None]]",
    plain: "Callable[[], Coroutine[Any, Any, Any]]",
    pace: Pace,
    calls: int,
    tasks: "list[Task | None]",
) -> "list[asyncio.Future[Any]]":
    """Make the tasks of the loop: for each call `one`, which is recorded and added to `tasks`, or `plain` and None.

    The first is given a moment to show how long they take.
    """
    begin = asyncio.get_running_loop().create_task
    running: "list[asyncio.Future[Any]]" = []
    number = 0
    while number < calls:
        run = pace.run(number, calls)
        if run:
            running += [begin(plain()) for _ in range(run)]
            tasks += [None] * run
            number += run
            continue
        task = Task(perf_counter_ns())
        tasks.append(task)
        running.append(begin(one(task)))
        task.start_returned_ns = perf_counter_ns()
        if calls > STRIDE and not number:
            for _ in range(STEPS):
                await asyncio.sleep(0)
        number += 1
    return running
