"""`runner list`: list the sweeps of a store."""

import json

from runner.display import console
from runner.display.tables import sweeps_table
from runner.errors import ExitCode
from runner.hints import command
from runner.running import is_running
from runner.store.location import resolve
from runner.store.read import Reader


def run(store: str, *, tag: str | None, quiet: bool, as_json: bool) -> ExitCode:
    """Print the sweeps, the oldest first, or only those with the tag; with `quiet`, only their numbers."""
    path = resolve(store)
    with Reader(path) as reader:
        rows = [row for row in reader.sweeps() if tag is None or tag in row["tags"]]
    unfinished = [row for row in rows if row["ended_at"] is None]
    running = {row["id"] for row in unfinished if is_running(row["id"], row["name"], path)}
    out = console.results()
    if as_json:
        said = [{**row, "complete": row["ended_at"] is not None, "running": row["id"] in running} for row in rows]
        out.print(json.dumps(said, indent=2), soft_wrap=True)
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
        console.messages().print(f"{path}: no sweep has the tag {tag}.", soft_wrap=True)
    else:
        console.messages().print(f"{path}: no sweep yet; `runner sweep --matrix grid.yaml` runs one.", soft_wrap=True)
    return ExitCode.OK
