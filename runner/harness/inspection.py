"""What must be known of the user's functions before their first trial, found out in the interpreter under test.

Request and reply are those of kind ``inspect`` in ``wire``. Each module is imported in a fork of this process: so one
start of the interpreter is enough for all functions, and no import can hide, change or end what others find.
"""

from .hiding import imported_by_trials
from .isolation import Ended, forked
from .modes import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    Reference = Mapping[str, Any]


def inspect(request: "Mapping[str, Any]", started_with: "Collection[str]") -> "dict[str, Any]":
    """Return ``{"functions": [...]}``, in the order of the request: a description of each, or its `problem`.

    `started_with` are the modules that the interpreter had loaded before this package.
    """
    modes = [mode for mode in request["modes"] if MODES[mode].is_available]
    needed = imported_by_trials(modes, started_with)
    from .description import ModuleDescriber  # not before: it imports more than trials do

    describer = ModuleDescriber(modes, started_with, needed, request["limit_s"])
    found: "dict[str, dict[str, Any]]" = {}
    for references in _by_module(request["functions"]):
        try:
            descriptions = forked(lambda report: describer.describe(references, report))  # noqa: B023 - called at once
        except Ended as how:
            problem = "cannot be imported: the interpreter %s; import it by itself to see why" % how
            descriptions = [{"name": one["name"], "problem": problem} for one in references]
        found.update((one["name"], one) for one in descriptions)
    return {"functions": [found[one["name"]] for one in request["functions"]]}


def _by_module(references: "Iterable[Reference]") -> "list[list[Reference]]":
    groups: "dict[tuple[str, str], list[Reference]]" = {}
    for one in references:
        groups.setdefault((one["folder"], one["module"]), []).append(one)
    return list(groups.values())
