"""Report the Python that trials run in, and the others on this machine."""

from collections.abc import Iterable, Sequence

from runner.facts import InterpreterFacts
from runner.host.finding import Finding, ok, problem
from runner.host.interpreters import OLDEST, Interpreter


def under_test(interpreter: InterpreterFacts) -> Finding:
    """Report the interpreter that a probe described."""
    locked = {True: ", with the global lock", False: ", without the global lock", None: ""}[interpreter.gil]
    return ok("python", f"{interpreter.label}{locked}: {interpreter.executable}")


def start_methods(interpreter: InterpreterFacts) -> Finding:
    """Report the methods by which the interpreter can start processes."""
    methods, default = interpreter.start_methods, interpreter.default_start_method
    if not methods:
        return problem(
            "start methods", "none: it cannot start processes", "Run trials in a Python built with multiprocessing."
        )
    return ok("start methods", ", ".join(f"{method} (default)" if method == default else method for method in methods))


def found(interpreters: Sequence[Interpreter]) -> Finding:
    """Report the interpreters of this machine."""
    fit = _listed(one for one in interpreters if one.version >= OLDEST)
    old = _listed(one for one in interpreters if one.version < OLDEST)
    parts = [fit, f"too old for trials: {old}" if old else ""]
    return ok("interpreters", "; ".join(filter(None, parts)) or "none on PATH, of pyenv or of uv")


def _listed(interpreters: Iterable[Interpreter]) -> str:
    """List the releases by implementation."""
    releases: dict[str, list[str]] = {}
    for one in interpreters:
        releases.setdefault(one.implementation, []).append(one.release)
    return ", ".join(f"{implementation} {', '.join(found)}" for implementation, found in releases.items())
