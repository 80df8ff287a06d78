"""`runner store`: upgrade, check, backup."""

from runner.display import console
from runner.errors import ExitCode, StoreUnusable
from runner.store import upkeep
from runner.store.location import existing, resolve, writable
from runner.store.schema import bring_up_to_date, inspect


def upgrade(store: str) -> ExitCode:
    """Bring the store's schema up to date; make the store if there is none."""
    path = writable(resolve(store))
    bring_up_to_date(path)
    console.messages().print(f"{path}: schema {inspect(path)[1]}, up to date.", soft_wrap=True)
    return ExitCode.OK


def check(store: str) -> ExitCode:
    """Look for damage. Raises StoreUnusable that lists it."""
    path = existing(resolve(store))
    problems = upkeep.check(path)
    if problems:
        raise StoreUnusable(f"{path}: damaged; restore a backup.\n" + "\n".join(problems))
    console.messages().print(f"{path}: sound.", soft_wrap=True)
    return ExitCode.OK


def backup(target: str | None, store: str) -> ExitCode:
    """Copy the store to `target`, by default beside it."""
    path = existing(resolve(store))
    copied = upkeep.copy(path, target or path.with_name(f"{path.name}.backup"))
    console.messages().print(f"Copied {path} to {copied}.", soft_wrap=True)
    return ExitCode.OK
