"""`runner list`: list the sweeps of a store."""

from collections.abc import Mapping
from typing import Any

from runner.commands.answers import print_json, sweep_as_json
from runner.display import console
from runner.display.tables import sweeps_table
from runner.errors import ExitCode
from runner.running import is_running
from runner.store.location import SWEEP, command, resolve
from runner.store.read import Reader
from runner.words import did_you_mean


def run(store: str, *, tag: str | None, quiet: bool, as_json: bool) -> ExitCode:
    """Print the sweeps, the oldest first, or only those with the tag; with `quiet`, only their numbers."""
    path = resolve(store)
    with Reader(path) as reader:
        every = reader.sweeps()
    rows = [row for row in every if tag is None or tag in row["tags"]]
    unfinished = [row for row in rows if row["ended_at"] is None]
    running = {row["id"] for row in unfinished if is_running(row["id"], row["name"], path)}
    out = console.results()
    if as_json:
        print_json([_as_json(row) | {"running": row["id"] in running} for row in rows])
    elif quiet:
        for row in rows:
            out.print(row["id"])
    elif rows:
        out.print(sweeps_table(rows, running, out.width))
        if len(unfinished) > len(running):
            console.messages().print(
                f"Finish the newest unfinished one with: {command(path, 'resume')}", soft_wrap=True
            )
    elif tag is not None:
        meant = did_you_mean(tag, {one for row in every for one in row["tags"]}, "; ") or "."
        console.messages().print(f"{path}: no sweep has the tag {tag}{meant}", soft_wrap=True)
    else:
        console.messages().print(f"{path}: no sweep yet; `{command(path, *SWEEP)}` runs one.", soft_wrap=True)
    return ExitCode.OK


def _as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {"planned": row["planned"], "done": row["done"], "failures": row["failures"]}
    return {**sweep_as_json(row), "case_count": row["cases"], **counts}
