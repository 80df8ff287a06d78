"""Suggest the user's next commands."""

from pathlib import Path

from runner.store.location import command


def next_commands(path: Path, sweep_id: int) -> list[str]:
    """Return lines with commands that show a completed sweep."""
    number = str(sweep_id)
    ask = f'query "SELECT * FROM v_speedups WHERE sweep_id = {sweep_id}"'  # noqa: S608 - an integer
    return ["Next:", *(f"  {command(path, *words)}" for words in (("show", number), (ask,), ("report", number)))]


def how_to_resume(path: Path, sweep_id: int) -> str:
    """Say how to finish a sweep."""
    return f"Finish it with: {command(path, 'resume', str(sweep_id))}"
