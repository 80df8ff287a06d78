"""Load a store into tidy frames: the only package of the analysis that knows the store.

Each function takes the path or ``sqlite:///`` URL of a store and, unless all sweeps are wanted, which of them: a
number, a name (the newest sweep of it), or several. Times are in seconds. The columns are described in docs/analysis.md
and docs/sql.md. Nothing is ever written. Raises StoreUnusable where there is no store to read, and BadInput where there
is no such sweep.
"""

from analysis.load.asking import SweepReference, Sweeps
from analysis.load.facts import Function, Host, Interpreter, Omission, Sweep
from analysis.load.of_sweeps import sweeps
from analysis.load.of_trials import cases, selected, speedups, timeline, trials, workers
from analysis.load.of_workers import activity, survivors

__all__ = [
    "Function",
    "Host",
    "Interpreter",
    "Omission",
    "Sweep",
    "SweepReference",
    "Sweeps",
    "activity",
    "cases",
    "selected",
    "speedups",
    "survivors",
    "sweeps",
    "timeline",
    "trials",
    "workers",
]
