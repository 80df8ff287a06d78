"""Load commands of other packages: entry points of ``concurrency_runner.commands``, each a Typer app of one command."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from runner.errors import BadInput

GROUP = "concurrency_runner.commands"


@cache
def commands() -> dict[str, EntryPoint]:
    """Return the entry points by command name; of several with the same name, the first."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, point)
    return found


def load(name: str) -> Any:
    """Return the command of that name. Raises BadInput if its package cannot be imported."""
    point = commands()[name]
    try:
        command = typer.main.get_command(point.load())
    except Exception as error:  # noqa: BLE001 - importing another package can raise anything
        raise BadInput(f"the command {name} of {point.value} cannot be loaded: {error}") from None
    command.name = name
    return command


def listed() -> list[str]:
    """Return the names of the commands that can be loaded: a broken one must not hide the others."""
    return [name for name in commands() if _is_sound(name)]


def _is_sound(name: str) -> bool:
    try:
        load(name)
    except BadInput:
        return False
    return True
