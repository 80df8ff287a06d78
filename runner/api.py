"""Sweeps from Python: functions that return values and raise `runner.errors`. Nothing is printed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner import continuing, extending, planning, sweeping
from runner.errors import Interrupted
from runner.executors import Host
from runner.here import given_or_here
from runner.hints import how_to_resume
from runner.interrupt import Interrupt
from runner.matrix.grid import Grid, grid_of
from runner.matrix.overrides import NO_OPTIONS, checked_until, given
from runner.numbers.words import sentences
from runner.outcome import FAILURES, Status
from runner.planning import Plan, plan
from runner.results import Summary, summary
from runner.session import Session, Terms, session
from runner.signals import interruptible
from runner.store.location import DEFAULT, resolve, writable
from runner.store.new_sweep import SweepColumns
from runner.store.opening import state_of
from runner.store.read import Reader
from runner.store.schema import State
from runner.sweeping import Ran, Ready
from runner.watch import Silence, Watch
from runner.words import one_of

__all__ = ["Plan", "Sweep", "extend", "plan", "quick", "resume", "sweep"]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep in a store, and the result of the run that returned it."""

    id: int
    name: str
    store: Path
    complete: bool
    """Whether every trial is done."""
    summary: Summary
    ran: Ran | None = None
    """None if there was nothing left to run."""

    @property
    def answer(self) -> list[str]:
        """What the sweep answers, in sentences: the same as a terminal or a report shows."""
        return sentences(self.summary.answers)

    @property
    def gave_up(self) -> bool:
        """Whether the sweep stopped because `max_failures` was reached."""
        return not self.complete and self.ran is not None and self.ran.tally.gave_up


def sweep(
    matrix: str | Path | Mapping[str, Any],
    *,
    store: str | Path = DEFAULT,
    overrides: Mapping[str, Any] = NO_OPTIONS,
    words: Sequence[str] = (),
    resume: bool = False,
    top_up: bool = False,
    rerun_noisy: int = 0,
    max_failures: int | None = None,
    wait: bool = True,
    watch: Watch | None = None,
    interrupt: Interrupt | None = None,
    host: Host | None = None,
) -> Sweep:
    """Run a matrix into a store, one trial at a time, and return the sweep.

    `matrix` is the path of a grid file, or the contents of one as a mapping. `overrides` has values in place of its
    keys (`repeats`, `precision`, `budget` and `blocks` of `until`, `seed`, `timeout`), and `words` in place of axes,
    such as ``workers=1,2``. With `resume`, the newest sweep of the same grid is finished, if there is one. With
    `top_up`, that too; if there is none, the cases that the newest sweep of the same name lacks are run as a part of
    that sweep, in blocks of their own. A disturbed trial is run again up to `rerun_noisy` times; after `max_failures`
    failures the sweep stops. `wait` says whether to wait while another process measures on this host.

    `watch` receives the progress. In the main thread Ctrl-C ends the sweep: completed trials are kept, and Interrupted
    is raised. A caller that passes its own `interrupt` can stop the sweep from any thread, and gets an incomplete sweep
    back. `host` runs the trials; the default is this machine.

    Raises BadInput for a matrix that cannot be run, StoreUnusable, HostBusy, ExecutorBroken, and Interrupted.
    """
    grid = grid_of(matrix, given(overrides, words))
    path = writable(resolve(str(store)))
    terms = Terms(rerun_noisy=rerun_noisy, max_failures=max_failures, wait=wait)
    watch = watch or Silence()
    doing = f"a sweep of {grid.source.path}"
    with interruptible(interrupt) as stop, given_or_here(host) as there:
        columns = sweeping.describe(grid)
        with session(path, doing, host=there, interrupt=stop, watch=watch, terms=terms) as own:
            earlier = _newest_of(grid, path) if resume or top_up else None
            if earlier is not None:
                ran = continuing.go_on(own, earlier)
            else:
                ran = _begin(sweeping.prepare(grid, own), columns, own, resume=resume, top_up=top_up)
            _raise_if_interrupted(ran, path, stop, interrupt)
    if ran is None and earlier is not None:
        watch.tell(f"Sweep {earlier} of this grid is complete: nothing to run.")
    return _sweep(path, ran, earlier)


def quick(
    function: str,
    words: Sequence[str] = (),
    *,
    store: str | Path = DEFAULT,
    overrides: Mapping[str, Any] = NO_OPTIONS,
    rerun_noisy: int = 0,
    max_failures: int | None = None,
    wait: bool = True,
    watch: Watch | None = None,
    interrupt: Interrupt | None = None,
    host: Host | None = None,
) -> Sweep:
    """Run the matrix of one function that `words` spell, such as ``workers=1,2``, and return the sweep.

    It stops when its figures are known to ± 5 %, or after a minute, unless `overrides` say otherwise. All else is as
    in `sweep`.
    """
    terms = Terms(rerun_noisy=rerun_noisy, max_failures=max_failures, wait=wait)
    with interruptible(interrupt) as stop, given_or_here(host) as there:
        grid = planning.grid_of_words(function, given(overrides, words), there, stop)
        path = writable(resolve(str(store)))
        columns = sweeping.describe(grid)
        with session(
            path, f"quick, {grid.name}", host=there, interrupt=stop, watch=watch or Silence(), terms=terms
        ) as own:
            ran = sweeping.begin(sweeping.prepare(grid, own), columns, own)
            _raise_if_interrupted(ran, path, stop, interrupt)
    return _sweep(path, ran, ran.sweep_id)


