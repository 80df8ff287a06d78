"""Names that people give to sweeps and tags."""

import re

SLUG = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
SLUG_IN_WORDS = "up to 64 letters, digits, dots, underscores and hyphens"


def is_slug(word: str) -> bool:
    """Whether `word` can be typed without quotes, and be part of a file's name."""
    return re.fullmatch(SLUG, word) is not None


def slug_of(text: str) -> str:
    """Return `text` as a slug: other characters become hyphens."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:64] or "sweep"
