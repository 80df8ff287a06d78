"""The program's entry, as ``runner`` or ``python -m runner``: what any command can meet, from the first moment on.

That is Ctrl-C, and a machine that has nothing more to give. To import the rest takes long enough to be interrupted, and
memory that may not be there. So nothing that takes any time is imported before, not even what `signal` itself imports.
"""

import os
import sys
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]

BAD_INPUT, INTERRUPTED = 2, 130
"""Of `runner.errors.ExitCode`, which is not there yet."""


def main() -> None:
    """Run the command line."""
    if getsignal(SIGINT) is default_int_handler:  # not so under nohup
        signal(SIGINT, _stop)
    try:
        from runner.cli import main as run_command_line

        run_command_line()
    except (MemoryError, SystemError):  # C code that finds no memory may fail without saying why
        _fail("there is not enough memory for that.")
    except (ImportError, OSError) as error:  # a library that cannot be loaded, a full disk below our output
        _fail(f"cannot go on: {error}")


def _stop(_number: int, _frame: object) -> None:
    """End here and now, as long as there is nothing to clean up: an import would swallow an exception, or show it."""
    try:
        os.write(2, b"runner: Interrupted.\n")
    finally:
        os._exit(INTERRUPTED)


def _fail(message: str) -> None:
    print(f"runner: {message}", file=sys.stderr)
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
