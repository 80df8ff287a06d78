"""Start the launcher process (see ``launcher.py``) and talk to it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

LAUNCHER = Path(__file__).with_name("launcher.py")
PATIENCE_S = 30.0
"""How long to wait for the launcher. It answers within some milliseconds, unless somebody has stopped it."""


class Launcher:
    """The launcher process and the socket to it. `held` are descriptors that it keeps open until it ends."""

    def __init__(self, held: Sequence[int] = ()) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCHER), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *held),
                start_new_session=True,
            )
        self.alive = True
        self.socket.settimeout(PATIENCE_S)

    def order(self, message: Mapping[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        """Send one order. If the launcher has died, only `answer` reports it."""
        line = json.dumps(message).encode() + b"\n"
        try:
            sent = socket.send_fds(self.socket, [line], descriptors)
            self.socket.sendall(line[sent:])  # the first call stops where the socket's buffer is full
        except OSError:
            self.alive = False

    def answer(self) -> dict[str, Any]:
        """Return the next answer; ``{"gone": True}`` if the launcher has died."""
        line = b""
        while not line.endswith(b"\n"):
            try:
                byte = self.socket.recv(1)
            except TimeoutError:
                self.kill()
                byte = b""
            except OSError:
                byte = b""
            if not byte:
                self.alive = False
                return {"gone": True}
            line += byte
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        """Kill a launcher that does not answer; the kernel then kills the child and its process group."""
        self._process.kill()

    def close(self) -> None:
        """Close the socket and wait: the launcher kills all remaining processes, then ends."""
        self.socket.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()


def kill_session(pid: int) -> None:
    """Kill the processes of a child's session that are still in its process group."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
