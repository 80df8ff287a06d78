"""Begin or continue a sweep: run its remaining trials and store them."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runner import provenance
from runner.blocks import Source
from runner.errors import BadInput, RunnerError, StoreTakenAway
from runner.examine import examine
from runner.examine_again import examine_again
from runner.facts import HostFacts
from runner.goals import Enough, goal_of
from runner.hints import command, how_to_resume
from runner.history import History
from runner.loop import Loop, Rules, Tally
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import Grid
from runner.outcome import Status
from runner.session import Session, StoreJournal
from runner.store.identity import identity
from runner.store.new_sweep import NewSweep, SweepColumns
from runner.store.read import Reader
from runner.store.write import SweepInStore, Writer
from runner.under_test import UnderTest
from runner.units import count
from runner.version import __version__

SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of a sweep's trials."""

    cases: Sequence[Mapping[str, Any]]
    """Rows of ``v_cases``, with `speedup`, `efficiency` and `pairs` of ``v_speedups``."""
    disturbed: int
    """Number of trials that count although they were disturbed."""
    failures: int
    """Number of trials that have not succeeded in any attempt."""


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


def begin(grid: Grid, columns: SweepColumns, own: Session) -> Ran:
    """Store a new sweep of `grid`, with the `columns` that `describe` returned, and run it."""
    under_test = examine(grid, own.host, own.interrupt)
    matrix = expand(grid, under_test.setting)
    for line in matrix.left_out:
        own.watch.tell(f"Left out {line}.")
    new = NewSweep(
        sweep=columns,
        cases=[case.columns() for case in matrix.cases],
        baselines=matrix.baselines,
        locked_baselines=matrix.locked_baselines(under_test.setting),
        interpreters=under_test.interpreters,
        functions=under_test.functions(),
        omissions=[asdict(omission) for omission in matrix.omissions],
    )
    own.interrupt.heed()  # a large matrix takes seconds until here
    with Writer(own.path) as writer:
        stored = writer.begin_sweep(new)
        for baseline in matrix.added_baselines:
            own.watch.tell(f"Added the missing baseline {baseline}.")
        return _carry_out(own, writer, stored, matrix.cases, under_test, History())


def go_on(own: Session, sweep_id: int, retry: frozenset[Status] = frozenset()) -> Ran | None:
    """Run the missing trials of a stored sweep, and again those that ended with a status in `retry`.

    Returns None if nothing is left to run.
    """
    with Writer(own.path) as writer:
        with writer.reader() as reader:
            if not is_anything_left(reader, reader.sweep(str(sweep_id)), retry):
                return None
            rows, history = reader.cases(sweep_id), reader.history(sweep_id, retry)
            hosts_before = reader.hosts(sweep_id)
        cases = [Case.from_columns(columns, columns["python"]) for columns in rows]
        under_test = examine_again(sweep_id, rows, own.host, own.interrupt)
        if not own.terms.other_host:
            _require_same_host(sweep_id, hosts_before, under_test.host, own.path)
        stored = writer.reopen_sweep(sweep_id)
        return _carry_out(own, writer, stored, cases, under_test, history)


def _require_same_host(sweep_id: int, before: Mapping[str, str], host: HostFacts, path: Path) -> None:
    """Raise BadInput if trials of the sweep ran on other hosts than this one; `before` has their names by identity."""
    others = {name for known, name in before.items() if known != identity(host.columns())}
    if others:
        on = ", ".join(sorted(others))
        changed = "" if others - {host.hostname} else ", which has changed since (see the table hosts)"
        raise BadInput(
            f"sweep {sweep_id} was begun on the host {on}{changed}. Times of several hosts are not compared with each "
            f"other. To run the missing trials here: {command(path, 'resume', str(sweep_id), '--other-host')}"
        )


def is_anything_left(reader: Reader, row: Mapping[str, Any], retry: frozenset[Status]) -> bool:
    """Return whether a trial of the sweep `row` is missing, or ended with a status in `retry`."""
    return row["ended_at"] is None or bool(reader.history(row["id"], retry).again)


def summary(reader: Reader, sweep_id: int) -> Summary:
    """Return the summary of a sweep's trials."""
    return Summary(reader.summary(sweep_id), reader.noisy(sweep_id), reader.unsuccessful(sweep_id))


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


def source_of(row: Mapping[str, Any], cases: Sequence[Case], joined: frozenset[str] | None, history: History) -> Source:
    """Return the blocks of the stored sweep `row`; `joined` has the keys of the cases that were added last."""
    goal = goal_of(row)
    return Source(cases, goal, row["warmup"], row["seed"], history, row["closed_blocks"], joined)


def _carry_out(
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
    own.note(f"sweep {stored.id} ({row['name']}), store {own.path.absolute()}")
    source = source_of(row, cases, joined, history)
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
