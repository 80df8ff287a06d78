"""The plan of a sweep in blocks: which trials are run, in which order, and when to stop. No input or output."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.history import History, Place
from runner.matrix.case import Case


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of one case."""

    case: Case
    repeat: int
    """Number of the block, counted from 1; warm-up blocks are counted separately."""
    position: int
    """Place within the block, counted from 1."""
    warmup: bool

    @property
    def place(self) -> Place:
        """Return what identifies the trial within its sweep."""
        return self.case.key, self.warmup, self.repeat


@dataclass(frozen=True, slots=True)
class Block:
    """Every case once, in random order, without the trials that are already done."""

    number: int
    """Counted from 1; warm-up blocks are counted separately."""
    warmup: bool
    trials: tuple[Trial, ...]


class Goal(Protocol):
    """Decides when a sweep has enough blocks."""

    @property
    def most(self) -> int:
        """The maximum number of blocks."""

    def is_reached(self, blocks: int, history: History) -> bool:
        """Return whether `blocks` blocks, with the measurements in `history`, are enough."""


@dataclass(frozen=True, slots=True)
class FixedNumber:
    """A goal of `most` blocks."""

    most: int

    def is_reached(self, blocks: int, history: History) -> bool:  # noqa: ARG002 - part of the protocol
        """Return whether there are `most` blocks."""
        return blocks >= self.most


@dataclass(frozen=True, slots=True)
class Source:
    """The blocks of a sweep. Each is made when requested, because earlier results decide whether there is another.

    `warmup` blocks come first. In each block every case has one position, in a random order that depends only on
    `seed`, the block and the cases. Trials in `history` are left out, so a resumed sweep continues in its original
    order. The caller runs the trials and adds them to `history`.
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
        """Return the maximum number of trials of the whole sweep."""
        return len(self.cases) * (self.warmup + self.goal.most)

    def left(self) -> Counter[Case]:
        """Return the maximum number of trials of each case that are still to be run."""
        left = Counter(dict.fromkeys(self.cases, self.warmup + self.goal.most))
        by_key = {case.key: case for case in self.cases}
        for key, _, _ in self.history:
            if key in by_key:  # it is missing if the machine has changed since the sweep began
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
        # A text as the seed is hashed by the random module itself: the same order in every process, on every platform.
        random.Random(f"{self.seed} {'warmup' if is_warmup else 'block'} {number}").shuffle(order)  # noqa: S311
        trials = tuple(
            Trial(case, number, position, is_warmup)
            for position, (key, case) in enumerate(order, start=1)
            if (key, is_warmup, number) not in self.history
        )
        return Block(number, is_warmup, trials)
