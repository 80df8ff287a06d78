"""Runs trials on this machine: one child, in a session of its own, behind the launcher."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from runner.clock import utc_now
from runner.errors import ExecutorBroken, Interrupted
from runner.executors import Request
from runner.harness import wire
from runner.host.activity import HostCounters, between
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status, describe_exit, judge

HARNESS = Path(wire.__file__).parent
LAUNCHER = Path(__file__).with_name("launcher.py")
OUTPUT_TAIL_BYTES = 16_384
LARGEST_REPLY_BYTES = 512 * 1024**2
"""Many times what the largest trial replies; a workload can write to the channel too, and not stop."""
PROBE_TIMEOUT_S = 60.0
TICK_S = 1.0
PATIENCE_S = 30.0
"""With a launcher that takes some milliseconds for what is asked of it, unless it was stopped."""
LATE_S = 0.5
"""How much later than it wanted to this process may wake up before it is said to have been held."""


def interpreter_under_test() -> str:
    """Return the Python that trials run in: the one below the virtual environment that this program runs in.

    So neither this project nor its dependencies are importable in a trial, and no ``.pth`` file of theirs slows the
    start of a spawned worker.
    """
    return getattr(sys, "_base_executable", "") or sys.executable


class LocalExecutor:
    """An `Executor`; a context manager that owns the launcher process.

    `interpreter` runs what does not ask for another, `harness` is the folder whose ``__main__.py`` the child runs.
    `held` is a descriptor that stays open until the last process of a trial has gone, even if this process dies.
    """

    def __init__(self, interpreter: str | None = None, harness: Path = HARNESS, held: int | None = None) -> None:
        self._interpreter = interpreter or interpreter_under_test()
        self._main = str(harness / "__main__.py")
        self._held = () if held is None else (held,)
        self._counters = HostCounters()
        self._launcher: _Launcher | None = None

    def __enter__(self) -> "LocalExecutor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._launcher:
            self._launcher.close()

    def ask(self, request: Request) -> Mapping[str, Any]:
        """Ask a child what it runs in, or what it can run."""
        with Interrupt() as interrupt:
            trial = self._begin(request)
            stopped = trial.wait(PROBE_TIMEOUT_S, interrupt, tick=lambda: None)
        if stopped is Status.INTERRUPTED:
            raise Interrupted("Interrupted; nothing was run.")
        reply = trial.reply()
        if reply is None:
            took = f"was still running after {PROBE_TIMEOUT_S:g} s"
            how = took if stopped is Status.TIMEOUT else trial.describe_end()
            doing = "the probe" if request["kind"] == "probe" else "looking at the functions of the grid"
            raise ExecutorBroken(
                f"{self._python(request)} cannot run trials: {doing} {how}.\n{trial.output() or ''}".rstrip()
            )
        return reply

    def run(self, request: Request, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        """Run one trial to its end; see `Executor`."""
        load, before = self._counters.load(), self._counters.read()
        started_at, before_ns, before_cpu_ns = utc_now(), time.perf_counter_ns(), time.process_time_ns()
        trial = self._begin(request)
        stopped = trial.wait(timeout_s, interrupt, tick)
        elapsed_ns = time.perf_counter_ns() - before_ns
        own_cpu_ns = None if trial.cpu_ns is None else trial.cpu_ns + time.process_time_ns() - before_cpu_ns
        around = between(before, self._counters.read(), own_cpu_ns, load, trial.held_ns)
        reply = trial.reply()
        status, reason = (
            judge(reply, request.get("gil")) if reply is not None else _without_reply(stopped, timeout_s, trial)
        )
        reply = reply or {}
        return Outcome(
            status=status,
            reason=reason,
            started_at=started_at,
            surroundings=replace(around, stops=reply.get("stops")),
            elapsed_ns=elapsed_ns,
            start_ns=reply.get("start_ns"),
            end_ns=reply.get("end_ns"),
            gil=reply.get("gil"),
            cpus=reply.get("cpus"),
            timings=reply.get("timings", ()),
            output=trial.output(),
        )

    def _begin(self, request: Request) -> "_Trial":
        if self._launcher is not None and not self._launcher.alive:
            self._launcher.close()
            self._launcher = None
        try:
            self._launcher = self._launcher or _Launcher(self._held)
            argv = [self._python(request), self._main, "{request}", "{reply}"]
            return _Trial(self._launcher, argv, request)
        except OSError as error:  # no more processes or descriptors to be had
            raise ExecutorBroken(f"No trial can be started: {error}. `ulimit -a` shows the limits here.") from error

    def _python(self, request: Request) -> str:
        return str(request.get("python") or self._interpreter)


class _Launcher:
    """The launcher process (see ``launcher.py``) and the socket to it."""

    def __init__(self, held: tuple[int, ...]) -> None:
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


class _Trial:
    """One child under way: its channels, and how it ends."""

    def __init__(self, launcher: _Launcher, argv: list[str], request: Request) -> None:
        self._launcher = launcher
        self._reply = bytearray()
        self._output = bytearray()
        self._output_bytes = 0
        self._wait_status: int | None = None
        self.cpu_ns: int | None = None
        """CPU time of the child and all below it, once they have ended."""
        self.held_ns = 0
        """How long this process did not get to run while it waited."""
        self._selector = selectors.DefaultSelector()
        request_end, request_fd = os.pipe()
        self._reply_fd, reply_end = os.pipe()
        self._output_fd, output_end = os.pipe()
        try:
            with os.fdopen(request_fd, "wb") as channel:
                channel.write(wire.encode(request))  # far below what a pipe holds
            launcher.order({"start": argv, "env": request.get("env", {})}, (request_end, reply_end, output_end))
        finally:
            for descriptor in (request_end, reply_end, output_end):
                os.close(descriptor)
        answer = launcher.answer()
        if "refused" in answer:
            self._selector.close()
            self._close()
            raise ExecutorBroken(f"The interpreter under test cannot be started: {answer['refused']}")
        self._pid: int | None = answer.get("started")

    def wait(self, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Status | None:
        """Collect reply and output until the child and all it left are gone.

        Returns TIMEOUT or INTERRUPTED when that was why it had to be killed.
        """
        stopped = None
        deadline = time.monotonic() + timeout_s
        with self._selector as selector:
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
                if stopped is None and not ended and (interrupt.requested or left_s <= 0):
                    stopped = Status.INTERRUPTED if interrupt.requested else Status.TIMEOUT
                    self._launcher.order({"kill": True})
                    deadline = began + PATIENCE_S
                elif stopped and left_s <= 0:
                    self._launcher.kill()
                tick()
                late_s = time.monotonic() - began - TICK_S
                self.held_ns += round(late_s * 1e9) if late_s > LATE_S else 0
        self._drain()
        self._close()
        return stopped

    def reply(self) -> dict[str, Any] | None:
        """Return what the child replied, or None when it did not come to that."""
        try:
            message = wire.decode(self._reply)
        except (ValueError, RecursionError):  # the workload has written to the channel
            return None
        return message if wire.is_reply(message) else None

    def output(self) -> str | None:
        """Return the tail of what was printed, or None when nothing was."""
        if not self._output_bytes:
            return None
        dropped = self._output_bytes - len(self._output)
        text = self._output.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return f"[{dropped:,} bytes before this were not kept]\n{text}" if dropped else text

    def describe_end(self) -> str:
        """Say how the child ended."""
        if self._wait_status is None:
            return "was lost, because the launcher process died"
        return describe_exit(os.waitstatus_to_exitcode(self._wait_status))

    def _collect_reply(self) -> bool:
        chunk = os.read(self._reply_fd, 1 << 20)
        if len(self._reply) < LARGEST_REPLY_BYTES:
            self._reply += chunk
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
            self._wait_status, self.cpu_ns = answer["ended"], answer["cpu_ns"]
        elif self._pid is not None:  # the launcher is gone: end the session from here
            _kill_session(self._pid)
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
        os.close(self._reply_fd)
        os.close(self._output_fd)


def _without_reply(stopped: Status | None, timeout_s: float, trial: _Trial) -> tuple[Status, str]:
    """Return (status, reason) of a trial that had to be stopped, or whose child ended without a word."""
    status = stopped or Status.CRASHED
    return status, {
        Status.TIMEOUT: f"still running after its timeout of {timeout_s:g} s",
        Status.INTERRUPTED: "the sweep was interrupted",
        Status.CRASHED: f"the child {trial.describe_end()}",
    }[status]


def _kill_session(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
