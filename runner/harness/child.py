"""The child's main: read the request, answer it, and end."""

import os
import sys

from . import wire

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def main(request_fd: int, reply_fd: int) -> None:
    """Answer the one request on `request_fd` and end the process, without waiting for what the workload left behind."""
    request = wire.receive(request_fd)
    os.close(request_fd)
    wire.send(reply_fd, _answer(request))
    _unlink_semaphores()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # the workload closed it
            pass
    os._exit(0)


def _answer(request: "Mapping[str, Any]") -> "dict[str, Any]":
    if request["kind"] == "probe":
        from . import compiled, facts

        compiled.compile_harness()
        return facts.gather()
    if request["kind"] == "inspect":
        started_with = set(sys.modules)
        from . import inspection

        return inspection.inspect(request, started_with)
    from . import trial

    return trial.run(request)


def _unlink_semaphores() -> None:
    """Remove the named semaphores of this process's locks and pools, because it ends without its exit hooks.

    Otherwise multiprocessing's resource tracker would do it, with a warning, if it lives long enough.
    """
    synchronize = sys.modules.get("multiprocessing.synchronize")
    if synchronize is None:
        return
    try:
        from multiprocessing import util

        cleanup = synchronize.SemLock._cleanup
        for finalizer in list(util._finalizer_registry.values()):  # type: ignore[attr-defined]
            if finalizer._callback is cleanup:
                finalizer()
    except Exception:  # noqa: S110 - whatever the workload has done to it
        pass
