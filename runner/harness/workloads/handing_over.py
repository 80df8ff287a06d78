"""Passing a payload to a worker and back, and nothing else: the cost of communication."""

# Hooks are attributes of functions, and are called with arguments that not all of them need:
# mypy: disable-error-code=attr-defined
# ruff: noqa: ARG001

from _thread import get_ident

from .contexts import Threads
from .payloads import is_payload, payload

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

EXCHANGING = ("sequential", "threading", "multiprocessing")
"""The modes in which the driver can serve its workers, or is itself the only worker."""


def pass_by_argument(lent: bytes, SIZE: int) -> bytes:
    """Hand SIZE bytes to a worker as the argument of a task and take them back as its result, and do nothing else.

    Threads get them by reference, processes pickled, interpreters as a copy.
    """
    return lent


pass_by_argument.hand = payload
pass_by_argument.check = is_payload
pass_by_argument.modes = ("sequential", "threading", "thread_pool", "process_pool", "interpreter_pool", "asyncio")


class Exchange:
    """The driver lends its payload to the workers, through a queue in each direction."""

    def __init__(self, context: "Any", new_queue: "Callable[[], Any]", SIZE: int) -> None:
        self.to_workers, self.to_driver = new_queue(), new_queue()
        self.payload = payload(SIZE)
        # Not for processes: the main thread of a forked worker has the same number as its driver's.
        self._lone_thread = get_ident() if context is Threads else None

    def __getstate__(self) -> "dict[str, Any]":
        # A worker process gets the payload through the queues, and not with this object.
        return {**self.__dict__, "payload": None}

    def there_and_back(self) -> bytes:
        """Take the payload and hand it back. Called by a worker."""
        if get_ident() == self._lone_thread:  # there is no driver beside it that could serve
            return self.payload
        return self._take_and_return()

    def _take_and_return(self) -> bytes:
        # A worker asks first: so one is always about to read what the driver writes, even if a payload does not fit
        # into a pipe and the workers have different numbers of calls.
        self.to_driver.put(None)
        lent: bytes = self.to_workers.get()
        self.to_driver.put(lent)
        return lent

    def serve(self, calls: int) -> None:
        """Lend and take back the payload `calls` times: by the driver. Raises ValueError if it came back changed."""
        unchanged = 0
        for _ in range(2 * calls):
            message = self.to_driver.get()
            if message is None:
                self.to_workers.put(self.payload)
            else:
                unchanged += is_payload(message, len(self.payload))
        self._all_unchanged(unchanged, calls)

    def _all_unchanged(self, unchanged: int, calls: int) -> None:
        # Not before the end: a worker that is not served would wait for ever.
        if unchanged < calls:
            raise ValueError("%d of %d payloads did not come back as they were" % (calls - unchanged, calls))


class Board(Exchange):
    """Shared memory to which the driver writes the payload; a worker reads it and writes it back.

    The queues tell whose turn it is: there is one memory, for one worker at a time.
    """

    def __init__(self, context: "Any", SIZE: int) -> None:
        super().__init__(context, context.SimpleQueue, SIZE)
        self.memory = context.RawArray("c", SIZE)

    def _take_and_return(self) -> bytes:
        self.to_workers.get()
        lent: bytes = self.memory.raw
        self.memory.raw = lent
        self.to_driver.put(None)
        return lent

    def serve(self, calls: int) -> None:
        """Write the payload and read it again `calls` times. Raises ValueError if it came back changed."""
        unchanged = 0
        for _ in range(calls):
            self.memory.raw = self.payload
            self.to_workers.put(None)
            self.to_driver.get()
            unchanged += is_payload(self.memory.raw, len(self.payload))
        self._all_unchanged(unchanged, calls)


def _serve(exchange: Exchange, calls: int, workers: int, SIZE: int) -> None:
    exchange.serve(calls)


def pass_by_pipe(exchange: Exchange, SIZE: int) -> bytes:
    """Hand SIZE bytes to a worker and back through a pipe each way, and do nothing else.

    That is a SimpleQueue: pickled, written and read between processes, by reference between threads.
    """
    return exchange.there_and_back()


def _two_pipes(context: "Any", SIZE: int) -> Exchange:
    return Exchange(context, context.SimpleQueue, SIZE)


pass_by_pipe.share = _two_pipes
pass_by_pipe.serve = _serve
pass_by_pipe.check = is_payload
pass_by_pipe.modes = EXCHANGING


def pass_by_queue(exchange: Exchange, SIZE: int) -> bytes:
    """Hand SIZE bytes to a worker and back through a Queue each way, and do nothing else.

    Between processes that is a pipe that a thread of the Queue's own writes to: a call ends when its payload is with
    that thread, and not when it is written. Between threads they go by reference.
    """
    return exchange.there_and_back()


def _two_queues(context: "Any", SIZE: int) -> Exchange:
    return Exchange(context, context.Queue, SIZE)


pass_by_queue.share = _two_queues
pass_by_queue.serve = _serve
pass_by_queue.check = is_payload
pass_by_queue.modes = EXCHANGING


def pass_by_shared_memory(board: Board, SIZE: int) -> bytes:
    """Hand SIZE bytes to a worker and back through shared memory, and do nothing else.

    They are copied in and out at each end, and never pickled; only who may read is said through a pipe.
    """
    return board.there_and_back()


def _one_board(context: "Any", SIZE: int) -> Board:
    return Board(context, SIZE)


pass_by_shared_memory.share = _one_board
pass_by_shared_memory.serve = _serve
pass_by_shared_memory.check = is_payload
pass_by_shared_memory.modes = EXCHANGING
