"""Run something in a copy of this process, so that whatever it imports, changes or breaks stays there."""

import os
import signal

from . import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Report = Callable[[Any], Any]


class Ended(Exception):
    """The copy has ended without an answer. The text tells how."""


def forked(work: "Callable[[Report], Any]") -> "Any":
    """Call `work` in a forked process and return its answer, which must be what JSON can hold. Raises Ended.

    `work` gets a function that sends an answer and ends the process at once, wherever it is called.
    """
    answer, answer_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work(work, answer_end)
    os.close(answer_end)
    try:
        found = wire.receive(answer)
    except EOFError:
        found = None
    os.close(answer)
    _, status = os.waitpid(pid, 0)
    if found is None:
        raise Ended(_how(status))
    return found


def _work(work: "Callable[[Report], Any]", answer_end: int) -> None:
    def report(found: "Any") -> None:
        wire.send(answer_end, found)
        os._exit(0)

    try:
        report(work(report))
    finally:
        os._exit(1)


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "was killed by %s" % signal.Signals(os.WTERMSIG(status)).name
    return "exited with code %d" % os.WEXITSTATUS(status)
