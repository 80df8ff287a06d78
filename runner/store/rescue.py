"""A store whose files are deleted or moved while it is written: noticing that, and saving what it held.

SQLite goes on writing to a file that no name leads to any more.
"""

import shlex
import sqlite3
from pathlib import Path

from runner.errors import StoreUnusable
from runner.store.connect import explained
from runner.store.location import free_name
from runner.store.schema import copy_into


def files_of(path: Path) -> list[tuple[int, int] | None]:
    """Return what identifies the files that now have the names of the store and of its log; None for a missing one."""
    return [_identity(path), _identity(path.with_name(f"{path.name}-wal"))]


def saved(path: Path, connection: sqlite3.Connection) -> str:
    """Copy what `connection` sees, which is all that was committed, to a new file; say where, or why not."""
    target = free_name(path.with_name(f"{path.name}.rescued"))
    try:
        with explained(target):
            copy_into(target, connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # for the file elsewhere, if it was moved
    except (StoreUnusable, OSError) as error:  # its whole folder may be gone
        return f"What it held could not be saved: {error}"
    return (
        f"All that it held, this trial too, is saved in {target}. Finish the sweep with: "
        f"runner resume --store {shlex.quote(str(target))}"
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
