"""What the workers of a trial are to do: the function, what it is called with, and its hooks.

A workload is a plain function. What goes around its calls are functions too, attributes of it, all optional:

``share(context)``   once in a trial, before the clock, in the process that starts the workers. `context` makes what can
                     be shared (``Lock()``, ``Queue()``, …) in the trial's mode: a context of multiprocessing, or
                     ``runner_harness.workloads.contexts.Threads``
``setup(shared?)``   once in each worker, before the clock
``hand()``           once in a trial, before the clock: what each call is given, also across processes
``check(result)``    after each call, with what it returned; a wrong result is one for which it raises, or returns what
                     is false and not None
``serve(shared, calls, workers)``  in the process that has started the workers, while they run

The first argument of ``setup`` is what ``share`` returned, and that of the function what ``setup`` returned, or without
one ``share``, or ``hand``. All further arguments are parameters, the axes that their signatures name.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter_ns

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

HOOKS = ("share", "setup", "hand", "check", "serve")
OWN_HOOKS = ("share", "setup", "check")
"""Those of the users' own functions; the others are for what the runner's own measure."""


class WrongResult(Exception):
    """What a call returned did not pass the workload's check."""


def resolve(reference: Mapping[str, Any]) -> Callable[..., Any]:
    """Import a function of the user's own, in the way that running its file or ``python -m`` would.

    `reference` has `module`, `qualname`, `folder` (what stands first on the import path) and `file` (None for a module
    that is found on the path).
    """
    if reference["folder"] not in sys.path[:1]:
        sys.path.insert(0, reference["folder"])
    sys.argv = [reference["file"] or reference["module"]]
    found: Any = __import__(reference["module"], fromlist=["*"])
    for name in reference["qualname"].split("."):
        found = getattr(found, name)
    function: Callable[..., Any] = found
    return function


class Job:
    """A workload with its arguments, as a worker is handed it. Can be pickled where the function can.

    `takes` has for each hook that the function has, and for ``function`` itself, the names of the parameters to give
    it; without it, there are no hooks and all parameters go by position.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        params: Mapping[str, Any],
        takes: Mapping[str, Any] | None = None,
        warmup_calls: int = 0,
    ) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)
        takes = takes or {"function": list(params), "positional": len(params)}
        own = [name for name in takes["function"] if name in params]
        self._axes = {
            hook: {name: params[name] for name in takes[hook] if name in params} for hook in HOOKS if hook in takes
        }
        self._first: tuple[Any, ...] = ()
        self.handed: tuple[Any, ...] = ()
        """What goes with each call."""
        self._arguments = tuple(params[name] for name in own[: takes["positional"]])
        self._keywords = {name: params[name] for name in own[takes["positional"] :]}
        self._is_async = bool(takes.get("async"))
        if self._is_async:
            import asyncio  # noqa: F401 - as a script of the user's would have done before its clock runs
        self._warmup_calls = warmup_calls

    @property
    def is_async(self) -> bool:
        """Whether a call makes a coroutine."""
        return self._is_async

    @property
    def has_setup(self) -> bool:
        """Whether workers have something to do before their first call that counts."""
        return "setup" in self._axes or self._warmup_calls > 0

    @property
    def hands(self) -> bool:
        """Whether each call is handed something."""
        return "hand" in self._axes

    @property
    def shares(self) -> bool:
        """Whether workers are handed something that they share."""
        return "share" in self._axes

    def share(self, context: Any) -> None:
        """Call the hooks that come once in a trial, and keep for the workers what they return."""
        if "share" in self._axes:
            self._first = (self._hook("share", context),)
        if "hand" in self._axes:
            self.handed = (self._hook("hand"),)

    def empty_handed(self) -> Job:
        """Return the job without what goes with each call, for workers that are given that with each task."""
        if not self.handed:
            return self
        job = Job.__new__(Job)
        job.__dict__.update(self.__dict__, handed=())
        return job

    def server(self, calls: int, workers: int) -> Callable[[], Any] | None:
        """Return what is to be called while the workers run, or None."""
        if "serve" not in self._axes:
            return None
        return lambda: self._hook("serve", *self._first, calls, workers)

    def get_ready(self) -> Ready:
        """Set up and warm up: to be called in each worker. Raises what the user's code raises."""
        if "setup" not in self._axes:
            ready = Ready(self, self._first)
        else:
            begin_ns = perf_counter_ns()
            ready = Ready(self, (self._hook("setup", *self._first),))  # and not kept here: threads share this object
            ready.setup_ns = perf_counter_ns() - begin_ns
        if self._warmup_calls:
            begin_ns = perf_counter_ns()
            for _ in range(self._warmup_calls):
                ready.work(*ready.arguments, **ready.keywords)
            ready.warmup_ns = perf_counter_ns() - begin_ns
        return ready

    def checked(self, result: Any) -> None:
        """Raise WrongResult, or what the check raises, if that is no right result."""
        verdict = self._hook("check", result)
        if verdict is not None and not verdict:
            raise WrongResult("check returned %.80r for the result %.200r" % (verdict, result))

    def arguments(self, first: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what to call the function with, by position and by keyword."""
        return (*first, *self.handed, *self._arguments), self._keywords

    @property
    def has_check(self) -> bool:
        """Whether results are checked."""
        return "check" in self._axes

    def _hook(self, name: str, *first: Any) -> Any:
        return getattr(self.function, name)(*first, **self._axes[name])


class Ready:
    """A job in a worker that is ready for its calls."""

    def __init__(self, job: Job, first: tuple[Any, ...]) -> None:
        self.work = _synchronous(job.function) if job.is_async else job.function
        self.arguments, self.keywords = job.arguments(first)
        self.check = job.checked if job.has_check else None
        self.setup_ns: int | None = None
        self.warmup_ns: int | None = None


_loops: dict[int, Any] = {}
"""The event loop of each thread that runs coroutine functions where there is none."""


def _synchronous(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does in an event loop of the calling thread what a coroutine function does."""
    import asyncio

    if get_ident() not in _loops:
        _loops[get_ident()] = asyncio.new_event_loop()
    loop = _loops[get_ident()]
    return lambda *arguments, **keywords: loop.run_until_complete(function(*arguments, **keywords))
