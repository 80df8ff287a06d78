"""Go on with a stored sweep: what the store has of it, what must not have changed, and the trials that are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.errors import BadInput
from runner.examine_again import examine_again
from runner.facts import HostFacts
from runner.history import History
from runner.matrix.case import Case
from runner.outcome import Status
from runner.session import Session
from runner.store.identity import identity
from runner.store.location import command
from runner.store.read import Reader
from runner.store.write import Writer
from runner.sweeping import Ran, carry_out


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has of a sweep that is gone on with."""

    rows: Sequence[Mapping[str, Any]]
    """Of its cases, in the order of the matrix."""
    history: History
    hosts: Mapping[str, str]
    """Names of the hosts that its trials ran on, by identity."""

    @property
    def cases(self) -> list[Case]:
        """Return its cases."""
        return [Case.from_columns(columns, columns["python"]) for columns in self.rows]


def stored_of(reader: Reader, sweep_id: int, retry: frozenset[Status] = frozenset()) -> Stored:
    """Return what the store has of a sweep; trials that ended with a status in `retry` are to be run again."""
    return Stored(reader.cases(sweep_id), reader.history(sweep_id, retry), reader.hosts(sweep_id))


def go_on(own: Session, sweep_id: int, retry: frozenset[Status] = frozenset()) -> Ran | None:
    """Run the missing trials of a stored sweep, and again those that ended with a status in `retry`.

    Returns None if nothing is left to run.
    """
    with Writer(own.path) as writer:
        with writer.reader() as reader:
            if not is_anything_left(reader, reader.sweep(str(sweep_id)), retry):
                return None
            known = stored_of(reader, sweep_id, retry)
        under_test = examine_again(sweep_id, known.rows, own.host, own.interrupt)
        if not own.terms.other_host:
            resume = command(own.path, "resume", str(sweep_id), "--other-host")
            require_same_host(sweep_id, known.hosts, under_test.host, f"To run the missing trials here: {resume}")
        stored = writer.reopen_sweep(sweep_id)
        return carry_out(own, writer, stored, known.cases, under_test, known.history)


def is_anything_left(reader: Reader, row: Mapping[str, Any], retry: frozenset[Status]) -> bool:
    """Return whether a trial of the sweep `row` is missing, or ended with a status in `retry`."""
    return row["ended_at"] is None or bool(reader.history(row["id"], retry).again)


def require_same_host(sweep_id: int, before: Mapping[str, str], host: HostFacts, remedy: str) -> None:
    """Raise BadInput if trials of the sweep ran on other hosts than this one; `before` has their names by identity."""
    others = {name for known, name in before.items() if known != identity(host.columns())}
    if others:
        on = ", ".join(sorted(others))
        changed = "" if others - {host.hostname} else ", which has changed since (see the table hosts)"
        raise BadInput(
            f"sweep {sweep_id} was begun on the host {on}{changed}. Times of several hosts are not compared with each "
            f"other. {remedy}"
        )
