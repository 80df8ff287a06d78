"""The distributions that modules belong to, and their versions."""

import sys
from importlib import metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Found = list[tuple[str, str, set[str]]]
    """Name, version and top-level packages of each distribution."""


def installed(path: "Iterable[str]") -> "Found":
    """Return the distributions in these folders."""
    found = []
    for distribution in metadata.distributions(path=list(path)):
        name = distribution.metadata["Name"]
        if name:
            found.append((name, distribution.version, _packages(distribution)))
    return found


def versions(modules: "Iterable[str]", known: "Found") -> "dict[str, str]":
    """Return the versions of those of the `known` distributions that these modules belong to."""
    top_level = {name.partition(".")[0] for name in modules}
    top_level -= set(getattr(sys, "stdlib_module_names", ())) | {"runner_harness"}
    return dict(sorted((name, version) for name, version, packages in known if top_level & packages))


def _packages(distribution: "Any") -> "set[str]":
    listed = distribution.read_text("top_level.txt")
    if listed:
        return set(listed.split())
    # For a file at the top level its name, for all others their folder at the top level.
    return {str(path).partition("/")[0].partition(".")[0] for path in distribution.files or ()}
