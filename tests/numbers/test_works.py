"""Which cases are a work."""

from typing import Any

from runner.numbers.grouping import Described, works
from runner.numbers.pairs import Place
from runner.numbers.summary import WallTime


def case(
    case_id: int, mode: str = "threading", workers: int = 2, calls: int = 2, work: str = "w", **more: Any
) -> Described:
    sizes, features = more.get("sizes", {}), {"workload": "w", **more.get("features", {})}
    return Described(case_id, work, features, sizes, mode, mode, 0, workers, calls)


def time(
    case_id: int, repeat: int = 1, wall_ns: float = 1e9, host: int = 1, baseline: int | None = None, **more: Any
) -> WallTime:
    return WallTime(Place(case_id, host, repeat), baseline, wall_ns, **more)


def grouped(cases, times=(), hosts=None) -> list[tuple[str, list[str]]]:
    return [(found.name, [way.name for way in found.ways]) for found in works(cases, times, hosts or {})]


def test_cases_of_the_same_work_are_together_with_what_was_measured():
    (found,) = works(
        [case(1, "sequential", 1), case(2)],
        [time(1, 1, 4e9), time(1, 2, 6e9), time(2, 1, 2e9, baseline=1), time(2, 2, 2e9, baseline=1, is_disturbed=True)],
        {},
    )
    base, threads = found.ways
    assert (base.name, threads.name) == ("sequential", "threading ×2")
    assert (base.walls_ns, base.ratios, threads.ratios) == ({(1, 1): 4e9, (1, 2): 6e9}, [], [2.0, 3.0])
    assert (base.call_s, found.trials, found.disturbed) == ({(1, 1): 2.0, (1, 2): 3.0}, 4, 1)
    assert found.size_s == 2.5


def test_works_that_differ_in_size_stand_together_from_small_to_large():
    cases = [
        case(1, work="a1", sizes={"n": 1}),
        case(2, work="b", features={"workload": "b"}),
        case(3, work="a9", sizes={"n": 9}),
    ]
    times = [time(1, wall_ns=9e9), time(2, wall_ns=5e9), time(3, wall_ns=2e9)]
    assert grouped(cases, times) == [("a9", ["threading ×2"]), ("a1", ["threading ×2"]), ("b", ["threading ×2"])]


def test_calls_that_are_shared_out_are_a_work_of_their_own_with_all_cases_of_as_many():
    cases = [
        case(1, "sequential", 1, 1),
        case(2, "sequential", 1, 4),
        case(3, "threading", 2, 4),
        case(4, "threading", 4, 4),
    ]
    assert grouped([*cases, case(5, "threading", 1, 1)]) == [
        ("w", ["sequential", "threading ×1"]),
        ("w, 4 calls in all", ["sequential", "threading ×2", "threading ×4"]),
    ]


def test_several_hosts_are_not_compared():
    times = [time(1), time(1, 2, host=2), time(2, host=1)]
    assert grouped([case(1), case(2, workers=4, calls=4)], times, {1: "host 1 (a)", 2: "host 2 (b)"}) == [
        ("w, host 1 (a)", ["threading ×2", "threading ×4"]),
        ("w, host 2 (b)", ["threading ×2"]),
    ]


def test_a_case_without_trials_is_there():
    (found,) = works([case(1)], [], {})
    assert ([way.call_s for way in found.ways], found.trials, found.size_s) == ([{}], 0, 0.0)
