"""Open a store to read it, and upgrade an older one first."""

import sqlite3
from pathlib import Path

from runner.errors import StoreUnusable
from runner.store.connect import explained, read_only
from runner.store.location import SWEEP, command, existing, writable
from runner.store.schema import State, bring_up_to_date, holds_anything, inspect, refuse, schema_of


def state_of(path: Path) -> State:
    """Return EMPTY (also for the database of a sweep that was killed before it created tables), OLDER or CURRENT.

    Writes nothing. Raises StoreUnusable for a newer or foreign database.
    """
    with explained(path):
        state, _ = inspect(path)
    refuse(path, state)
    return state


def to_read(path: Path, *, typed: bool = False) -> sqlite3.Connection:
    """Open a store of the current schema read-only; an older one is upgraded first. Raises StoreUnusable."""
    with explained(path):
        if not holds_anything(existing(path)):
            raise _empty(path)
        connection = read_only(path, typed=typed)
        try:
            state, version = schema_of(connection)
            refuse(path, state)
            if state is State.EMPTY:
                raise _empty(path)
            if state is State.OLDER:
                _upgrade(path, version)
        except BaseException:
            connection.close()
            raise
        return connection


def readable(path: Path) -> Path:
    """Return `path` of a store of the current schema; an older one is upgraded. Raises StoreUnusable."""
    to_read(path).close()
    return path


def _empty(path: Path) -> StoreUnusable:
    return StoreUnusable(f"{path}: the store is empty; `{command(path, *SWEEP)}` fills it.")


def _upgrade(path: Path, version: str | None) -> None:
    try:
        bring_up_to_date(writable(path))
    except StoreUnusable as error:
        raise StoreUnusable(
            f"{path}: its schema is {version}, older than this runner's, and it cannot be upgraded: {error}"
        ) from error
