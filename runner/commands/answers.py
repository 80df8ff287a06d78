"""Print a sweep as JSON, for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.display import console


def print_json(sweep_id: int, name: str, store: Path, cases: Sequence[Mapping[str, Any]], *, complete: bool) -> None:
    """Print a sweep and its cases as one JSON object."""
    answer = {"sweep": sweep_id, "name": name, "store": str(store), "complete": complete, "cases": list(cases)}
    console.results().print_json(json.dumps(answer), ensure_ascii=True)
