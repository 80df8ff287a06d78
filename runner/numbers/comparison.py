"""Compare works that differ in one thing, such as the interpreter or the value of a text parameter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.numbers.answer import Answer, Verdict
from runner.numbers.choice import choose, ratios_of
from runner.numbers.medians import Estimate, estimate
from runner.numbers.works import Way, Work

NOT_COMPARED = {"workload", "barrier", "warmup_calls", "host", "sweep"}
"""Features that change what is done or how it is measured, or that no block has two values of."""
COMPARABLE = {Verdict.ALONE, Verdict.FASTER, Verdict.SEQUENTIAL, Verdict.UNSURE}


@dataclass(frozen=True, slots=True)
class Rival:
    """A work that is compared with the one that is faster."""

    work: Work
    fastest: Way
    at_best: Estimate
    """Its time of a call ÷ that of the faster work, each in its own fastest way, within blocks."""
    sequentially: Estimate | None
    """The same of sequential calls; None if one has none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Works that differ in one feature alone, in their fastest ways."""

    feature: str
    work: Work
    """The fastest."""
    fastest: Way
    rivals: Sequence[Rival]
    """In order of speed."""


def comparisons(answers: Iterable[Answer]) -> list[Comparison]:
    """Return a comparison for each feature with several values: of the largest works that have them all.

    Works are left out whose times say nothing, or that have no block in common.
    """
    known = [answer for answer in answers if answer.verdict in COMPARABLE]
    features = dict.fromkeys(name for answer in known for name in answer.work.features if name not in NOT_COMPARED)
    return [found for name in features for own in _groups(known, name) if (found := _compared(name, own))]


def _groups(answers: Iterable[Answer], feature: str) -> Iterator[Sequence[Answer]]:
    """Yield answers of works that differ in this feature alone, only the largest of those that differ in size."""
    families: dict[object, dict[object, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        work = answer.work
        rest = tuple((name, value) for name, value in work.features.items() if name != feature)
        calls = work.ways[0].calls if work.is_shared else None
        families[rest][calls, tuple(work.sizes.items())].append(answer)
    for sizes in families.values():
        most = max(len(own) for own in sizes.values())
        yield max((own for own in sizes.values() if len(own) == most), key=lambda own: max(_size(one) for one in own))


def _size(answer: Answer) -> float:
    return answer.work.size_s


def _compared(feature: str, answers: Sequence[Answer]) -> Comparison | None:
    """Return how the works of these answers compare; None if only one can be."""
    order = choose([answer.ranked[0].option for answer in answers]).ranked
    first, *others = (answers[place] for place in order)
    rivals = [rival for other in others if (rival := _rival(first, other))]
    return Comparison(feature, first.work, first.ranked[0], rivals) if rivals else None


def _rival(first: Answer, other: Answer) -> Rival | None:
    at_best = _ratio(other.ranked[0], first.ranked[0])
    if at_best is None or not at_best.has_interval:
        return None
    sequential = [_sequential(answer) for answer in (other, first)]
    both = sequential[0] and sequential[1] and _ratio(sequential[0], sequential[1])
    return Rival(other.work, other.ranked[0], at_best, both or None)


def _sequential(answer: Answer) -> Way | None:
    """Return the sequential case with the fewest calls."""
    return min((way for way in answer.ranked if way.is_sequential), key=lambda way: way.calls, default=None)


def _ratio(slow: Way, fast: Way) -> Estimate | None:
    found = ratios_of(slow.option, fast.option)
    return estimate(found, max(slow.confidence, fast.confidence)) if found else None
