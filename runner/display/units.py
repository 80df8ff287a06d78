"""Numbers with units, as people read them."""

import math


def duration(seconds: float | None) -> str:
    """Write a measured time with four significant digits: ``75.12 µs``, ``9.870 ms``, ``20.50 s``."""
    if seconds is None:
        return "–"
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1 or unit == "µs":
            break
    value = seconds * factor
    digits = max(0, 3 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(digits, 3)}f} {unit}"


def clock(seconds: float) -> str:
    """Write a span as on a clock: ``0:05``, ``12:34``, ``1:02:03``."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def about(seconds: float) -> str:
    """Write an expected span in words: ``about 40 seconds``, ``about 3 minutes``, ``about 5.5 hours``."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return (
                f"about {seconds / size:.2g} {unit}s" if seconds < 10 * size else f"about {seconds / size:.0f} {unit}s"
            )
    return f"about {max(1, round(seconds))} seconds"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 trial``, ``1,200 trials``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
