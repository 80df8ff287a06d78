"""The plan of a sweep, in blocks: which trials are run, in which order, and for how long. Pure."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.history import History, Place
from runner.matrix.case import Case


@dataclass(frozen=True, slots=True)
class Trial:
    """One case, to be run once."""

    case: Case
    repeat: int
    """The block, counted from 1; warm-up blocks have a count of their own."""
    position: int
    """Place within the block, counted from 1."""
    warmup: bool

    @property
    def place(self) -> Place:
        """Return what identifies the trial within its sweep."""
        return self.case.key, self.warmup, self.repeat


@dataclass(frozen=True, slots=True)
class Block:
    """Every case once, in random order, but for what is done already."""

    number: int
    """Counted from 1; warm-up blocks have a count of their own."""
    warmup: bool
    trials: tuple[Trial, ...]


class Goal(Protocol):
    """Decides when a sweep has enough blocks."""

    @property
    def most(self) -> int:
        """The number of blocks after which a sweep ends in any case."""

    def is_reached(self, blocks: int, history: History) -> bool:
        """Whether `blocks` blocks, with what `history` says was measured, are enough."""


@dataclass(frozen=True, slots=True)
class FixedNumber:
    """The simplest goal: so many blocks."""

    most: int

    def is_reached(self, blocks: int, history: History) -> bool:  # noqa: ARG002 - of the protocol
        """Whether there are that many."""
        return blocks >= self.most


@dataclass(frozen=True, slots=True)
class Source:
    """The blocks of a sweep, each made when it is asked for: what was measured by then decides whether there is one.

    `warmup` blocks come first. In each block every case has one place, by a random order that depends only on `seed`,
    the block and the cases. What `history` holds leaves its place empty, so that a resumed sweep goes on in the order
    that it began with. Whoever runs the trials notes them in `history`.
    """

    cases: Sequence[Case]
    goal: Goal
    warmup: int
    seed: int
    history: History

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks that have a trial left to run."""
        keyed = [(case.key, case) for case in self.cases]
        for is_warmup, number in self._numbers():
            block = self._block(keyed, number, is_warmup)
            if block.trials:
                yield block

    @property
    def planned(self) -> int:
        """Return how many trials the whole sweep has, at most."""
        return len(self.cases) * (self.warmup + self.goal.most)

    def left(self) -> Counter[Case]:
        """Return how many trials of each case are still to be run, at most."""
        left = Counter(dict.fromkeys(self.cases, self.warmup + self.goal.most))
        by_key = {case.key: case for case in self.cases}
        for key, _, _ in self.history:
            if key in by_key:  # not so where the machine has changed since the sweep began
                left[by_key[key]] -= 1
        return left

    def _numbers(self) -> Iterator[tuple[bool, int]]:
        for number in range(1, self.warmup + 1):
            yield True, number
        blocks = 0
        while not self.goal.is_reached(blocks, self.history):
            blocks += 1
            yield False, blocks

    def _block(self, keyed: Sequence[tuple[str, Case]], number: int, is_warmup: bool) -> Block:
        order = list(keyed)
        # Seeded by text, which the random module hashes itself: the same order in every process and on every platform.
        random.Random(f"{self.seed} {'warmup' if is_warmup else 'block'} {number}").shuffle(order)  # noqa: S311
        trials = tuple(
            Trial(case, number, position, is_warmup)
            for position, (key, case) in enumerate(order, start=1)
            if (key, is_warmup, number) not in self.history
        )
        return Block(number, is_warmup, trials)
