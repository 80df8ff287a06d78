"""Copies of a process of the trial: what a workload makes that calls ``os.fork()`` and returns in both processes.

A copy would go on as if it were the worker: it would make the worker's further calls and send its records a second
time. So it reports itself and ends as soon as it is back from the call, and the call has failed.

Workers import this inside the timed window.
"""

import os

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .record import Record

PATIENCE_MS = 200
"""How long a copy may take to be back when its original is."""

marks: "list[int]" = []
"""Not empty in a process that was forked since this was last cleared."""
_forked: "list[int]" = []
"""Not empty in a process that has forked another."""
_channel: "list[int]" = []
"""Descriptors by which copies report themselves to the trial: (reading end, writing end)."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: marks.append(1), after_in_parent=lambda: _forked.append(1))


class Copied(Exception):
    """The call forked its process and returned in the copy, too."""


def watch() -> None:
    """From now on, let copies of this process, and of those forked from it, report themselves."""
    _channel[:] = os.pipe()
    for end in _channel:
        os.set_blocking(end, False)
    _forked.clear()


def leave() -> None:
    """End this process, because it is a copy."""
    try:
        if _channel:
            os.write(_channel[1], b"%d " % os.getppid())
    finally:  # also if the workload has closed the channel
        os._exit(1)


def fail(records: "Sequence[Record]") -> None:
    """Let a call of each process of which a copy was back from it have failed. Called when the trial is over."""
    for original in _originals():
        own = [record for record in records if record.pid == original] or records
        for record in own[:1]:
            record.fail(Copied("the call forked its process with os.fork() and returned in the copy, too"))


def _originals() -> "set[int]":
    """Return the processes of which a copy has reported itself."""
    reader, writer = _channel
    try:
        os.close(writer)
        if _forked:
            import select

            waiting = select.poll()
            waiting.register(reader, select.POLLIN)
            waiting.poll(PATIENCE_MS)
        return {int(word) for word in os.read(reader, 4096).split()}
    except (OSError, ValueError):  # no copy is back; or the workload has closed the channel, or written to it
        return set()
