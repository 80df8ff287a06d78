"""`runner sweep`: run the matrix of a grid file."""

import json
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runner import __version__, provenance
from runner.commands.resume import go_on
from runner.commands.sweeping import Session, Terms, Wish, carry_out, report_end, session
from runner.errors import ExitCode
from runner.facts import InterpreterFacts
from runner.interrupt import Interrupt
from runner.matrix.expand import expand
from runner.matrix.grid import Grid, read_grid
from runner.store.location import resolve, writable
from runner.store.new_sweep import NewSweep, SweepColumns
from runner.store.opening import state_of
from runner.store.read import Reader
from runner.store.schema import State
from runner.store.write import Writer
from runner.under_test import examine

SEEDS = 2**32


def run(matrix: str, store: str, *, resume: bool, wish: Wish, terms: Terms) -> ExitCode:
    """Run a new sweep, or with `resume` what is missing of the newest one of the same grid text."""
    grid = read_grid(matrix)
    path = writable(resolve(store))
    with Interrupt() as interrupt:
        columns = _columns(grid)  # before there is a store or its lock, which would be changes in a git checkout
        with session(path, f"a sweep of {matrix}", interrupt, wish, terms) as own:
            earlier = _newest_of(grid, path) if resume else None
            if earlier is None:
                return _begin(grid, columns, own)
            if earlier["ended_at"] is None:
                return go_on(own, earlier)
    wish.tell(f"Sweep {earlier['id']} of this grid is complete: nothing to run.")
    return report_end(path, earlier["id"], wish)


def _newest_of(grid: Grid, path: Path) -> Any:
    if state_of(path) is State.EMPTY:
        return None
    with Reader(path) as reader:
        return reader.newest(grid_sha256=grid.text_sha256, unfinished=True) or reader.newest(
            grid_sha256=grid.text_sha256
        )


def _begin(grid: Grid, columns: SweepColumns, own: Session) -> ExitCode:
    under_test = examine(grid, own.executor)
    matrix = expand(grid, under_test.setting)
    for line in matrix.left_out:
        own.wish.tell(f"Left out {line}.")
    with Writer(own.path) as writer:
        stored = writer.begin_sweep(
            NewSweep(
                sweep=columns,
                cases=[case.columns() for case in matrix.cases],
                baselines=matrix.baselines,
                locked_baselines=matrix.locked_baselines(under_test.setting),
                interpreters={label: InterpreterFacts(**facts) for label, facts in under_test.interpreters.items()},
                functions=under_test.functions(),
                omissions=[asdict(omission) for omission in matrix.omissions],
            )
        )
        for baseline in matrix.added_baselines:
            own.wish.tell(f"Added the missing baseline {baseline}.")
        return carry_out(own, writer, stored, matrix.cases, under_test)


def _columns(grid: Grid) -> SweepColumns:
    commit, dirty = provenance.git_state()
    spec = grid.spec
    return SweepColumns(
        name=grid.name,
        grid_path=grid.source.path,
        grid_text=grid.source.text,
        grid_sha256=grid.text_sha256,
        seed=secrets.randbelow(SEEDS) if spec.seed is None else spec.seed,
        repeats=spec.repeats,
        warmup=spec.warmup,
        timeout_ns=round(spec.timeout * 1e9),
        runner_version=__version__,
        versions=json.dumps(provenance.versions()),
        command_line=provenance.command_line(),
        git_commit=commit,
        git_dirty=dirty,
    )
