"""The request, the reply, and how they cross: the contract between the parent and the child.

The child gets two file descriptors. It reads one request from the first, writes one reply to the second, and ends.
Both are one frame: eight ASCII digits of hexadecimal length, then that many bytes of UTF-8 JSON. A frame, and not
"until end of file", because workers inherit the descriptors and may hold them open for longer than the child lives.

Request ``{"kind": "probe"}`` asks what the interpreter and the host are; the reply is
``{"interpreter": {...}, "host": {...}, "unfit": {...}}`` as ``facts`` describes them, and ``"hidden": {...}``, the
modules of the standard library that files of the current folder hide from processes that start there, with these files.

A function of the user's is named by a *reference*: ``{"name": as in the grid file, "module": ..., "qualname": ...,
"folder": what stands first on the import path, "file": ... | null}``. Request ``{"kind": "inspect", "functions":
[references], "modes": [...], "limit_s": ...}`` asks what they are, and in which of these modes they cannot be run; the
reply is ``{"functions": [...]}`` as ``inspection`` describes them. No import of a module may take longer than that.

Request for a trial::

    {"kind": "trial", "workload": "cpu_bound", "params": {"NUM": 1000000},
     "mode": "multiprocessing", "start_method": "fork", "workers": 2, "calls": 2}

It may hold more: ``function``, a reference, in place of the runner's own workload of that name; ``takes``, which
parameters the function and its hooks take (see ``job``); ``warmup_calls`` of each worker; ``loops``, how many calls of
the function count as one; ``barrier``, whether the
workers wait until all are ready; ``affinity`` (see ``placement``). With a barrier the trial lasts from when all were
ready to the last END, so that only the calls count.

The reply of a trial, all times in nanoseconds of ``time.perf_counter_ns`` of that host::

    {"start_ns": ..., "end_ns": ...,        before the first worker is created, after the last is joined
     "tree_cpu_ns": ... | null,                  CPU time of all processes of the trial in between
     "timings": [{...}, ...],               one for each call that is recorded, or for a batch of them, keys as
                                            record.FIELDS
     "deaths": [{"worker": 1, "pid": 4711, "exit_code": -9}, ...],   workers that left no record of a call
     "error": null | {"type": ..., "message": ..., "traceback": ...},  what stopped the driver itself
     "gil": true | false | null,
     "stops": ...,                          how often processes of the trial were stopped and continued
     "cpus": null | [0, 1]}                 what the trial was pinned to

A ``deaths`` entry's ``exit_code`` is that of ``multiprocessing.Process``, negative for the signal that killed it; null
for a thread and for a worker of a pool.
A child that cannot reply at all (a signal, ``os._exit``) just ends; the parent sees that from its exit status.
"""

import os

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from typing import Any

_PREFIX = 8


def encode(message: "Any") -> bytes:
    """Return `message` (anything JSON can hold) as the bytes of one frame."""
    body = _json(message).encode("utf-8", "replace")
    return b"%08x" % len(body) + body


def payload(buffer: "bytes | bytearray") -> "bytes | None":
    """Return the JSON of the frame at the start of `buffer`, or None while it is not complete. Raises ValueError."""
    if len(buffer) < _PREFIX:
        return None
    length = int(bytes(buffer[:_PREFIX]), 16)
    if len(buffer) < _PREFIX + length:
        return None
    return bytes(buffer[_PREFIX : _PREFIX + length])


# The child does not use the module json: importing it would take a fifth of the time of a trial without work.

_ESCAPES = {code: "\\u%04x" % code for code in range(32)}
_ESCAPES[ord('"')] = '\\"'
_ESCAPES[ord("\\")] = "\\\\"
_NAMES = {"null": None, "true": True, "false": False, "NaN": float("nan"), "Infinity": float("inf")}


def _json(value: "Any") -> str:
    if isinstance(value, str):
        return '"%s"' % value.translate(_ESCAPES)
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s:%s" % (_json(key), _json(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "[%s]" % ",".join(map(_json, value))
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true" if value else "false"
    return repr(value).replace("nan", "NaN").replace("inf", "Infinity")


def receive(descriptor: int) -> "Any":
    """Read the request from `descriptor`. Raises EOFError when the other side closes before the frame is complete.

    The parent is trusted: what it sends is evaluated, as JSON is a Python literal but for some names.
    """
    buffer = bytearray()
    while True:
        body = payload(buffer)
        if body is not None:
            return eval(body.decode("utf-8"), dict(_NAMES))  # noqa: S307
        chunk = os.read(descriptor, 65536)
        if not chunk:
            raise EOFError("the channel was closed after %d bytes" % len(buffer))
        buffer += chunk


def send(descriptor: int, message: "Any") -> None:
    """Write `message` to `descriptor` as one frame."""
    frame = memoryview(encode(message))
    while frame:
        frame = frame[os.write(descriptor, frame) :]
