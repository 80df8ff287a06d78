"""Which trials belong together: those of one block on one host, as they share the slow drift of that machine."""

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """The place of a trial in a sweep. Only one trial of each place counts."""

    case_id: int
    host_id: int
    repeat: int


def whole_ns(seconds: float) -> int:
    """Return a measured time as the nanoseconds that it was measured in.

    Medians and ratios are taken of these: so they are the same wherever they are worked out, in SQL too.
    """
    return round(seconds * 1e9)


def paired(times_ns: Mapping[Place, int], others: Mapping[int, int]) -> dict[Place, tuple[int, int]]:
    """Return for trials of the cases of `others` their own time and that of the other case, in nanoseconds.

    `others` maps a case to the one that it is compared with. Left out are trials that have no partner in their block on
    their host, and those that took no time at all, to which there is no ratio.
    """
    found = {}
    for place, own in times_ns.items():
        if place.case_id in others and own > 0:
            partner = times_ns.get(Place(others[place.case_id], place.host_id, place.repeat))
            if partner is not None:
                found[place] = own, partner
    return found
