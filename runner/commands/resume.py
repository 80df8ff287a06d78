"""`runner resume`: finish an interrupted or killed sweep, or try again what did not succeed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.commands.sweeping import Session, Terms, Wish, carry_out, report_end, session
from runner.errors import BadInput, ExitCode
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.outcome import FAILURES, Status
from runner.store.identity import identity
from runner.store.location import resolve, writable
from runner.store.read import Reader
from runner.store.write import Writer
from runner.under_test import examine_again

Row = Mapping[str, Any]


def run(reference: str | None, store: str, *, retry: str, wish: Wish, terms: Terms) -> ExitCode:
    """Finish the sweep of that number or name; by default the newest unfinished one.

    `retry` lists, with commas, in which statuses a trial must have ended to be tried again. With it the default is the
    newest sweep if none is unfinished.
    """
    path, statuses = resolve(store), _statuses(retry)
    row = _asked_for(path, reference, statuses)
    if row is None:
        wish.tell(f"{path}: every sweep is complete: nothing to resume.")
        return ExitCode.OK
    if not _is_anything_left(path, row, statuses):
        return _nothing_to_run(path, row, wish)
    doing = f"resuming sweep {row['id']} ({row['name']})"
    with Interrupt() as interrupt, session(writable(path), doing, interrupt, wish, terms) as own:
        with Reader(path) as reader:  # it may have been finished while this process waited for the host
            row = reader.sweep(str(row["id"]))
        return go_on(own, row, statuses) if _is_anything_left(path, row, statuses) else _nothing_to_run(path, row, wish)


def go_on(own: Session, row: Row, retry: frozenset[Status] = frozenset()) -> ExitCode:
    """Run what is missing of the stored sweep `row`, and what ended in one of the statuses of `retry`."""
    with Reader(own.path) as reader:
        rows, hosts_before = reader.cases(row["id"]), reader.host_identities(row["id"])
    cases = [Case.from_columns(columns, columns["python"]) for columns in rows]
    under_test = examine_again(row["id"], rows, own.executor)
    with Writer(own.path) as writer:
        stored = writer.reopen_sweep(row["id"])
        if hosts_before - {identity(under_test.host)}:
            own.wish.tell(
                f"Warning: sweep {row['id']} was begun on another host, or this one has changed since (see the table "
                "hosts): its times do not all belong together."
            )
        return carry_out(own, writer, stored, cases, under_test, retry)


def _asked_for(path: Path, reference: str | None, retry: frozenset[Status]) -> Row | None:
    with Reader(path) as reader:
        if reference is not None:
            return reader.sweep(reference)
        return reader.newest(unfinished=True) or (reader.newest() if retry else None)


def _is_anything_left(path: Path, row: Row, retry: frozenset[Status]) -> bool:
    with Reader(path) as reader:
        return row["ended_at"] is None or len(reader.done(row["id"], retry)) < len(reader.done(row["id"]))


def _nothing_to_run(path: Path, row: Row, wish: Wish) -> ExitCode:
    wish.tell(f"Sweep {row['id']} is complete: nothing to run.")
    return report_end(path, row["id"], wish)


def _statuses(retry: str) -> frozenset[Status]:
    words = {word.strip() for word in retry.split(",")} - {""}
    if unknown := sorted(words - set(FAILURES)):
        raise BadInput(f"--retry {retry}: {', '.join(unknown)}? Expected one or more of: {', '.join(FAILURES)}.")
    return frozenset(map(Status, words))
