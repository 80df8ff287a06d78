"""A payload to a worker and back, whatever its size and however the calls are shared out."""

import multiprocessing
import threading

import pytest
from support.own_trials import FINE, calls_made, ended

from runner.harness.workloads.contexts import Threads
from runner.harness.workloads.handing_over import (
    pass_by_argument,
    pass_by_pipe,
    pass_by_queue,
    pass_by_shared_memory,
)
from runner.harness.workloads.payloads import payload

EXCHANGES = ["pass_by_pipe", "pass_by_queue", "pass_by_shared_memory"]
FUNCTIONS = [pass_by_pipe, pass_by_queue, pass_by_shared_memory]
SIZES = [0, 1, 100_000, 5_000_000]
LONG = 100_000
"""No two objects of this size are the same one by chance, as those of a byte or less are."""

by_every_exchange = pytest.mark.parametrize("name", EXCHANGES)
of_every_size = pytest.mark.parametrize("size", SIZES)
with_every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=EXCHANGES)


@pytest.mark.parametrize("way", ["sequential", "threading", "fork", pytest.param("spawn", marks=pytest.mark.slow)])
@by_every_exchange
def test_every_payload_comes_there_and_back_with_uneven_calls(trial, name, way):
    outcome = trial(way, name, calls=3, SIZE=LONG)
    assert (ended(outcome), calls_made(outcome)) == (FINE, 3)


@pytest.mark.parametrize("way", ["threading", "fork"])
@by_every_exchange
def test_more_workers_than_processors_and_many_calls_all_end(trial, name, way):
    outcome = trial(way, name, calls=101, workers=5, SIZE=70_000)
    assert (ended(outcome), calls_made(outcome)) == (FINE, 101)


@pytest.mark.slow
@by_every_exchange
def test_a_worker_of_a_forkserver_is_served_too(trial, name):
    assert ended(trial("forkserver", name, calls=3, SIZE=LONG)) == FINE


@pytest.mark.parametrize("way", ["sequential", "threading", "thread_pool", "process_pool_fork"])
def test_an_argument_comes_back_as_the_result(trial, way):
    outcome = trial(way, "pass_by_argument", calls=3, SIZE=LONG)
    assert (ended(outcome), calls_made(outcome)) == (FINE, 3)


def a_worker(target):
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def taken_by_a_thread(function, context, size):
    """Return the exchange, and what a worker in a thread has got."""
    exchange, taken = function.share(context, SIZE=size), []
    worker = a_worker(lambda: taken.append(function(exchange, size)))
    function.serve(exchange, 1, 1, SIZE=size)
    worker.join()
    return exchange, *taken


@of_every_size
@with_every_function
def test_threads_get_all_of_it_by_reference_or_as_a_copy_out_of_shared_memory(function, size):
    exchange, taken = taken_by_a_thread(function, Threads, size)
    assert taken == payload(size)
    if size == LONG:
        assert (taken is exchange.payload) == (function is not pass_by_shared_memory)


@with_every_function
def test_a_lone_thread_gets_the_same_object_without_being_served(function):
    exchange = function.share(Threads, SIZE=LONG)
    assert function(exchange, LONG) is exchange.payload


@of_every_size
@with_every_function
def test_a_process_gets_all_of_it_as_an_object_of_its_own_and_not_what_it_inherited(function, size):
    exchange = function.share(multiprocessing.get_context("fork"), SIZE=size)

    def work():
        taken = function(exchange, size)
        assert taken == payload(size)
        assert size < LONG or taken is not exchange.payload

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    function.serve(exchange, 1, 1, SIZE=size)
    process.join()
    assert process.exitcode == 0


def test_an_argument_is_handed_over_by_reference_where_nothing_stands_between():
    handed = pass_by_argument.hand(SIZE=LONG)
    assert pass_by_argument(handed, LONG) is handed


def test_the_payload_is_not_sent_along_with_the_exchange():
    exchange = pass_by_pipe.share(Threads, SIZE=LONG)
    assert exchange.payload == payload(LONG)
    assert payload(LONG) not in exchange.__getstate__().values()


def change(function, exchange, changed):
    """Be a worker that hands back something else."""
    if function is pass_by_shared_memory:
        exchange.to_workers.get()
        exchange.memory.raw = changed
        exchange.to_driver.put(None)
    else:
        exchange.to_driver.put(None)
        exchange.to_workers.get()
        exchange.to_driver.put(changed)


@with_every_function
def test_a_payload_that_comes_back_changed_is_told_after_all_were_served(function):
    exchange = function.share(Threads, SIZE=LONG)
    workers = [
        a_worker(lambda: change(function, exchange, bytes(LONG))),
        a_worker(lambda: function(exchange, LONG)),
    ]
    with pytest.raises(ValueError, match="1 of 2 payloads did not come back as they were"):
        function.serve(exchange, 2, 2, SIZE=LONG)
    for worker in workers:
        worker.join(20)
        assert not worker.is_alive()


def test_a_worker_writes_what_it_read_back_into_shared_memory():
    class Memory:
        def __init__(self):
            self.written = []

        raw = property(lambda self: bytes(LONG), lambda self, data: self.written.append(data))

    board = pass_by_shared_memory.share(Threads, SIZE=LONG)
    board.memory = Memory()
    worker = a_worker(lambda: pass_by_shared_memory(board, LONG))
    board.to_workers.put(None)
    worker.join(20)
    assert board.memory.written == [bytes(LONG)]


@with_every_function
def test_a_changed_payload_does_not_pass_the_check(function):
    assert function.check(payload(10), SIZE=10)
    assert not function.check(payload(10)[::-1], SIZE=10)
    assert not function.check(payload(9), SIZE=10)


@with_every_function
def test_nothing_is_left_in_the_queues(function):
    exchange = function.share(Threads, SIZE=10)
    workers = [a_worker(lambda: function(exchange, 10)) for _ in range(3)]
    function.serve(exchange, 3, 3, SIZE=10)
    for worker in workers:
        worker.join(20)
    assert exchange.to_workers.empty()
    assert exchange.to_driver.empty()


def test_no_payload_is_under_way_that_nobody_asked_for():
    exchange = pass_by_pipe.share(Threads, SIZE=10)
    driver = a_worker(lambda: pass_by_pipe.serve(exchange, 2, 1, SIZE=10))
    for _ in range(2):
        exchange.to_driver.put(None)
        lent = exchange.to_workers.get(timeout=20)
        assert exchange.to_workers.empty()
        exchange.to_driver.put(lent)
    driver.join(20)
    assert not driver.is_alive()
