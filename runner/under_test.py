"""The interpreters and functions under test, each inspected once, and the request for a trial of a case."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.axes import LOCK
from runner.executors import Host
from runner.facts import HostFacts, InterpreterFacts, Probe
from runner.harness.modes import MODES
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.matrix.setting import Platform, Setting
from runner.matrix.values import PYTHON_GIL
from runner.matrix.workload import Workload
from runner.request import Inspection, Reference, TrialRequest


@dataclass(frozen=True, slots=True)
class UnderTest:
    """The interpreters and functions of a sweep, each inspected once."""

    setting: Setting
    interpreters: Mapping[str, InterpreterFacts]
    """By label."""
    host: HostFacts

    def request(self, case: Case) -> TrialRequest:
        """Return the request for a trial of `case`."""
        platform = self._platform(case.python)
        asked = case.request(self.setting.workload(case.workload, case.python))
        env, lock = dict(case.condition("env")), case.condition(LOCK)
        if lock is not None and platform.free_threaded:
            env[PYTHON_GIL] = "0" if lock == "off" else "1"
        gil = platform.gil if lock is None else lock == "on"
        return replace(asked, python=platform.executable, env=env, gil=gil)

    def functions(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the stored columns of each of the user's functions, by (label of the interpreter, name)."""
        return {
            (python, name): columns
            for python, own in self.setting.functions.items()
            for name, workload in own.items()
            if (columns := workload.columns()) is not None
        }

    def _platform(self, python: str) -> Platform:
        return next(platform for platform in self.setting.platforms.values() if platform.python == python)


def together(
    platforms: Mapping[str, Platform], functions: Mapping[str, Mapping[str, Workload]], probes: Iterable[Probe]
) -> UnderTest:
    """Combine `platforms`, by the grid's word for each interpreter, and `functions`, by its label and their names."""
    known = [probe.interpreter for probe in probes]
    # Some facts about the host depend on the interpreter that reports them: use those of the first one.
    host = next(iter(probes)).host
    return UnderTest(Setting(platforms, functions), {one.label: one for one in known}, host)


def inspected(
    references: Sequence[Reference],
    modes: Collection[str],
    platform: Platform,
    env: Mapping[str, str],
    host: Host,
    interrupt: Interrupt,
) -> list[tuple[Workload | None, str]]:
    """Inspect functions that are to run in these modes; return (workload, "") or (None, problem) for each."""
    if not references:
        return []
    possible = [mode for mode in MODES if mode in modes and mode in platform.modes]
    asked = Inspection(functions=references, modes=possible, python=platform.executable, env=env)
    found: list[tuple[Workload | None, str]] = []
    for one, description in zip(references, host.executor.inspect(asked, interrupt), strict=True):
        if description.problem is None:
            found.append((Workload.described(description, one), ""))
        else:
            found.append((None, f"{one.name} {description.problem} (in {platform.python}, {platform.executable})"))
    return found
