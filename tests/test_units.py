"""Numbers with units, as people read them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.units import about, clock, count, duration, duration_range


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0 µs"),
        (75.12e-6, "75.12 µs"),
        (0.5e-6, "0.500 µs"),
        (1e-9, "0.001 µs"),
        (0.001, "1.000 ms"),
        (0.00987, "9.870 ms"),
        (0.1234, "123.4 ms"),
        (1.0, "1.000 s"),
        (20.5, "20.50 s"),
        (100.46, "100.5 s"),
        (1234.4, "1234 s"),
        (0.99999, "1.000 s"),
        (0.00099999, "1.000 ms"),
        (9.99996, "10.00 s"),
        (99.9996, "100.0 s"),
        (0.00999996, "10.00 ms"),
    ],
)
def test_a_measured_time_has_four_significant_digits(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("low_s", "high_s", "text"),
    [
        (None, None, "–"),
        (0.00982, 0.00987, "9.820 … 9.870 ms"),
        (0.9, 1.5, "900.0 … 1500 ms"),
        (20.0, 20.0, "20.00 … 20.00 s"),
        (0.0, 1e-6, "0 … 1.000 µs"),
        (0.99999, 1.2, "1.000 … 1.200 s"),
    ],
)
def test_a_range_is_written_in_the_unit_of_its_lower_end(low_s: float | None, high_s: float | None, text: str) -> None:
    assert duration_range(low_s, high_s) == text


@given(st.floats(1e-6, 9e3))
@settings(deadline=None, max_examples=200)
def test_a_measured_time_is_written_as_what_it_is(seconds: float) -> None:
    number, unit = duration(seconds).split(" ")
    assert float(number) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit] == pytest.approx(seconds, rel=5e-4)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (5, "0:05"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (754, "12:34"),
        (3599.6, "1:00:00"),
        (3723, "1:02:03"),
        (100 * 3600, "100:00:00"),
    ],
)
def test_a_span_is_written_as_on_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "about 1 second"),
        (0.2, "about 1 second"),
        (1.4, "about 1 second"),
        (2, "about 2 seconds"),
        (40, "about 40 seconds"),
        (119, "about 119 seconds"),
        (120, "about 2 minutes"),
        (150, "about 2.5 minutes"),
        (180, "about 3 minutes"),
        (599, "about 10 minutes"),
        (605, "about 10 minutes"),
        (7199, "about 120 minutes"),
        (7200, "about 2 hours"),
        (19_800, "about 5.5 hours"),
        (100_000, "about 28 hours"),
        (172_800, "about 2 days"),
        (86_400 * 365, "about 365 days"),
    ],
)
def test_an_expected_span_is_put_into_words(seconds: float, text: str) -> None:
    assert about(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 trials"), (1, "1 trial"), (2, "2 trials"), (1200, "1,200 trials")])
def test_a_number_agrees_with_its_noun(number: int, text: str) -> None:
    assert count(number, "trial") == text
