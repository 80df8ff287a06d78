"""Ctrl-C as a request to stop: real signals, sent to this very process."""

import os
import select
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.errors import Interrupted
from runner.interrupt import Interrupt
from runner.signals import interruptible

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers_put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def readable(interrupt: Interrupt, seconds: float = 0) -> bool:
    return bool(select.select([interrupt], [], [], seconds)[0])


def open_descriptors() -> list[Path]:
    return sorted(Path("/proc/self/fd").iterdir())


def wakeup_descriptor() -> int:
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor)
    return descriptor


def test_nothing_is_requested_before_a_signal_comes() -> None:
    with interruptible() as interrupt:
        assert not interrupt.requested
        assert not readable(interrupt)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_instead_of_raising(number: int) -> None:
    with interruptible() as interrupt:
        send(number)
        assert interrupt.requested
        assert readable(interrupt)


def test_a_signal_ends_a_wait_for_something_else() -> None:
    with interruptible() as interrupt:
        sender = threading.Thread(target=send, args=(signal.SIGTERM,))
        sender.start()
        assert readable(interrupt, seconds=60)
        sender.join()
        assert interrupt.requested


def test_a_request_stays_after_it_is_read() -> None:
    with interruptible() as interrupt:
        send(signal.SIGINT)
        assert [readable(interrupt), readable(interrupt)] == [True, True]
        assert [interrupt.requested, interrupt.requested] == [True, True]


def test_more_signals_than_a_pipe_holds_neither_block_nor_warn(capfd: pytest.CaptureFixture[str]) -> None:
    with interruptible() as interrupt:
        for _ in range(70_000):
            send(signal.SIGINT)
        assert interrupt.requested
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("number", SIGNALS)
def test_the_previous_handlers_are_restored(number: int) -> None:
    came: list[int] = []
    signal.signal(number, lambda received, _frame: came.append(received))
    with interruptible() as interrupt:
        send(number)
    assert came == []
    send(number)
    assert came == [number]
    assert interrupt.requested


def test_the_previous_handlers_are_restored_after_an_error() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(RuntimeError), interruptible():
        raise RuntimeError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_the_previous_wakeup_descriptor_is_restored() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    original = signal.set_wakeup_fd(writer)
    try:
        with interruptible():
            assert wakeup_descriptor() != writer
        assert wakeup_descriptor() == writer
    finally:
        signal.set_wakeup_fd(original)
        os.close(reader)
        os.close(writer)


def test_nothing_stays_open() -> None:
    before = open_descriptors()
    with interruptible():
        assert len(open_descriptors()) == len(before) + 2
    assert open_descriptors() == before


def test_one_can_stand_inside_another_and_the_outer_one_goes_on() -> None:
    with interruptible() as outer:
        with interruptible() as inner:
            send(signal.SIGINT)
        assert (inner.requested, outer.requested) == (True, False)
        send(signal.SIGINT)
        assert outer.requested
        assert readable(outer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_ignored_stays_ignored(number: int) -> None:
    """`nohup` and a shell's background jobs start a program with these signals ignored."""
    signal.signal(number, signal.SIG_IGN)
    with interruptible() as interrupt:
        send(number)
        assert not interrupt.requested
    assert signal.getsignal(number) is signal.SIG_IGN


def test_after_the_end_ctrl_c_raises_again() -> None:
    def interrupted() -> Any:
        send(signal.SIGINT)
        return select.select([], [], [], 60)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    with interruptible():
        send(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_a_stop_can_be_requested_from_any_thread_and_ends_a_wait() -> None:
    with Interrupt() as interrupt:
        requester = threading.Thread(target=interrupt.request)
        requester.start()
        assert readable(interrupt, seconds=60)
        requester.join()
        assert interrupt.requested
        with pytest.raises(Interrupted):
            interrupt.heed()


def test_a_stop_can_be_requested_more_often_than_a_pipe_holds() -> None:
    with Interrupt() as interrupt:
        for _ in range(70_000):
            interrupt.request()
        assert readable(interrupt)


def test_outside_the_main_thread_no_signal_is_touched() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    seen: list[Any] = []

    def run() -> None:
        with interruptible() as interrupt:
            seen.append([signal.getsignal(number) for number in SIGNALS])
            interrupt.request()
            seen.append(interrupt.requested)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before, True]


def test_an_interrupt_that_is_handed_in_is_used_as_it_is() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Interrupt() as own, interruptible(own) as used:
        assert used is own
        assert [signal.getsignal(number) for number in SIGNALS] == before
