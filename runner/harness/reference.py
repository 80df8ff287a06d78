"""Functions of the user's, found by the references that name them (see ``wire``)."""

import sys

TYPE_CHECKING = False  # importing it from typing would cost time in every trial
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def resolve(reference: "Mapping[str, Any]") -> "Callable[..., Any]":
    """Import the function in the way that running its file, or ``python -m`` with its module, would.

    `reference` has `module`, `qualname`, `folder` (what stands first on the import path) and `file` (None for a module
    that is found on the path).
    """
    function: "Callable[..., Any]" = found_in(load(reference), reference["qualname"])
    return function


def load(reference: "Mapping[str, Any]") -> "Any":
    """Import the module of a function, and return it."""
    if reference["folder"] not in sys.path[:1]:
        sys.path.insert(0, reference["folder"])
    sys.argv = [reference["file"] or reference["module"]]
    return __import__(reference["module"], fromlist=["*"])


def found_in(module: "Any", qualname: str) -> "Any":
    """Return what has that qualified name in a module. Raises AttributeError."""
    found = module
    for name in qualname.split("."):
        found = getattr(found, name)
    return found
