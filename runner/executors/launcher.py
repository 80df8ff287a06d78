"""Starts the children and outlives the runner, to leave no process behind. Run by path, with ``-I -S``.

It stands in a session of its own between the runner and the trials, for one sweep. As the subreaper of everything
below it, it inherits each process that a trial orphans, even one that moved to another session, and it ends them all
when the trial ends. Its end of the socket closes when the runner dies, however that happens; then it does the same
and goes.

The runner sends one JSON line for each order; the launcher answers with one line:

``{"start": [argv...], "env": {...}}``, with three descriptors beside it (request, reply, output) → ``{"started": pid}``
or ``{"refused": "why"}``; later, when the child and all that it left has gone, ``{"ended": wait_status,
"cpu_ns": ...}`` with the CPU time that all of them and the launcher took.
In `argv`, words that are ``{request}`` and ``{reply}`` stand for the numbers of the descriptors.

``{"kill": true}`` ends the running child and all its processes at once; the answer is its ``ended``.

Should the launcher itself be killed, the kernel does what it can no longer do: the child dies with its parent, and the
process group of the child dies by the leash, a pipe of which each of its processes may hold the reading end, and only
the launcher the writing end. When that is closed, the kernel signals SIGKILL to the group.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None)


def main(socket_fd: int) -> None:
    """Serve the runner at the other end of `socket_fd` until it goes."""
    _adopt_orphans()
    runner = socket.socket(fileno=socket_fd)
    runner.set_inheritable(False)
    wakeup, wakeup_end = os.pipe()
    for end in (wakeup, wakeup_end):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakeup_end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    leash, _leash_end = os.pipe()  # the other end stays open for as long as this process lives
    child = None
    cpu_ns = 0
    while True:
        ready, _, _ = select.select([runner.fileno(), wakeup], [], [])
        if runner.fileno() in ready:
            line, descriptors = _receive(runner)
            if not line:
                _end_all(child)
                return
            for order in map(json.loads, line.splitlines()):
                if "start" in order:
                    cpu_ns = _cpu_ns()
                    child = _start(runner, order, descriptors, leash)
                elif child:
                    _kill_session(child)
        if wakeup in ready:
            os.read(wakeup, 512)
        if child and (status := _ended(child)) is not None:
            _end_all(child)
            child = None
            _tell(runner, {"ended": status, "cpu_ns": _cpu_ns() - cpu_ns})


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _cpu_ns() -> int:
    """Return the CPU time of this process and of all that it has reaped, and they in turn."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time_ns() + round((children.ru_utime + children.ru_stime) * 1e9)


def _die_with_launcher(leash: int) -> None:
    """In the child, already in a session of its own: see to it that the launcher's death is that of the whole group."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        fcntl.fcntl(leash, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(leash, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(leash, fcntl.F_SETFL, os.O_ASYNC)


def _receive(runner: socket.socket) -> tuple[bytes, list[int]]:
    try:
        line, descriptors, _, _ = socket.recv_fds(runner, 65536, 3)
    except ConnectionResetError:  # it was killed before it read our last answer
        return b"", []
    return line, descriptors


def _tell(runner: socket.socket, message: dict[str, object]) -> None:
    try:
        runner.sendall(json.dumps(message).encode() + b"\n")
    except OSError:  # the runner has gone; the next read says so
        pass


def _start(runner: socket.socket, order: dict[str, Any], descriptors: list[int], leash: int) -> int | None:
    request, reply, output = descriptors
    numbers = {"{request}": str(request), "{reply}": str(reply)}
    argv = [numbers.get(word, word) for word in order["start"]]
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **order["env"]} if order["env"] else None,
            pass_fds=(request, reply, leash),
            start_new_session=True,
            preexec_fn=lambda: _die_with_launcher(leash),  # noqa: PLW1509 - there are no threads here
        )
    except (OSError, subprocess.SubprocessError) as error:
        _tell(runner, {"refused": str(error)})
        return None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    child.returncode = 0  # this module reaps it, not subprocess
    _tell(runner, {"started": child.pid})
    return child.pid


def _ended(child: int) -> int | None:
    """Reap all that ended; return the wait status of `child` if it is among them."""
    result = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return result
        if pid == 0:
            return result
        if pid == child:
            result = status


def _end_all(child: int | None) -> None:
    """Kill and reap until nothing is left below this process."""
    if child:
        _kill_session(child)
    while True:
        for pid in _children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _kill_session(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _children() -> list[int]:
    try:
        with open("/proc/thread-self/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:  # not Linux: the session is all that can be known
        return []


if __name__ == "__main__":
    main(int(sys.argv[1]))
