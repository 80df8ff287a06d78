"""What a probe says of the interpreter and the host."""

import multiprocessing
import platform
import sys
from pathlib import Path

from runner.executors.local import LocalExecutor
from runner.harness import facts
from runner.interrupt import Interrupt


def test_the_cpu_model_is_read_from_the_machine_or_unknown(tmp_path: Path) -> None:
    assert facts.host(str(tmp_path))["cpu_model"] is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Fast: the 2nd\n\nmodel name\t: other\n")
    assert facts.host(str(tmp_path))["cpu_model"] == "Fast: the 2nd"


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
