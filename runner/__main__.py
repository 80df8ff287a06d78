"""Entry point of ``runner`` and ``python -m runner``: handle Ctrl-C and a lack of memory from the start.

Importing the rest of the program takes long enough to be interrupted, and can run out of memory. So nothing that takes
time is imported before the handlers are in place, not even the `signal` module.
"""

import os
import sys
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]

BAD_INPUT, INTERRUPTED = 2, 130
"""Values of `runner.errors.ExitCode`, which is not imported yet."""


def main() -> None:
    """Run the command line."""
    if getsignal(SIGINT) is default_int_handler:  # under nohup it is ignored, and stays so
        signal(SIGINT, _stop)
    try:
        from runner.cli import main as run_command_line

        run_command_line()
    except (MemoryError, SystemError):  # C code that runs out of memory may raise SystemError
        _fail("there is not enough memory for that.")
    except (ImportError, OSError) as error:  # a library that cannot be loaded, a full disk under the output
        _fail(f"cannot go on: {error}")


def _stop(_number: int, _frame: object) -> None:
    """End the process at once: there is nothing to clean up yet, and an import could swallow or print an exception."""
    try:
        os.write(2, b"runner: Interrupted.\n")
    finally:
        os._exit(INTERRUPTED)


def _fail(message: str) -> None:
    print(f"runner: {message}", file=sys.stderr)
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
