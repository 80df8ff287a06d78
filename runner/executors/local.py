"""Run trials on this machine: one child at a time, in its own session, started by the launcher."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from runner import reply, verdict
from runner.clock import utc_now
from runner.errors import ExecutorBroken, Interrupted
from runner.executors.child import Child
from runner.executors.launched import Launcher
from runner.facts import HostFacts, Probe
from runner.harness import wire
from runner.host.activity import HostCounters, between
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status
from runner.reply import BadReply, FunctionDescription, TrialReply
from runner.request import Inspection, TrialRequest

HARNESS = Path(wire.__file__).parent
PROBE_TIMEOUT_S = 60.0
Parsed = TypeVar("Parsed")


class LocalExecutor:
    """An `Executor`; a context manager that owns the launcher process.

    `interpreter` is the default for requests that name none; `harness` is the folder whose ``__main__.py`` a child
    runs. `held` are descriptors that stay open until the last process of a trial has ended, even if this process dies.
    """

    def __init__(self, interpreter: str | None = None, harness: Path = HARNESS, held: Sequence[int] = ()) -> None:
        self._interpreter = interpreter or interpreter_under_test()
        self._main = str(harness / "__main__.py")
        self._held = held
        self._counters = HostCounters()
        self._launcher: Launcher | None = None
        self._probes: dict[str, Probe] = {}
        """By the interpreter's executable."""

    def __enter__(self) -> "LocalExecutor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the launcher and all processes below it."""
        if self._launcher:
            self._launcher.close()
            self._launcher = None

    def probe(self, interrupt: Interrupt, python: str | None = None, env: Mapping[str, str] | None = None) -> Probe:
        """Return the facts about an interpreter and its host; see `Executor`."""
        executable = python or self._interpreter
        asked = {"kind": "probe"}
        self._probes[executable] = self._asked(asked, executable, env or {}, "the probe", reply.probe, interrupt)
        return self._probes[executable]

    def inspect(self, inspection: Inspection, interrupt: Interrupt) -> tuple[FunctionDescription, ...]:
        """Return a description of each of the functions; see `Executor`."""
        doing = "looking at the functions of the grid"
        python, env = inspection.python, inspection.env
        limit_s = PROBE_TIMEOUT_S + inspection.limit_s * len(inspection.functions)
        return self._asked(inspection.message(), python, env, doing, reply.functions, interrupt, limit_s)

    def run(self, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        """Run one trial to its end; see `Executor`."""
        executable = request.python or self._interpreter
        probe = self._known(executable)
        load, before = self._counters.load(), self._counters.read()
        started_at, before_ns, before_cpu_ns = utc_now(), time.perf_counter_ns(), time.process_time_ns()
        child = self._begin(executable, request.message(), request.env)
        stopped = child.wait(timeout_s, interrupt, tick)
        elapsed_ns = time.perf_counter_ns() - before_ns
        own_cpu_ns = None if child.cpu_ns is None else child.cpu_ns + time.process_time_ns() - before_cpu_ns
        around = between(before, self._counters.read(), own_cpu_ns, load, child.held_ns)
        ended = Outcome(
            status=Status.CRASHED,
            started_at=started_at,
            elapsed_ns=elapsed_ns,
            host=self._host,
            interpreter=probe.interpreter,
            surroundings=around,
            output=child.output(),
        )
        try:
            found = _with_reply(ended, reply.trial(child.reply), request.gil)
        except BadReply as error:  # the child did not get that far, or the workload has written to the channel
            status, reason = _without_reply(stopped, timeout_s, child, error)
            found = replace(ended, status=status, reason=reason)
        return _with_survivors(found, child.left)

    def _known(self, executable: str) -> Probe:
        """Return the probe of an interpreter; make it if there is none yet."""
        if executable not in self._probes:
            with Interrupt() as never:
                self.probe(never, executable)
        return self._probes[executable]

    @property
    def _host(self) -> HostFacts:
        """The host as the first interpreter reported it: some facts depend on the interpreter."""
        return next(iter(self._probes.values())).host

    def _asked(
        self,
        message: Mapping[str, Any],
        executable: str,
        env: Mapping[str, str],
        doing: str,
        parse: Callable[[bytearray], Parsed],
        interrupt: Interrupt,
        limit_s: float = PROBE_TIMEOUT_S,
    ) -> Parsed:
        """Send a message that is not a trial, and return the parsed reply."""
        child = self._begin(executable, message, env)
        stopped = child.wait(limit_s, interrupt, tick=lambda: None)
        if stopped is Status.INTERRUPTED:
            raise Interrupted("Interrupted; nothing was run.")
        try:
            return parse(child.reply)
        except BadReply:
            took = f"was still running after {limit_s:g} s"
            how = took if stopped is Status.TIMEOUT else child.describe_end()
            raise ExecutorBroken(
                f"{executable} cannot run trials: {doing} {how}.\n{child.output() or ''}".rstrip()
            ) from None

    def _begin(self, executable: str, message: Mapping[str, Any], env: Mapping[str, str]) -> Child:
        if self._launcher is not None and not self._launcher.alive:
            self.close()
        try:
            self._launcher = self._launcher or Launcher(self._held)
            return Child(self._launcher, [executable, self._main, "{request}", "{reply}"], message, env)
        except OSError as error:  # out of processes or descriptors
            raise ExecutorBroken(f"No trial can be started: {error}. `ulimit -a` shows the limits here.") from error


def _with_reply(ended: Outcome, said: TrialReply, gil: bool | None) -> Outcome:
    status, reason = verdict.judge(said, gil)
    return replace(
        ended,
        status=status,
        reason=reason,
        surroundings=replace(ended.surroundings, stops=said.stops),
        start_ns=said.start_ns,
        end_ns=said.end_ns,
        tree_cpu_ns=said.tree_cpu_ns,
        gil=said.gil,
        cpus=said.cpus,
        timings=said.timings,
    )


def _without_reply(stopped: Status | None, timeout_s: float, child: Child, error: BadReply) -> tuple[Status, str]:
    """Return (status, reason) of a trial that was stopped, or whose child ended without a valid reply."""
    if stopped is Status.TIMEOUT:
        return stopped, f"still running after its timeout of {timeout_s:g} s"
    if stopped is Status.INTERRUPTED:
        return stopped, "the sweep was interrupted"
    if child.has_exited_normally and child.reply:
        return Status.CRASHED, f"the child sent an invalid reply: {error}"
    return Status.CRASHED, f"the child {child.describe_end()}"


def _with_survivors(found: Outcome, left: Sequence[tuple[int, str]]) -> Outcome:
    """Return the outcome of a trial of which processes are left: it has failed, even if its calls have not."""
    if not left:
        return found
    who = ", ".join(f"{name} (pid {pid})" for pid, name in left)
    said = f"left running, because only their own user may end them: {who}"
    if found.status is Status.OK:
        return replace(found, status=Status.FAILED, reason=said)
    return replace(found, reason=f"{found.reason}; {said}")
