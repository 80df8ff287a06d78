"""Read the files in which the kernel describes the machine."""

from pathlib import Path

from runner.visible import on_one_line


def text(root: Path, name: str) -> str:
    """Return the contents of the file `name` below `root`; an empty text if it cannot be read."""
    try:
        return (root / name).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return ""


def word(root: Path, name: str) -> str | None:
    """Return the first word of a file, made visible; None if there is none."""
    words = text(root, name).split(maxsplit=1)
    return on_one_line(words[0]) if words else None
