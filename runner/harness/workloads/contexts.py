"""What makes the objects that workers share."""

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from queue import Queue, SimpleQueue
    from threading import Lock
    from typing import Any


def sharing_modes() -> tuple[str, ...]:
    """Return the modes whose workers can share something. Workers do not need it, and do not import the table."""
    from ..modes import MODES

    return tuple(name for name, mode in MODES.items() if mode.can_share)


class Threads:
    """Stands in for a context of multiprocessing, for workers that share the memory of the driver."""

    @staticmethod
    def Lock() -> "Lock":  # noqa: N802 - multiprocessing's own names
        """Return a lock for threads."""
        from threading import Lock

        return Lock()

    @staticmethod
    def SimpleQueue() -> "SimpleQueue[Any]":  # noqa: N802
        """Return the fastest queue between threads."""
        from queue import SimpleQueue

        return SimpleQueue()

    @staticmethod
    def Queue() -> "Queue[Any]":  # noqa: N802
        """Return the usual queue between threads."""
        from queue import Queue

        return Queue()

    @staticmethod
    def RawArray(typecode: str, size: int) -> "Any":  # noqa: N802
        """Return an array of `size` zeros: of the class that multiprocessing shares, in memory of this process."""
        import ctypes

        types = {
            "c": ctypes.c_char,
            "b": ctypes.c_byte,
            "B": ctypes.c_ubyte,
            "h": ctypes.c_short,
            "H": ctypes.c_ushort,
            "i": ctypes.c_int,
            "I": ctypes.c_uint,
            "l": ctypes.c_long,
            "L": ctypes.c_ulong,
            "q": ctypes.c_longlong,
            "Q": ctypes.c_ulonglong,
            "f": ctypes.c_float,
            "d": ctypes.c_double,
        }
        item: "Any" = types[typecode]
        return (item * size)()
