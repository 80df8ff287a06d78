"""The outermost part of every command line: it handles Ctrl-C and a lack of memory from the start.

Importing the rest of a program takes long enough to be interrupted, and can run out of memory. So nothing that takes
time is imported before the handlers are in place, not even the `signal` module.
"""

import os
import sys
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]
from collections.abc import Callable

BAD_INPUT, INTERRUPTED = 2, 130
"""Values of `runner.errors.ExitCode`, which is not imported yet."""


class _Stop:
    """A handler of Ctrl-C that ends the process: an import could swallow an exception, or print it."""

    program = ""

    def __call__(self, _number: int, _frame: object) -> None:
        try:
            os.write(2, f"{self.program}: Interrupted.\n".encode())
        finally:
            os._exit(INTERRUPTED)


stop = _Stop()
"""For as long as there is nothing to clean up."""


def run(program: str, command_line: Callable[[], None]) -> None:
    """Call `command_line`, which imports what it needs; `program` begins the messages."""
    stop.program = program
    _leave_working_directory()
    if getsignal(SIGINT) is default_int_handler:  # under nohup it is ignored, and stays so
        signal(SIGINT, stop)
    try:
        command_line()
    except (MemoryError, SystemError):  # C code that runs out of memory may raise SystemError
        _fail("there is not enough memory for that.")
    except (ImportError, OSError) as error:  # a library that cannot be loaded, a full disk under the output
        _fail(f"cannot go on: {error}")


def _leave_working_directory() -> None:
    """Import nothing from the working directory, where ``python -m`` looks first: a user's `random.py` may be there.

    Except if this program itself is there, as in a checkout.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        if sys.path and sys.path[0] == os.getcwd() != home:
            del sys.path[0]
    except OSError:  # it was deleted
        pass


def _fail(message: str) -> None:
    print(f"{stop.program}: {message}", file=sys.stderr)
    sys.exit(BAD_INPUT)
