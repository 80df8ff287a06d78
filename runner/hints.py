"""Suggest the user's next commands."""

import shlex
from pathlib import Path

from runner.store.location import DEFAULT


def command(path: Path, *words: str) -> str:
    """Return a command line of `runner` that uses the store at `path`."""
    return " ".join(["runner", *words]) + _store(path)


def next_commands(path: Path, sweep_id: int) -> list[str]:
    """Return lines with commands that show a completed sweep."""
    number = str(sweep_id)
    ask = f'query "SELECT * FROM v_speedups WHERE sweep_id = {sweep_id}"'  # noqa: S608 - an integer
    return ["Next:", *(f"  {command(path, *words)}" for words in (("show", number), (ask,), ("report", number)))]


def how_to_resume(path: Path, sweep_id: int) -> str:
    """Say how to finish a sweep."""
    return f"Finish it with: {command(path, 'resume', str(sweep_id))}"


def _store(path: Path) -> str:
    return "" if str(path) == DEFAULT else f" --store {shlex.quote(str(path))}"
