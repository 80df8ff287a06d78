"""Files of the user's that an import finds in the place of modules of the standard library."""

import os
import sys
from importlib.machinery import PathFinder

from .modes import IN_EVERY_MODE, MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def imported_by_trials(modes: "Iterable[str]", started_with: "Collection[str]") -> "frozenset[str]":
    """Import what trials in these modes import of the standard library; return the top-level names.

    What the interpreter has `started_with` is not among them: no file can hide a module that is loaded already.
    """
    return _imported((*IN_EVERY_MODE, *(name for mode in modes for name in MODES[mode].imports)), started_with)


def hidden_from_started(started_with: "Collection[str]") -> "dict[str, str]":
    """Return the modules that the current folder hides from processes that are started by ``python -c``.

    That is how ``spawn`` and ``forkserver`` start them: the current folder is first on their import path until they get
    the path of their parent. The rest is as in `hidden` and `imported_by_trials`.
    """
    if getattr(sys.flags, "safe_path", False) or not MODES["multiprocessing"].is_available:
        return {}
    names = ("multiprocessing.forkserver", "multiprocessing.resource_tracker", "multiprocessing.spawn")
    try:
        return hidden(os.getcwd(), _imported(names, started_with))
    except FileNotFoundError:  # the folder is gone
        return {}


def _imported(names: "Iterable[str]", started_with: "Collection[str]") -> "frozenset[str]":
    for name in names:
        __import__(name)
    return _top_level(sys.modules) - _top_level(started_with)


def standard_names() -> "frozenset[str]":
    """Return the top-level names of the standard library. Python 3.9 knows only those that are loaded."""
    known = getattr(sys, "stdlib_module_names", None)
    return frozenset(known or _top_level(sys.modules)) - set(sys.builtin_module_names)


def _top_level(names: "Iterable[str]") -> "frozenset[str]":
    return frozenset(name.partition(".")[0] for name in names)


def hidden(folder: str, names: "Iterable[str]") -> "dict[str, str]":
    """Return those of these modules that a file in `folder` hides where the folder is first on the import path.

    With the path of the file. A folder without ``__init__.py`` hides nothing.
    """
    found = {}
    for name in sorted(names):
        spec = PathFinder.find_spec(name, [folder])
        if spec is not None and spec.origin is not None:
            found[name] = spec.origin
    return found


def forget(names: "Collection[str]") -> None:
    """Let the next import of these modules, and of those in them, look for them again."""
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]


def is_loaded_from(name: str, path: str) -> bool:
    """Whether a module of that name is loaded, from that file."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and os.path.exists(path) and os.path.exists(file) and os.path.samefile(file, path)
