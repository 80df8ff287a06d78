"""The modes: in what ways the calls of a trial can be run. All that is known of a mode is in one row here.

To add one, add a row, and write its driver: a function that takes a ``crew.Crew`` and returns a ``crew.Window``.
"""

import sys

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from typing import Any


class Need:
    """What not every interpreter has."""

    __slots__ = ("reason", "what")

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        """As ``module``, or ``module:attribute``."""
        self.reason = reason
        """What to tell where that is missing."""

    def is_met(self) -> bool:
        """Whether the running interpreter has it."""
        try:
            _imported(self.what)
        except (ImportError, AttributeError):
            return False
        return True


class Mode:
    """One way to run the calls of a trial."""

    __slots__ = (
        "can_share",
        "cheaper",
        "cost",
        "driver",
        "imports",
        "in_study",
        "makes_tasks",
        "name",
        "needs",
        "pickles_always",
        "starts_processes",
    )

    def __init__(
        self,
        name: str,
        driver: str,
        *,
        cost: int,
        imports: "tuple[str, ...]" = (),
        cheaper: "str | None" = None,
        in_study: bool = False,
        makes_tasks: bool = False,
        starts_processes: bool = False,
        pickles_always: bool = False,
        can_share: bool = True,
        needs: "Need | None" = None,
    ) -> None:
        self.name = name
        self.driver = driver
        """As ``module:function``, a module of this package. Only a trial of the mode imports it."""
        self.imports = imports
        """Modules of the standard library that its trials import, with those that these import: a user's file of that
        name would be imported instead."""
        self.cost = cost
        """From cheap to expensive: 0 starts nothing; 1 tasks or threads, which share everything; 2 interpreters, each
        with its own modules; 3 processes, each with its own memory."""
        self.cheaper = cheaper
        """The mode that does the same with less to start; results are compared with that, too."""
        self.in_study = in_study
        """Whether it is one of the study's three, which are also the default."""
        self.makes_tasks = makes_tasks
        """Whether each call is a task, which the next free worker takes. Otherwise each worker has its share."""
        self.starts_processes = starts_processes
        """Whether it has a start method."""
        self.pickles_always = pickles_always
        """Whether it pickles the workload's function whatever the start method."""
        self.can_share = can_share
        """Whether its workers can share objects."""
        self.needs = needs

    @property
    def is_available(self) -> bool:
        """Whether the running interpreter has what the mode needs."""
        return self.needs is None or self.needs.is_met()

    @property
    def why_unavailable(self) -> str:
        """What to tell where the mode is not available."""
        return "is not available here" if self.needs is None else self.needs.reason

    def pickles(self, start_method: "str | None") -> bool:
        """Whether the workload's function is pickled on its way to the workers."""
        return self.pickles_always or start_method in ("spawn", "forkserver")

    def load_driver(self) -> "Any":
        """Import the driver and return it."""
        return _imported("%s.%s" % (__name__.rpartition(".")[0], self.driver))


def _imported(text: str) -> "Any":
    name, _, attribute = text.partition(":")
    __import__(name)
    module = sys.modules[name]
    return getattr(module, attribute) if attribute else module


_SEMAPHORES = Need("multiprocessing.synchronize", "needs semaphores, and there are none")
_INTERPRETERS = Need("concurrent.futures:InterpreterPoolExecutor", "needs Python 3.14 or newer")

IN_EVERY_MODE = ("select",)
"""Modules of the standard library that a trial may import in any mode."""

_PROCESSES = (
    "multiprocessing.connection",
    "multiprocessing.forkserver",
    "multiprocessing.popen_fork",
    "multiprocessing.popen_forkserver",
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.queues",
    "multiprocessing.resource_tracker",
    "multiprocessing.spawn",
    "multiprocessing.synchronize",
    "pkgutil",  # by which runpy reads the main module of a spawned worker
    "runpy",
)

_TABLE = (
    Mode("sequential", "workers:sequential", cost=0, in_study=True),
    Mode("threading", "workers:threading", cost=1, imports=("threading",), in_study=True),
    Mode(
        "multiprocessing",
        "workers:multiprocessing",
        cost=3,
        imports=_PROCESSES,
        cheaper="threading",
        in_study=True,
        starts_processes=True,
        needs=_SEMAPHORES,
    ),
    Mode("thread_pool", "pools:thread_pool", cost=1, imports=("concurrent.futures.thread",), makes_tasks=True),
    Mode(
        "process_pool",
        "pools:process_pool",
        cost=3,
        imports=(*_PROCESSES, "concurrent.futures.process"),
        cheaper="thread_pool",
        makes_tasks=True,
        starts_processes=True,
        pickles_always=True,
        needs=_SEMAPHORES,
    ),
    Mode(
        "interpreter_pool",
        "pools:interpreter_pool",
        cost=2,
        imports=("concurrent.futures.interpreter", "pickle"),
        cheaper="thread_pool",
        makes_tasks=True,
        pickles_always=True,
        can_share=False,
        needs=_INTERPRETERS,
    ),
    Mode("asyncio", "event_loop:run", cost=1, imports=("asyncio", "concurrent.futures.thread"), makes_tasks=True),
)

MODES = {mode.name: mode for mode in _TABLE}
"""Every mode by its name, in the order in which they are listed everywhere."""

STUDY_MODES = tuple(name for name, mode in MODES.items() if mode.in_study)
