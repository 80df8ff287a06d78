"""Why a function cannot go to another process, and what to do about it."""

import pickle
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

AT_THE_TOP = "define it by its name at the top of its module"


def why_not_picklable(function: "Any", name: str) -> "str | None":
    """Return why a function, which its module knows by `name`, cannot be pickled, and the remedy; None if it can."""
    error = _failure(function)
    if error is None:
        return None
    cause, remedy = _cause(function, name)
    return "cannot be pickled%s (%s: %.300s); %s" % (cause and " because " + cause, type(error).__name__, error, remedy)


def _failure(value: "Any") -> "Exception | None":
    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301 - pickled here
    except Exception as error:
        return error
    return None


def _cause(function: "Any", name: str) -> "tuple[str, str]":
    """Return the cause and the remedy, in words. The cause is empty where only the error knows it."""
    for part, value in _parts(function):
        if _failure(value) is None:
            continue
        if _is_plain(value):
            cause, remedy = _cause_in_name(value, value.__name__)
            return "of %s: %s" % (part, cause), remedy
        return "of %s" % part, "let each worker make that for itself: in a setup, or in the call"
    return _cause_in_name(function, name)


def _is_plain(function: "Any") -> bool:
    """Whether it is a function as ``def`` makes it, which is pickled by its name."""
    return hasattr(function, "__code__") and not hasattr(function, "__self__")


def _parts(function: "Any") -> "list[tuple[str, Any]]":
    """Return the parts of an object that can be called, each with its name; none of a plain function."""
    if _is_plain(function):
        return []
    owner = getattr(function, "__self__", function)
    parts = [("the function in it", getattr(owner, "func", None))]
    parts += [("its argument %d" % number, value) for number, value in enumerate(getattr(owner, "args", None) or (), 1)]
    parts += [("its argument %s" % key, value) for key, value in (getattr(owner, "keywords", None) or {}).items()]
    attributes = getattr(owner, "__dict__", {})
    return parts + [("the attribute %s of its %s" % (key, type(owner).__name__), attributes[key]) for key in attributes]


def _cause_in_name(function: "Any", name: str) -> "tuple[str, str]":
    """Return why a function is not found again by its own name, and what to do."""
    own = getattr(function, "__qualname__", "")
    if "<lambda>" in own:
        return "it is a lambda", AT_THE_TOP + ", with def"
    if "<locals>" in own:
        maker = own.partition(".<locals>")[0]
        cause = "%s is %s, which exists only inside %s" % (name, own, maker)
        return cause, "if %s is a decorator, use functools.wraps in it, else %s" % (maker, AT_THE_TOP)
    module = getattr(function, "__module__", None)
    if module and own and _at(module, own) is not function:
        return "its own name %s.%s leads to another object" % (module, own), "give the two different names"
    return "", AT_THE_TOP


def _at(module: str, qualname: str) -> "Any":
    found: "Any" = sys.modules.get(module)
    for word in qualname.split("."):
        found = getattr(found, word, None)
    return found
