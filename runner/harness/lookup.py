"""Find a user's function in its module by its qualified name, or say what is wrong with the name."""

import difflib
import inspect as introspection

from .signature import Unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def find(module: "Any", qualname: str) -> "Callable[..., Any]":
    """Return the function of that qualified name. Raises Unfit."""
    owner, found, place = None, module, ""
    for name in qualname.split("."):
        try:
            owner, found = found, getattr(found, name)
        except AttributeError:
            meant = difflib.get_close_matches(name, _functions(found), n=1)
            hint = "; did you mean %s%s?" % (place, meant[0]) if meant else ""
            raise Unfit("has no function %s%s" % (qualname, hint)) from None
        place += name + "."
    if not callable(found):
        raise Unfit("is no function")
    if introspection.isclass(owner) and _takes_an_object(found):
        raise Unfit(
            "is a method that takes an object of %s as self; make one in the module, such as x = %s(), and name x.%s, "
            "or make it a staticmethod" % (owner.__name__, owner.__name__, name)
        )
    function: "Callable[..., Any]" = found
    return function


def _functions(place: "Any") -> "list[str]":
    """Return the names of the functions there, without running a property to find them."""
    found = {name: introspection.getattr_static(place, name, None) for name in dir(place) if name[:2] != "__"}
    return [name for name, one in found.items() if callable(one) or isinstance(one, (staticmethod, classmethod))]


def _takes_an_object(function: "Any") -> bool:
    """Whether it is a method, as its class has it. A function without self in a class can be called as it is."""
    try:
        parameters = list(introspection.signature(function).parameters)
    except (TypeError, ValueError):  # it does not tell its parameters
        return False
    return parameters[:1] == ["self"]
