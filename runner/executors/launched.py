"""The launcher process (see ``launcher.py``), seen from the runner."""

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
"""With a launcher that takes some milliseconds for what is asked of it, unless it was stopped."""


class Launcher:
    """The launcher and the socket to it. `held` are descriptors that stay open for as long as it lives."""

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
        """Send one order. A launcher that is gone is noticed by the answer that never comes."""
        try:
            socket.send_fds(self.socket, [json.dumps(message).encode() + b"\n"], descriptors)
        except OSError:
            self.alive = False

    def answer(self) -> dict[str, Any]:
        """Return the next answer; ``{"gone": True}`` when the launcher has died."""
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
        """End a launcher that does not do what it is asked; the kernel then ends the child and its group."""
        self._process.kill()

    def close(self) -> None:
        """Hang up and wait: the launcher ends whatever is left, then itself."""
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
