"""What must be known of a function of the user's before its first trial, found out in the interpreter under test.

Request and reply are those of kind ``inspect`` in ``wire``.
"""

import hashlib
import inspect as introspection
import sys

from .job import OWN_HOOKS
from .reference import resolve
from .signature import Unfit, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


def inspect(request: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return ``{"functions": [...]}``, in the order of the request: a description of each, or its `problem`."""
    return {"functions": [_inspected(reference, request["modes"]) for reference in request["functions"]]}


def _inspected(reference: "Mapping[str, Any]", modes: "Iterable[str]") -> "dict[str, Any]":
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


def _found(reference: "Mapping[str, Any]") -> "Callable[..., Any]":
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


def _meant(name: str, module: "Any") -> str:
    import difflib

    near = difflib.get_close_matches(name, [word for word, value in vars(module).items() if callable(value)], n=1)
    return "; did you mean %s?" % near[0] if near else ""


def _same_file(path: "str | None", other: str) -> bool:
    import os

    return path is not None and os.path.exists(path) and os.path.samefile(path, other)


def _source(function: "Callable[..., Any]") -> "str | None":
    try:
        return introspection.getsourcefile(introspection.unwrap(function))
    except (TypeError, ValueError):  # not written in Python
        module = sys.modules.get(getattr(function, "__module__", None) or "")
        return getattr(module, "__file__", None)


def _sha256(path: str) -> "str | None":
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


def _packages(distribution: "Any") -> set[str]:
    listed = distribution.read_text("top_level.txt")
    if listed:
        return set(listed.split())
    # For a file at the top level its name, for all others their folder at the top level.
    return {str(path).partition("/")[0].partition(".")[0] for path in distribution.files or ()}


def _unfit(reference: "Mapping[str, Any]", modes: "Iterable[str]") -> dict[str, str]:
    """Return why the function cannot be run in some of the modes, by mode."""
    why = _why_not_in_interpreters(reference) if "interpreter_pool" in modes else None
    return {"interpreter_pool": why} if why else {}


def _why_not_picklable(function: "Callable[..., Any]") -> "str | None":
    import pickle

    try:
        pickle.loads(pickle.dumps(function))  # noqa: S301 - pickled here
    except Exception as error:
        return "cannot be pickled (%s: %.300s); define it by its name at the top of its module" % (
            type(error).__name__,
            error,
        )
    return None


def _why_not_in_interpreters(reference: "Mapping[str, Any]") -> "str | None":
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
    except BaseException as error:  # also an error of a file beside it that has the name of a module of Python's own
        return "cannot be imported in an interpreter of a pool: %s: %.300s" % (type(error).__name__, error)
    return None
