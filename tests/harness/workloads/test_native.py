"""Hashing and compression."""

import hashlib
import zlib

import pytest

from runner.harness.workloads.native import compression, hashing, text
from runner.harness.workloads.payloads import payload

SIZES = [0, 1, 65_535, 65_536, 65_537, 300_000]

of_every_size = pytest.mark.parametrize("size", SIZES)


@of_every_size
def test_hashing_returns_the_digest_of_the_payload(size):
    digest, _expected = result = hashing(hashing.setup(SIZE=size), size)
    assert digest == hashlib.sha256(payload(size)).digest()
    assert hashing.check(result)


def test_a_wrong_digest_does_not_pass():
    digest, expected = hashing(hashing.setup(SIZE=100), 100)
    assert not hashing.check((digest[::-1], expected))
    assert not hashing.check((b"", expected))


@of_every_size
def test_compression_returns_what_inflates_to_the_text(size):
    compressed = compression(compression.setup(SIZE=size), size)
    assert zlib.decompress(compressed) == text(size)
    assert compression.check(compressed, SIZE=size)


WRONG = {
    "cut off": lambda data: data[:-1],
    "nothing": lambda data: b"",
    "of another length": lambda data: zlib.compress(text(99_999)),
    "with another checksum": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "not compressed": lambda data: text(100_000),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrongly_compressed_does_not_pass(change):
    wrong = change(compression(compression.setup(SIZE=100_000), 100_000))
    try:
        passed = compression.check(wrong, SIZE=100_000)
    except zlib.error:
        passed = False
    assert not passed


def test_the_text_is_the_same_in_every_interpreter():
    assert hashlib.sha256(text(100_000)).hexdigest()[:16] == "9b511ddebf2ffb1f"


@of_every_size
def test_the_text_is_as_long_as_asked(size):
    assert len(text(size)) == size


@pytest.mark.parametrize("size", [60_000, 1_000_000])
def test_the_text_compresses_about_as_english_does_however_long_it_is(size):
    assert 2 < size / len(zlib.compress(text(size))) < 4
