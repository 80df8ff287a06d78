"""What an interpreter or this host cannot run: left out of the matrix, or refused if no interpreter has it."""

from collections.abc import Iterator

from runner.axes import LOCK
from runner.harness import placement
from runner.harness.modes import MODES
from runner.matrix.omission import Omission
from runner.matrix.points import Point
from runner.matrix.problems import Location
from runner.matrix.setting import Platform, Setting
from runner.matrix.spec import Axes
from runner.matrix.values import CURRENT
from runner.matrix.workload import Workload


def why_not(point: Point, platform: Platform, workload: Workload) -> Omission | None:
    """Return why the case at a point cannot be run there, or None if it can."""
    mode, method, lock = point["mode"], point.get("start_method"), point.get(LOCK)
    if mode not in platform.modes:
        return Omission(platform.python, MODES[mode].why_unavailable, mode=mode)
    if method is not None and method not in platform.start_methods:
        return Omission(platform.python, "is not available here", start_method=method)
    if why := platform.unfit.get(mode, {}).get(method or ""):
        return Omission(platform.python, why, mode=mode, start_method=method)
    if lock == "off" and not platform.free_threaded:
        return Omission(platform.python, "only a free-threaded build can do without the interpreter lock", gil=lock)
    why = _why_not_in(mode, workload)
    return Omission(platform.python, why, workload=workload.name, mode=mode) if why else None


def _why_not_in(mode: str, workload: Workload) -> str | None:
    if workload.modes is not None and mode not in workload.modes:
        return f"makes sense only in {', '.join(workload.modes)}"
    if "share" in workload.takes and not MODES[mode].can_share:
        return "interpreters of a pool can share nothing"
    why = workload.unfit.get(mode)
    return why and why.strip().splitlines()[0]  # some libraries fail with a page of advice


def lacking(location: Location, axes: Axes, setting: Setting) -> Iterator[tuple[Location, str]]:
    """Yield the problems of axes whose values no interpreter has, or this host has not."""
    platforms = [setting.platforms[python] for python in axes.python or (CURRENT,)]
    yield from (((*location, "start_method"), problem) for problem in _start_methods(axes, platforms))
    yield from ((location, problem) for problem in _hidden(axes, platforms))
    yield from (((*location, "affinity"), problem) for problem in _cpus(axes, platforms[0].allowed_cpus))


def _start_methods(axes: Axes, platforms: list[Platform]) -> Iterator[str]:
    there = dict.fromkeys(method for platform in platforms for method in platform.start_methods)
    for method in axes.start_method:
        if method not in there:
            yield f"{platforms[0].python} lacks the start method {method} here; it has {', '.join(there)}"


def _hidden(axes: Axes, platforms: list[Platform]) -> Iterator[str]:
    methods = [method for method in axes.start_method if method != "fork"]
    if not methods or not any(MODES[mode].starts_processes for mode in axes.mode):
        return
    for name, path in dict.fromkeys(item for platform in platforms for item in platform.hidden.items()):
        yield (
            f"{path} hides the standard library's module {name} from processes that {methods[0]} starts in this "
            "folder; rename it, or start runner in another folder"
        )


def _cpus(axes: Axes, allowed: tuple[int, ...]) -> Iterator[str]:
    for affinity in axes.values("affinity"):
        if affinity[0].isdigit() and (missing := set(placement.listed(affinity)) - set(allowed)):
            cpus = ", ".join(map(str, sorted(allowed)))
            yield f"CPU {min(missing)} is not available here; there are {cpus}"
