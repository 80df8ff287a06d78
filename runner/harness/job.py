"""What the workers of a trial do: the function, its arguments, and its hooks.

A workload is a plain function. Hooks are functions that are called around its calls. They are attributes of it, all
optional:

``share(context)``   once in a trial, before the clock, in the process that starts the workers. `context` makes what
                     can be shared (``Lock()``, ``Queue()``, …) in the trial's mode: a context of multiprocessing, or
                     ``runner_harness.workloads.contexts.Threads``
``setup(shared?)``   once in each worker, before the clock
``hand()``           once in a trial, before the clock: what is passed to each call, also from process to process
``check(result)``    after each call, with what it returned; a result is wrong if this raises, or returns something
                     false other than None
``serve(shared, calls, workers)``  in the process that has started the workers, while they run

The first argument of ``setup`` is what ``share`` returned. That of the function is what ``setup`` returned, or without
a ``setup`` what ``share`` or ``hand`` returned. All further arguments are parameters: the axes that their signatures
name.
"""

from _thread import get_ident
from time import perf_counter_ns

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

HOOKS = ("share", "setup", "hand", "check", "serve")
OWN_HOOKS = ("share", "setup", "check")
"""Those of the users' own functions; the others are for what the runner's own measure."""


class WrongResult(Exception):
    """The result of a call did not pass the workload's check."""


class Job:
    """A workload with its arguments, as each worker gets it. Can be pickled if the function can.

    `loops` is how many calls of the function count as one.

    `takes` has the names of the parameters to pass, for each hook that the function has and for ``function`` itself,
    and as ``positional`` how many of the function's are passed by position. Without `takes` there are no hooks, and all
    are passed by position.
    """

    def __init__(
        self,
        function: "Callable[..., Any]",
        params: "Mapping[str, Any]",
        takes: "Mapping[str, Any] | None" = None,
        warmup_calls: int = 0,
        loops: int = 1,
    ) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)
        takes = takes or {"function": list(params), "positional": len(params)}
        self._axes = {
            hook: {name: params[name] for name in takes[hook] if name in params} for hook in HOOKS if hook in takes
        }
        self._first: "tuple[Any, ...]" = ()
        self.handed: "tuple[Any, ...]" = ()
        """What is passed to each call."""
        by_position = _until_one_is_left_out(takes["function"][: takes["positional"]], params)
        self._arguments = tuple(params[name] for name in by_position)
        by_name = takes["function"][len(by_position) :]
        self._keywords = {name: params[name] for name in by_name if name in params}
        self.is_async = bool(takes.get("async"))
        """Whether a call makes a coroutine."""
        if self.is_async:
            import asyncio  # noqa: F401 - as a script of the user's would have done before its clock runs
        self.work = function
        """What is called: the function, or a number of its calls that count as one."""
        if loops > 1:
            from functools import partial

            self.work = partial(_coroutine_loop if self.is_async else _loop, function, loops)
        self._warmup_calls = warmup_calls

    @property
    def has_setup(self) -> bool:
        """Whether workers have something to do before their first call that counts."""
        return "setup" in self._axes or self._warmup_calls > 0

    @property
    def hands(self) -> bool:
        """Whether something is passed to each call."""
        return "hand" in self._axes

    @property
    def shares(self) -> bool:
        """Whether workers get something that they share."""
        return "share" in self._axes

    @property
    def has_check(self) -> bool:
        """Whether results are checked."""
        return "check" in self._axes

    def share(self, context: "Any") -> None:
        """Call the hooks that are called once in a trial, and keep for the workers what they return."""
        if "share" in self._axes:
            self._first = (self._hook("share", context),)
        if "hand" in self._axes:
            self.handed = (self._hook("hand"),)

    def empty_handed(self) -> "Job":
        """Return the job without what is passed to each call, for workers that get that with each task."""
        if not self.handed:
            return self
        job = Job.__new__(Job)
        job.__dict__.update(self.__dict__, handed=())
        return job

    def server(self, calls: int, workers: int) -> "Callable[[], Any] | None":
        """Return what to call while the workers run, or None."""
        if "serve" not in self._axes:
            return None
        return lambda: self._hook("serve", *self._first, calls, workers)

    def get_ready(self) -> "Ready":
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

    def checked(self, result: "Any") -> None:
        """Raise WrongResult, or what the check raises, if the result is wrong."""
        verdict = self._hook("check", result)
        if verdict is not None and not verdict:
            raise WrongResult("check returned %.80r for the result %.200r" % (verdict, result))

    def arguments(self, first: "tuple[Any, ...]") -> "tuple[tuple[Any, ...], dict[str, Any]]":
        """Return what to call the function with, by position and by keyword."""
        return (*first, *self.handed, *self._arguments), self._keywords

    def _hook(self, name: str, *first: "Any") -> "Any":
        return getattr(self.function, name)(*first, **self._axes[name])


