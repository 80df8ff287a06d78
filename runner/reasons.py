"""Tell reasons apart that differ in more than numbers."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"\d+(\.\d+)?")


def kind(reason: str) -> str:
    """Return the reason without its numbers, which differ from trial to trial."""
    return _NUMBER.sub("…", reason)


def spread(reasons: Sequence[str]) -> str:
    """Return reasons of one kind as one, each number as the range that it has: ``waited 6–60 % of their time``."""
    numbers = zip(*([found[0] for found in _NUMBER.finditer(reason)] for reason in reasons), strict=True)
    ranges = (_range(sorted(column, key=float)) for column in numbers)
    return _NUMBER.sub(lambda _: next(ranges), reasons[0])


def _range(ordered: Sequence[str]) -> str:
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]}–{ordered[-1]}"
