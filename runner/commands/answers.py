"""Print a sweep as JSON, for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.display import console


def print_json(sweep: Mapping[str, Any], store: Path, cases: Sequence[Mapping[str, Any]]) -> None:
    """Print a sweep, by its row of ``sweeps``, and its cases as one JSON object."""
    answer = {"sweep": sweep["id"], "name": sweep["name"], "store": str(store)}
    answer |= {"complete": sweep["ended_at"] is not None, "stopped": sweep["stopped"]}
    answer |= {"precision_reached": sweep["precision_reached"], "cases": list(cases)}
    console.results().print_json(json.dumps(answer), ensure_ascii=True)