def _repeat(
    work: "Callable[..., Any]", arguments: "tuple[Any, ...]", keywords: "Mapping[str, Any]", calls: "Iterable[int]"
) -> None:
    """Make the calls as a bare loop would write them: unpacking the arguments can take longer than a call."""
    if keywords or len(arguments) > 3:
        for _ in calls:
            work(*arguments, **keywords)
    elif not arguments:
        for _ in calls:
            work()
    elif len(arguments) == 1:
        (only,) = arguments
        for _ in calls:
            work(only)
    elif len(arguments) == 2:
        first, second = arguments
        for _ in calls:
            work(first, second)
    else:
        first, second, third = arguments
        for _ in calls:
            work(first, second, third)


def _loop(function: "Callable[..., Any]", loops: int, /, *arguments: "Any", **keywords: "Any") -> "Any":
    """Make so many calls, and return what the last one returned."""
    _repeat(function, arguments, keywords, range(loops - 1))
    return function(*arguments, **keywords)


async def _coroutine_loop(function: "Callable[..., Any]", loops: int, /, *arguments: "Any", **keywords: "Any") -> "Any":
    for _ in range(loops - 1):
        await function(*arguments, **keywords)
    return await function(*arguments, **keywords)


def _until_one_is_left_out(names: "Sequence[str]", params: "Mapping[str, Any]") -> "Sequence[str]":
    """Return the first names up to the one that has no value in `params`: its default would be filled by the next."""
    for place, name in enumerate(names):
        if name not in params:
            return names[:place]
    return names


class Ready:
    """A job in a worker that is ready for its calls."""

    def __init__(self, job: Job, first: "tuple[Any, ...]") -> None:
        self.work = _synchronous(job.work) if job.is_async else job.work
        self.arguments, self.keywords = job.arguments(first)
        self.check = job.checked if job.has_check else None
        self.setup_ns: "int | None" = None
        self.warmup_ns: "int | None" = None

    def repeat(self, calls: "Iterable[int]") -> None:
        """Make a call for each of `calls`, in a bare loop."""
        _repeat(self.work, self.arguments, self.keywords, calls)

    def preparation_ns(self) -> "tuple[int | None, int | None]":
        """Return (time of the setup, time of the warm-up) the first time, (None, None) from then on."""
        taken = self.setup_ns, self.warmup_ns
        self.setup_ns = self.warmup_ns = None
        return taken


_loops: "dict[int, Any]" = {}
"""The event loop of each thread that runs coroutine functions where there is none."""


def _synchronous(function: "Callable[..., Any]") -> "Callable[..., Any]":
    """Return a function that runs a coroutine function in an event loop of the calling thread."""
    import asyncio

    if get_ident() not in _loops:
        _loops[get_ident()] = asyncio.new_event_loop()
    loop = _loops[get_ident()]
    return lambda *arguments, **keywords: loop.run_until_complete(function(*arguments, **keywords))
