"""Run one child process, from its start until it and every process below it have ended."""

import errno
import os
import selectors
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from runner.errors import BadInput, ExecutorBroken
from runner.executors.launched import PATIENCE_S, Launcher, kill_session
from runner.harness import wire
from runner.harness.stacks import ASKING
from runner.interrupt import Interrupt
from runner.outcome import Status
from runner.verdict import describe_exit

OUTPUT_TAIL_BYTES = 16_384
LARGEST_REPLY_BYTES = 512 * 1024**2
"""Many times the largest reply of a trial. A workload can write to the channel too, without end."""
TICK_S = 1.0
STACKS_S = 0.5
"""How long a trial that took too long may go on, in order to write its stacks."""
LATE_S = 0.5
"""Delay of a wake-up beyond which this process counts as held up."""


class Child:
    """A running child, its channels, and how it ended. `message` is its request (see ``runner.harness.wire``)."""

    def __init__(
        self, launcher: Launcher, argv: Sequence[str], message: Mapping[str, Any], env: Mapping[str, str]
    ) -> None:
        self._launcher = launcher
        self.reply = bytearray()
        """The frame that the child wrote, possibly incomplete (see ``runner.reply``)."""
        self._output = bytearray()
        self._output_bytes = 0
        self._wait_status: int | None = None
        self.cpu_ns: int | None = None
        """CPU time of the child and all processes below it, once they have ended."""
        self.left: Sequence[tuple[int, str]] = ()
        """Processes below the child, (pid, name), that this user may not kill."""
        self.held_ns = 0
        """How long this process could not run while it waited."""
        self._selector = selectors.DefaultSelector()
        self._unsent = memoryview(wire.encode(message))
        request_end, self._request_fd = os.pipe()
        os.set_blocking(self._request_fd, False)  # a long request is sent while the child reads it
        self._reply_fd, reply_end = os.pipe()
        self._output_fd, output_end = os.pipe()
        try:
            launcher.order({"start": list(argv), "env": dict(env)}, (request_end, reply_end, output_end))
        finally:
            for descriptor in (request_end, reply_end, output_end):
                os.close(descriptor)
        answer = launcher.answer()
        if "refused" in answer:
            self._selector.close()
            self._close()
            if answer["errno"] == errno.E2BIG:
                raise BadInput(
                    "the environment variables are longer than the system can give to a program; "
                    "shorten `env`, for instance to the name of a file with the values"
                )
            raise ExecutorBroken(f"The interpreter under test cannot be started: {answer['refused']}")
        self._pid: int | None = answer.get("started")

    def wait(self, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Status | None:
        """Collect reply and output until the child and all processes below it have ended.

        Returns TIMEOUT or INTERRUPTED if it was killed for that reason, else None.
        """
        stopped = None
        stopping: Iterator[float] = iter(())
        deadline = time.monotonic() + timeout_s
        with self._selector as selector:
            selector.register(self._request_fd, selectors.EVENT_WRITE, self._send_request)
            for source, collect in (
                (self._reply_fd, self._collect_reply),
                (self._output_fd, self._collect_output),
                (self._launcher.socket, self._collect_end),
            ):
                selector.register(source, selectors.EVENT_READ, collect)
            selector.register(interrupt, selectors.EVENT_READ, None)
            while self._pid is not None and self._wait_status is None:
                began = time.monotonic()
                left_s = deadline - began
                for key, _ in selector.select(max(0.0, min(TICK_S, left_s))):
                    if key.data is None or not key.data():
                        selector.unregister(key.fileobj)
                ended = self._pid is None or self._wait_status is not None
                if not ended and (left_s <= 0 or (stopped is None and interrupt.requested)):
                    if stopped is None:
                        stopped = Status.INTERRUPTED if interrupt.requested else Status.TIMEOUT
                        stopping = self._stop(stopped)
                    deadline = began + next(stopping)
                tick()
                late_s = time.monotonic() - began - TICK_S
                self.held_ns += round(late_s * 1e9) if late_s > LATE_S else 0
        self._drain()
        self._close()
        return stopped

    def output(self) -> str | None:
        """Return the last part of what was printed, or None if nothing was."""
        if not self._output_bytes:
            return None
        dropped = self._output_bytes - len(self._output)
        text = self._output.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return f"[{dropped:,} bytes before this were not kept]\n{text}" if dropped else text

    @property
    def has_exited_normally(self) -> bool:
        """Whether the child ended with exit code 0."""
        return self._wait_status == 0

    def describe_end(self) -> str:
        """Return in words how the child ended."""
        if self._wait_status is None:
            return "was lost, because the launcher process died"
        return describe_exit(os.waitstatus_to_exitcode(self._wait_status))

    def _stop(self, why: Status) -> Iterator[float]:
        """Stop the child, harder each time; yield how many seconds it may take until it ends."""
        if why is Status.TIMEOUT and ASKING is not None:
            self._launcher.order({"stacks": int(ASKING)})
            yield STACKS_S
        self._launcher.order({"kill": True})
        yield PATIENCE_S
        while True:
            self._launcher.kill()
            yield PATIENCE_S

    def _send_request(self) -> bool:
        """Send more of the request; return False when nothing is left to send."""
        try:
            self._unsent = self._unsent[os.write(self._request_fd, self._unsent) :]
        except BrokenPipeError:  # the child has ended
            self._unsent = self._unsent[:0]
        if not self._unsent:
            os.close(self._request_fd)
            self._request_fd = -1
        return bool(self._unsent)

    def _collect_reply(self) -> bool:
        chunk = os.read(self._reply_fd, 1 << 20)
        if len(self.reply) < LARGEST_REPLY_BYTES:
            try:
                self.reply += chunk
            except MemoryError:  # less than the limit is to be had
                self.reply = bytearray()
        return bool(chunk)

    def _collect_output(self) -> bool:
        chunk = os.read(self._output_fd, 1 << 20)
        self._output_bytes += len(chunk)
        self._output += chunk
        del self._output[:-OUTPUT_TAIL_BYTES]
        return bool(chunk)

    def _collect_end(self) -> bool:
        answer = self._launcher.answer()
        if "ended" in answer:
            self._wait_status, self.cpu_ns, self.left = answer["ended"], answer["cpu_ns"], answer["left"]
        elif self._pid is not None:  # the launcher is gone: end the session from here
            kill_session(self._pid)
            self._pid = None
        return True

    def _drain(self) -> None:
        for descriptor, collect in (
            (self._reply_fd, self._collect_reply),
            (self._output_fd, self._collect_output),
        ):
            os.set_blocking(descriptor, False)
            try:
                while collect():
                    pass
            except BlockingIOError:  # held open by a process that escaped, where there is no subreaper
                pass

    def _close(self) -> None:
        if self._request_fd >= 0:
            os.close(self._request_fd)
        os.close(self._reply_fd)
        os.close(self._output_fd)
