"""Save what an open store holds when its files were taken away."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from runner.errors import StoreTakenAway, StoreUnusable
from runner.store.connect import explained
from runner.store.location import command, free_name
from runner.store.schema import State, copy_into, inspect
from runner.store.upkeep import faults


def taken_away(path: Path, fault: str, connection: sqlite3.Connection) -> StoreTakenAway:
    """Copy all that `connection` can read to a new file, and return the error that says where, or why not."""
    happened = f"{path}: the file or its log was {fault} while it was open."
    target = free_name(path.with_name(f"{path.name}.rescued"))
    try:
        with explained(target):
            copy_into(target, connection)
            sound = inspect(target)[0] is State.CURRENT and not faults(target)
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # into the file itself, in case it was moved
    except (StoreUnusable, OSError) as error:  # the folder may be gone
        return StoreTakenAway(f"{happened} What it held could not be saved: {error}")
    if not sound:  # more than the cache holds was gone from the file
        return StoreTakenAway(f"{happened} Only a part of what it held could be saved: {target} is not a sound store.")
    return StoreTakenAway(
        f"{happened} All that it held is saved in {target}. Finish the sweep with: {command(target, 'resume')}"
    )
