"""Load commands of other packages: entry points of ``concurrency_runner.commands``, each a Typer app of one command.

Every `--help` looks for them, so they are read without `importlib.metadata`, whose import alone takes a quarter of the
time that it takes to import Typer.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from runner.errors import BadInput

GROUP = "concurrency_runner.commands"


@cache
def commands() -> dict[str, str]:
    """Return the entry points, ``module:attribute``, by command name; of several with the same name, the first."""
    found: dict[str, str] = {}
    for name, target in _entry_points():
        found.setdefault(name, target)
    return found


def _entry_points() -> Iterator[tuple[str, str]]:
    for folder in dict.fromkeys(path or "." for path in sys.path):
        try:
            names = os.listdir(folder)  # noqa: PTH208 - a Path for each of some thousand names takes milliseconds
        except OSError:
            continue
        for name in sorted(name for name in names if name.endswith((".dist-info", ".egg-info"))):
            try:
                yield from _of_group(Path(folder, name, "entry_points.txt").read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError):  # it has none, or is broken
                continue


def _of_group(text: str) -> Iterator[tuple[str, str]]:
    """Yield the (name, target) of the group's lines in a file of entry points."""
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            yield name.strip(), target.partition("[")[0].strip()


def load(name: str) -> Any:
    """Return the command of that name. Raises BadInput if its package cannot be imported."""
    target = commands()[name]
    module, _, attribute = target.partition(":")
    try:
        command = typer.main.get_command(getattr(import_module(module), attribute))
    except Exception as error:  # noqa: BLE001 - importing another package can raise anything
        raise BadInput(f"the command {name} of {target} cannot be loaded: {error}") from None
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
