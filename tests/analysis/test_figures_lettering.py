"""Text in lines: as wide as its letters are."""

import pytest

from analysis.figures.lettering import inches, wrapped

TITLE = "Where the time goes: sweep 1 (g2), cpython 3.11.7, vm"


@pytest.mark.parametrize("width", [0.9, 2.0, 4.2, 50.0])
@pytest.mark.parametrize("letters", [TITLE, TITLE.upper() * 3, "W" * 100, "i" * 300], ids=len)
def test_no_line_is_wider_than_there_is_room(width, letters):
    lines = wrapped(letters, width, 12, "bold")
    assert all(inches(line, 12, "bold") <= width for line in lines)
    assert "".join(lines).replace(" ", "") == letters.replace(" ", "")


def test_words_are_broken_only_where_they_are_longer_than_a_line():
    assert wrapped("one two " + "x" * 20, 1.0, 12) == ["one two", *wrapped("x" * 20, 1.0, 12)]
    assert " ".join(wrapped(TITLE, 2.0, 12)) == TITLE


def test_nothing_is_one_line():
    assert wrapped("", 1.0, 12) == [""]
