"""Lock this host so that only one measurement runs at a time. The lock is shared by all users of the host.

The kernel keeps the lock (``flock``) on a file that is never removed, and releases it when its holder dies. The
contents of the file only say who holds it.
"""

import fcntl
import json
import os
import pwd
import select
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.clock import utc_now
from runner.errors import BadInput, HostBusy, Interrupted
from runner.interrupt import Interrupt
from runner.visible import on_one_line

VARIABLE = "RUNNER_HOST_LOCK"
"""Environment variable with another path. Containers that share a host need a file that all of them see."""
NAME = "concurrency-runner.lock"
FOLDERS = (Path("/run/lock"), Path("/tmp"))  # noqa: S108 - one place for all users is the point
S_BETWEEN_TRIES = 1.0
LONGEST_NOTE_BYTES = 4096
UNREADABLE = (ValueError, TypeError, KeyError, OverflowError, RecursionError)
"""Errors of a note that is not written yet, or not by this program."""


@dataclass(frozen=True, slots=True)
class HostLock:
    """The lock while it is held. A process that inherits `descriptor` holds it too."""

    descriptor: int
    since: str

    def note(self, doing: str) -> None:
        """Write who holds the lock, and for what (`doing`), into its file, for those who wait."""
        text = json.dumps({"user": _user(), "pid": os.getpid(), "since": self.since, "doing": doing})
        try:
            os.truncate(self.descriptor, 0)
            os.pwrite(self.descriptor, text.encode()[:LONGEST_NOTE_BYTES], 0)
        except OSError:  # another user's file, or a full disk: the lock works without a note
            pass


@contextmanager
def only_measurement(
    doing: str, interrupt: Interrupt, tell: Callable[[str], None], *, wait: bool
) -> Iterator[HostLock]:
    """Hold the host's lock. While another process holds it, wait, and `tell` the user who holds it.

    Raises HostBusy instead of waiting if `wait` is false, Interrupted if a stop is requested meanwhile, and BadInput if
    the lock's file cannot be used.
    """
    descriptor = _opened(location())
    try:
        told = None
        while not _taken(descriptor):
            who = _holder(descriptor)
            if not wait:
                raise HostBusy(f"{who} Try again when that is done; without --no-wait this command waits for it.")
            if who != told:
                tell(f"{who} Waiting for it to end, so that neither disturbs the other (Ctrl-C gives up).")
                told = who
            select.select([interrupt], [], [], S_BETWEEN_TRIES)
            if interrupt.requested:
                raise Interrupted("Interrupted while waiting for the host; nothing was run.")
        lock = HostLock(descriptor, utc_now())
        lock.note(doing)
        yield lock
    finally:
        os.close(descriptor)


def location() -> Path:
    """Return the lock's file, the same for every user of the host."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    shared = next((folder for folder in FOLDERS if _is_for_everybody(folder)), None)
    return (shared or Path(tempfile.gettempdir())) / NAME  # gettempdir() writes a file to find out


def holder() -> str | None:
    """Return a sentence that says who is measuring on this host now; None if nobody is."""
    return _while_held(_holder)


def doing() -> str | None:
    """Return what the holder of the lock has noted to be doing; None if nobody holds it, or that is not known."""
    return _while_held(_doing)


def _while_held(question: Callable[[int], str | None]) -> str | None:
    """Return the answer to a question about the lock's file if somebody holds the lock, else None."""
    try:
        descriptor = os.open(location(), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return None if _taken(descriptor) else question(descriptor)
    finally:
        os.close(descriptor)


def _is_for_everybody(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH) and os.access(folder, os.W_OK)  # it may be mounted read-only
    except OSError:
        return False


def _opened(path: Path) -> int:
    while True:
        try:
            return _open(path)
        except FileNotFoundError:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
            except FileExistsError:
                continue  # another process has created it meanwhile
            except OSError as error:
                raise _unusable(path, error) from None
            os.fchmod(descriptor, 0o666)  # regardless of the umask
            return descriptor
        except OSError as error:
            raise _unusable(path, error) from None


def _open(path: Path) -> int:
    # Without O_CREAT: the kernel refuses that for another user's file in a folder that everybody may write to.
    try:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def _unusable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"{path}: the host's lock cannot be used: {error.strerror}. Fix that, or name another file for all users of "
        f"this host in {VARIABLE}."
    )


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    try:
        note = _note(descriptor)
        who = f"{note['user']} (process {int(note['pid'])}) has been measuring on this host since {note['since']}"
        return on_one_line(f"{who}: {note['doing']}.")
    except UNREADABLE:
        return "Somebody is measuring on this host."


def _doing(descriptor: int) -> str | None:
    try:
        return str(_note(descriptor)["doing"])
    except UNREADABLE:
        return None


def _note(descriptor: int) -> dict[str, Any]:
    note: dict[str, Any] = json.loads(os.pread(descriptor, LONGEST_NOTE_BYTES, 0))
    return note


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
