"""Threads are given what processes are given."""

import multiprocessing
import queue
import threading

import pytest

from runner.harness.workloads.contexts import Threads

TYPECODES = "cbBhHiIlLqQfd"


def test_a_lock_is_held_by_one():
    lock = Threads.Lock()
    assert isinstance(lock, type(threading.Lock()))
    assert lock.acquire(False)
    assert not lock.acquire(False)


@pytest.mark.parametrize(
    ("made", "kind"), [(Threads.SimpleQueue, queue.SimpleQueue), (Threads.Queue, queue.Queue)], ids=["simple", "usual"]
)
def test_a_queue_hands_over_by_reference(made, kind):
    own, one = made(), object()
    assert isinstance(own, kind)
    own.put(one)
    assert own.get() is one
    assert own.empty()


@pytest.mark.parametrize("size", [0, 1, 1_000])
def test_an_array_is_of_the_class_that_processes_share(size):
    for typecode in TYPECODES:
        shared = multiprocessing.get_context("spawn").RawArray(typecode, size)
        own = Threads.RawArray(typecode, size)
        assert type(own) is type(shared), typecode
        assert bytes(own) == bytes(shared), typecode


def test_an_array_of_characters_takes_and_gives_bytes():
    array = Threads.RawArray("c", 5)
    array.raw = b"bytes"
    assert (array.raw, len(array)) == (b"bytes", 5)


def test_a_typecode_that_processes_do_not_know_is_refused():
    with pytest.raises(KeyError):
        Threads.RawArray("x", 1)
