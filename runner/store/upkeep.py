"""Check a store, and copy it."""

from contextlib import closing
from pathlib import Path

from runner.errors import StoreUnusable
from runner.store.cells import odd_cells
from runner.store.connect import damage_behind, explained, read_only
from runner.store.location import new_file, writable
from runner.store.opening import readable, to_read
from runner.store.schema import State, inspect, snapshot

TABLES = ("cases", "functions", "hosts", "interpreters", "omissions", "sweeps", "tags", "timings", "trials")
HEADER_BYTES = 100
VIEWS = ("v_calls", "v_cases", "v_omissions", "v_speedups", "v_trials", "v_workers")
INDEXES = (
    *("ix_cases_baseline_id", "ix_cases_function_id", "ix_cases_interpreter_id", "ix_cases_key"),
    *("ix_cases_locked_baseline_id", "ix_sweeps_grid_sha256"),
    *("ix_trials_case_id", "ix_trials_host_id", "uq_trials_done"),
)
OBJECTS = frozenset({*TABLES, *VIEWS, *INDEXES})
"""All tables, views and indexes of the newest schema. The unique index keeps a trial from being stored twice."""


def check(path: Path) -> list[str]:
    """Return what is wrong with the store; an older one is upgraded first. Raises StoreUnusable if that is no store."""
    try:
        return faults(readable(path)) or _odd_cells(path)
    except StoreUnusable as error:
        damage = damage_behind(error)
        if damage is None:
            raise
        return [f"the database says: {damage}", *_cut_short(path)]


def _cut_short(path: Path) -> list[str]:
    """Return what the header of a damaged database says of its size, if the file is smaller."""
    with path.open("rb") as file:
        header, size = file.read(HEADER_BYTES), path.stat().st_size
    page_bytes, pages = int.from_bytes(header[16:18]), int.from_bytes(header[28:32])
    whole = pages * (65_536 if page_bytes == 1 else page_bytes)
    return [f"the file was cut short: it has {size:,} of its {whole:,} bytes"] if size < whole else []


def refuse_odd_cells(path: Path) -> None:
    """Raise StoreUnusable, with the place, if a cell has a value of a type that no runner writes there.

    A view would compute with text as if it were 0.
    """
    if odd := _odd_cells(path):
        raise StoreUnusable(f"{path}: {odd[0]}. If somebody edited the store, mend that cell; else restore a backup.")


def _odd_cells(path: Path) -> list[str]:
    with explained(path), closing(to_read(path)) as connection:
        return list(odd_cells(connection, TABLES))


def faults(path: Path) -> list[str]:
    """Return what is wrong with the pages, indexes and references of a store of any schema.

    In a store of the newest schema, also which tables, views and indexes are missing.
    """
    with explained(path), closing(read_only(path)) as connection:
        problems = [line for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok"]
        if problems:  # a damaged database cannot be checked further
            return problems
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if inspect(path)[0] is State.CURRENT and (missing := OBJECTS - there):
            return [f"{name} is missing" for name in sorted(missing)]
        return [
            f"row {row_id} of {table} refers to a row of {parent} that is not there"
            for table, row_id, parent, _ in connection.execute("PRAGMA foreign_key_check")
        ]


def copy(path: Path, target: str | Path) -> Path:
    """Write a consistent copy of the store, even while a sweep writes to it. Raises BadInput if `target` exists."""
    new = new_file(target)
    with explained(readable(path)):
        snapshot(path, writable(new))
    return new