def _begin(ready: Ready, columns: SweepColumns, own: Session, *, resume: bool, top_up: bool) -> Ran:
    """Begin a new sweep, or top an earlier one up; with `resume`, say what an earlier one has of it."""
    is_there = state_of(own.path) is not State.EMPTY
    if top_up and is_there:
        return extending.top_up(ready, columns, own)
    if resume and is_there and (found := extending.reusable(ready, own)):
        own.watch.tell(f"{found.words}. {found.more(own)} This is a new sweep.")
    return sweeping.begin(ready, columns, own)


def extend(
    sweep: int | str,
    *,
    blocks: int | None = None,
    precision: float | str | None = None,
    budget: float | str | None = None,
    store: str | Path = DEFAULT,
    rerun_noisy: int = 0,
    max_failures: int | None = None,
    wait: bool = True,
    watch: Watch | None = None,
    interrupt: Interrupt | None = None,
    host: Host | None = None,
) -> Sweep:
    """Run more blocks of a complete sweep, given by number or name, and return it.

    `blocks` alone is the number of blocks that all cases get. `precision` (``"2%"`` or 0.02) or `budget` (``"10m"`` or
    seconds) end it earlier, and cases that are known precisely enough are left out. Interpreters, functions and host
    must be what they were; else BadInput is raised. The other arguments and the errors are those of `sweep`.
    """
    given = {"blocks": blocks, "precision": precision, "budget": budget}
    asked = checked_until({name: value for name, value in given.items() if value is not None})
    path = resolve(str(store))
    terms = Terms(rerun_noisy=rerun_noisy, max_failures=max_failures, wait=wait)
    with Reader(path) as reader:
        row = reader.sweep(str(sweep))
    doing = f"extending sweep {row['id']} ({row['name']})"
    with (
        interruptible(interrupt) as stop,
        given_or_here(host) as there,
        session(writable(path), doing, host=there, interrupt=stop, watch=watch or Silence(), terms=terms) as own,
    ):
        ran = extending.extend(own, row["id"], asked)
        _raise_if_interrupted(ran, path, stop, interrupt)
    return _sweep(path, ran, row["id"])


def resume(
    sweep: int | str | None = None,
    *,
    store: str | Path = DEFAULT,
    retry: Collection[Status | str] = (),
    rerun_noisy: int = 0,
    max_failures: int | None = None,
    wait: bool = True,
    other_host: bool = False,
    watch: Watch | None = None,
    interrupt: Interrupt | None = None,
    host: Host | None = None,
) -> Sweep | None:
    """Finish a sweep, given by number, name or tag: run exactly the missing trials, and return the sweep.

    By default this is the newest unfinished one; returns None if every sweep is complete. `retry` lists statuses, such
    as ``failed``, whose trials are run again; then the default is the newest sweep if none is unfinished. A sweep that
    was begun on another host is refused with BadInput, unless `other_host` is true. The other arguments and the errors
    are those of `sweep`.
    """
    path, statuses = resolve(str(store)), _statuses(retry)
    terms = Terms(rerun_noisy=rerun_noisy, max_failures=max_failures, wait=wait, other_host=other_host)
    watch = watch or Silence()
    with Reader(path) as reader:
        row = _asked_for(reader, None if sweep is None else str(sweep), statuses)
        left = row is not None and continuing.is_anything_left(reader, row, statuses)
    if row is None:
        watch.tell(f"{path}: every sweep is complete: nothing to resume.")
        return None
    ran = None
    if left:
        doing = f"resuming sweep {row['id']} ({row['name']})"
        with (
            interruptible(interrupt) as stop,
            given_or_here(host) as there,
            session(writable(path), doing, host=there, interrupt=stop, watch=watch, terms=terms) as own,
        ):
            ran = continuing.go_on(own, row["id"], statuses)  # None if another process has finished it meanwhile
            _raise_if_interrupted(ran, path, stop, interrupt)
    if ran is None:
        watch.tell(f"Sweep {row['id']} is complete: nothing to run.")
    return _sweep(path, ran, row["id"])


def _raise_if_interrupted(ran: Ran | None, path: Path, stop: Interrupt, given: Interrupt | None) -> None:
    """Raise Interrupted if Ctrl-C ended the sweep, but not if the caller's own interrupt did."""
    if ran is not None and stop.requested and given is None and not ran.tally.complete:
        raise Interrupted(f"Interrupted. {how_to_resume(path, ran.sweep_id)}")


def _sweep(path: Path, ran: Ran | None, sweep_id: int | None) -> Sweep:
    if ran is not None:
        return Sweep(ran.sweep_id, ran.name, path, ran.tally.complete, ran.summary, ran)
    with Reader(path) as reader:
        row = reader.sweep(str(sweep_id))
        return Sweep(row["id"], row["name"], path, complete=True, summary=summary(reader, row["id"]))


def _newest_of(grid: Grid, path: Path) -> int | None:
    """Return the newest sweep of that grid, preferably an unfinished one."""
    if state_of(path) is State.EMPTY:
        return None
    with Reader(path) as reader:
        found = reader.newest(grid_sha256=grid.text_sha256, unfinished=True) or reader.newest(
            grid_sha256=grid.text_sha256
        )
        return found["id"] if found else None


def _asked_for(reader: Reader, reference: str | None, retry: frozenset[Status]) -> Mapping[str, Any] | None:
    if reference is not None:
        return reader.sweep(reference)
    return reader.newest(unfinished=True) or (reader.newest() if retry else None)


def _statuses(retry: Collection[Status | str]) -> frozenset[Status]:
    return frozenset(Status(one_of("retry", status, FAILURES)) for status in retry)
