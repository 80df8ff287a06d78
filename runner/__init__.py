"""Run a matrix of concurrency experiments, one isolated trial at a time, into a result store.

From Python: `sweep`, `quick`, `resume`, `extend` and `plan` (see ``runner.api``).
"""

from typing import TYPE_CHECKING, Any

from runner.version import __version__

if TYPE_CHECKING:
    from runner.api import Plan, Sweep, extend, plan, quick, resume, sweep

__all__ = ["Plan", "Sweep", "__version__", "extend", "plan", "quick", "resume", "sweep"]


def __getattr__(name: str) -> Any:
    """Import `runner.api` on first use: most commands do not need it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from runner import api  # noqa: PLC0415

    return getattr(api, name)
