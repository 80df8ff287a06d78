"""Nobody passes the gate before all are ready; whoever is lost holds nobody up."""

import os
import threading
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from time import perf_counter_ns
from typing import Any

import pytest
from support.helpers import eventually

from runner.harness.ends import GateEnd
from runner.harness.gate import Gate


@pytest.fixture
def gate() -> Iterator[Gate]:
    one = Gate()
    yield one
    for descriptor in (one._ready, one._go, *one.descriptors):
        os.close(descriptor)


def in_threads(*works: Callable[[], Any]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


def never() -> bool:
    return False


@pytest.mark.parametrize("workers", [1, 2, 20])
def test_all_begin_after_the_last_is_ready(gate: Gate, workers: int) -> None:
    ready_ns: list[int] = []
    gone_ns: list[int] = []

    def work() -> None:
        ready_ns.append(perf_counter_ns())
        gate.end.wait()
        gone_ns.append(perf_counter_ns())

    threads = in_threads(*[work] * (workers - 1))
    eventually(lambda: len(ready_ns) == workers - 1)
    assert gone_ns == []
    threads += in_threads(work)
    opened_ns = gate.open(workers, never)
    for thread in threads:
        thread.join()
    assert len(gone_ns) == workers
    assert max(ready_ns) <= opened_ns <= min(gone_ns)


def test_nobody_waits_for_a_worker_that_passes_by(gate: Gate) -> None:
    threads = in_threads(gate.end.pass_by, gate.end.wait)
    gate.open(2, never)
    for thread in threads:
        thread.join()


def test_nobody_waits_for_ever_for_a_worker_that_is_lost(gate: Gate) -> None:
    asked = []

    def is_lost() -> bool:
        asked.append(1)
        return len(asked) == 3

    (thread,) = in_threads(gate.end.wait)
    gate.open(2, is_lost)
    thread.join()
    assert len(asked) == 3


def test_whoever_comes_after_it_was_opened_does_not_wait(gate: Gate) -> None:
    gate.open(2, lambda: True)
    gate.end.wait()
    gate.end.wait()


def test_a_worker_in_another_interpreter_reaches_it_by_its_descriptors(gate: Gate) -> None:
    threads = in_threads(gate.end.wait, GateEnd(*gate.descriptors).wait)
    gate.open(2, never)
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    "method", ["fork", *(pytest.param(one, marks=pytest.mark.slow) for one in ("spawn", "forkserver"))]
)
def test_processes_wait_for_each_other(gate: Gate, method: str) -> None:
    context: Any = get_context(method)
    processes = [context.Process(target=gate.end.wait) for _ in range(2)]
    for process in processes:
        process.start()
    gate.open(2, lambda: not all(process.is_alive() for process in processes))
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
