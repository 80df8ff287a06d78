"""Find the interpreters and functions of a stored sweep, and check that they have not changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from runner.errors import BadInput
from runner.executors import Host
from runner.facts import Probe
from runner.interrupt import Interrupt
from runner.matrix.setting import Platform
from runner.matrix.workload import Workload, is_own
from runner.request import Reference
from runner.under_test import UnderTest, inspected, together


def examine_again(sweep_id: int, rows: Sequence[Mapping[str, Any]], host: Host, interrupt: Interrupt) -> UnderTest:
    """Find and probe the interpreters of a stored sweep, and check that they and its functions have not changed.

    `rows` are its cases, with the stored facts about the interpreter and the function of each. Raises BadInput.
    """
    wanted = {row["python"]: row["executable"] for row in rows}
    probes = {label: _same(sweep_id, label, path, host, interrupt) for label, path in wanted.items()}
    platforms = {label: Platform.of(probe) for label, probe in probes.items()}
    functions: dict[str, dict[str, Workload]] = {label: {} for label in wanted}
    modes = {row["mode"] for row in rows}
    for label, platform in platforms.items():
        stored = {row["workload"]: row for row in rows if row["python"] == label and is_own(row["workload"])}
        references = [Reference(**{name: row[name] for name in Reference.__slots__}) for row in stored.values()]
        env = json.loads(next(iter(stored.values()))["env"]) if stored else {}
        for found, problem in inspected(references, modes, platform, env, host, interrupt):
            if found is None:
                raise BadInput(f"Sweep {sweep_id} cannot be resumed: {problem}.")
            if found.source_sha256 != stored[found.name]["source_sha256"]:
                raise BadInput(
                    f"Sweep {sweep_id} was begun with another version of {found.name}: {found.source} has changed "
                    "since, and their times do not belong together. Begin a new sweep."
                )
            functions[label][found.name] = found
    return together(platforms, functions, probes.values())


def _same(sweep_id: int, label: str, path: str | None, host: Host, interrupt: Interrupt) -> Probe:
    """Probe the interpreter that a sweep was begun on: at its stored path, else one of the default interpreters."""
    defaults = (host.default_interpreter(own_functions=own) for own in (False, True))
    seen = []
    for candidate in dict.fromkeys(filter(None, (path, *defaults))):
        if not host.can_start(candidate):
            continue
        probe = host.executor.probe(interrupt, candidate)
        found = probe.interpreter.label
        if label in (found, f"{found} ({candidate})"):
            return replace(probe, interpreter=replace(probe.interpreter, label=label, executable=candidate))
        seen.append(found)
    raise BadInput(
        f"Sweep {sweep_id} was begun on {label}, and this is {', '.join(dict.fromkeys(seen))}: their times do not "
        "belong together. Resume it where that interpreter is, or begin a new sweep."
    )
