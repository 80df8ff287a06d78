"""The frames, and the contract in the docstring of ``wire``, spoken to a child without any executor in between."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.helpers import PATIENCE_S
from support.helpers import request as trial_request

from runner.executors.local import HARNESS
from runner.harness import wire
from runner.harness.record import FIELDS
from runner.host.interpreters import interpreter_under_test

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)

Pipe = tuple[int, int]


def decoded(buffer: bytes | bytearray) -> Any:
    """Return the message of a frame as the parent reads it, None if it is not complete."""
    body = wire.payload(buffer)
    return None if body is None else json.loads(body)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


@settings(deadline=None)
@given(JSON_VALUES)
def test_what_is_encoded_is_what_is_decoded_and_what_the_child_reads(message: Any) -> None:
    assert decoded(wire.encode(message)) == message
    reader, writer = os.pipe()
    try:
        wire.send(writer, message)
        assert wire.receive(reader) == message
    finally:
        os.close(reader)
        os.close(writer)


MESSAGES = [7, "", "größe", [], {"a": [1.5, {"b": None}]}]


@pytest.mark.parametrize("message", MESSAGES, ids=repr)
def test_a_frame_that_is_cut_off_anywhere_is_no_message_yet(message: Any) -> None:
    frame = wire.encode(message)
    assert [decoded(frame[:length]) for length in range(len(frame))] == [None] * len(frame)


@pytest.mark.parametrize("message", MESSAGES, ids=repr)
@pytest.mark.parametrize("more", [b"0", b"00000001", b"garbage", wire.encode("another")], ids=repr)
def test_what_follows_a_frame_does_not_change_its_message(message: Any, more: bytes) -> None:
    assert decoded(bytearray(wire.encode(message) + more)) == message


@pytest.mark.parametrize("buffer", [b"garbage!", b"00000007garbage", b"00000000", b"\xff" * 16], ids=repr)
def test_what_is_no_frame_is_an_error_that_can_be_told_from_an_incomplete_one(buffer: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(buffer)


def test_a_frame_is_eight_hexadecimal_digits_and_json() -> None:
    frame = wire.encode({"größe": [1, None, "\N{SNOWMAN}"]})
    assert int(frame[:8], 16) == len(frame) - 8
    assert json.loads(frame[8:].decode("utf-8")) == {"größe": [1, None, "\N{SNOWMAN}"]}


def test_a_message_larger_than_a_pipe_holds_crosses_whole(pipe: Pipe) -> None:
    reader, writer = pipe
    message = {"text": "x" * 3_000_000}
    sender = threading.Thread(target=wire.send, args=(writer, message))
    sender.start()
    received = wire.receive(reader)
    sender.join()
    assert received == message


def test_the_reader_does_not_wait_for_the_end_of_the_channel(pipe: Pipe) -> None:
    """The writing end stays open, as in a worker that inherited it."""
    reader, writer = pipe
    wire.send(writer, {"kind": "probe"})
    assert wire.receive(reader) == {"kind": "probe"}


@pytest.mark.parametrize("sent", [b"", b"0000", wire.encode("whole")[:-1]], ids=["nothing", "part", "all but one byte"])
def test_a_channel_that_closes_too_early_says_after_how_many_bytes(pipe: Pipe, sent: bytes) -> None:
    reader, writer = pipe
    os.write(writer, sent)
    os.close(writer)
    with pytest.raises(EOFError, match=f"after {len(sent)} bytes"):
        wire.receive(reader)


def ask_a_child(request: dict[str, Any]) -> dict[str, Any]:
    """Speak to the harness as the docstring of ``wire`` says, and no other way."""
    request_end, request_fd = os.pipe()
    reply_fd, reply_end = os.pipe()
    argv = [interpreter_under_test(), str(HARNESS / "__main__.py"), str(request_end), str(reply_end)]
    with subprocess.Popen(argv, pass_fds=(request_end, reply_end)) as child:
        os.close(request_end)
        os.close(reply_end)
        try:
            wire.send(request_fd, request)
            reply: dict[str, Any] = wire.receive(reply_fd)
        finally:
            os.close(request_fd)
            os.close(reply_fd)
            with suppress(subprocess.TimeoutExpired):
                child.wait(PATIENCE_S)
            child.kill()
    assert child.returncode == 0
    return reply


@pytest.mark.parametrize("mode", ["sequential", "thread_pool"])
def test_the_reply_to_a_trial_has_what_the_contract_names(mode: str) -> None:
    reply = ask_a_child(trial_request("cpu_bound", mode, NUM=10).message())
    assert set(reply) == {"start_ns", "end_ns", "tree_cpu_ns", "timings", "deaths", "error", "gil", "stops", "cpus"}
    assert [tuple(timing) for timing in reply["timings"]] == [FIELDS] * 2
    assert (reply["deaths"], reply["error"]) == ([], None)


def test_the_reply_to_a_probe_describes_interpreter_and_host_and_says_what_is_hidden_or_unfit() -> None:
    assert set(ask_a_child({"kind": "probe"})) == {"interpreter", "host", "hidden", "unfit"}
