"""Text that is fit to show."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.visible import on_one_line, shortened, visible


@pytest.mark.parametrize(
    ("text", "shown", "line"),
    [
        ("größer, 中文, ×2, a\N{NO-BREAK SPACE}b", None, None),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}", None, None),
        (r"C:\x1b", None, None),
        ("a\n\tb", "a\n\tb", r"a\n\tb"),
        ("\x1b[31m\r\0\x7f", r"\x1b[31m\r\x00\x7f", None),
        ("\x9b\x85\u2028", r"\x9b\x85\u2028", None),
        ("\u202egpj.exe\u2066\ufeff", r"\u202egpj.exe\u2066\ufeff", None),
        ("\U000e0041\udc80", r"\U000e0041\udc80", None),
    ],
)
def test_what_does_something_to_a_terminal_or_hides_is_shown_as_its_escape(text, shown, line):
    assert visible(text) == (shown or text)
    assert on_one_line(text) == (line or shown or text)


@given(st.text())
def test_any_text_is_shown_once_and_for_all(text):
    shown = on_one_line(text)
    assert on_one_line(shown) == visible(shown) == shown
    assert {category(sign) for sign in shown if sign not in "\u200c\u200d"} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()


def test_a_text_that_is_not_long_is_shown_as_it_is() -> None:
    assert shortened("x" * 100) == "x" * 100


def test_of_a_long_text_both_ends_are_shown_and_what_tells_it_from_others() -> None:
    long, other = "a" * 40 + "b" * 66_000 + "c" * 40, "a" * 40 + "B" * 66_000 + "c" * 40
    shown = shortened(long)
    assert shown.startswith("a" * 40 + "…" + "c" * 40 + " (66,080 characters, ")
    assert len(shown) < 120
    assert shown != shortened(other)
