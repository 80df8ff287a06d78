"""Functions that take from a microsecond to some milliseconds, as a user has them; for `short_calls`."""


def count(number: int) -> int:
    """Count to `number`."""
    total = 0
    for step in range(number):
        total += step
    return total


async def count_async(number: int) -> int:
    """Count to `number` in a coroutine."""
    total = 0
    for step in range(number):
        total += step
    return total


def count_checked(number: int) -> int:
    """Count to `number`; the result is checked."""
    total = 0
    for step in range(number):
        total += step
    return total


count_checked.check = lambda result: result >= 0  # type: ignore[attr-defined]
