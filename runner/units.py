"""Format numbers with units for people to read."""


def duration(seconds: float | None, like_s: float | None = None) -> str:
    """Write a measured time with four significant digits: ``75.12 µs``, ``9.870 ms``, ``20.50 s``.

    Its unit is that of `like_s`, if given.
    """
    if seconds is None:
        return "–"
    factor, unit = _unit(seconds if like_s is None else like_s)
    return f"{_four_digits(seconds * factor)} {unit}"


def duration_range(low_s: float | None, high_s: float | None, like_s: float | None = None) -> str:
    """Write a range of times in the unit of `like_s`, or else of the lower one: ``9.820 … 9.870 ms``."""
    if low_s is None or high_s is None:
        return "–"
    factor, unit = _unit(low_s if like_s is None else like_s)
    return f"{_four_digits(low_s * factor)} … {_four_digits(high_s * factor)} {unit}"


def _unit(seconds: float) -> tuple[float, str]:
    """Return the factor and name of the largest unit in which the time, rounded as shown, is at least 1."""
    if seconds >= 0.99995:
        return 1.0, "s"
    return (1e3, "ms") if seconds >= 0.99995e-3 else (1e6, "µs")


def _four_digits(value: float) -> str:
    if value == 0:
        return "0"
    for digits, limit in ((3, 9.9995), (2, 99.995), (1, 999.95)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


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
    return f"about {count(max(1, round(seconds)), 'second')}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 trial``, ``1,200 trials``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
