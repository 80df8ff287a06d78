"""Judge a trial by its child's reply: whether it succeeded, and if not, why."""

import signal

from runner.outcome import Status
from runner.reply import TrialReply


def judge(reply: TrialReply, gil: bool | None = None) -> tuple[Status, str | None]:
    """Return (status, reason) of a trial; the reason is None for one that succeeded.

    A death takes precedence over an error, and an error of the driver over one of a call. `gil` is the required state
    of the interpreter lock during all calls; None if it does not matter.
    """
    if reply.deaths:
        death = reply.deaths[0]
        end = "left no record of its call" if death.exit_code is None else describe_exit(death.exit_code)
        who = "" if death.pid is None else f" (pid {death.pid})"
        return Status.CRASHED, f"worker {death.worker}{who} {end}"
    if reply.error:
        started = len({timing.worker for timing in reply.timings})
        return Status.FAILED, f"worker {started} could not be started: {reply.error.type}: {reply.error.message}"
    for timing in reply.timings:
        if timing.error_type is not None:
            return Status.FAILED, f"worker {timing.worker}: {timing.error_type}: {timing.error_message}"
    return _judge_lock(reply, gil)


def _judge_lock(reply: TrialReply, gil: bool | None) -> tuple[Status, str | None]:
    wanted, other = ("on", "off") if gil else ("off", "on")
    for timing in reply.timings if gil is not None else ():
        for was_on, named in ((timing.gil_begin, "beginning"), (timing.gil_end, "end")):
            if was_on is (not gil):
                where = f"at the {named} of a call of worker {timing.worker}"
                why = "" if gil else " (an extension that is not made for free threading turns it on)"
                return Status.FAILED, f"the interpreter lock was {other} {where}, and the case says {wanted}{why}"
    return Status.OK, None


def describe_exit(code: int) -> str:
    """Say how a process ended; `code` as in ``subprocess``: negative for a signal."""
    if code >= 0:
        return f"exited with code {code} before its work was done"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
