"""What was measured of a sweep so far. It decides which trials are still to be run."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Place = tuple[str, bool, int]
"""What identifies a trial within its sweep: case key, warm-up or not, repeat."""


class Done(NamedTuple):
    """The result of a trial that has ended."""

    wall_ns: int | None
    """None if it did not succeed."""
    host: str
    """Identity of the host that it ran on."""


@dataclass(slots=True)
class History:
    """The places that need no further trial, each with its result, and the time that was spent on each block."""

    again: set[Place] = field(default_factory=set)
    """Places whose trial has ended without success, and is to be run again."""
    _done: defaultdict[tuple[str, bool], dict[int, Done]] = field(default_factory=lambda: defaultdict(dict))
    _spent_ns: Counter[tuple[bool, int]] = field(default_factory=Counter)

    def add(self, place: Place, done: Done) -> None:
        """Record the result of a trial that counts."""
        key, warmup, repeat = place
        self._done[key, warmup][repeat] = done

    def spend(self, warmup: bool, repeat: int, elapsed_ns: int) -> None:
        """Record the time that an attempt at a trial took, whatever came of it."""
        self._spent_ns[warmup, repeat] += elapsed_ns

    def of(self, key: str, *, warmup: bool = False) -> Mapping[int, Done]:
        """Return the results of a case by block."""
        return self._done.get((key, warmup), {})

    def spent_ns(self, blocks: range) -> int:
        """Return the time that was spent on these blocks; the warm-up goes with the first one."""
        warmup = sum(spent for (warmup, _), spent in self._spent_ns.items() if warmup) if 1 in blocks else 0
        return warmup + sum(self._spent_ns[False, block] for block in blocks)

    def __contains__(self, place: Place) -> bool:
        key, warmup, repeat = place
        return repeat in self.of(key, warmup=warmup)

    def __iter__(self) -> Iterator[Place]:
        return ((key, warmup, repeat) for (key, warmup), done in self._done.items() for repeat in done)

    def __len__(self) -> int:
        return sum(map(len, self._done.values()))
