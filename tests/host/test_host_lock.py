"""One measurement at a time on a host."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.helpers import eventually
from support.stores import as_ordinary_user, folder_for_everyone

from runner.errors import BadInput, ExitCode, HostBusy, Interrupted
from runner.host import lock
from runner.host.lock import only_measurement
from runner.interrupt import Interrupt

HOLDER = """
import sys
from runner.host.lock import only_measurement
from runner.interrupt import Interrupt
with Interrupt() as interrupt, only_measurement("sweep 3 (night)", interrupt, print, wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold() -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Hold the lock in another process, until its input is closed."""
    started: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield begin
    for process in started:
        assert process.stdin is not None
        assert process.stdout is not None
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def take(interrupt: Interrupt, told: list[str] | None = None, *, wait: bool = False) -> None:
    with only_measurement("mine", interrupt, (told if told is not None else []).append, wait=wait):
        pass


def test_it_can_be_taken_many_times(interrupt: Interrupt) -> None:
    told: list[str] = []
    for _ in range(3):
        take(interrupt, told)
    assert told == []


def test_without_waiting_the_error_says_who_holds_it_since_when_and_for_what(
    hold: Callable[[], subprocess.Popen[str]], interrupt: Interrupt
) -> None:
    holder = hold()
    with pytest.raises(HostBusy, match=rf"\(process {holder.pid}\) .* since 20\d\d-.*Z: sweep 3 \(night\)\.") as busy:
        take(interrupt)
    assert busy.value.exit_code is ExitCode.HOST_BUSY


def test_a_waiting_process_is_told_once_who_holds_it_and_gets_it_when_it_is_free(
    hold: Callable[[], subprocess.Popen[str]], interrupt: Interrupt
) -> None:
    holder = hold()
    told: list[str] = []

    def end_when_told() -> None:
        eventually(lambda: told)
        assert holder.stdin is not None
        holder.stdin.close()

    sender = threading.Thread(target=end_when_told)
    sender.start()
    take(interrupt, told, wait=True)
    sender.join()
    assert len(told) == 1
    assert f"(process {holder.pid})" in told[0]
    assert "Waiting for it to end" in told[0]


def test_waiting_can_be_interrupted(hold: Callable[[], subprocess.Popen[str]], interrupt: Interrupt) -> None:
    hold()
    sender = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    sender.start()
    with pytest.raises(Interrupted, match="nothing was run"):
        take(interrupt, wait=True)
    sender.join()


def test_a_holder_that_was_killed_holds_nothing(
    hold: Callable[[], subprocess.Popen[str]], interrupt: Interrupt
) -> None:
    holder = hold()
    holder.kill()
    holder.wait()
    take(interrupt)


def test_a_process_that_inherits_it_holds_it_after_the_death_of_the_one_that_took_it(interrupt: Interrupt) -> None:
    with only_measurement("mine", interrupt, print, wait=False) as held:
        heir = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(held.descriptor,), text=True
        )
    with heir:
        with pytest.raises(HostBusy):
            take(interrupt)
        heir.communicate("\n")
    take(interrupt)


def test_unexpected_contents_of_the_file_do_no_harm(interrupt: Interrupt) -> None:
    lock.location().write_bytes(b"\xff\x00 scribble " * 1000)
    with lock.location().open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(HostBusy, match="Somebody is measuring on this host"):
            take(interrupt)
    take(interrupt)
    assert json.loads(lock.location().read_text())["doing"] == "mine"


def test_a_lock_that_cannot_be_made_is_named_with_the_remedy(
    interrupt: Interrupt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for place in (tmp_path / "nowhere" / "lock", tmp_path):
        monkeypatch.setenv(lock.VARIABLE, str(place))
        with pytest.raises(BadInput, match=rf"{place}: the host's lock cannot be used: .* RUNNER_HOST_LOCK"):
            take(interrupt)


def test_a_symbolic_link_at_its_path_is_not_followed(interrupt: Interrupt, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    lock.location().symlink_to(target)
    with pytest.raises(BadInput, match="cannot be used"):
        take(interrupt)
    assert target.read_text() == "mine"


def test_it_is_one_for_all_users(interrupt: Interrupt, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> bool:
        with Interrupt() as theirs:
            try:
                take(theirs)
            except HostBusy:
                return True
        return False

    with folder_for_everyone() as folder:
        folder.chmod(0o1777)
        monkeypatch.setenv(lock.VARIABLE, str(folder / "lock"))
        with only_measurement("mine", interrupt, print, wait=False):
            assert as_ordinary_user(refused)
        assert not as_ordinary_user(refused)
        take(interrupt)


def test_its_path_is_the_same_for_every_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(lock.VARIABLE)
    places = set()
    for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, "/somewhere/else")
        places.add(lock.location())
    assert len(places) == 1
    assert places.pop().name == lock.NAME


def test_anybody_can_read_who_measures(hold: Callable[[], subprocess.Popen[str]]) -> None:
    assert lock.holder() is None
    holder = hold()
    assert f"process {holder.pid}" in (lock.holder() or "")


def test_what_the_holder_does_is_known_while_it_holds_the_lock() -> None:
    assert lock.doing() is None
    lock.location().write_text(json.dumps({"doing": "sweep 1"}))
    assert lock.doing() is None
    with lock.location().open() as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        assert lock.doing() == "sweep 1"
        lock.location().write_text("{}")
        assert lock.doing() is None


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("", "Somebody is measuring on this host."),
        ("[" * 3000, "Somebody is measuring on this host."),
        ('{"user": "a", "pid": 1e999, "since": "now", "doing": "b"}', "Somebody is measuring on this host."),
        (
            json.dumps({"user": "\x1b[2J", "pid": 1, "since": "now", "doing": "a\nb"}),
            r"\x1b[2J (process 1) has been measuring on this host since now: a\nb.",
        ),
    ],
    ids=["nothing", "too deep", "too large", "control characters"],
)
def test_a_note_of_anybody_is_one_harmless_line(note: str, said: str) -> None:
    lock.location().write_text(note)
    with lock.location().open() as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        assert lock.holder() == said
