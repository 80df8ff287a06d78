"""Print a sweep as JSON, for programs."""

import json
from pathlib import Path

from runner.display import console
from runner.numbers.words import sentences
from runner.results import Summary


def print_json(sweep_id: int, name: str, store: Path, summary: Summary, *, complete: bool) -> None:
    """Print a sweep, its answers in sentences and its cases as one JSON object."""
    answer = {"sweep": sweep_id, "name": name, "store": str(store), "complete": complete}
    answer |= {"answer": sentences(summary.answers), "cases": list(summary.cases)}
    console.results().print_json(json.dumps(answer), ensure_ascii=True)
