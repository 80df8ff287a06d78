"""What the matrix has to know of a mode."""

from runner.harness.modes import STARTS_PROCESSES

_NEEDS = {"interpreter_pool": "needs Python 3.14 or newer"}


def starts_processes(mode: str) -> bool:
    """Whether a start method means something for the mode."""
    return mode in STARTS_PROCESSES


def needs(mode: str) -> str:
    """Return what an interpreter must have for the mode, as the reason why one without it is left out."""
    return _NEEDS.get(mode, "needs semaphores, and there are none")


def can_share(mode: str) -> bool:
    """Whether its workers can have something in common, which the workload's `share` makes."""
    return mode != "interpreter_pool"


def pickles(mode: str, start_method: str | None) -> bool:
    """Whether the function itself is pickled on its way to the workers."""
    return mode in ("process_pool", "interpreter_pool") or start_method in ("spawn", "forkserver")
