"""A terminal for a command line to run on."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator

from support.helpers import PATIENCE_S, Finished, command_line

Reaction = Callable[["subprocess.Popen[bytes]", int], object]
"""A user's action: it receives the process and the descriptor to type into."""


def on_terminal(
    *words: str,
    columns: int = 120,
    both: bool = False,
    when: tuple[str, Reaction] | None = None,
    **variables: str,
) -> Finished:
    """Run a command line whose stderr (and stdout, with `both`) is a terminal; return the terminal's output as `err`.

    `when` is a text that the terminal shows at some time, and the user's action at that moment.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    shown = b""
    with subprocess.Popen(
        command_line(*words),
        stdin=theirs,
        stdout=theirs if both else subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", **variables},
    ) as process:
        os.close(theirs)
        try:
            for chunk in _chunks(ours):
                shown += chunk
                if when and when[0].encode() in shown:
                    when[1](process, ours)
                    when = None
            out = "" if process.stdout is None else process.stdout.read().decode()
            code = process.wait(timeout=PATIENCE_S)
        finally:
            process.kill()
            os.close(ours)
    err = shown.decode()
    assert "Traceback" not in err, err
    assert when is None, err
    return Finished(code, out, err)


def _chunks(terminal: int) -> Iterator[bytes]:
    while True:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, "nothing was shown"
        try:
            yield os.read(terminal, 65536)
        except OSError:  # the last process that had it open has ended
            return
