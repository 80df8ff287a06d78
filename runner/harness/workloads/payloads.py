"""Bytes to work on, and a quick check that they arrived."""

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

# Its length is a prime number, so that a piece that is missing, doubled or moved changes the end of the payload. It has
# no zero, because memory that nobody has written to is all zeros.
_PATTERN = bytes(range(1, 252))


def payload(SIZE: int) -> bytes:
    """Return SIZE bytes, always the same."""
    return (_PATTERN * (SIZE // len(_PATTERN) + 1))[:SIZE]


def is_payload(data: "Any", SIZE: int) -> bool:
    """Whether `data` (bytes, or an array of them) is as long as the payload, begins like it and ends like it.

    It does not read all of it, because other workers may still be at work.
    """
    if len(data) != SIZE:
        return False
    end = max(0, SIZE - len(_PATTERN))
    begins = data[: len(_PATTERN)] == _PATTERN[:SIZE]
    return bool(begins and data[end:] == (_PATTERN * 2)[end % len(_PATTERN) :][: SIZE - end])
