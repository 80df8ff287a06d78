"""Suggest the user's next commands."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.numbers.stopping import MOST_BLOCKS, forecast
from runner.store.location import command


def next_commands(path: Path, sweep_id: int) -> list[str]:
    """Return lines with commands that show a completed sweep."""
    number = str(sweep_id)
    ask = f'query "SELECT * FROM v_speedups WHERE sweep_id = {sweep_id}"'  # noqa: S608 - an integer
    return ["Next:", *(f"  {command(path, *words)}" for words in (("show", number), (ask,), ("report", number)))]


def how_to_resume(path: Path, sweep_id: int) -> str:
    """Say how to finish a sweep."""
    return f"Finish it with: {command(path, 'resume', str(sweep_id))}"


def how_to_extend(path: Path, sweep: Mapping[str, Any], fewest: int) -> str:
    """Return the command that goes on with a sweep that stopped short of its precision.

    `sweep` is its row; each of its cases has at least `fewest` blocks.
    """
    target = sweep["precision"]
    if sweep["stopped"] == "budget":
        more = ("--budget", f"{sweep['budget_ns'] / 1e9:g}s")
    elif fewest < MOST_BLOCKS:
        more = ("--precision", f"{100 * target:g}%")
    else:
        more = ("--blocks", str(max(forecast(fewest, sweep["precision_reached"] or target, target) - fewest, 1)))
    return command(path, "extend", str(sweep["id"]), *more)
