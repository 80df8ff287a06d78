"""Group the cases of sweeps into works: what may be compared with each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from runner.numbers.pairs import paired
from runner.numbers.student import CONFIDENCE
from runner.numbers.summary import WallTime
from runner.numbers.works import SEQUENTIAL, Block, Way, Work


@dataclass(frozen=True, slots=True)
class Described:
    """A case in words."""

    case_id: int
    work: str
    """Workload, arguments and conditions."""
    features: Mapping[str, str]
    sizes: Mapping[str, float]
    way: str
    """Mode and start method."""
    mode: str
    cost: int
    workers: int
    calls: int
    confidence: float = CONFIDENCE
    """The level of its intervals."""

    def at(self, host: str) -> "Described":
        """Return the same case as one of the host of that name."""
        return replace(self, work=f"{self.work}, {host}", features={**self.features, "host": host})

    def measured(self, own: "_Measured") -> Way:
        """Return it as a way of doing its work, with what was measured."""
        way = self.way if self.mode == SEQUENTIAL else f"{self.way} ×{self.workers}"
        ratios = sorted(own.ratios)
        return Way(
            case_id=self.case_id,
            name=way,
            mode=self.mode,
            cost=self.cost,
            workers=self.workers,
            calls=self.calls,
            walls_ns=own.walls_ns,
            ratios=ratios,
            disturbed=own.disturbed,
            confidence=self.confidence,
        )


@dataclass(slots=True)
class _Measured:
    """What was measured of a case on one host."""

    walls_ns: dict[Block, float] = field(default_factory=dict)
    ratios: list[float] = field(default_factory=list)
    disturbed: int = 0


Group = Sequence[tuple[Described, _Measured]]


def works(cases: Iterable[Described], times: Iterable[WallTime], hosts: Mapping[int, str]) -> list[Work]:
    """Return the works of these cases, from small to large where they differ only in size.

    `times` are those of the trials that count, and `hosts` names the hosts they ran on, by number. Times of several
    hosts are not compared: each host has works of its own. Where some case shares out its calls among the workers, all
    cases of that work with as many calls are a work of their own.
    """
    measured = _measured(times)
    several = len({host for by_host in measured.values() for host in by_host}) > 1
    groups = defaultdict(list)
    for case in cases:
        for host, own in measured.get(case.case_id, {None: _Measured()}).items():
            there = case if host is None or not several else case.at(hosts[host])
            groups[there.work, *there.features.items(), *there.sizes.items()].append((there, own))
    found = [work for group in groups.values() for work in _works(group)]
    families = {family: place for place, family in enumerate(dict.fromkeys(work.family for work in found))}
    return sorted(found, key=lambda work: (families[work.family], work.size_s))


def _measured(times: Iterable[WallTime]) -> dict[int, dict[int | None, _Measured]]:
    """Return what was measured, by case and host."""
    found: dict[int, dict[int | None, _Measured]] = defaultdict(lambda: defaultdict(_Measured))
    walls_ns, baselines = {}, {}
    for time in times:
        case_id, host_id, repeat = time.place
        own = found[case_id][host_id]
        own.walls_ns[host_id, repeat] = time.wall_ns
        own.disturbed += time.is_disturbed
        walls_ns[time.place] = time.wall_ns
        if time.baseline_id is not None:
            baselines[case_id] = time.baseline_id
    for place, (wall_ns, baseline_ns) in paired(walls_ns, baselines).items():
        found[place.case_id][place.host_id].ratios.append(baseline_ns / wall_ns)
    return found


def _works(group: Group) -> Iterator[Work]:
    """Yield the works of cases whose workload, arguments and conditions are the same."""
    shared = {case.calls for case, _ in group if case.mode != SEQUENTIAL and case.calls != case.workers}
    for calls in (None, *sorted(shared)):
        own = [(case, found) for case, found in group if (case.calls if case.calls in shared else None) == calls]
        if own:
            case, _ = own[0]
            in_all = "" if calls is None else f", {calls:,} calls in all"
            ways = [case.measured(found) for case, found in own]
            yield Work(case.work + in_all, case.features, case.sizes, calls is not None, ways)
