"""A grid, multiplied out."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from runner.axes import LOCK
from runner.matrix.case import Case
from runner.matrix.omission import Omission, omitted
from runner.matrix.setting import Platform, Setting
from runner.matrix.spec import Axes


@dataclass(frozen=True)
class Matrix:
    """The cases of a grid in a setting, and how they came about."""

    cases: tuple[Case, ...]
    """No duplicates; the baseline of every concurrent case is among them, unless it was left out."""
    axes: Axes
    """The matrix with absent axes filled in."""
    removed: tuple[int, ...]
    """Cases that each `exclude` rule took out; a case that two rules match counts for the first."""
    added_baselines: tuple[Case, ...]
    omissions: tuple[Omission, ...] = ()

    @cached_property
    def pythons(self) -> frozenset[str]:
        """Return the labels of the interpreters."""
        return frozenset(case.python for case in self.cases)

    @property
    def left_out(self) -> list[str]:
        """Return a line for each reason why cases were left out."""
        return omitted(map(asdict, self.omissions))

    @property
    def baselines(self) -> dict[str, str]:
        """Return the key of each concurrent case's baseline, by the case's own key."""
        there = set(self.cases)
        pairs = ((case, case.baseline()) for case in self.cases if not case.is_baseline)
        return {case.key: baseline.key for case, baseline in pairs if baseline in there}

    def locked_baselines(self, setting: Setting) -> dict[str, str]:
        """Return, by key, the sequential case of the same work on the build with the interpreter lock.

        That is the build of the same version, such as 3.14, which cannot run without the lock; of several, the one of
        the nearest patch release. Concurrent cases have one where both builds are in the matrix.
        """
        by_label = {platform.python: platform for platform in setting.platforms.values()}
        locked = {label: _locked_build(own, by_label.values()) for label, own in by_label.items()}
        there, found = set(self.cases), {}
        for case in self.cases:
            build = locked[case.python]
            if case.is_baseline or build is None:
                continue
            baseline = replace(case.baseline(), python=build)
            for candidate in (baseline.under(**{LOCK: asked}) for asked in (None, "on")):
                if candidate in there:
                    found[case.key] = candidate.key
                    break
        return found


def _locked_build(own: Platform, platforms: Collection[Platform]) -> str | None:
    """Return the label of the build with the lock that this one is compared with, if its version has both builds."""
    same = [platform for platform in platforms if platform.version == own.version]
    locked = [platform for platform in same if not platform.free_threaded]
    if len(locked) in (0, len(same)):
        return None

    def distance(platform: Platform) -> tuple[bool, int, int]:
        return platform.python != own.python, abs(platform.patch - own.patch), -platform.patch

    return min(locked, key=distance).python
