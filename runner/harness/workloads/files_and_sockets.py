"""Input and output that the operating system answers at once: what its calls cost, without waiting for a device."""

# Hooks are attributes of functions, and what has a `setup` finds its SIZE there:
# mypy: disable-error-code=attr-defined
# ruff: noqa: ARG001

from .payloads import is_payload, payload

TYPE_CHECKING = False  # importing it from typing would cost every spawned worker time inside the window
if TYPE_CHECKING:
    from typing import Any

_CHUNK = 1 << 16


def file_io(prepared: "tuple[Any, bytes]", SIZE: int) -> bytes:
    """Write SIZE bytes to a new temporary file, read them back and remove it: a few long calls of the file system.

    The bytes are handed to the operating system, which keeps them in memory: nothing waits for a disk. Returns them.
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

    gettempdir()  # which is looked for once, by writing to it
    # A file without a name: a worker that is killed leaves none behind.
    return TemporaryFile, payload(SIZE)


file_io.setup = _set_up_file
file_io.check = is_payload


def socket_io(prepared: "tuple[Any, bytes]", SIZE: int) -> bytearray:
    """Send SIZE bytes from one socket to another of the same thread, 64 KiB at a time: many short calls of the system.

    The sockets are a pair and not a connection of the network: that needs no port and no network, and depends on no
    firewall and no timer. Returns what was received.
    """
    new_pair, data = prepared
    received = bytearray(SIZE)
    source, target = memoryview(data), memoryview(received)
    sender, receiver = new_pair()
    with sender, receiver:
        sender.setblocking(False)  # it sends what fits, so that nobody needs to receive meanwhile
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
