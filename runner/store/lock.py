"""Lock a store for one sweep, deletion or merge at a time.

Two sweeps would run the same trials and disturb each other. While a sweep runs, its lock also says which files it has
open: other commands refuse to open different files under the same name.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.errors import StoreUnusable
from runner.store.files import Look, look_at


@contextmanager
def only_sweep(path: Path) -> Iterator[None]:
    """Hold the store's lock; the kernel releases it when this process dies. Raises StoreUnusable if it is taken.

    The lock is beside the file itself, wherever links to it are.
    """
    lock = _lock_of(path)
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


def note_files(path: Path, look: Look | None) -> None:
    """If this process holds the lock, write into it which files it has open.

    None says that they are about to change, so that other processes do not compare them.
    """
    lock, holder = _lock_of(path), str(os.getpid())
    with suppress(OSError):
        if lock.read_text(errors="replace").split("\n")[0] == holder:
            os.truncate(lock, len(holder))
            with lock.open("a") as file:
                file.write("".join(f"\n{line}" for line in _lines(look)) if look else "")


def refuse_other_files(path: Path, *, to_write: bool = False) -> None:
    """Raise StoreUnusable if a sweep of another process has other files open than those that are at `path` now.

    What is written into these files would be lost, or damage those of the sweep. If `to_write`, nobody else may have
    written to the database either.
    """
    holder = _holder_of_other_files(path, to_write) and _holder_of_other_files(
        path, to_write
    )  # one may just have begun or ended
    if holder and _is_held(_lock_of(path)):
        raise StoreUnusable(
            f"{path}: the file or its log was deleted, moved or replaced while process {holder} is running a sweep "
            "into it. That sweep will look into it at its next trial. Try again then."
        )


def _holder_of_other_files(path: Path, to_write: bool) -> str | None:
    """Return the process whose sweep has other files open than those at `path`; None if there is none."""
    try:
        holder, *noted = _lock_of(path).read_text(errors="replace").split("\n")
    except OSError:  # no sweep is running
        return None
    compared = slice(None if to_write else -1)
    same = noted[compared] == _lines(look_at(path))[compared]
    return None if same or not noted or holder == str(os.getpid()) else holder


def _lines(look: Look) -> list[str]:
    return [*map(str, look.identities), str(look.written)]


def _lock_of(path: Path) -> Path:
    file = path.resolve() if path.is_symlink() else path
    return file.with_name(f"{file.name}.lock")


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _taken(path: Path, lock: Path) -> int:
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StoreUnusable(f"{path}: its lock {lock} cannot be used: {error.strerror}. Mend that.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").partition("\n")[0] or "?"
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
