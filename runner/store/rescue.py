"""Notice that the files of an open store were deleted, moved or replaced, and save what the store held.

SQLite keeps writing to an open file after it was deleted.
"""

import shlex
import sqlite3
from pathlib import Path

from runner.errors import StoreUnusable
from runner.store.connect import explained
from runner.store.location import free_name
from runner.store.schema import copy_into


def files_of(path: Path) -> list[tuple[int, int] | None]:
    """Return (device, inode) of the files at the paths of the store and of its log; None for a missing one."""
    return [_identity(path), _identity(path.with_name(f"{path.name}-wal"))]


def saved(path: Path, connection: sqlite3.Connection) -> str:
    """Copy all that was committed to a new file, and return a message that says where, or why not."""
    target = free_name(path.with_name(f"{path.name}.rescued"))
    try:
        with explained(target):
            copy_into(target, connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # into the file itself, in case it was moved
    except (StoreUnusable, OSError) as error:  # the folder may be gone
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
