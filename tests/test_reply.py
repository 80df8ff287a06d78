"""The replies of a child: what is none is refused, whatever it holds."""

import json
from typing import Any

import pytest
from support.fakes import HOST, INTERPRETER, timing

from runner import reply
from runner.harness import wire
from runner.outcome import TIMING_FIELDS
from runner.reply import BadReply, Death, DriverError

TIMING = timing().columns()
GOOD: dict[str, Any] = {
    "start_ns": 5,
    "end_ns": 25,
    "tree_cpu_ns": 12,
    "timings": [TIMING, {**TIMING, "worker": 1}],
    "deaths": [{"worker": 1, "pid": None, "exit_code": -9}],
    "error": {"type": "OSError", "message": "no", "traceback": "..."},
    "gil": None,
    "stops": 0,
    "cpus": [0, 3],
}


def frame(message: Any) -> bytes:
    body = json.dumps(message).encode()
    return b"%08x" % len(body) + body


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def test_a_reply_of_a_trial_becomes_typed_values() -> None:
    found = reply.trial(wire.encode(GOOD))
    assert (found.start_ns, found.end_ns, found.tree_cpu_ns) == (5, 25, 12)
    assert (found.gil, found.stops, found.cpus) == (None, 0, (0, 3))
    assert found.timings == (timing(), timing(1, pid=4000, thread_name="Thread-1 (cpu_bound)"))
    assert found.deaths == (Death(worker=1, pid=None, exit_code=-9),)
    assert found.error == DriverError(type="OSError", message="no", traceback="...")


@pytest.mark.parametrize(
    "message",
    [
        *[pytest.param(without(name), id=f"no {name}") for name in GOOD],
        *[pytest.param({**GOOD, name: "a"}, id=f"{name} is text") for name in GOOD],
        *[
            pytest.param({**GOOD, "timings": [{**TIMING, name: []}]}, id=f"a list as {name}")
            for name in ("worker", "begin_ns", "thread_name", "gil_begin", "traceback")
        ],
        *[
            pytest.param({**GOOD, "timings": [{key: TIMING[key] for key in TIMING if key != name}]}, id=f"lacks {name}")
            for name in TIMING_FIELDS
        ],
        pytest.param({**GOOD, "timings": 5}, id="timings are a number"),
        pytest.param({**GOOD, "timings": [5]}, id="a timing is a number"),
        pytest.param({**GOOD, "start_ns": 1.5}, id="a fraction of a nanosecond"),
        pytest.param({**GOOD, "start_ns": True}, id="a truth is no stamp"),
        pytest.param({**GOOD, "start_ns": 2**63}, id="a number of more than 64 bits"),
        pytest.param({**GOOD, "timings": [{**TIMING, "cpu_ns": -(2**70)}]}, id="of a timing, likewise"),
        pytest.param({**GOOD, "timings": [TIMING, TIMING]}, id="two records of one call"),
        pytest.param({**GOOD, "timings": [{**TIMING, "error_message": "x" * 100_001}]}, id="a text of any length"),
        pytest.param({**GOOD, "error": {**GOOD["error"], "traceback": "x" * 100_001}}, id="of an error, likewise"),
        pytest.param({**GOOD, "timings": [{**TIMING, "worker": -1}]}, id="a worker of no number"),
        pytest.param({**GOOD, "timings": [{**TIMING, "call": -1}]}, id="a call of no number"),
        pytest.param({**GOOD, "timings": [{**TIMING, "batch": 0}]}, id="a record of no call"),
        pytest.param({**GOOD, "timings": [{**TIMING, "counted": -1}]}, id="counters of less than no call"),
        pytest.param({**GOOD, "timings": [{**TIMING, "unrecorded": -1}]}, id="less than no call between two"),
        pytest.param({**GOOD, "end_ns": 4}, id="an end before the beginning"),
        pytest.param({**GOOD, "timings": [{**TIMING, "end_ns": 1}]}, id="of a call, likewise"),
        pytest.param([], id="a list"),
        pytest.param(None, id="null"),
        pytest.param("text", id="text"),
    ],
)
def test_what_is_no_reply_of_a_trial_is_refused(message: Any) -> None:
    with pytest.raises(BadReply):
        reply.trial(frame(message))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"0000",
        b"zzzzzzzz{}",
        b"00000002{",
        b"00000005{{{{{",
        b"00000004\xff\xfe\xff\xfe",
        b"%08x" % 200_000 + b"[" * 200_000,
        frame(GOOD)[:-1],
    ],
    ids=range(8),
)
def test_bytes_that_are_no_frame_are_refused(content: bytes) -> None:
    for parse in (reply.trial, reply.probe, reply.functions):
        with pytest.raises(BadReply):
            parse(content)


def test_a_reply_of_a_probe_becomes_typed_values() -> None:
    message = {"interpreter": INTERPRETER.columns(), "host": {**HOST.columns(), "allowed_cpus": [0, 1]}}
    found = reply.probe(wire.encode(message))
    assert (found.interpreter, found.host, found.allowed_cpus) == (INTERPRETER, HOST, (0, 1))


@pytest.mark.parametrize("message", [{}, GOOD, {"interpreter": {}, "host": {}}, {"interpreter": 1, "host": 2}, 5])
def test_what_is_no_reply_of_a_probe_is_refused(message: Any) -> None:
    with pytest.raises(BadReply):
        reply.probe(frame(message))


def test_a_reply_of_an_inspection_becomes_typed_values() -> None:
    described = {"name": "a.py:f", "problem": None, "parameters": {"n": {"required": True}}, "any": False}
    found, other = reply.functions(frame({"functions": [described, {"name": "a.py:g", "problem": "is no function"}]}))
    assert found.parameters is not None
    assert found.parameters["n"].required
    assert (other.name, other.problem) == ("a.py:g", "is no function")


@pytest.mark.parametrize("message", [{}, GOOD, {"functions": 5}, {"functions": [], "more": []}, {"functions": [{}]}])
def test_what_is_no_reply_of_an_inspection_is_refused(message: Any) -> None:
    with pytest.raises(BadReply):
        reply.functions(frame(message))


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({**GOOD, "start_ns": "a"}, "start_ns: Input should be a valid integer"),
        ({**GOOD, "timings": [{**TIMING, "thread_name": []}]}, "timings.0.thread_name: Input should be a valid string"),
        ({**GOOD, "timings": [TIMING, TIMING]}, "two records of call 0 of worker 0"),
        ({**GOOD, "stops": 2**63}, "stops: a number of more than 64 bits"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(message: Any, problem: str) -> None:
    with pytest.raises(BadReply) as refused:
        reply.trial(frame(message))
    assert str(refused.value) == problem
