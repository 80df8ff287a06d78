"""Work in native code that releases the interpreter lock."""

# Hooks are attributes of functions, and a function with a `setup` does not use its SIZE:
# mypy: disable-error-code=attr-defined
# ruff: noqa: ARG001

from .payloads import payload

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_PIECE = 1 << 16


def hashing(prepared: "tuple[Any, bytes, bytes]", SIZE: int) -> tuple[bytes, bytes]:
    """Hash SIZE bytes with SHA-256: native code that only calculates, without the interpreter lock.

    Returns the digest, and the expected one.
    """
    sha256, data, expected = prepared
    return sha256(data).digest(), expected


def _set_up_hashing(SIZE: int) -> "tuple[Any, bytes, bytes]":
    from hashlib import sha256

    data = payload(SIZE)
    expected = sha256()
    for start in range(0, SIZE, _PIECE):
        expected.update(data[start : start + _PIECE])
    return sha256, data, expected.digest()


def _is_expected(result: tuple[bytes, bytes]) -> bool:
    digest, expected = result
    return digest == expected


hashing.setup = _set_up_hashing
hashing.check = _is_expected


def compression(prepared: "tuple[Any, bytes]", SIZE: int) -> bytes:
    """Compress SIZE bytes of text with zlib: native code that searches and branches, without the interpreter lock.

    Returns the compressed bytes.
    """
    compress, data = prepared
    compressed: bytes = compress(data)
    return compressed


def _set_up_compression(SIZE: int) -> "tuple[Any, bytes]":
    from zlib import compress

    return compress, text(SIZE)


def _inflates_to(result: bytes, SIZE: int) -> bool:
    from zlib import decompressobj

    # In pieces, so as not to raise the worker's peak memory, which is recorded.
    inflate = decompressobj()
    pieces = (result[start : start + _PIECE] for start in range(0, len(result), _PIECE))
    size = sum(len(inflate.decompress(piece)) for piece in pieces)
    return inflate.eof and size == SIZE


compression.setup = _set_up_compression
compression.check = _inflates_to

_LETTERS = "eeeeeeeetttttaaaaaoooooiiiinnnnssssrrrrhhhddlluuccmmffyywwggppbbvvkjxqz"
_WORDS = 4_000
_PERIOD = 1 << 16  # twice as far as zlib looks back, so that it does not notice that the text repeats


def text(SIZE: int) -> bytes:
    """Return SIZE bytes of made-up words that compress about as English does."""
    numbers = _numbers()
    words = [_word(numbers) for _ in range(_WORDS)]
    written = ""
    while len(written) < _PERIOD:
        written += words[int(_WORDS * (next(numbers) / _RANGE) ** 4)] + " "  # a few words make up most of the text
    period = written[:_PERIOD].encode("ascii")
    return (period * (SIZE // _PERIOD + 1))[:SIZE]


def _word(numbers: "Iterator[int]") -> str:
    length = 1 + next(numbers) % 9
    return "".join([_LETTERS[next(numbers) % len(_LETTERS)] for _ in range(length)])


_RANGE = 1 << 16


def _numbers() -> "Iterator[int]":
    # Not from the module random, so that every interpreter and version compresses the same text.
    state = 1
    while True:
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        yield state >> 15
