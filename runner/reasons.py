"""Tell reasons apart that differ in more than numbers."""

import re

_NUMBER = re.compile(r"\d+(\.\d+)?")


def kind(reason: str) -> str:
    """Return the reason without its numbers, which differ from trial to trial."""
    return _NUMBER.sub("…", reason)
