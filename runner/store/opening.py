"""Check that a store can be read, and upgrade an older one first."""

from pathlib import Path

from runner.errors import StoreUnusable
from runner.store.connect import explained
from runner.store.location import existing, writable
from runner.store.schema import State, bring_up_to_date, inspect, refuse


def state_of(path: Path) -> State:
    """Return EMPTY (also for the database of a sweep that was killed before it created tables), OLDER or CURRENT.

    Writes nothing. Raises StoreUnusable for a newer or foreign database.
    """
    with explained(path):
        state, _ = inspect(path)
    refuse(path, state)
    return state


def readable(path: Path) -> Path:
    """Return `path` of a store of the current schema; an older one is upgraded. Raises StoreUnusable."""
    state = state_of(existing(path))
    if state is State.EMPTY:
        raise StoreUnusable(f"{path}: the store is empty; `runner sweep --matrix grid.yaml --store {path}` fills it.")
    if state is State.OLDER:
        try:
            bring_up_to_date(writable(path))
        except StoreUnusable as error:
            version = inspect(path)[1]
            raise StoreUnusable(
                f"{path}: its schema is {version}, older than this runner's, and it cannot be upgraded: {error}"
            ) from error
    return path
