"""End the processes below the launcher. It imports this by its folder, without the package.

Everything is killed at once, but for resource trackers: multiprocessing's, and those of libraries like it. A tracker
removes what its trial has named in the system (shared memory, semaphores) and not removed, as soon as no other process
of the trial lives; killed earlier, it would leave that behind for ever.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

PTRACE_DETACH = 17
LIBC = ctypes.CDLL(None)
TRACKER = b"resource_tracker"
"""What the command line of a resource tracker contains."""
TRACKERS_PATIENCE_S = 5.0
"""How long a tracker may take to remove what it knows of, once it is alone."""
STACKS_PATIENCE_S = 0.4
"""How long all processes may take to write their stacks."""
LOOK_AGAIN_S = 0.001


def ended(child: int) -> int | None:
    """Reap all processes that have ended; return the wait status of `child` if it is among them."""
    result = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return result
        if pid == 0:
            return result
        if os.WIFSTOPPED(status):
            _detach(pid, os.WSTOPSIG(status))
        elif pid == child:
            result = status


def ask_for_stacks(number: int) -> None:
    """Send a signal to all processes below this one that have a handler for it, and so do not end by it.

    One after the other, because they write to the same output.
    """
    deadline = time.monotonic() + STACKS_PATIENCE_S
    for pid in sorted(_descendants()):
        if _in_mask(pid, b"SigCgt:", number) and time.monotonic() < deadline:
            _signal(pid, number)
            patience = time.monotonic() + STACKS_PATIENCE_S / 8
            time.sleep(LOOK_AGAIN_S)
            while _is_busy(pid, number) and time.monotonic() < patience:
                time.sleep(LOOK_AGAIN_S)


def _is_busy(pid: int, number: int) -> bool:
    """Return whether a process has not answered the signal yet, or is computing, and so may still be answering."""
    return _in_mask(pid, b"ShdPnd:", number) or b"\nState:\tR" in _read(f"/proc/{pid}/status")


def _in_mask(pid: int, mask: bytes, number: int) -> bool:
    signals = _read(f"/proc/{pid}/status").partition(mask)[2].split(None, 1)
    return bool(signals) and bool(int(signals[0], 16) >> (number - 1) & 1)


def kill(child: int) -> None:
    """Kill `child` and its process group, but not the resource trackers in it."""
    trackers = _trackers()
    _kill(child)  # first, or it would reply that its workers have died
    if not trackers:
        _kill_group(child)
    for pid in _descendants() - trackers:
        _kill(pid)


def end_all(child: int | None, spared: dict[int, str]) -> list[tuple[int, str]]:
    """Kill and reap until nothing is left below this process; return (pid, name) of each that may not be killed.

    Such a process runs as another user, because its program is set-user-ID. It is added to `spared`: no later call
    returns it again.
    """
    deadline = time.monotonic() + TRACKERS_PATIENCE_S
    trackers = _trackers()
    if child and not trackers:
        _kill_group(child)
    before = set(spared)
    while True:
        for pid in _descendants() - (trackers if time.monotonic() < deadline else set()) - spared.keys():
            if not _kill(pid):
                spared[pid] = _name(pid)
        try:
            pid, status = os.waitpid(-1, os.WNOHANG if trackers or spared else 0)
        except ChildProcessError:
            pid, status = 0, 0
        if pid and os.WIFSTOPPED(status):
            _detach(pid, signal.SIGKILL)
        elif not pid and _descendants() <= spared.keys():
            return [(pid, name) for pid, name in spared.items() if pid not in before]
        elif not pid:
            time.sleep(LOOK_AGAIN_S)


def _detach(pid: int, number: int) -> None:
    """Let a process go on that asked to be traced by its parent, which is now this one, and was stopped for that."""
    if sys.platform == "linux":
        LIBC.ptrace(PTRACE_DETACH, pid, None, 0 if number == signal.SIGTRAP else number)
    else:
        _kill(pid)


def _kill_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _kill(pid: int) -> bool:
    """Return False if this process may not kill that one."""
    return _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        return False
    return True


def _trackers() -> set[int]:
    # Twice: a process whose parent dies in the middle of a look becomes a child of this one, and is in neither list.
    return {pid for pid in _descendants() | _descendants() if TRACKER in _read(f"/proc/{pid}/cmdline")}


def _descendants() -> set[int]:
    """Return all processes below this one. Where it is not Linux, only the process group is known."""
    found: set[int] = set()
    new = [int(pid) for pid in _read("/proc/thread-self/children").split()]
    while new:
        pid = new.pop()
        if pid not in found:
            found.add(pid)
            new += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:  # it has ended
        return []
    return [int(child) for thread in threads for child in _read(f"/proc/{pid}/task/{thread}/children").split()]


def _name(pid: int) -> str:
    return _read(f"/proc/{pid}/comm").decode("utf-8", "replace").strip()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # it has ended, or this is not Linux
        return b""
