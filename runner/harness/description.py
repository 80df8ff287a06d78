"""A module of the user's, imported as a trial imports it, and a description of functions in it."""

import hashlib
import inspect as introspection
import sys

from . import hiding
from .distributions import installed, versions
from .guard import guarded
from .job import OWN_HOOKS
from .lookup import find
from .pickling import why_not_picklable
from .reference import load
from .signature import Unfit, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

    from .inspection import Reference
    from .isolation import Report


class ModuleDescriber:
    """Describes functions that are to run in these modes.

    No file can hide a module that the interpreter has `started_with`, and none may hide one that is `needed`, because
    trials import it. An import that takes longer than `limit_s` is a problem.
    """

    def __init__(
        self, modes: "Collection[str]", started_with: "Collection[str]", needed: "Collection[str]", limit_s: float
    ) -> None:
        self._modes = modes
        self._can_be_hidden = hiding.standard_names() - set(started_with)
        self._needed = needed
        self._limit_s = limit_s
        self._path = list(sys.path)
        self._installed = installed(self._path)

    def describe(self, references: "Sequence[Reference]", report: "Report") -> "list[dict[str, Any]]":
        """Return a description of each function; all are in one module, which was not imported before.

        If its import does what cannot go on, `report` is called, with the same.
        """

        def problems(text: str) -> "list[dict[str, Any]]":
            return [{"name": one["name"], "problem": text} for one in references]

        before = set(sys.modules)
        try:
            with guarded(lambda problem: report(problems(problem)), self._limit_s):
                module = self._imported(references[0])
        except Unfit as error:
            return problems(str(error))
        added = [folder for folder in sys.path if folder not in self._path]
        distributions = versions(set(sys.modules) - before, self._installed + installed(added))
        unfit = self._unfit(references[0])
        return [_described(one, module, distributions=distributions, unfit=unfit) for one in references]

    def _imported(self, reference: "Reference") -> "Any":
        """Return the module. Raises Unfit."""
        name, _, inner = reference["module"].partition(".")
        hidden = hiding.hidden(reference["folder"], self._can_be_hidden)
        if name in hidden:
            raise Unfit("a file of this name hides the standard library's module %s; rename it" % name)
        if reference["file"] and (inner or name in sys.modules or name in sys.builtin_module_names):
            raise Unfit(
                "cannot be imported: %s is no name that a module can have; rename the file" % reference["module"]
            )
        in_the_way = sorted(hidden.keys() & self._needed)
        if in_the_way:
            other = in_the_way[0]
            raise Unfit("cannot run: %s hides the standard library's module %s; rename it" % (hidden[other], other))
        hiding.forget(hidden)
        try:
            module = load(reference)
        except BaseException as error:  # whatever the module does when it is imported
            raise Unfit(_why_not(error, hidden)) from None
        if reference["file"] and not hiding.is_loaded_from(reference["module"], reference["file"]):
            raise Unfit("another module is called %s too (%s); rename the file" % (module.__name__, module.__file__))
        return module

    def _unfit(self, reference: "Reference") -> "dict[str, str]":
        """Return why the module's functions cannot be run in some of the modes, by mode."""
        why = _why_not_in_interpreters(reference) if "interpreter_pool" in self._modes else None
        return {"interpreter_pool": why} if why else {}


def _why_not(error: BaseException, hidden: "dict[str, str]") -> str:
    text = "cannot be imported: %s: %.500s" % (type(error).__name__, error)
    if isinstance(error, (ImportError, AttributeError)):
        for name, path in hidden.items():
            if hiding.is_loaded_from(name, path):
                text += "; %s hides the standard library's module %s: rename it" % (path, name)
    return text


def _described(reference: "Reference", module: "Any", **common: "Any") -> "dict[str, Any]":
    try:
        function = find(module, reference["qualname"])
        description = describe(function, OWN_HOOKS)
    except Unfit as error:
        return {"name": reference["name"], "problem": str(error)}
    except BaseException as error:  # what the user's code does when it is asked for its signature or its modes
        problem = "cannot be described: %s: %.500s" % (type(error).__name__, error)
        return {"name": reference["name"], "problem": problem}
    source = _source(function)
    return {
        "name": reference["name"],
        "problem": None,
        **description,
        "source": source,
        "source_sha256": source and _sha256(source),
        "unpicklable": why_not_picklable(function, reference["qualname"]),
        **common,
    }


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


def _why_not_in_interpreters(reference: "Reference") -> "str | None":
    try:
        from concurrent import interpreters  # type: ignore[attr-defined] # Python 3.14 and newer

        other = interpreters.create()
        try:
            other.exec("import sys; sys.path[:] = %r; __import__(%r)" % (sys.path, reference["module"]))
        finally:
            other.close()
    except BaseException as error:  # also an error of a file beside it that has the name of a module of Python's own
        return "cannot be imported in an interpreter of a pool: %s: %.300s" % (type(error).__name__, error)
    return None
