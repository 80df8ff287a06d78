"""Which parameters a workload and its hooks take, from their signatures."""

import difflib
import inspect as introspection

from .job import HOOKS
from .modes import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

GIVEN = {"share": 1, "setup": 0, "hand": 0, "check": 1, "serve": 3}
"""How many arguments a hook gets before the parameters; a setup gets one more if something is shared."""

_Kind = introspection.Parameter
_POSITIONAL = (_Kind.POSITIONAL_ONLY, _Kind.POSITIONAL_OR_KEYWORD)


class Unfit(Exception):
    """The function cannot be a workload. The text is the reason."""


def describe(function: "Callable[..., Any]", known_hooks: tuple[str, ...] = HOOKS) -> "dict[str, Any]":
    """Return the parameters of a workload, and which of them the function and each of its hooks take.

    ``{"parameters": {name: {"required": ...}}, "takes": {...}, "any": ..., "modes": [...] | None}``, `takes` as in
    ``job.Job``; `any` tells whether the function takes parameters of any name. Raises Unfit.
    """
    if introspection.isgeneratorfunction(function) or introspection.isasyncgenfunction(function):
        raise Unfit("is a generator function: a call of it does no work; wrap it in a function that uses it up")
    own = {} if introspection.isclass(function) else getattr(function, "__dict__", {})
    hooks = _hooks(own, known_hooks)
    first = 1 if {"share", "setup", "hand"} & set(hooks) else 0
    parts = _parts(function, first, hooks)
    parameters: "dict[str, dict[str, Any]]" = {}
    takes: "dict[str, Any]" = {}
    for part, found in parts.items():
        named = [one for one in found if one.kind is not _Kind.VAR_KEYWORD]
        takes[part] = [one.name for one in named]
        for one in named:
            known = parameters.setdefault(one.name, {"required": False})
            known["required"] = known["required"] or one.default is _Kind.empty
    takes["positional"] = _by_position(function, first, parts["function"])
    takes["async"] = _is_async(function)
    return {
        "parameters": parameters,
        "takes": takes,
        "any": any(one.kind is _Kind.VAR_KEYWORD for one in parts["function"]),
        "modes": _modes(own.get("modes")),
    }


def _hooks(own: "Mapping[str, Any]", known: tuple[str, ...]) -> "dict[str, Callable[..., Any]]":
    """Return those of a function's `own` attributes that are hooks; one that is None is none."""
    hooks = {name: own[name] for name in known if own.get(name) is not None}
    for name, hook in hooks.items():
        if not callable(hook):
            what = "has a %s that is no function: %.80r" % (name, hook)
            raise Unfit("%s; make it one, or give the attribute another name" % what)
    return hooks


def _parts(
    function: "Callable[..., Any]", first: int, hooks: "dict[str, Callable[..., Any]]"
) -> dict[str, list[introspection.Parameter]]:
    """Return the parameters of the function, without the `first` arguments, and of each hook."""
    for name, hook in hooks.items():
        if _is_async(hook) or introspection.isgeneratorfunction(hook):
            raise Unfit("has a %s that is no plain function: nobody would wait for it" % name)
    parts = {"function": _parameters(function, first)}
    for name, hook in hooks.items():
        parts[name] = _parameters(hook, GIVEN[name] + (name == "setup" and "share" in hooks))
    return parts


def _by_position(function: "Callable[..., Any]", first: int, parameters: list[introspection.Parameter]) -> int:
    """Return how many of the parameters can be passed by position, after the `first` arguments.

    Some functions take them by no other way: ``functools.singledispatch`` looks at the type of the first argument. A
    decorator may take fewer by position than the function that it decorates.
    """
    count = sum(one.kind in _POSITIONAL for one in parameters)
    try:
        own = [one.kind for one in introspection.signature(function, follow_wrapped=False).parameters.values()]
    except ValueError:  # a decorator that is not written in Python, such as functools.lru_cache
        return count
    taken = sum(kind in _POSITIONAL for kind in own) - first
    return count if _Kind.VAR_POSITIONAL in own else max(0, min(count, taken))


def _modes(given: "Any") -> "list[str] | None":
    """Return the modes that a workload is limited to, None for all. A workload may look them up in a function."""
    modes = given() if callable(given) else given
    if modes is None:
        return None
    if not isinstance(modes, (list, tuple, set, frozenset)) or not modes:
        what = "has modes that are no list of modes: %.80r" % (modes,)
        raise Unfit('%s; give it some, such as ["threading", "asyncio"]' % what)
    for mode in modes:
        if mode not in list(MODES):  # not a lookup: it may be what cannot be hashed
            near = difflib.get_close_matches(str(mode), MODES, n=1)
            hint = "did you mean %s?" % near[0] if near else "there are %s" % ", ".join(MODES)
            raise Unfit("has modes with %.80r, which is no mode; %s" % (mode, hint))
    return [mode for mode in MODES if mode in list(modes)]


def _is_async(function: "Callable[..., Any]") -> bool:
    """Whether a call makes a coroutine. `function` may be any object that can be called."""
    call = getattr(type(function), "__call__", None)  # noqa: B004 - of the class, not of the object
    return introspection.iscoroutinefunction(function) or introspection.iscoroutinefunction(call)


def _parameters(function: "Callable[..., Any]", first: int) -> list[introspection.Parameter]:
    """Return what can be passed to a function by name, without the `first` arguments that it gets anyway."""
    try:
        found = list(introspection.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise Unfit("takes what cannot be found out; wrap it in a function of your own") from None
    positional = [one for one in found if one.kind in _POSITIONAL]
    if len(positional) < first and not any(one.kind is _Kind.VAR_POSITIONAL for one in found):
        name = getattr(function, "__name__", "the function")
        raise Unfit("%s is given %d arguments before its parameters, and takes %d" % (name, first, len(positional)))
    given = positional[:first]
    return [one for one in found if one not in given and one.kind is not _Kind.VAR_POSITIONAL]
