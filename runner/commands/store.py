"""`runner store`: upgrade, check, back up and merge stores."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from runner.commands.answers import print_json
from runner.display import console
from runner.errors import ExitCode, StoreUnusable
from runner.signals import interruptible
from runner.store import upkeep
from runner.store.location import existing, resolve, writable
from runner.store.lock import only_sweep
from runner.store.schema import bring_up_to_date, inspect
from runner.units import count

if TYPE_CHECKING:
    from runner.store.merge import Merged


def upgrade(store: str, *, as_json: bool = False) -> ExitCode:
    """Bring the store's schema up to date; create the store if there is none."""
    path = writable(resolve(store))
    bring_up_to_date(path)
    schema = inspect(path)[1]
    if as_json:
        print_json({"store": str(path), "schema": schema})
    else:
        console.messages().print(f"{path}: schema {schema}, up to date.", soft_wrap=True)
    return ExitCode.OK


def check(store: str, *, as_json: bool = False) -> ExitCode:
    """Check the store for damage. Raises StoreUnusable with a list of it, which is not raised but printed as JSON."""
    path = existing(resolve(store))
    problems = upkeep.check(path)
    if as_json:
        print_json({"store": str(path), "sound": not problems, "problems": problems})
        return ExitCode.STORE_UNUSABLE if problems else ExitCode.OK
    if problems:
        raise StoreUnusable(f"{path}: damaged; restore a backup.\n" + "\n".join(problems))
    console.messages().print(f"{path}: sound.", soft_wrap=True)
    return ExitCode.OK


def backup(target: str | None, store: str, *, as_json: bool = False) -> ExitCode:
    """Copy the store to `target`, by default beside it."""
    path = existing(resolve(store))
    copied = upkeep.copy(path, target or path.with_name(f"{path.name}.backup"))
    if as_json:
        print_json({"store": str(path), "copy": str(copied)})
    else:
        console.messages().print(f"Copied {path} to {copied}.", soft_wrap=True)
    return ExitCode.OK


def merge(other: str, store: str, *, as_json: bool = False) -> ExitCode:
    """Add the contents of the store `other` to the one at `store`; create that if there is none."""
    from runner.store.merge import merge as merge_stores  # noqa: PLC0415 - it knows all tables, and is slow to import

    path, source = writable(resolve(store)), resolve(other)
    with interruptible() as interrupt, only_sweep(path):
        merged = merge_stores(path, source, interrupt)
    if as_json:
        print_json({"store": str(path), "other": str(source), **asdict(merged)})
    else:
        _tell(path, source, merged)
    return ExitCode.OK


def _tell(path: Path, source: Path, merged: "Merged") -> None:
    messages = console.messages()
    messages.print(
        f"{path}: added {count(merged.sweeps, 'sweep')}, {count(merged.trials, 'trial')} "
        f"({count(merged.hosts, 'host')}, {count(merged.interpreters, 'interpreter')}) from {source}; "
        f"here already: {count(merged.trials_here, 'trial')}.",
        soft_wrap=True,
    )
    if merged.trials_left_out:
        messages.print(
            f"Left out: {count(merged.trials_left_out, 'trial')}, because another one of the same case, block and host "
            "succeeded here too.",
            style="yellow",
            soft_wrap=True,
        )
