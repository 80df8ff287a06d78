"""Parse and check the replies of a child. They are not trusted, because a workload can write to the channel too.

``runner.harness.wire`` describes the messages.
"""

import json
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from runner.facts import Probe
from runner.harness import wire
from runner.outcome import Timing

LARGEST_INTEGER = 2**63 - 1
"""The largest integer that the store can hold."""
LARGEST_TEXT = 100_000
"""Characters of a text: several times what the harness keeps of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A worker that left no record of a call. `exit_code` and `pid` are None for a thread and a worker of a pool."""

    worker: int
    pid: int | None
    exit_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverError:
    """The error that stopped the driver of a trial."""

    type: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReply:
    """A child's report on its trial. Stamps are nanoseconds of the host's ``perf_counter_ns``."""

    start_ns: int
    end_ns: int
    tree_cpu_ns: int | None
    timings: tuple[Timing, ...]
    deaths: tuple[Death, ...]
    error: DriverError | None
    gil: bool | None
    stops: int
    cpus: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a user's function."""

    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDescription:
    """An interpreter's description of a function; with a `problem`, only `name` is known besides."""

    name: str
    problem: str | None
    parameters: dict[str, Parameter] | None = None
    """In the order of the signature."""
    takes: dict[str, Any] | None = None
    """See ``runner.harness.job.Job``."""
    any: bool = False
    """Whether it takes parameters of any name."""
    modes: tuple[str, ...] | None = None
    source: str | None = None
    source_sha256: str | None = None
    distributions: dict[str, str] | None = None
    unpicklable: str | None = None
    unfit: dict[str, str] | None = None
    """Modes in which it cannot run, each with the reason."""


class BadReply(Exception):
    """The bytes are not a valid reply of the expected kind."""


def trial(frame: bytes | bytearray) -> TrialReply:
    """Parse the reply of a trial. Raises BadReply."""
    found: TrialReply = _parsed(TrialReply, _body(frame))
    for value in (found, *found.timings, *found.deaths, *filter(None, [found.error])):
        _check_storable(value)
    seen = set()
    for timing in found.timings:
        if min(timing.worker, timing.call, timing.batch - 1, timing.counted, timing.unrecorded) < 0:
            raise BadReply("a negative number of a worker or of calls")
        if (timing.worker, timing.call) in seen:
            raise BadReply(f"two records of call {timing.call} of worker {timing.worker}")
        seen.add((timing.worker, timing.call))
        _check_order(timing.begin_ns, timing.end_ns)
    _check_order(found.start_ns, found.end_ns)
    return found


def probe(frame: bytes | bytearray) -> Probe:
    """Parse the reply of a probe. Raises BadReply."""
    try:
        message = json.loads(_body(frame))
        message["allowed_cpus"] = message["host"].pop("allowed_cpus")
        found: Probe = _parsed(Probe, json.dumps(message).encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadReply(str(error)) from None
    return found


def functions(frame: bytes | bytearray) -> tuple[FunctionDescription, ...]:
    """Parse the reply of an inspection. Raises BadReply."""
    found: dict[str, tuple[FunctionDescription, ...]] = _parsed(
        dict[str, tuple[FunctionDescription, ...]], _body(frame)
    )
    if set(found) != {"functions"}:
        raise BadReply("expected functions")
    return found["functions"]


def _body(frame: bytes | bytearray) -> bytes:
    try:
        body = wire.payload(frame)
    except ValueError as error:
        raise BadReply(str(error)) from None
    if body is None:
        raise BadReply("it is incomplete")
    return body


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return _adapter(kind).validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BadReply(": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))) from None
    except (ValueError, MemoryError) as error:
        raise BadReply(str(error) or "it is too large") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _check_storable(value: Any) -> None:
    """Raise BadReply if an integer or a text of a dataclass is too large for the store."""
    for field in fields(value):
        content = getattr(value, field.name)
        if isinstance(content, int) and abs(content) > LARGEST_INTEGER:
            raise BadReply(f"{field.name}: a number of more than 64 bits")
        if isinstance(content, str) and len(content) > LARGEST_TEXT:
            raise BadReply(f"{field.name}: a text of more than {LARGEST_TEXT:,} characters")


def _check_order(first_ns: int | None, last_ns: int | None) -> None:
    if first_ns is not None and last_ns is not None and first_ns > last_ns:
        raise BadReply("an end before its beginning")
