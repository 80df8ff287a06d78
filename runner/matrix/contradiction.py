"""Cases that nobody can have meant: their axes contradict each other, or the workload."""

from runner.harness.modes import MODES
from runner.matrix.case import Case
from runner.matrix.points import Point
from runner.matrix.workload import Workload


def contradiction(case: Case, workload: Workload, point: Point) -> tuple[str, str] | None:
    """Return the axis at fault and the problem with the case at a point, or None."""
    if case.calls < case.workers:
        remedy = f"raise calls, or exclude {{workers: {case.workers}, calls: {case.calls}}}"
        return "calls", f"{case.calls} calls cannot be shared out among {case.workers} workers: {remedy}"
    if case.condition("barrier") and point.get("barrier") is False:
        return "barrier", _why_a_barrier(case, workload)
    if workload.unpicklable is not None and MODES[case.mode].pickles(case.start_method):
        return "workload", f"{workload.name} {workload.unpicklable} ({case.way} pickles it)"
    return None


def _why_a_barrier(case: Case, workload: Workload) -> str:
    what, rule = "there are warm-up calls", f"warmup_calls: {case.condition('warmup_calls')}"
    if workload.untimed_hooks:
        hooks = " and ".join(f"a {hook}" for hook in workload.untimed_hooks)
        what, rule = f"{workload.name} has {hooks}", f"workload: {workload.name}"
    remedy = f"leave barrier out, or exclude {{{rule}, barrier: false}}"
    return f"{what}, whose time must not count, so that all workers begin together: {remedy}"
