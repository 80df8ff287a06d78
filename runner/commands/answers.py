"""A sweep as JSON, for programs."""

import json
from pathlib import Path

from runner.display import console
from runner.store.read import Reader


def print_json(path: Path, sweep_id: int, *, complete: bool) -> None:
    """Print a sweep and its cases as one JSON object."""
    with Reader(path) as reader:
        cases = [dict(row) for row in reader.summary(sweep_id)]
        name = reader.sweep(str(sweep_id))["name"]
    answer = {"sweep": sweep_id, "name": name, "store": str(path), "complete": complete, "cases": cases}
    console.results().print_json(json.dumps(answer))
