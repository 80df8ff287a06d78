"""Break text into lines by how wide its letters are."""

import warnings
from collections.abc import Iterator
from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

POINTS_PER_INCH = 72


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break text between words into lines of at most `width` inches; break a word only if it is longer than a line.

    `size` is that of the letters, in points.
    """
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if inches(joined, size, weight) <= width:
            lines[-1:] = [joined]
        else:
            lines += _pieces(word, width, size, weight)
    return lines or [""]


def _pieces(word: str, width: float, size: float, weight: str) -> Iterator[str]:
    """Yield a word in pieces that fit on a line."""
    start = 0
    for end in range(1, len(word) + 1):
        if end - start > 1 and inches(word[start:end], size, weight) > width:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]


@cache
def inches(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        points, _, _ = TextToPath().get_text_width_height_descent(text, FontProperties(size=size, weight=weight), False)
    return float(points) / POINTS_PER_INCH
