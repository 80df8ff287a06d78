"""One sweep at a time in a store: two would run the same trials, and disturb each other's.

What takes sweeps away or brings some in holds the lock too, so that none of them is running meanwhile.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.errors import StoreUnusable


@contextmanager
def only_sweep(path: Path) -> Iterator[None]:
    """Hold the store's lock, which its holder's death sets free. Raises StoreUnusable while another holds it."""
    lock = path.with_name(f"{path.name}.lock")
    descriptor = _taken(path, lock)
    try:
        with suppress(OSError):  # on a full disk the lock holds without saying whose it is
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        with suppress(OSError):  # the folder may be closed to us by now, or gone
            lock.unlink()
        os.close(descriptor)


def _taken(path: Path, lock: Path) -> int:
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StoreUnusable(f"{path}: its lock {lock} cannot be used: {error.strerror}. Mend that.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace") or "?"
            os.close(descriptor)
            raise StoreUnusable(
                f"{path}: process {holder} is running a sweep into this store, or deletes or merges some. "
                "Wait for it, or use another --store."
            ) from None
        if _is_named(lock, descriptor):
            return descriptor
        os.close(descriptor)  # its last holder has removed it in the meantime


def _is_named(lock: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except OSError:
        return False
