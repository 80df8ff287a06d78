"""The content of a sweep when it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.facts import InterpreterFacts

Columns = Mapping[str, Any]
"""Values by column name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepColumns:
    """Columns of ``sweeps`` that are known when a sweep begins."""

    name: str
    grid_path: str
    grid_text: str
    grid_sha256: str
    seed: int
    repeats: int
    """Blocks, or their minimum number."""
    precision: float | None = None
    budget_ns: int | None = None
    most_blocks: int | None = None
    """None where `repeats` is the fixed number."""
    warmup: int
    """Warm-up blocks."""
    timeout_ns: int
    """For one trial."""
    runner_version: str
    versions: str
    """JSON: of Python and the libraries that the runner itself runs on."""
    command_line: str
    git_commit: str | None
    git_dirty: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSweep:
    """A new sweep with its cases, interpreters, functions and omissions."""

    sweep: SweepColumns
    cases: Sequence[Columns]
    """Columns of ``cases``, and as `python` the label of the interpreter."""
    baselines: Mapping[str, str]
    """Key of the baseline, by key of the case."""
    locked_baselines: Mapping[str, str] = field(default_factory=dict)
    """The same for baselines on the build with the interpreter lock."""
    interpreters: Mapping[str, InterpreterFacts]
    """By label."""
    functions: Mapping[tuple[str, str], Columns] = field(default_factory=dict)
    """Columns of ``functions``, by label of the interpreter and name of the workload."""
    omissions: Sequence[Columns] = ()
    """Columns of ``omissions``."""


@dataclass(frozen=True, slots=True)
class MoreBlocks:
    """What a complete sweep is extended by."""

    columns: Columns
    """Columns of ``sweeps`` that are replaced: its goal, `closed_blocks`, and with new cases its grid."""
    added: NewSweep | None = None
    """A sweep whose cases are new; the sweep that is extended gets them and the omissions. None if there are none."""
