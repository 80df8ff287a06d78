"""Input and output that the operating system completes at once: the cost of its calls, without waiting for a device."""

# Hooks are attributes of functions, and a function with a `setup` does not use its SIZE:
# mypy: disable-error-code=attr-defined
# ruff: noqa: ARG001

from .payloads import is_payload, payload

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

_CHUNK = 1 << 16


def file_io(prepared: "tuple[Any, bytes]", SIZE: int) -> bytes:
    """Write SIZE bytes to a new temporary file, read them back and remove it: a few long calls of the file system.

    The operating system keeps the bytes in memory: nothing waits for a disk. Returns what was read.
    """
    new_file, data = prepared
    with new_file() as file:
        file.write(data)
        file.flush()
        file.seek(0)
        back: bytes = file.read()
    return back


def _set_up_file(SIZE: int) -> "tuple[Any, bytes]":
    from tempfile import TemporaryFile, gettempdir

    gettempdir()  # the first call finds the folder by writing to it
    # A file without a name: a worker that is killed leaves nothing behind.
    return TemporaryFile, payload(SIZE)


file_io.setup = _set_up_file
file_io.check = is_payload


def socket_io(prepared: "tuple[Any, bytes]", SIZE: int) -> bytearray:
    """Send SIZE bytes from one socket to another of the same thread, 64 KiB at a time: many short calls of the system.

    The sockets are a local pair: that needs no port and no network, and depends on no firewall and no timer. Returns
    what was received.
    """
    new_pair, data = prepared
    received = bytearray(SIZE)
    source, target = memoryview(data), memoryview(received)
    sender, receiver = new_pair()
    with sender, receiver:
        sender.setblocking(False)  # it sends what fits, so that the same thread can then receive it
        done = 0
        while done < SIZE:
            sent = done + sender.send(source[done : done + _CHUNK])
            while done < sent:
                done += receiver.recv_into(target[done:sent])
    return received


def _set_up_sockets(SIZE: int) -> "tuple[Any, bytes]":
    from socket import socketpair

    return socketpair, payload(SIZE)


socket_io.setup = _set_up_sockets
socket_io.check = is_payload
