"""The child's main: read the request, answer it, and end."""

import os
import sys

from . import stacks, wire

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def main(request_fd: int, reply_fd: int) -> None:
    """Answer the one request on `request_fd` and end the process, without waiting for what the workload left behind."""
    stacks.show_when_asked()
    request = wire.receive(request_fd)
    os.close(request_fd)
    wire.send(reply_fd, _answer(request))
    _remove_what_has_a_name()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # the workload closed it
            pass
    os._exit(0)


def _answer(request: "Mapping[str, Any]") -> "dict[str, Any]":
    started_with = set(sys.modules)
    if request["kind"] == "probe":
        from . import compiled, facts, hiding

        hidden = hiding.hidden_from_started(started_with)  # before the others import more
        compiled.compile_harness()
        return {**facts.gather(), "hidden": hidden}
    if request["kind"] == "inspect":
        from . import inspection

        return inspection.inspect(request, started_with)
    from . import trial

    return trial.run(request)


def _remove_what_has_a_name() -> None:
    """Remove the semaphores and the temporary folder of multiprocessing, because the process ends without exit hooks.

    For semaphores, its resource tracker would do it, with a warning; for the folder nobody would.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is None:
        return
    try:
        callbacks = [util._remove_temp_dir]
        if "multiprocessing.synchronize" in sys.modules:
            callbacks.append(sys.modules["multiprocessing.synchronize"].SemLock._cleanup)
        for finalizer in list(util._finalizer_registry.values()):
            if finalizer._callback in callbacks:
                finalizer()
    except Exception:  # noqa: S110 - whatever the workload has done to it
        pass
