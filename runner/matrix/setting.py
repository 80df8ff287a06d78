"""What a grid is multiplied out for: the interpreters and the functions under test."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.facts import Probe
from runner.harness.modes import MODES
from runner.matrix.values import CURRENT
from runner.matrix.workload import Workload, builtin, is_own


@dataclass(frozen=True, slots=True)
class Platform:
    """What an interpreter and the host under test offer."""

    python: str
    """Label of the interpreter."""
    usable_cpus: int
    start_methods: tuple[str, ...]
    default_start_method: str
    modes: tuple[str, ...] = tuple(MODES)
    free_threaded: bool = False
    """Whether the build can run without the interpreter lock."""
    gil: bool | None = True
    """Whether the lock is on by default; None where the interpreter cannot tell."""
    allowed_cpus: tuple[int, ...] = ()
    executable: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """Modules that started processes would import from the current folder, each with the file there."""
    unfit: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each mode, the start methods with which the interpreter's own library fails, and why."""

    @classmethod
    def of(cls, probe: Probe) -> "Platform":
        """Return what a probe says of it."""
        interpreter = probe.interpreter
        return cls(
            python=interpreter.label,
            usable_cpus=probe.host.usable_cpus,
            start_methods=interpreter.start_methods,
            default_start_method=interpreter.default_start_method,
            modes=interpreter.modes,
            free_threaded=interpreter.free_threaded_build,
            gil=interpreter.gil,
            allowed_cpus=probe.allowed_cpus,
            executable=interpreter.executable,
            hidden=probe.hidden,
            unfit=probe.unfit,
        )

    @property
    def version(self) -> tuple[str, ...]:
        """Return implementation, major and minor version: the same for builds that differ in the lock alone."""
        implementation, _, numbers = self.python.partition(" ")
        return (implementation, *numbers.split(".")[:2])

    @property
    def patch(self) -> int:
        """Return the number of the patch release, 0 where the label has none."""
        found = re.search(r" \d+\.\d+\.(\d+)", self.python)
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Setting:
    """Every interpreter and function that a grid names."""

    platforms: Mapping[str, Platform]
    """By the word that names the interpreter in the grid."""
    functions: Mapping[str, Mapping[str, Workload]] = field(default_factory=dict)
    """The user's functions by label of the interpreter and name: each may be another one there."""

    @classmethod
    def of(cls, platform: Platform) -> "Setting":
        """Return a setting of the current interpreter alone, without functions of the user's."""
        return cls({CURRENT: platform})

    def workload(self, name: str, python: str) -> Workload:
        """Return the workload of that name in the interpreter of that label."""
        return self.functions[python][name] if is_own(name) else builtin(name)
