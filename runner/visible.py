"""Make text fit to show: what would move the cursor, change the terminal or hide itself is shown as its escape."""

from unicodedata import category
from zlib import crc32

HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, of invisible formats such as overrides of direction, and of new lines."""
NEEDED = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Invisible, but scripts and emoji are written with them."""
LINES = frozenset("\n\t")
MOST_SHOWN = 100
"""Characters of an argument or a variable that are shown where people read."""


def visible(text: str) -> str:
    r"""Return `text` with an ESC as ``\x1b``, and so on; it keeps its lines and tabs."""
    return _escaped(text, NEEDED | LINES)


def on_one_line(text: str) -> str:
    r"""Return `text` as one line: the end of a line is shown as ``\n``, too."""
    return _escaped(text, NEEDED)


def shortened(text: str) -> str:
    """Return a text that people read, without its middle if it is longer than `MOST_SHOWN` characters.

    Different texts stay different, by their length and a checksum.
    """
    if len(text) <= MOST_SHOWN:
        return text
    half = MOST_SHOWN // 2 - 10
    checksum = crc32(text.encode("utf-8", "surrogatepass"))
    return f"{text[:half]}…{text[-half:]} ({len(text):,} characters, {checksum:08x})"


def _escaped(text: str, kept: frozenset[str]) -> str:
    if text.isprintable():
        return text
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if category(sign) in HARMFUL and sign not in kept else sign
        for sign in text
    )
