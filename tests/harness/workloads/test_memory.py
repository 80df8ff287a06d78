"""Moving memory, and asking for it."""

import gc

import pytest

from runner.harness.workloads import memory
from runner.harness.workloads.memory import allocation_heavy, memory_bound
from runner.harness.workloads.payloads import payload


@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_the_copy_is_what_was_copied(size):
    target, source = memory_bound.setup(SIZE=size)
    result = memory_bound((target, source), size)
    assert target.raw == payload(size)
    assert memory_bound.check(result, SIZE=size)


def test_what_was_not_copied_does_not_pass():
    target, _source = memory_bound.setup(SIZE=1_000)
    assert not memory_bound.check((target[:100], target[-100:]), SIZE=1_000)


def test_what_was_allocated_is_dropped():
    gc.collect()
    before = len(gc.get_objects())
    allocation_heavy(25_000)
    assert abs(len(gc.get_objects()) - before) < 100


@pytest.mark.parametrize("number", [0, 1, 9_999, 10_000, 10_001, 25_000])
def test_as_many_objects_are_made_as_were_asked_for(monkeypatch, number):
    ranges = []
    monkeypatch.setattr(memory, "range", lambda size: ranges.append(size) or range(size), raising=False)
    allocation_heavy(number)
    assert sum(ranges) == number


def test_so_many_objects_live_at_a_time_that_garbage_is_looked_for():
    seen, threshold = [], gc.get_threshold()
    gc.set_threshold(2_000)  # the largest that a version of Python begins with
    gc.callbacks.append(lambda phase, info: seen.append(phase))
    try:
        allocation_heavy(30_000)
    finally:
        gc.callbacks.pop()
        gc.set_threshold(*threshold)
    assert seen.count("start") > 3
