"""The plan: which trials are to be run, in which order. Pure; the plan is data."""

import gc
import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from runner.matrix.case import Case

Done = tuple[str, bool, int]
"""What identifies a trial within its sweep: case key, warm-up or not, repeat."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One case, to be run once."""

    case: Case
    repeat: int
    """The block, counted from 1; warm-up blocks have a count of their own."""
    position: int
    """Place within the block, counted from 1."""
    warmup: bool


def plan(
    cases: Sequence[Case], *, repeats: int, warmup: int, seed: int, done: Collection[Done] = frozenset()
) -> list[Trial]:
    """Order the trials that are still to be run.

    `warmup` blocks come first, then `repeats`; in each block every case has one place, by a random order that depends
    only on `seed`, the block and the cases. What is `done` leaves its place empty, so that a resumed sweep goes on in
    the order it began with.
    """
    keyed = [(case.key, case) for case in cases]
    with _no_garbage():
        return [
            Trial(case, repeat, position, is_warmup)
            for is_warmup, repeat in _blocks(repeats, warmup)
            for position, (key, case) in enumerate(_shuffled(keyed, seed, is_warmup, repeat), start=1)
            if (key, is_warmup, repeat) not in done
        ]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Pause the cyclic collector, which would take half of the time of a large plan to find that all of it is kept."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _blocks(repeats: int, warmup: int) -> Iterator[tuple[bool, int]]:
    for is_warmup, blocks in ((True, warmup), (False, repeats)):
        for repeat in range(1, blocks + 1):
            yield is_warmup, repeat


def _shuffled(keyed: list[tuple[str, Case]], seed: int, is_warmup: bool, repeat: int) -> list[tuple[str, Case]]:
    order = list(keyed)
    # Seeded by text, which the random module hashes itself: the same order in every process and on every platform.
    random.Random(f"{seed} {'warmup' if is_warmup else 'block'} {repeat}").shuffle(order)  # noqa: S311
    return order
