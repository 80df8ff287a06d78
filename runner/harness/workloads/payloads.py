"""Bytes to work on, and a quick look at whether they arrived."""

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

# As long as a prime number, so that a piece that is missing, doubled or moved shows at the end; and without a zero,
# which is what memory holds that nobody has written to.
_PATTERN = bytes(range(1, 252))


def payload(SIZE: int) -> bytes:
    """Return SIZE bytes, always the same."""
    return (_PATTERN * (SIZE // len(_PATTERN) + 1))[:SIZE]


def is_payload(data: "Any", SIZE: int) -> bool:
    """Whether `data` (bytes, or an array of them) is as long as the payload, begins like it and ends like it.

    It is asked while other workers may still be at work: so it does not read all of it.
    """
    if len(data) != SIZE:
        return False
    end = max(0, SIZE - len(_PATTERN))
    begins = data[: len(_PATTERN)] == _PATTERN[:SIZE]
    return bool(begins and data[end:] == (_PATTERN * 2)[end % len(_PATTERN) :][: SIZE - end])
