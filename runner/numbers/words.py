"""The answers of sweeps in words, the same for terminal and report."""

from collections.abc import Iterable, Sequence

from runner.numbers.answer import Answer, Verdict
from runner.numbers.comparison import Comparison, Rival, comparisons
from runner.numbers.medians import MIN_BLOCKS, Estimate
from runner.numbers.works import Way
from runner.numbers.written import versus

MOST_SENTENCES = 10
"""About works, and as many about how they compare."""
MOST_TIED = 3
"""Ways that are named as not told from the fastest."""


def sentences(answers: Sequence[Answer]) -> list[str]:
    """Return what the trials of sweeps answer, in sentences: for each work, and for what differs between works."""
    ordered = in_order(answers)
    busy, nothing = ([found for found in ordered if found.verdict is one] for one in (Verdict.BUSY, Verdict.NOTHING))
    ordered = [found for found in ordered if found.verdict not in (Verdict.BUSY, Verdict.NOTHING)]
    compared = comparisons(answers)
    return [
        *_busy(busy),
        *map(sentence, ordered[:MOST_SENTENCES]),
        *_more(len(ordered), "work"),
        *map(_comparison, compared[:MOST_SENTENCES]),
        *_more(len(compared), "comparison"),
        *_nothing(nothing),
    ]


def in_order(answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers about the largest work of each kind, then the others; among these the clearest first.

    The largest is that which takes longest sequentially, whatever the values of its parameters are.
    """
    answers = list(answers)
    largest: dict[object, float] = {}
    for found in answers:
        family = found.work.family
        largest[family] = max(found.work.size_s, largest.get(family, 0.0))
    return sorted(answers, key=lambda own: (own.work.size_s < largest[own.work.family], -own.clearness))


def sentence(found: Answer) -> str:
    """Return the answer for a work in one sentence."""
    if found.best is None or found.speedup is None:
        return f"{found.work.name}: {_without_speedup(found)}."
    return f"{found.work.name}: {_SAYS[found.verdict](found, found.best, found.speedup)}."


def _without_speedup(found: Answer) -> str:
    """Say why there is nothing to compare."""
    if all(way.is_sequential for way in found.work.ways):
        return "only sequential calls were swept, so there is nothing to compare"
    if all(way.is_sequential for way in found.ranked):
        return "only sequential calls succeeded, so there is nothing to compare"
    return f"{found.ranked[0].name} was the fastest{_tied(found)}; no sequential calls to compare with have succeeded"


def _few(found: Answer, way: Way, speedup: Estimate) -> str:
    blocks = f"{speedup.n} block{'s' * (speedup.n > 1)}"
    but = f"but an interval takes {MIN_BLOCKS} {_more_blocks(found)}"
    return f"cannot say yet: {way.name} was {versus(speedup)} sequential calls in {blocks}, {but}"


def _faster(found: Answer, way: Way, speedup: Estimate) -> str:
    return f"{way.name} was {versus(speedup)} sequential calls{_tied(found)}{_cheapest(found)}"


def _sequential(_: Answer, way: Way, speedup: Estimate) -> str:
    return f"no way beats sequential calls; the best, {way.name}, was {versus(speedup)} them"


def _unsure(found: Answer, way: Way, speedup: Estimate) -> str:
    would = f"about {found.blocks} blocks would tell {_more_blocks(found)}"
    if speedup.low > 1:
        luck = f"which can be luck, because it is the best of {sum(1 for own in found.ranked if own.ratios)} ways"
        return f"{way.name} was {versus(speedup)} sequential calls, {luck}; {would}"
    return f"cannot say whether any way beats sequential calls: {way.name} was {versus(speedup)} them; {would}"


def _more_blocks(found: Answer) -> str:
    return f"(`repeats: {found.blocks}`)"


_SAYS = {
    Verdict.FEW: _few,
    Verdict.FASTER: _faster,
    Verdict.SEQUENTIAL: _sequential,
    Verdict.UNSURE: _unsure,
}


def _tied(found: Answer) -> str:
    first = found.ranked[0].name
    names = [name for name in dict.fromkeys(way.name for way in found.tied) if name != first]
    return f" (not told from it: {_listed(names)})" if names else ""


def _cheapest(found: Answer) -> str:
    cheapest = found.cheapest
    if cheapest is None or cheapest.name == found.ranked[0].name:
        return ""
    return f"; the cheapest {'within' if found.is_within else 'at about'} 5 % of it is {cheapest.name}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_TIED
    return ", ".join(names[:MOST_TIED]) + (f" and {more} more" if more > 0 else "")


def _busy(answers: Sequence[Answer]) -> list[str]:
    """Say once of which works nothing can be said because the machine was busy."""
    if not answers:
        return []
    works = [found.work for found in answers]
    disturbed, trials = sum(work.disturbed for work in works), sum(work.trials for work in works)
    because = f"{disturbed:,} of {trials:,} trials were disturbed"
    would = "the same on a quieter machine would tell (see `runner doctor`)"
    return [f"{_listed([work.name for work in works])}: cannot say, because {because}; {would}."]


def _nothing(answers: Sequence[Answer]) -> list[str]:
    names = [found.work.name for found in answers]
    return [f"{_listed(names)}: no trial has succeeded."] if names else []


def _more(there_are: int, noun: str) -> list[str]:
    more = there_are - MOST_SENTENCES
    return [f"… and {more:,} more {noun}{'s' * (more > 1)}."] if more > 0 else []


def _comparison(found: Comparison) -> str:
    rivals = "; ".join(_rival(found, rival) for rival in found.rivals[:MOST_TIED])
    more = len(found.rivals) - MOST_TIED
    return f"{found.work.name} was {rivals}{f'; and {more} more' if more > 0 else ''}."


def _rival(found: Comparison, rival: Rival) -> str:
    other = rival.work.features[found.feature]
    ways = found.fastest.name, rival.fastest.name
    each = f"both {ways[0]}" if ways[0] == ways[1] else f"{ways[0]} against {ways[1]}"
    said = f"{versus(rival.at_best)} with {other} ({each})"
    if rival.sequentially is None or all(way.is_sequential for way in (found.fastest, rival.fastest)):
        return said
    return f"{said}, and sequentially {versus(rival.sequentially)} with it"
