"""`runner delete`: delete a sweep from the store."""

import select
import sys

from runner.display import console
from runner.display.facts import labels, print_facts
from runner.errors import BadInput, ExitCode
from runner.signals import interruptible
from runner.store.deletion import delete
from runner.store.location import command, resolve, writable
from runner.store.lock import only_sweep
from runner.store.opening import readable
from runner.store.read import Reader
from runner.units import count


def run(reference: str, store: str, *, yes: bool) -> ExitCode:
    """Show the contents of the sweep with that number, name or tag, ask unless `yes`, and delete it."""
    path = writable(readable(resolve(store)))
    messages = console.messages()
    with only_sweep(path):
        with Reader(path) as reader:
            sweep = reader.sweep(reference)
            sizes, tags = reader.sizes(sweep["id"]), reader.tags(sweep["id"])
        holds = ", ".join(count(number, rows.removesuffix("s")) for rows, number in sizes.items())
        called = f"{sweep['id']} ({sweep['name']})"
        print_facts(messages, {"sweep": called, "started": sweep["started_at"], "holds": holds, **labels(sweep, tags)})
        if not yes and not _confirmed():
            messages.print("Nothing was deleted.")
            return ExitCode.OK
        with interruptible() as interrupt:
            delete(path, sweep["id"], interrupt)
    messages.print(
        f"Deleted sweep {called}. The file keeps its size, and new data will use the free space; "
        f"`{command(path, 'store', 'backup')}` makes a copy without it.",
        soft_wrap=True,
    )
    return ExitCode.OK


def _confirmed() -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise BadInput("Nothing was deleted: there is no terminal to ask on. Use --yes to delete without being asked.")
    with interruptible() as interrupt:  # a signal just before a plain read would be noticed only after it
        console.messages().print("Delete it permanently? [y/N] ", end="")
        select.select([sys.stdin, interrupt], [], [])
        interrupt.heed()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
