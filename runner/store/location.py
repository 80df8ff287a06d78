"""Turn what the user typed into the path of a store, or refuse it with the reason; and a path into what to type."""

import os
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from runner.errors import BadInput, StoreUnusable

DEFAULT = "runs.db"
SWEEP = ("sweep", "--matrix", "grid.yaml")
"""Words of a command that makes a store."""
VARIABLE = "RUNNER_STORE"
"""The environment variable that names another default."""
NETWORK_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"smb3", "smbfs", "virtiofs"}
)


def resolve(store: str) -> Path:
    """Return the file that `store`, a path or a ``sqlite:///`` URL, names or links to. Raises StoreUnusable.

    A store has one name, because its lock and SQLite's log are named after it: a symbolic link is followed, and a file
    with hard links is refused.
    """
    try:
        path = Path(_path_of_url(store) if "://" in store else store).expanduser()
        real = path.resolve()  # fails in a deleted folder, and for links that lead in a circle
        if "\0" in str(path):
            raise ValueError("the name holds a NUL character")
        if path.is_symlink():
            path = real
        if path.is_dir():
            raise StoreUnusable(f"{store}: this is a folder, expected a file such as {path / DEFAULT}.")
        if path.exists() and not path.is_file():
            raise StoreUnusable(f"{store}: this is not a regular file.")
        if path.exists() and (names := path.stat().st_nlink) > 1:
            raise StoreUnusable(
                f"{store}: this file has {names} names (hard links), and SQLite would keep a separate log for each, "
                "which damages the store. Remove the others, or use a copy of the file."
            )
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreUnusable(f"{store}: cannot be used: {getattr(error, 'strerror', None) or error}.") from None
    return path


def command(path: Path, *words: str) -> str:
    """Return a command line of `runner` that uses the store at `path`."""
    is_default = str(path) == os.environ.get(VARIABLE, DEFAULT) == DEFAULT
    return " ".join(["runner", *words, *([] if is_default else ["--store", shlex.quote(str(path))])])


def existing(path: Path) -> Path:
    """Return `path` if a file is there. Raises StoreUnusable."""
    if not path.exists():
        raise StoreUnusable(f"{path}: there is no store yet; `{command(path, *SWEEP)}` makes one.")
    return path


def writable(path: Path) -> Path:
    """Return `path` if a store can be created or written there. Raises StoreUnusable."""
    folder = path.parent
    if not folder.is_dir():
        raise StoreUnusable(f"{path}: there is no folder {folder}; make it first, or name another place.")
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise StoreUnusable(f"{path}: you may not write here; name another place.")
    kind = file_system(path.resolve().parent)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreUnusable(
            f"{path}: this is on a network file system ({kind}), where SQLite cannot keep its promises. Put the store "
            "on a local disk; sharing one among machines takes a database server such as PostgreSQL."
        )
    return path


def free_name(path: Path) -> Path:
    """Return `path` if no file has that name, else the first free one of ``path.2``, ``path.3``, …"""
    numbered = (path.with_name(f"{path.name}.{number}") for number in count(2))
    return next(name for name in chain([path], numbered) if not name.exists())


def new_file(target: str | Path) -> Path:
    """Return the path of a file to be created. Raises BadInput if `target` exists."""
    try:
        path = Path(target).expanduser()
        if path.exists() or path.is_symlink():
            raise BadInput(f"{path}: this file exists already; name another.")
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror}.") from None
    except RuntimeError:
        raise BadInput(f"{target}: cannot be written: whose home folder is that?") from None
    return path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`, renamed to `target` at the end, so that no half-written file is seen."""
    part = target.with_name(f"{time.time_ns():x}.part")  # the target's own name may have the maximal length
    try:
        yield part
        part.rename(target)
    finally:
        with suppress(OSError):  # it was renamed, or never created
            part.unlink()


def file_system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """Return the type of the file system that holds `folder`, or None where that is unknown."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return None
    folder = folder.resolve()
    best, kind = -1, None
    for line in lines:
        _, point, found, *_ = line.split(" ")
        mount = Path(re.sub(r"\\([0-7]{3})", lambda escape: chr(int(escape[1], 8)), point))
        if (folder == mount or mount in folder.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), found
    return kind


def _path_of_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        raise StoreUnusable(f"{url}: a store is a SQLite file; {scheme} is not supported.")
    if not rest.startswith("/") or rest == "/":
        raise StoreUnusable(f"{url}: expected sqlite:///relative.db or sqlite:////absolute.db.")
    from urllib.parse import unquote  # noqa: PLC0415 - few stores are named by a URL, and every command imports this

    return unquote(rest[1:].partition("?")[0])
