"""Make a large store whose truth is known.

    python -m benchmarks.make_store big.db                      # 100,000 trials, about 400,000 timings
    python -m benchmarks.make_store big.db --works 6 --blocks 12

Prints the truth as JSON; `made_up` has the laws behind it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, insert, select

from benchmarks import made_up
from runner.errors import RunnerError
from runner.matrix.case import Case
from runner.store import tables
from runner.store.engine import writing_engine
from runner.store.identity import row_of
from runner.store.write import Writer


def make(path: Path, works: int, blocks: int, seed: int) -> dict[str, Any]:
    """Add a sweep to the store, which is made if need be, and return the truth about it."""
    chance = np.random.default_rng(seed)
    every = list(dict.fromkeys(made_up.cases(works)))
    with Writer(path) as writer:
        sweep = writer.begin_sweep(made_up.new_sweep(every, repeats=blocks, seed=seed))
        with writing_engine(path).begin() as connection:
            written = sum(_blocks(connection, sweep.case_ids, every, blocks, chance))
        writer.end_sweep(sweep)
    counts = {"cases": len(every), "trials": len(every) * blocks, "timings": written}
    return counts | made_up.TRUTH


def _blocks(
    connection: Connection, case_ids: Mapping[str, int], every: Sequence[Case], blocks: int, chance: np.random.Generator
) -> Iterator[int]:
    """Write the trials of each block with their timings, and yield how many timings these were."""
    host_id = row_of(connection, tables.hosts, made_up.HOST.columns())
    first = (connection.execute(select(func.max(tables.trials.c.id))).scalar() or 0) + 1
    for repeat in range(1, blocks + 1):
        trials = list(enumerate(made_up.block(every, repeat, chance), start=first))
        first += len(trials)
        connection.execute(
            insert(tables.trials),
            [
                {"id": id_, "case_id": case_ids[case.key], "host_id": host_id, **columns}
                for id_, (case, columns) in trials
            ],
        )
        calls = [
            {"trial_id": id_, **timing.columns()}
            for id_, (case, columns) in trials
            for timing in made_up.timings(case, columns["wall_ns"])
        ]
        connection.execute(insert(tables.timings), calls)
        yield len(calls)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--works", type=int, default=172)
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    try:
        print(json.dumps(make(arguments.store, arguments.works, arguments.blocks, arguments.seed), indent=2))  # noqa: T201
    except RunnerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
