"""Print the facts about a sweep, one per line."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from runner.visible import on_one_line


def print_facts(console: Console, facts: Mapping[str, str]) -> None:
    """Print each fact after its name."""
    for name, fact in facts.items():
        console.print(on_one_line(f"{name:<9} {fact}"), soft_wrap=True)


def labels(sweep: Mapping[str, Any], tags: Sequence[str]) -> dict[str, str]:
    """Return the sweep's tags and note, without those that are empty."""
    facts = {"tags": ", ".join(tags), "note": sweep["note"]}
    return {name: fact for name, fact in facts.items() if fact}
