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
    if not all(_storable(value) for value in (found, *found.timings, *found.deaths)):
        raise BadReply("a number has more than 64 bits")
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
    except (ValidationError, ValueError) as error:
        raise BadReply(str(error)) from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _storable(value: Any) -> bool:
    """Return whether each integer of a dataclass fits into the store."""
    numbers = (getattr(value, field.name) for field in fields(value))
    return all(abs(number) <= LARGEST_INTEGER for number in numbers if isinstance(number, int))
