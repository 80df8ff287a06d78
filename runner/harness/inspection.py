"""What is to be known of a workload before its first trial, found out in the interpreter under test.

Request and reply are those of kind ``inspect`` in ``wire``. The runner asks `describe` itself about its own workloads.
"""

from __future__ import annotations

import hashlib
import inspect as introspection
import sys

from .job import HOOKS, OWN_HOOKS, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

GIVEN = {"share": 1, "setup": 0, "hand": 0, "check": 1, "serve": 3}
"""How many arguments a hook is given before the parameters; one more for a setup where there is something shared."""

Empty = introspection.Parameter.empty


class Unfit(Exception):
    """The function cannot be a workload; the text says why."""


def inspect(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"functions": [...]}``, in the order of the request: a description of each, or its `problem`."""
    return {"functions": [_inspected(reference, request["modes"]) for reference in request["functions"]]}


def _inspected(reference: Mapping[str, Any], modes: Iterable[str]) -> dict[str, Any]:
    before = set(sys.modules)
    try:
        function = _found(reference)
        description = describe(function, OWN_HOOKS)
    except Unfit as error:
        return {"name": reference["name"], "problem": str(error)}
    except BaseException as error:  # whatever the module does when it is imported
        return {"name": reference["name"], "problem": "cannot be imported: %s: %.500s" % (type(error).__name__, error)}
    source = _source(function)
    return {
        "name": reference["name"],
        "problem": None,
        **description,
        "source": source,
        "source_sha256": source and _sha256(source),
        "distributions": _distributions(set(sys.modules) - before),
        "unpicklable": _why_not_picklable(function),
        "unfit": _unfit(reference, modes),
    }


def _found(reference: Mapping[str, Any]) -> Callable[..., Any]:
    if reference["file"] and reference["module"] in getattr(sys, "stdlib_module_names", ()):
        raise Unfit("a file of this name hides the standard library's module %s; rename it" % reference["module"])
    if reference["file"] and ("." in reference["module"] or reference["module"] in sys.modules):
        raise Unfit("cannot be imported: a file of this name is no module; rename it")
    try:
        function = resolve(reference)
    except AttributeError as error:
        module = sys.modules.get(reference["module"])
        if module is None or introspection.getmodule(error.__traceback__) is module:
            raise
        raise Unfit("has no function %s%s" % (reference["qualname"], _meant(reference["qualname"], module))) from None
    module = sys.modules[reference["module"]]
    if reference["file"] and not _same_file(getattr(module, "__file__", None), reference["file"]):
        raise Unfit("another module is called %s too (%s); rename the file" % (module.__name__, module.__file__))
    if not callable(function):
        raise Unfit("is no function")
    return function


def _meant(name: str, module: Any) -> str:
    import difflib

    near = difflib.get_close_matches(name, [word for word, value in vars(module).items() if callable(value)], n=1)
    return "; did you mean %s?" % near[0] if near else ""


def _same_file(path: str | None, other: str) -> bool:
    import os

    return path is not None and os.path.exists(path) and os.path.samefile(path, other)


def describe(function: Callable[..., Any], known_hooks: tuple[str, ...] = HOOKS) -> dict[str, Any]:
    """Return the parameters of a workload, and which of them the function and each of its hooks take.

    ``{"parameters": {name: {"required": ..., "annotation": ...}}, "takes": {...}, "any": ..., "modes": [...] | None}``,
    `takes` as in ``job.Job``; `any` tells whether the function takes parameters of whatever name. Raises Unfit.
    """
    if introspection.isgeneratorfunction(function) or introspection.isasyncgenfunction(function):
        raise Unfit("is a generator function: a call of it does no work; wrap it in a function that uses it up")
    own = {} if introspection.isclass(function) else getattr(function, "__dict__", {})
    hooks = [hook for hook in known_hooks if callable(own.get(hook))]
    for hook in hooks:
        if _is_async(own[hook]) or introspection.isgeneratorfunction(own[hook]):
            raise Unfit("has a %s that is no plain function: nobody would wait for it" % hook)
    first = 1 if {"share", "setup", "hand"} & set(hooks) else 0
    parts = {"function": _parameters(function, first)}
    for hook in hooks:
        parts[hook] = _parameters(own[hook], GIVEN[hook] + (hook == "setup" and "share" in hooks))
    kinds = introspection.Parameter
    parameters: dict[str, dict[str, Any]] = {}
    takes: dict[str, Any] = {}
    for part, found in parts.items():
        named = [one for one in found if one.kind is not kinds.VAR_KEYWORD]
        takes[part] = [one.name for one in named]
        for one in named:
            known = parameters.setdefault(one.name, {"required": False, "annotation": _annotation(one)})
            known["required"] = known["required"] or one.default is Empty
    takes["positional"] = sum(one.kind is kinds.POSITIONAL_ONLY for one in parts["function"])
    takes["async"] = _is_async(function)
    return {
        "parameters": parameters,
        "takes": takes,
        "any": any(one.kind is kinds.VAR_KEYWORD for one in parts["function"]),
        "modes": list(own["modes"]) if isinstance(own.get("modes"), (list, tuple)) else None,
    }


def _is_async(function: Callable[..., Any]) -> bool:
    """Whether a call makes a coroutine, also of an object that can be called."""
    call = getattr(type(function), "__call__", None)  # noqa: B004 - that of the class is wanted
    return introspection.iscoroutinefunction(function) or introspection.iscoroutinefunction(call)


def _parameters(function: Callable[..., Any], first: int) -> list[introspection.Parameter]:
    """Return what can be given to a function by name, without the `first` arguments that it is given anyway."""
    try:
        found = list(introspection.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise Unfit("takes what cannot be found out; wrap it in a function of your own") from None
    kinds = introspection.Parameter
    positional = [one for one in found if one.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    if len(positional) < first and not any(one.kind is kinds.VAR_POSITIONAL for one in found):
        name = getattr(function, "__name__", "the function")
        raise Unfit("%s is given %d arguments before its parameters, and takes %d" % (name, first, len(positional)))
    given = positional[:first]
    return [one for one in found if one not in given and one.kind is not kinds.VAR_POSITIONAL]


def _annotation(parameter: introspection.Parameter) -> str | None:
    annotation = parameter.annotation
    return None if annotation is Empty else annotation if isinstance(annotation, str) else str(annotation)


def _source(function: Callable[..., Any]) -> str | None:
    try:
        return introspection.getsourcefile(introspection.unwrap(function))
    except (TypeError, ValueError):  # not written in Python
        module = sys.modules.get(getattr(function, "__module__", None) or "")
        return getattr(module, "__file__", None)


def _sha256(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def _distributions(modules: set[str]) -> dict[str, str]:
    """Return the versions of the distributions that these modules belong to."""
    from importlib import metadata

    top_level = {name.partition(".")[0] for name in modules}
    top_level -= set(getattr(sys, "stdlib_module_names", ())) | {"runner_harness"}
    found = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and top_level & _packages(distribution):
            found[name] = distribution.version
    return dict(sorted(found.items()))


def _packages(distribution: Any) -> set[str]:
    listed = distribution.read_text("top_level.txt")
    if listed:
        return set(listed.split())
    # Of a file at the top its name, of all else the folder at the top.
    return {str(path).partition("/")[0].partition(".")[0] for path in distribution.files or ()}


def _unfit(reference: Mapping[str, Any], modes: Iterable[str]) -> dict[str, str]:
    """Return those of the modes in which the function cannot be run, and why."""
    why = _why_not_in_interpreters(reference) if "interpreter_pool" in modes else None
    return {"interpreter_pool": why} if why else {}


def _why_not_picklable(function: Callable[..., Any]) -> str | None:
    import pickle

    try:
        pickle.loads(pickle.dumps(function))  # noqa: S301 - our own
    except Exception as error:
        return "cannot be pickled (%s: %.300s); define it by its name at the top of its module" % (
            type(error).__name__,
            error,
        )
    return None


def _why_not_in_interpreters(reference: Mapping[str, Any]) -> str | None:
    try:
        from concurrent import futures

        if not hasattr(futures, "InterpreterPoolExecutor"):
            return None
        from concurrent import interpreters  # type: ignore[attr-defined] # Python 3.14 and newer

        other = interpreters.create()
        try:
            other.exec("import sys; sys.path[:] = %r; __import__(%r)" % (sys.path, reference["module"]))
        finally:
            other.close()
    except BaseException as error:  # also what a file beside it breaks, that is called like a module of Python's own
        return "cannot be imported in an interpreter of a pool: %s: %.300s" % (type(error).__name__, error)
    return None
