"""Work on memory: copying much of it, and allocating often."""

# Hooks are attributes of functions:
# mypy: disable-error-code=attr-defined

from .payloads import payload

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

_COPIES = 16
_KEPT = 10_000
_ENDS = 100


def memory_bound(buffers: "tuple[Any, bytes]", SIZE: int) -> tuple[bytes, bytes]:  # noqa: ARG001
    """Copy SIZE bytes 16 times in native code: the bandwidth of the memory, or of the cache that SIZE fits into.

    CPython holds the interpreter lock while it copies. Returns the ends of the copy.
    """
    target, source = buffers
    for _ in range(_COPIES):
        target.raw = source
    return target[:_ENDS], target[-_ENDS:]


def _buffers(SIZE: int) -> "tuple[Any, bytes]":
    # An array of ctypes, because PyPy copies to no other target in one operation.
    from ctypes import c_char

    target = (c_char * SIZE)()
    target.raw = bytes(SIZE)  # the system provides memory only when it is written to
    return target, payload(SIZE)


def _is_copy(result: tuple[bytes, bytes], SIZE: int) -> bool:
    data = payload(SIZE)
    return result == (data[:_ENDS], data[-_ENDS:])


memory_bound.setup = _buffers
memory_bound.check = _is_copy


def allocation_heavy(NUM: int) -> None:
    """Make and drop NUM lists of one item: the memory allocator, reference counting and garbage collection."""
    # Thousands live at a time. Otherwise each would reuse the memory of the one before, and nothing would be collected.
    while NUM > 0:
        kept = [[None] for _ in range(min(NUM, _KEPT))]
        NUM -= len(kept)
