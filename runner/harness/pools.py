"""Drivers of the modes in which a pool makes the calls: of threads, of processes, of interpreters.

As a user of the standard library would write it: all tasks are submitted, then each result is waited for. The pool's
creation and shutdown are inside the window. Its workers get ready in its initializer, if there is anything to get ready
for.
"""

import sys
from time import perf_counter_ns

from . import pool_worker
from .crew import Crew, Window
from .job import Job
from .record import describe
from .tasks import Pace, Task, collect, recorded

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor, Future
    from typing import Any


def thread_pool(crew: "Crew") -> Window:
    """Give the calls to a ThreadPoolExecutor."""
    from concurrent.futures import ThreadPoolExecutor

    pool_worker.know_workers_as_new()
    return in_pool(ThreadPoolExecutor, crew, initialization(crew))


def process_pool(crew: "Crew") -> Window:
    """Give the calls to a ProcessPoolExecutor of the context of the start method."""
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    if crew.start_method == "fork":
        pool_worker.know_workers_as_new()
    factory = partial(ProcessPoolExecutor, mp_context=get_context(crew.start_method))
    return in_pool(factory, crew, initialization(crew))


def interpreter_pool(crew: "Crew") -> Window:
    """Give the calls to an InterpreterPoolExecutor (Python 3.14 and newer)."""
    from concurrent import futures

    return in_pool(
        getattr(futures, "InterpreterPoolExecutor"),  # noqa: B009 - type checkers of older versions do not know it
        crew,
        {"initializer": exec, "initargs": (_script(crew),)},
        names_threads=False,
    )


class _Inline:
    """A pool that makes each call when it is submitted; it is its own future."""

    def submit(self, function: "Callable[..., Any]", /, *arguments: "Any", **keywords: "Any") -> "_Inline":
        self._result = function(*arguments, **keywords)
        return self

    def result(self) -> "Any":
        return self._result

    def add_done_callback(self, callback: "Callable[[Any], None]") -> None:
        callback(self)

    def __enter__(self) -> "_Inline":
        return self

    def __exit__(self, *_: "object") -> None:
        pass


def warm_up() -> None:
    """Run the code around tasks before the clock does: what runs for the first time takes several times as long."""
    in_pool(lambda **_: _Inline(), Crew(Job(int, {}), 1, 50, None, None), {})  # type: ignore[arg-type]
    pool_worker.know_workers_as_new()


def initialization(crew: "Crew") -> "dict[str, Any]":
    """Return a pool's arguments for getting its workers ready; none if there is nothing to get ready for."""
    if crew.gate is None and not crew.job.has_setup and not crew.job.shares:
        return {}
    gate = crew.gate.end if crew.gate else None
    return {"initializer": pool_worker.get_ready, "initargs": (crew.job.empty_handed(), gate)}


def _script(crew: "Crew") -> str:
    """Return what a new interpreter runs first: it knows neither the import path of this one nor this package."""
    import pickle

    package = __name__.rpartition(".")[0]
    job = pickle.dumps(crew.job.empty_handed())
    lines = [
        "import sys, pickle",
        "sys.path[:] = %r" % sys.path,
        "package = type(sys)(%r)" % package,
        "package.__path__ = %r" % list(sys.modules[package].__path__),
        "sys.modules[%r] = package" % package,
        "from %s import ends, pool_worker" % package,
        "gate = %s" % (crew.gate and "ends.GateEnd(*%r)" % (crew.gate.descriptors,)),
        "pool_worker.get_ready(pickle.loads(%r), gate)" % job,
    ]
    return "\n".join(lines)


def in_pool(
    factory: "Callable[..., Executor]", crew: "Crew", options: "Mapping[str, Any]", *, names_threads: bool = True
) -> Window:
    """Make the calls in a pool, with its `options` for getting its workers ready.

    `names_threads` tells whether workers know the names of their threads.
    """
    work = pool_worker.Work(crew.job, is_prepared=bool(options))
    tasks: "list[Task | None]" = []
    futures: "list[Future[Any]]" = []
    results: "dict[int, Any]" = {}
    thread_names = None
    window = Window()
    try:
        with factory(max_workers=crew.workers, **options) as pool:
            try:
                _submit(pool, work, crew, tasks, futures)
            except Exception as error:  # no more threads or processes to be had, or one has died already
                window.error = describe(error)
            if crew.gate is not None:
                window.start_ns = crew.gate.open(
                    crew.workers, lambda: window.error is not None or any(future.done() for future in futures)
                )
            results = collect(tasks, futures, keep=crew.job.has_check)
            if not names_threads:
                thread_names = _thread_names()
    except Exception as error:  # not even the pool could be made
        window.error = describe(error)
    window.close()
    return recorded(window, crew, tasks, results, thread_names)


def _submit(
    pool: "Executor",
    work: pool_worker.Work,
    crew: "Crew",
    tasks: "list[Task | None]",
    futures: "list[Future[Any]]",
) -> None:
    """Submit a task for each call, and add it to both lists, to `tasks` as None if it is not recorded."""
    submit, pace = pool.submit, Pace(crew.workers)
    plain_function, plain_arguments, plain_keywords = work.plain
    number = 0
    while number < crew.calls:
        run = pace.run(number, crew.calls)
        if run:
            tasks += [None] * run
            for _ in range(run):
                futures.append(submit(plain_function, *plain_arguments, **plain_keywords))
            number += run
            continue
        function, arguments, keywords = work.recorded if pace.records(number) else work.thin
        task = Task(perf_counter_ns())
        future = submit(function, *arguments, **keywords)
        task.start_returned_ns = perf_counter_ns()
        futures.append(future)
        tasks.append(task)
        if not number & number + 1:  # seldom, but soon
            future.add_done_callback(pace.look)
        number += 1


def _thread_names() -> "dict[int | None, str]":
    import threading

    return {thread.native_id: thread.name for thread in threading.enumerate() if thread.native_id is not None}
