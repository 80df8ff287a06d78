"""The tables. Units are in the names; NULL means "not known"; time stamps are UTC in ISO 8601 text.

Plain tables and no mapped classes: importing the mapper would double the start time of a command.
Here are those of a sweep and its matrix; `tables_of_facts` and `tables_of_trials` hold the others.
"""

from typing import Any

from sqlalchemy import Boolean, Column, Double, ForeignKey, Table, UniqueConstraint, false, true

from runner.axes import CONDITIONS, Condition
from runner.store.columns import TEXT, WHOLE, metadata
from runner.store.tables_of_facts import functions, hosts, interpreters
from runner.store.tables_of_trials import timings, trials

__all__ = [
    "cases",
    "functions",
    "hosts",
    "interpreters",
    "metadata",
    "omissions",
    "sweeps",
    "tags",
    "timings",
    "trials",
]

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("uid", TEXT, nullable=False, unique=True, doc="The same in every store that has a copy of the sweep."),
    Column("name", TEXT, nullable=False),
    Column("grid_path", TEXT, nullable=False),
    Column("grid_text", TEXT, nullable=False),
    Column("grid_sha256", TEXT, nullable=False, index=True),
    Column("seed", WHOLE, nullable=False),
    Column("repeats", WHOLE, nullable=False),
    Column("warmup", WHOLE, nullable=False, doc="Warm-up blocks."),
    Column("timeout_ns", WHOLE, nullable=False, doc="For one trial."),
    Column("runner_version", TEXT, nullable=False),
    Column("versions", TEXT, nullable=False, doc="JSON: of Python and the libraries that the runner itself ran on."),
    Column("command_line", TEXT, nullable=False),
    Column("git_commit", TEXT, doc="Of the working directory; NULL where it is no git checkout."),
    Column("git_dirty", Boolean),
    Column("started_at", TEXT, nullable=False),
    Column("ended_at", TEXT, doc="NULL until every trial is done."),
    Column("note", TEXT, doc="Written by the user."),
    Column("precision", Double, doc="The share of itself to which every figure was to be known; NULL: none was asked."),
    Column("budget_ns", WHOLE, doc="Time to spend on trials, in all blocks but the closed ones; NULL: any."),
    Column("most_blocks", WHOLE, doc="Maximum number of blocks; NULL where `repeats` is their fixed number."),
    Column(
        "closed_blocks", WHOLE, nullable=False, server_default="0", doc="Blocks there were when it was extended last."
    ),
    Column("stopped", TEXT, doc="What stopped it: precision, budget or blocks; NULL for a fixed number of blocks."),
    Column("precision_reached", Double, doc="To what share of itself the least precise figure is known."),
)
"""One execution of a matrix."""


tags = Table(
    "tags",
    metadata,
    Column("sweep_id", WHOLE, ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
"""A word by which the user finds a sweep."""


_TYPES: dict[str, Any] = {"text": TEXT, "whole": WHOLE, "truth": Boolean}


def _of_condition(condition: Condition) -> Column[Any]:
    """Return the column of a condition; a case of an older store has the usual value."""
    usual = condition.kind.stored(condition.usual)
    default = (true() if usual else false()) if isinstance(usual, bool) else None if usual is None else str(usual)
    kind = _TYPES[condition.kind.column]
    return Column(condition.name, kind, nullable=usual is None, server_default=default, doc=condition.doc)


cases = Table(
    "cases",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("sweep_id", WHOLE, ForeignKey("sweeps.id", ondelete="CASCADE"), nullable=False),
    Column("key", TEXT, nullable=False, index=True, doc="The same for the same case in every sweep and every store."),
    Column("workload", TEXT, nullable=False),
    Column("params", TEXT, nullable=False, doc="JSON: the arguments by name."),
    Column("num", WHOLE),
    Column("time_s", Double),
    Column("mode", TEXT, nullable=False),
    Column("start_method", TEXT),
    Column("workers", WHOLE, nullable=False),
    Column("calls", WHOLE, nullable=False),
    Column("interpreter_id", WHOLE, ForeignKey("interpreters.id"), nullable=False, index=True),
    Column(
        "baseline_id",
        WHOLE,
        ForeignKey("cases.id", ondelete="SET NULL"),
        index=True,
        doc="The sequential case of the same work; NULL for such a case itself.",
    ),
    Column("function_id", WHOLE, ForeignKey("functions.id"), index=True, doc="NULL for a workload of the runner's."),
    *map(_of_condition, CONDITIONS.values()),
    Column(
        "locked_baseline_id",
        WHOLE,
        ForeignKey("cases.id", ondelete="SET NULL"),
        index=True,
        doc="The sequential case of the same work on the build with the interpreter lock, if both were swept.",
    ),
    Column(
        "joined_after",
        WHOLE,
        nullable=False,
        server_default="0",
        doc="Blocks of the sweep when it was added.",
    ),
    UniqueConstraint("sweep_id", "key"),
)
"""One combination of the matrix, in one sweep."""


omissions = Table(
    "omissions",
    metadata,
    Column("sweep_id", WHOLE, ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("number", WHOLE, primary_key=True),
    Column("workload", TEXT),
    Column("mode", TEXT),
    Column("start_method", TEXT),
    Column("python", TEXT, nullable=False, doc="Label of the interpreter."),
    Column("gil", TEXT),
    Column("cases", WHOLE, nullable=False, doc="Number of cases."),
    Column("reason", TEXT, nullable=False),
    sqlite_with_rowid=False,
)
"""Cases of the matrix that cannot be run, and why. A column is NULL if the cases differ in it."""
