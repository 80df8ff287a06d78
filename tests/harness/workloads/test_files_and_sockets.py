"""A file and a pair of sockets."""

import socket
import tempfile
import threading
from pathlib import Path

import pytest

from runner.harness.workloads.files_and_sockets import file_io, socket_io
from runner.harness.workloads.payloads import payload

CHUNK = 65_536
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 100_000, 5_000_000]

with_both = pytest.mark.parametrize("workload", [file_io, socket_io], ids=lambda workload: workload.__name__)


@pytest.fixture(autouse=True)
def files_are_temporary(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))


@with_both
@pytest.mark.parametrize("size", SIZES)
def test_what_is_read_is_what_was_written(workload, size):
    result = workload(workload.setup(SIZE=size), size)
    assert result == payload(size)
    assert workload.check(result, SIZE=size)


@with_both
def test_what_was_not_read_does_not_pass(workload):
    assert not workload.check(bytes(1_000), SIZE=1_000)
    assert not workload.check(payload(999), SIZE=1_000)


@with_both
def test_one_setup_serves_many_calls_and_nothing_stays_open(workload, temporary):
    prepared = workload.setup(SIZE=1_000)
    descriptors = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    for _ in range(20):
        assert workload.check(workload(prepared, 1_000), SIZE=1_000)
    assert list(temporary.iterdir()) == []
    if descriptors:
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_a_file_is_where_temporary_files_are(temporary):
    new_file, _data = file_io.setup(SIZE=1)
    with new_file() as file:
        place = Path(f"/proc/self/fd/{file.fileno()}")
        if not place.exists():
            pytest.skip("asks the kernel of Linux")
        assert place.readlink().is_relative_to(temporary)


def test_sockets_with_the_smallest_buffers_do_not_wait_for_each_other():
    def new_pair():
        pair = socket.socketpair()
        for end in pair:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        return pair

    received = []
    thread = threading.Thread(
        target=lambda: received.append(socket_io((new_pair, payload(300_000)), 300_000)), daemon=True
    )
    thread.start()
    thread.join(20)
    assert received == [payload(300_000)]


class Sipping(socket.socket):
    """A socket that gives less than there is."""

    def recv_into(self, buffer):
        return super().recv_into(buffer[:1_000])


def test_what_comes_in_pieces_is_put_together():
    def new_pair():
        sender, receiver = socket.socketpair()
        return sender, Sipping(fileno=receiver.detach())

    assert socket_io((new_pair, payload(300_000)), 300_000) == payload(300_000)
