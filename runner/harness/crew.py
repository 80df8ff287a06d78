"""What a mode's driver gets, and what it returns."""

from time import perf_counter_ns

from .measure import stops, tree_cpu_ns
from .record import describe

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from typing import Any

    from .gate import Gate
    from .job import Job
    from .record import Record


class Crew:
    """The work of a trial, and the workers among whom a driver divides it."""

    def __init__(self, job: "Job", workers: int, calls: int, start_method: "str | None", gate: "Gate | None") -> None:
        self.job = job
        self.workers = workers
        self.calls = calls
        """In all."""
        self.start_method = start_method
        """None for modes that start no processes."""
        self.gate = gate
        """Where the workers wait until all are ready; None without a barrier."""


class Window:
    """What a driver saw of a trial. The clock runs from when this is made until it is closed."""

    def __init__(self) -> None:
        self.records: "list[Record]" = []
        """One for each call that was begun."""
        self.deaths: "list[dict[str, Any]]" = []
        """As in the reply (see ``wire``)."""
        self.stops = 0
        """How often processes of the trial were stopped and continued."""
        self.error: "tuple[str, str, str] | None" = None
        """(type, message, traceback) of what stopped the driver, such as a worker that could not be started. The
        workers before it have been waited for."""
        self.last_end_ns = 0
        """When the last call of all workers would have ended without the time between their sections; 0 for none."""
        self.cpu_ns = tree_cpu_ns()
        """CPU time of the trial's processes in the window, once it is closed."""
        self.start_ns = self.end_ns = perf_counter_ns()

    def worked_until(self, last_end_ns: int, between_ns: int) -> None:
        """Take from a worker when its last call ended, and the time between its sections by then."""
        self.last_end_ns = max(self.last_end_ns, last_end_ns - between_ns)

    def close(self) -> None:
        """Stop the clock: all workers are through."""
        self.end_ns = perf_counter_ns()
        now_ns = tree_cpu_ns()
        self.cpu_ns = None if now_ns is None or self.cpu_ns is None else now_ns - self.cpu_ns
        self.stops = stops()

    @classmethod
    def of_no_start(cls, error: BaseException) -> "Window":
        """Return the window of a trial in which not even the first worker could be prepared."""
        window = cls()
        window.cpu_ns = None
        window.error = describe(error)
        window.stops = stops()
        return window
