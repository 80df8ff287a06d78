"""Lock a store for one sweep, deletion or merge at a time.

Two sweeps would run the same trials and disturb each other.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.errors import StoreUnusable


@contextmanager
def only_sweep(path: Path) -> Iterator[None]:
    """Hold the store's lock; the kernel releases it when this process dies. Raises StoreUnusable if it is taken.

    The lock is beside the file itself, wherever links to it are.
    """
    lock = Path(f"{path.resolve()}.lock")
    descriptor = _taken(path, lock)
    try:
        with suppress(OSError):  # on a full disk the lock holds, without the process id
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        with suppress(OSError):  # the folder may have become read-only, or been deleted
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
                f"{path}: process {holder} is running a sweep into this store, or deleting or merging sweeps. "
                "Wait for it, or use another --store."
            ) from None
        if _is_named(lock, descriptor):
            return descriptor
        os.close(descriptor)  # the last holder has removed the file in the meantime


def _is_named(lock: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except OSError:
        return False
