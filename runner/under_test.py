"""What is under test: interpreters and functions, each looked at once, and what is asked of them for a case."""

from collections.abc import Iterable, Mapping, Sequence
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
    """The interpreters and functions of a sweep, each looked at once."""

    setting: Setting
    interpreters: Mapping[str, InterpreterFacts]
    """By label."""
    host: HostFacts

    def request(self, case: Case) -> TrialRequest:
        """Return what is asked for a trial of `case`."""
        platform = self._platform(case.python)
        asked = case.request(self.setting.workload(case.workload, case.python))
        env, lock = dict(case.condition("env")), case.condition(LOCK)
        if lock is not None and platform.free_threaded:
            env[PYTHON_GIL] = "0" if lock == "off" else "1"
        gil = platform.gil if lock is None else lock == "on"
        return replace(asked, python=platform.executable, env=env, gil=gil)

    def functions(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what the store keeps of each function of the user's, by label of the interpreter and its name."""
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
    """Return what is under test: `platforms` by the word for each interpreter, `functions` by its label and by name."""
    known = [probe.interpreter for probe in probes]
    # Which facts of the host there are depends a little on the interpreter that tells them: the first one's count.
    host = next(iter(probes)).host
    return UnderTest(Setting(platforms, functions), {one.label: one for one in known}, host)


def inspected(
    references: Sequence[Reference], platform: Platform, env: Mapping[str, str], host: Host, interrupt: Interrupt
) -> list[tuple[Workload | None, str]]:
    """Return for each function (workload, "") or (None, what is wrong)."""
    modes = [mode for mode in MODES if mode in platform.modes]
    found: list[tuple[Workload | None, str]] = []
    for one in references:  # in a child each: else the second would not be seen to import what the first has imported
        asked = Inspection(functions=[one], modes=modes, python=platform.executable, env=env)
        (description,) = host.executor.inspect(asked, interrupt)
        if description.problem is None:
            found.append((Workload.described(description, one), ""))
        else:
            found.append((None, f"{one.name} {description.problem} (in {platform.python}, {platform.executable})"))
    return found
