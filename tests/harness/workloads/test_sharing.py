"""One lock and one object for all workers."""

import sys

import pytest

from runner.harness.workloads.contexts import Threads
from runner.harness.workloads.sharing import lock_contention, shared_reference


class CountingLock:
    """A lock that counts, and that nobody else wants."""

    def __init__(self):
        self.taken = self.released = 0

    def __enter__(self):
        self.taken += 1

    def __exit__(self, *error):
        self.released += 1


@pytest.mark.parametrize("number", [0, 1, 1_000])
def test_the_lock_is_taken_and_released_as_often_as_asked(number):
    lock = CountingLock()
    lock_contention(lock, number)
    assert (lock.taken, lock.released) == (number, number)


def test_all_workers_get_the_same_lock_and_it_is_free_afterwards():
    lock = lock_contention.share(Threads)
    lock_contention(lock, 10)
    assert lock.acquire(False)


@pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="counts no references")
def test_references_are_taken_as_often_as_asked_and_dropped():
    shared = shared_reference.share(Threads)
    before = sys.getrefcount(shared)
    counts = {"append": [], "pop": []}

    def note(_frame, event, function):
        if event == "c_return" and function.__name__ in counts:
            counts[function.__name__].append(sys.getrefcount(shared))

    sys.setprofile(note)
    try:
        shared_reference(shared, 5)
    finally:
        sys.setprofile(None)
    with_arguments = counts["append"][0] - 1
    assert counts["append"] == [with_arguments + 1] * 5
    assert sys.getrefcount(shared) == before


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no object is immortal")
def test_the_object_is_mortal():
    assert sys.getrefcount(shared_reference.share(Threads)) < 100
