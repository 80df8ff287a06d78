"""What the interpreter and the kernel say of a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.executors.local import HARNESS
from runner.harness import measure
from runner.host.interpreters import interpreter_under_test

LINUX = pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="asks the kernel of Linux")


@pytest.mark.parametrize("limited", [True, False])
def test_the_lock_is_what_the_interpreter_says(monkeypatch: pytest.MonkeyPatch, limited: bool) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: limited, raising=False)
    assert measure.gil_enabled() is limited


@pytest.mark.parametrize(("implementation", "expected"), [("cpython", True), ("pypy", True), ("graalpy", None)])
def test_an_interpreter_that_cannot_tell_has_the_lock_of_its_kind(
    monkeypatch: pytest.MonkeyPatch, implementation: str, expected: bool | None
) -> None:
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    monkeypatch.setattr(sys.implementation, "name", implementation)
    assert measure.gil_enabled() is expected


@LINUX
def test_peak_memory_is_that_of_this_process() -> None:
    peak = measure.peak_rss_bytes()
    assert peak is not None
    assert 1_000_000 < peak < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@LINUX
def test_a_forked_process_has_the_same_peak_either_way() -> None:
    """And not its parent's, which was higher."""
    script = f"""
import os, sys
sys.path.insert(0, {str(HARNESS.parent)!r})
from harness import measure
held = bytearray(60_000_000)
del held
if os.fork() == 0:
    print(measure.peak_rss_bytes(forked=True), measure.peak_rss_bytes())
    os._exit(sys.stdout.flush() or 0)
os.wait()
"""
    printed = subprocess.check_output([interpreter_under_test(), "-c", script], text=True)
    quick, asked = map(int, printed.split())
    assert quick == pytest.approx(asked, abs=3_000_000)  # the kernel adds pages up in batches, for each thread
    assert quick < 60_000_000
