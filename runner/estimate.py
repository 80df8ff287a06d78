"""Estimate how long trials will take, from earlier trials of the same cases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median

from runner.matrix.case import Case


class Expectation:
    """The expected duration of each case, in nanoseconds: from this sweep, else from earlier ones.

    A case that never ran is expected to take the average of the others, as soon as there are any.
    """

    def __init__(self, known_ns: Mapping[str, float]) -> None:
        self._known_ns = dict(known_ns)
        self._seen_ns: defaultdict[str, list[int]] = defaultdict(list)

    def learn(self, case: Case, elapsed_ns: int) -> None:
        """Record how long a trial of `case` took."""
        self._seen_ns[case.key].append(elapsed_ns)
        self._known_ns[case.key] = median(self._seen_ns[case.key])

    def knows(self, case: Case) -> bool:
        """Return whether this case has run before."""
        return case.key in self._known_ns

    def total_ns(self, cases: Iterable[tuple[Case, int]]) -> float | None:
        """Return the expected total duration of `cases`, each with its number of trials; None if nothing is known."""
        if not self._known_ns:
            return None
        average = sum(self._known_ns.values()) / len(self._known_ns)
        return sum(self._known_ns.get(case.key, average) * trials for case, trials in cases)
