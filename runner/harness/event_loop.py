"""Driver of the mode asyncio: the calls are tasks of one event loop.

At most as many run at once as there are workers. A coroutine function runs in the loop itself, where all tasks share
one thread, so that CPU time and switches cannot be attributed to any; other functions by ``asyncio.to_thread``.
"""

import asyncio
from time import perf_counter_ns

from . import copies, pool_worker
from .crew import Window
from .measure import gil_enabled
from .pools import initialization
from .record import Record, describe, packed
from .tasks import Task, recorded

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
    tasks: list[Task] = []
    if crew.job.is_async:
        get_ready = crew.job.get_ready
        ready = [get_ready() for _ in range(crew.workers)] if crew.gate is not None else [get_ready()] * crew.workers
        main = _in_loop(crew, ready, tasks)
    else:
        main = _in_threads(crew, tasks)
    window = Window()
    try:
        window.start_ns = asyncio.run(main) or window.start_ns
    except Exception as error:
        window.error = describe(error)
        tasks.clear()
    window.close()
    return recorded(window, crew, tasks)


async def _in_loop(crew: "Crew", ready: "list[Ready]", tasks: list[Task]) -> "int | None":
    """Run the calls as coroutines. Return when the first one could begin, if there is a barrier."""
    start_ns = None if crew.gate is None else perf_counter_ns()
    free = list(reversed(range(len(ready))))
    turn = asyncio.Semaphore(len(ready))

    async def one(task: Task) -> None:
        async with turn:
            task.slot = free.pop()
            await _measured(crew, ready[task.slot], task)
            free.append(task.slot)
        task.collected_ns = perf_counter_ns()

    await asyncio.gather(*_begun(one, crew.calls, tasks))
    return start_ns


async def _measured(crew: "Crew", ready: "Ready", task: Task) -> None:
    record = Record()
    copies.marks.clear()
    record.gil_begin = gil_enabled()
    record.first_instruction_ns = record.begin_ns = perf_counter_ns()
    try:
        task.result = await crew.job.function(*ready.arguments, **ready.keywords)
    except BaseException as raised:  # a task's own cancellation is an outcome too
        record.end_ns = perf_counter_ns()
        record.fail(raised)
    else:
        record.end_ns = perf_counter_ns()
    if copies.marks:
        copies.leave()
    record.setup_ns, record.warmup_ns = ready.preparation_ns()
    record.gil_end = gil_enabled()
    record.sign()
    task.values = packed(record)


async def _in_threads(crew: "Crew", tasks: list[Task]) -> "int | None":
    """Run the calls in threads of the loop's pool. Return when they were let go, if there is a barrier."""
    from concurrent.futures import ThreadPoolExecutor

    options = initialization(crew)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(crew.workers, **options))
    work = pool_worker.task_of(crew.job, is_prepared=bool(options))

    async def one(task: Task) -> None:
        try:
            task.result, task.values = await asyncio.to_thread(*work)
        except Exception as error:  # the pool is broken
            task.error = error
        task.collected_ns = perf_counter_ns()

    running = _begun(one, crew.calls, tasks)
    start_ns = None
    if crew.gate is not None:
        await asyncio.sleep(0)  # now each has asked for its thread
        while not crew.gate.all_ready(crew.workers, patience_ms=0) and not any(future.done() for future in running):
            await asyncio.sleep(LOOK_AGAIN_S)
        start_ns = crew.gate.let_go(crew.workers)
    await asyncio.gather(*running)
    return start_ns


def _begun(
    one: "Callable[[Task], Coroutine[Any, Any, None]]", calls: int, tasks: list[Task]
) -> list[asyncio.Future[None]]:
    """Make the tasks of the loop, one for each call."""
    running: list[asyncio.Future[None]] = []
    for _ in range(calls):
        task = Task()
        running.append(asyncio.ensure_future(one(task)))
        task.start_returned_ns = perf_counter_ns()
        tasks.append(task)
    return running
