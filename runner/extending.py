"""Give a complete sweep more: more blocks, or the cases that are new in its grid."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from runner.continuing import require_same_host, stored_of
from runner.errors import BadInput
from runner.examine_again import examine_again
from runner.extension import for_new_cases, more_blocks
from runner.hints import how_to_resume
from runner.matrix.case import Case
from runner.matrix.spec import Until
from runner.session import Session
from runner.store.location import command
from runner.store.new_sweep import MoreBlocks, SweepColumns
from runner.store.read import Reader
from runner.store.write import Writer
from runner.sweeping import Ran, Ready, carry_out
from runner.units import count


def extend(own: Session, sweep_id: int, asked: Until) -> Ran:
    """Run more blocks of a complete sweep, on the same host, interpreters and functions. Raises BadInput."""
    with Writer(own.path) as writer:
        with writer.reader() as reader:
            row, known, closed = reader.sweep(str(sweep_id)), stored_of(reader, sweep_id), reader.blocks(sweep_id)
        _require_complete(row, own)
        fewest = min(len(known.history.of(case.key)) for case in known.cases)
        columns = more_blocks(row, closed, fewest, asked)
        under_test = examine_again(sweep_id, known.rows, own.host, own.interrupt)
        require_same_host(sweep_id, known.hosts, under_test.host, "Extend it there, or begin a new sweep here.")
        stored = writer.reopen_sweep(sweep_id, MoreBlocks(columns))
        return carry_out(own, writer, stored, known.cases, under_test, known.history)


@dataclass(frozen=True, slots=True)
class Reusable:
    """An earlier sweep whose cases are all in the matrix of a grid, with the same rules for a trial."""

    sweep: Mapping[str, Any]
    """Its row."""
    blocks: int
    new: tuple[Case, ...]
    """The cases that it does not have."""

    @property
    def words(self) -> str:
        """Say what can be reused, and how."""
        number = self.sweep["id"]
        if self.new:
            return (
                f"Sweep {number} ({self.sweep['name']}) has all cases of this grid but {len(self.new):,}, in "
                f"{count(self.blocks, 'block')}: with --top-up, only these are run, beside their baselines"
            )
        return f"Sweep {number} ({self.sweep['name']}) has all cases of this grid, in {count(self.blocks, 'block')}"

    def more(self, own: Session) -> str:
        """Say how to add blocks of the same cases."""
        number = self.sweep["id"]
        if self.sweep["ended_at"] is None:
            return f"{how_to_resume(own.path, number)}."
        return f"`{command(own.path, 'extend', str(number), '--blocks', '10')}` adds blocks to it."


def reusable(ready: Ready, own: Session) -> Reusable | None:
    """Return the newest sweep that differs from the grid only in its number of blocks, or lacks some of its cases."""
    spec = ready.grid.spec
    cases = {case.key: case for case in ready.matrix.cases}
    with Reader(own.path) as reader:
        for row in reader.named(ready.grid.name):
            keys = {found["key"] for found in reader.cases(row["id"])}
            same_rules = (row["warmup"], row["timeout_ns"]) == (spec.warmup, round(spec.timeout * 1e9))
            if same_rules and keys <= cases.keys():
                new = tuple(case for key, case in cases.items() if key not in keys)
                return Reusable(row, reader.blocks(row["id"]), new)
    return None


def top_up(ready: Ready, columns: SweepColumns, own: Session) -> Ran:
    """Run the cases of a grid that an earlier sweep lacks, as a part of that sweep. Raises BadInput."""
    found = reusable(ready, own)
    if found is None:
        raise BadInput(
            f"no sweep of the name {ready.grid.name} has only cases of this grid, with the same warm-up and timeout. "
            "Without --top-up, a new sweep begins."
        )
    if not found.new:
        raise BadInput(f"{found.words}: nothing is new. {found.more(own)}")
    _require_complete(found.sweep, own)
    sweep_id = found.sweep["id"]
    with Writer(own.path) as writer:
        with writer.reader() as reader:
            known = stored_of(reader, sweep_id)
        require_same_host(sweep_id, known.hosts, ready.under_test.host, "Without --top-up, a new sweep begins here.")
        more = for_new_cases(ready.grid.spec, found.blocks) | {
            name: value for name, value in asdict(columns).items() if name.startswith("grid_")
        }
        stored = writer.reopen_sweep(sweep_id, MoreBlocks(more, ready.new_sweep(columns, found.new)))
        with writer.reader() as reader:
            cases = stored_of(reader, sweep_id).cases
        return carry_out(own, writer, stored, cases, ready.under_test, known.history)


def _require_complete(sweep: Mapping[str, Any], own: Session) -> None:
    if sweep["ended_at"] is None:
        raise BadInput(f"sweep {sweep['id']} is not complete. {how_to_resume(own.path, sweep['id'])}")
