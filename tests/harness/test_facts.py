"""What a probe says of the interpreter and the host."""

import multiprocessing
import platform
import sys
from pathlib import Path

import pytest

from runner.executors.local import LocalExecutor
from runner.harness import facts
from runner.interrupt import Interrupt


def test_the_cpu_model_is_read_from_the_machine_or_unknown(tmp_path: Path) -> None:
    assert facts.host(str(tmp_path))["cpu_model"] is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Fast: the 2nd\n\nmodel name\t: other\n")
    assert facts.host(str(tmp_path))["cpu_model"] == "Fast: the 2nd"


class _Pool:
    """A pool as in PyPy 3.9: what it calls has another name."""

    def submit(self) -> None:
        self._adjust_process_count()  # type: ignore[attr-defined]

    def _adjust_process_count_cpython(self) -> None: ...


class _SoundPool(_Pool):
    def _adjust_process_count(self) -> None: ...


class _OtherPool:
    def submit(self) -> None: ...


@pytest.mark.parametrize(
    ("pool", "methods"), [(_Pool, ["spawn", "forkserver"]), (_SoundPool, []), (_OtherPool, []), (None, [])]
)
def test_a_pool_of_processes_whose_own_library_fails_is_told(
    monkeypatch: pytest.MonkeyPatch, pool: type | None, methods: list[str]
) -> None:
    if pool is None:
        monkeypatch.setitem(sys.modules, "concurrent.futures.process", None)
    else:
        monkeypatch.setattr("concurrent.futures.process.ProcessPoolExecutor", pool)
    found = facts.unfit()
    assert list(found.get("process_pool", {})) == methods
    assert set(found) <= {"process_pool"}


def test_a_probe_describes_the_interpreter_below_the_virtual_environment_and_this_host(executor: LocalExecutor) -> None:
    with Interrupt() as interrupt:
        probe = executor.probe(interrupt)
    interpreter, host = probe.interpreter, probe.host
    assert interpreter.executable != sys.executable or sys.prefix == sys.base_prefix
    assert interpreter.version == platform.python_version()
    assert interpreter.label.startswith(f"{sys.implementation.name} {platform.python_version()}")
    assert list(interpreter.start_methods) == multiprocessing.get_all_start_methods()
    assert interpreter.default_start_method in interpreter.start_methods
    assert host.hostname == platform.node()
    assert 1 <= host.usable_cpus <= host.logical_cpus
    assert host.clock_resolution_ns >= 1
