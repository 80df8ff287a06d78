"""The payload, and what tells it from anything else."""

import ctypes

import pytest

from runner.harness.workloads.payloads import is_payload, payload

SIZES = [1, 2, 250, 251, 252, 500, 502, 4_096, 100_000]
WRONG = {
    "one byte less": lambda data: data[:-1],
    "one byte more": lambda data: data + b"\1",
    "nothing": lambda data: b"",
    "never written": lambda data: bytes(len(data)),
    "another beginning": lambda data: b"\0" + data[1:],
    "another end": lambda data: data[:-1] + b"\0",
}


def test_it_is_always_the_same_and_as_long_as_asked():
    for size in (0, *SIZES):
        assert len(payload(size)) == size
        assert payload(size) == payload(size)


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_it_is_recognised_in_whatever_it_arrives(kind):
    assert [size for size in (0, *SIZES) if is_payload(kind(payload(size)), size) is not True] == []


def test_it_is_recognised_in_an_array():
    for size in (0, *SIZES):
        array = (ctypes.c_char * size)()
        array.raw = payload(size)
        assert is_payload(array, size) is True, size


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_anything_else_is_not(change):
    assert [size for size in SIZES if is_payload(change(payload(size)), size) is not False] == []


@pytest.mark.parametrize("doubled", [True, False], ids=["doubled", "missing"])
def test_a_piece_of_a_power_of_two_that_is_doubled_or_missing_shows_at_the_end(doubled):
    data = payload(200_000)
    for piece in (1, 64, 4_096, 65_536):
        moved = (data[:piece] + data if doubled else data[piece:] + payload(piece))[: len(data)]
        assert is_payload(moved, len(data)) is False, piece
