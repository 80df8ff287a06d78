"""Pair trials of the same block on the same host, because they share the slow drift of that machine."""

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """The place of a trial in a sweep. Only one trial of each place counts."""

    case_id: int
    host_id: int
    repeat: int


def paired(times_ns: Mapping[Place, float], others: Mapping[int, int]) -> dict[Place, tuple[float, float]]:
    """Return for trials of the cases of `others` their own time and that of the other case.

    Times are the whole nanoseconds that were measured, so that ratios of them are the same to the last bit wherever
    they are worked out. `others` maps a case to the one that it is compared with. Left out are trials that have no
    partner in their block on their host, and those that took no time at all, to which there is no ratio.
    """
    found = {}
    for place, own in times_ns.items():
        if place.case_id in others and own > 0:
            partner = times_ns.get(Place(others[place.case_id], place.host_id, place.repeat))
            if partner is not None:
                found[place] = own, partner
    return found
