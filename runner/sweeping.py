"""Begin or continue a sweep: run its remaining trials and store them."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from runner import provenance, running
from runner.blocks import Source
from runner.errors import RunnerError, StoreTakenAway
from runner.examine import examine
from runner.goals import Enough, goal_of
from runner.hints import how_to_resume
from runner.history import History
from runner.loop import Loop, Rules, Tally
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import Grid
from runner.matrix.matrix import Matrix
from runner.results import Summary, summary
from runner.session import Session, StoreJournal
from runner.store.new_sweep import NewSweep, SweepColumns
from runner.store.read import Reader
from runner.store.write import SweepInStore, Writer
from runner.under_test import UnderTest
from runner.units import count
from runner.version import __version__

SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of a run."""

    sweep_id: int
    name: str
    tally: Tally
    done_before: int
    """Number of trials that were done before the run."""
    planned: int
    """Maximum number of trials of the whole sweep."""
    summary: Summary


@dataclass(frozen=True, slots=True)
class Ready:
    """A grid that can be run here."""

    grid: Grid
    under_test: UnderTest
    matrix: Matrix

    def new_sweep(self, columns: SweepColumns, cases: Sequence[Case]) -> NewSweep:
        """Return what is stored of a new sweep, with these cases of the matrix."""
        keys = {case.key for case in cases}
        baselines, locked = self.matrix.baselines, self.matrix.locked_baselines(self.under_test.setting)
        return NewSweep(
            sweep=columns,
            cases=[case.columns() for case in cases],
            baselines={key: other for key, other in baselines.items() if key in keys},
            locked_baselines={key: other for key, other in locked.items() if key in keys},
            interpreters=self.under_test.interpreters,
            functions=self.under_test.functions(),
            omissions=[asdict(omission) for omission in self.matrix.omissions],
        )


def prepare(grid: Grid, own: Session) -> Ready:
    """Find and inspect what is under test, and multiply the grid out."""
    under_test = examine(grid, own.host, own.interrupt)
    matrix = expand(grid, under_test.setting)
    for line in matrix.left_out:
        own.watch.tell(f"Left out {line}.")
    return Ready(grid, under_test, matrix)


def begin(ready: Ready, columns: SweepColumns, own: Session) -> Ran:
    """Store a new sweep, with the `columns` that `describe` returned, and run it."""
    matrix = ready.matrix
    new = ready.new_sweep(columns, matrix.cases)
    own.interrupt.heed()  # a large matrix takes seconds until here
    with Writer(own.path) as writer:
        stored = writer.begin_sweep(new)
        for baseline in matrix.added_baselines:
            own.watch.tell(f"Added the missing baseline {baseline}.")
        return carry_out(own, writer, stored, matrix.cases, ready.under_test, History())


def describe(grid: Grid) -> SweepColumns:
    """Return the stored columns of a sweep. Call this before it begins: a new store file would be a change to git."""
    commit, dirty = provenance.git_state()
    spec = grid.spec
    return SweepColumns(
        name=grid.name,
        grid_path=grid.source.path,
        grid_text=grid.source.text,
        grid_sha256=grid.text_sha256,
        seed=secrets.randbelow(SEEDS) if spec.seed is None else spec.seed,
        **spec.goal,
        warmup=spec.warmup,
        timeout_ns=round(spec.timeout * 1e9),
        runner_version=__version__,
        versions=json.dumps(provenance.versions()),
        command_line=provenance.command_line(),
        git_commit=commit,
        git_dirty=dirty,
    )


def carry_out(
    own: Session,
    writer: Writer,
    stored: SweepInStore,
    cases: Sequence[Case],
    under_test: UnderTest,
    history: History,
) -> Ran:
    """Run the remaining trials of the sweep."""
    with writer.reader() as reader:
        row, joined = reader.sweep(str(stored.id)), reader.joined(stored.id)
        known_ns = reader.durations_ns([case.key for case in cases])
    own.note(running.note(stored.id, row["name"], own.path))
    source = Source(cases, goal_of(row), row["warmup"], row["seed"], history, row["closed_blocks"], joined)
    done, left = len(history), source.left()
    before = f", {done} done before" if done else ""
    own.watch.tell(
        f"Sweep {stored.id} ({row['name']}): "
        f"{'at most ' * isinstance(source.goal, Enough)}{count(left.total(), 'trial')} of {count(len(cases), 'case')} "
        f"to run{before}"
    )
    rules = Rules(
        timeout_s=row["timeout_ns"] / 1e9, rerun_noisy=own.terms.rerun_noisy, max_failures=own.terms.max_failures
    )
    journal = StoreJournal(writer, stored)
    loop = Loop(under_test.request, own.host.executor, journal, own.watch, own.interrupt, rules)
    own.watch.starts(left, known_ns)
    try:
        tally = loop.run(source)
    except StoreTakenAway:  # its text says where the trials are saved
        raise
    except RunnerError as error:
        error.add(f"Every trial before that is kept. {how_to_resume(own.path, stored.id)}")
        raise
    finally:
        own.watch.stops()
    if tally.complete:
        ending = source.ending()
        writer.end_sweep(stored, *((ending.stopped, ending.precision) if ending else ()))
    with Reader(own.path) as reader:  # as the next command reads it, so that damage to the file shows now
        return Ran(stored.id, row["name"], tally, done, source.planned, summary(reader, stored.id))
