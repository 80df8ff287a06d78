"""Start the children and outlive the runner, so that no process is left behind. Run by path, with ``-I -S``.

The launcher is a process between the runner and the trials of one sweep, in its own session. It is the subreaper of
all processes below it: it inherits each process that a trial orphans, even one in another session, and ends them all
when the trial ends (see ``below.py``). Its socket closes when the runner dies, for whatever reason; then it kills them
too, and ends.

The runner sends one JSON line for each order; the launcher answers with one line:

``{"start": [argv...], "env": {...}}``, sent with three descriptors (request, reply, output) → ``{"started": pid}`` or
``{"refused": "why", "errno": ...}``; later, when the child and all processes below it have ended, ``{"ended":
wait_status, "cpu_ns": ..., "left": [[pid, name], ...]}`` with the CPU time that they and the launcher took, and with
the processes that it may not kill.
In `argv`, the words ``{request}`` and ``{reply}`` are replaced by the numbers of the descriptors.

``{"stacks": signal}`` asks all processes below for their stacks (see ``runner.harness.stacks``); there is no answer.

``{"kill": true}`` kills the running child and all its processes at once; the answer is its ``ended``.

If the launcher itself is killed, the kernel takes over: the child is killed with its parent, and the child's process
group by the leash. The leash is a pipe: processes of the group may hold its reading end, and only the launcher holds
its writing end. When that is closed, the kernel sends SIGKILL to the group.
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

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import below  # type: ignore[import-not-found]

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None)


def main(socket_fd: int) -> None:
    """Serve the runner at the other end of `socket_fd` until it hangs up."""
    _adopt_orphans()
    runner = socket.socket(fileno=socket_fd)
    runner.set_inheritable(False)
    wakeup, wakeup_end = os.pipe()
    for end in (wakeup, wakeup_end):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakeup_end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    leash, _leash_end = os.pipe()  # the writing end stays open until this process ends
    child = None
    cpu_ns = 0
    spared: dict[int, str] = {}
    waiting = _waiting_for(runner.fileno(), wakeup)
    while True:
        ready = {descriptor for descriptor, _ in waiting.poll()}
        if runner.fileno() in ready:
            line, descriptors = _receive(runner)
            if not line:
                below.end_all(child, spared)
                return
            for order in map(json.loads, line.splitlines()):
                if "start" in order:
                    cpu_ns = _cpu_ns()
                    child = _start(runner, order, descriptors, leash)
                elif child:
                    _obey(order, child)
        if wakeup in ready:
            os.read(wakeup, 512)
        if child and (status := below.ended(child)) is not None:
            left = below.end_all(child, spared)
            child = None
            _tell(runner, {"ended": status, "cpu_ns": _cpu_ns() - cpu_ns, "left": left})


def _waiting_for(*descriptors: int) -> select.poll:
    # Not select(): it refuses descriptors above 1023, which a runner with many open files hands on.
    waiting = select.poll()
    for descriptor in descriptors:
        waiting.register(descriptor, select.POLLIN)
    return waiting


def _obey(order: dict[str, Any], child: int) -> None:
    if "stacks" in order:
        below.ask_for_stacks(order["stacks"])
    else:
        below.kill(child)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _cpu_ns() -> int:
    """Return the CPU time of this process and of all processes below it that have been reaped."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time_ns() + round((children.ru_utime + children.ru_stime) * 1e9)


def _die_with_launcher(leash: int) -> None:
    """Make the kernel kill the whole process group when the launcher dies. Called in the child, in its own session."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        fcntl.fcntl(leash, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(leash, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(leash, fcntl.F_SETFL, os.O_ASYNC)


def _receive(runner: socket.socket) -> tuple[bytes, list[int]]:
    """Return whole lines and the descriptors that came with them; no line if the runner has hung up."""
    lines, descriptors = bytearray(), []
    while not lines.endswith(b"\n"):
        try:
            chunk, received, _, _ = socket.recv_fds(runner, 1 << 20, 3)
        except ConnectionResetError:  # the runner was killed before it read the last answer
            chunk, received = b"", []
        descriptors += received
        if not chunk:
            return b"", descriptors
        lines += chunk
    return bytes(lines), descriptors


def _tell(runner: socket.socket, message: dict[str, object]) -> None:
    try:
        runner.sendall(json.dumps(message).encode() + b"\n")
    except OSError:  # the runner has died; the next read reports it
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
        _tell(runner, {"refused": str(error), "errno": getattr(error, "errno", None)})
        return None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    child.returncode = 0  # this module reaps it, not subprocess
    _tell(runner, {"started": child.pid})
    return child.pid


if __name__ == "__main__":
    main(int(sys.argv[1]))
