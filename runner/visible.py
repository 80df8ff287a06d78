"""Make text safe to show: what would move the cursor, change the terminal or hide itself is shown as its escape."""

from unicodedata import category

HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, of invisible formats such as overrides of direction, and of new lines."""
NEEDED = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Invisible, but scripts and emoji are written with them."""
LINES = frozenset("\n\t")


def visible(text: str) -> str:
    r"""Return `text` with an ESC as ``\x1b``, and so on; it keeps its lines and tabs."""
    return _escaped(text, NEEDED | LINES)


def on_one_line(text: str) -> str:
    r"""Return `text` as one line: the end of a line is shown as ``\n``, too."""
    return _escaped(text, NEEDED)


def _escaped(text: str, kept: frozenset[str]) -> str:
    if text.isprintable():
        return text
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if category(sign) in HARMFUL and sign not in kept else sign
        for sign in text
    )
