"""How are the files read by which a kernel describes its machine?"""

from pathlib import Path


def text(root: Path, name: str) -> str:
    """Return what the file `name` below `root` holds; nothing where it cannot be read."""
    try:
        return (root / name).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # the latter of a NUL in the name
        return ""


def word(root: Path, name: str) -> str | None:
    """Return the first word of a file, fit to be printed; None where there is none."""
    words = text(root, name).split(maxsplit=1)
    return printable(words[0]) if words else None


def printable(name: str) -> str:
    """Replace what a terminal might take for an order; processes can give themselves any name."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)
