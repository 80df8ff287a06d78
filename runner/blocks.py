"""The plan of a sweep in blocks: which trials are run, and in which order. No input or output."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.goals import Ending, Goal, Standing
from runner.history import History, Place
from runner.matrix.case import Case

Keyed = Sequence[tuple[str, Case]]
"""Cases with their keys, which are hashes."""


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
    """Every case that it holds once, in random order, without the trials that are already done."""

    number: int
    """Counted from 1; warm-up blocks are counted separately."""
    warmup: bool
    trials: tuple[Trial, ...]
    cases: tuple[Case, ...]
    """All that the block holds."""


@dataclass(frozen=True, slots=True)
class Source:
    """The blocks of a sweep. Each is made when requested, because earlier results decide whether there is another.

    `warmup` blocks come first. In each block every case that it holds has one position, in a random order that depends
    only on `seed`, the block and its cases. Trials in `history` are left out, so a resumed sweep continues in its
    original order. The caller runs the trials and adds them to `history`.

    A sweep that was extended has `closed` blocks that no goal decides on any more: they hold what was run in them.
    """

    cases: Sequence[Case]
    goal: Goal
    warmup: int
    seed: int
    history: History
    closed: int = 0
    """Number of blocks that were there before the goal."""
    joined: frozenset[str] | None = None
    """Keys of the cases that the blocks of the goal are for, besides their baselines; None for all cases."""

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks that have a trial left to run."""
        for is_warmup, number, keyed in self._plan():
            block = self._block(keyed, number, is_warmup)
            if block.trials:
                yield block

    @property
    def planned(self) -> int:
        """Return the maximum number of trials of the whole sweep."""
        return self.left().total() + sum(self._done(case.key) for case in self.cases)

    def left(self, blocks: int | None = None) -> Counter[Case]:
        """Return how many trials of each case are still to be run, at most or if the sweep has so many blocks."""
        left: Counter[Case] = Counter()
        for is_warmup, number, keyed in self._plan():
            missing = [case for key, case in keyed if (key, is_warmup, number) not in self.history]
            left.update(missing)
            if missing and not is_warmup and number > self.closed:  # what the later blocks hold depends on this one
                later = max((self.goal.most if blocks is None else blocks) - number, 0)
                for key, case in keyed:
                    left[case] += max(later - sum(repeat > number for repeat in self.history.of(key)), 0)
                break
        return left

    def standing(self, block: Block) -> Standing | None:
        """Return how far the sweep is from its goal when a block begins; None if that is just a number of blocks."""
        if block.warmup or block.number <= self.closed:
            return None
        return self.goal.standing(block.cases, block.number - 1, self.history)

    def ending(self) -> Ending | None:
        """Return why the sweep, of which no trial is left, has stopped; None if it has a fixed number of blocks."""
        blocks, last = self.closed, self._first()
        for blocks, last in self._stretch():  # noqa: B007 - the last one
            pass
        return self.goal.ending(self.cases, last, blocks, self.history)

    def _plan(self) -> Iterator[tuple[bool, int, Keyed]]:
        """Yield the blocks that there are by what was measured until then: warm-up or not, number, cases."""
        keyed = [(case.key, case) for case in self.cases]
        for number in range(1, self.warmup + 1):
            yield True, number, keyed
        for number in range(1, self.closed + 1):
            yield False, number, [(key, case) for key, case in keyed if self._was_run(key, number)]
        held: Sequence[Case] = self.cases
        for number, cases in self._stretch():
            if cases is not held:
                held, there = cases, set(cases)
                keyed = [pair for pair in keyed if pair[1] in there]
            yield False, number, keyed

    def _stretch(self) -> Iterator[tuple[int, Sequence[Case]]]:
        """Yield the blocks of the goal: number and cases."""
        blocks, cases = self.closed, self._first()
        while cases := self.goal.next_cases(cases, blocks, self.history):
            blocks += 1
            yield blocks, cases

    def _first(self) -> Sequence[Case]:
        """Return the cases that the goal is for."""
        if self.joined is None:
            return self.cases
        joined = [case for case in self.cases if case.key in self.joined]
        stay = {*joined, *(case.baseline() for case in joined)}
        return [case for case in self.cases if case in stay]

    def _was_run(self, key: str, number: int) -> bool:
        place = (key, False, number)
        return place in self.history or place in self.history.again

    def _done(self, key: str) -> int:
        return len(self.history.of(key)) + len(self.history.of(key, warmup=True))

    def _block(self, keyed: Keyed, number: int, is_warmup: bool) -> Block:
        order = list(keyed)
        # A text as the seed is hashed by the random module itself: the same order in every process, on every platform.
        random.Random(f"{self.seed} {'warmup' if is_warmup else 'block'} {number}").shuffle(order)  # noqa: S311
        trials = tuple(
            Trial(case, number, position, is_warmup)
            for position, (key, case) in enumerate(order, start=1)
            if (key, is_warmup, number) not in self.history
        )
        return Block(number, is_warmup, trials, tuple(case for _, case in keyed))
