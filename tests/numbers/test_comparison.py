"""Which works are compared, and in what."""

from support.works import near, work

from runner.numbers.answer import answers
from runner.numbers.comparison import comparisons
from runner.numbers.medians import estimate


def of(seconds: float, *, disturbed: int = 0, blocks: int = 10, n: int = 1, threads: float = 9.0, **features: str):
    name = " ".join([*features.values(), str(n)])
    measured = {"sequential": near(seconds, blocks), "threading ×2": near(threads * seconds, blocks)}
    return work(measured, name, features=features, sizes={"n": n}, disturbed=disturbed)


def names(*works) -> list[tuple[str, str, list[str]]]:
    return [
        (found.feature, found.work.name, [rival.work.name for rival in found.rivals])
        for found in comparisons(answers(works))
    ]


def test_works_are_compared_that_differ_in_one_feature_in_order_of_speed():
    assert names(of(3.0, engine="a"), of(1.0, engine="b"), of(2.0, engine="c")) == [("engine", "b 1", ["c 1", "a 1"])]


def test_of_several_sizes_the_largest_that_all_have_is_compared():
    works = [of(1.0, engine="a", n=9), of(2.0, engine="b", n=9), of(5.0, engine="a", n=3), of(6.0, engine="b", n=3)]
    assert names(*works, of(50.0, engine="a", n=7)) == [("engine", "a 3", ["b 3"])]


def test_each_is_compared_in_its_fastest_way_within_blocks():
    slow, fast = of(2.0, engine="a", threads=0.5), of(1.0, engine="b", threads=3.0)
    (found,) = comparisons(answers([slow, fast]))
    (rival,) = found.rivals
    own, other = fast.ways[0].call_s, slow.ways[1].call_s
    assert (found.work.name, rival.fastest.name) == ("b 1", "threading ×2") or (
        found.work.name,
        rival.fastest.name,
    ) == ("a 1", "sequential")
    ratios = {"b 1": [other[block] / own[block] for block in own], "a 1": [own[block] / other[block] for block in own]}
    assert rival.at_best == estimate(ratios[found.work.name])
    assert rival.sequentially is not None


def test_with_two_features_each_is_compared_while_the_other_is_the_same():
    works = [
        of(seconds, engine=engine, python=python)
        for seconds, engine, python in ((1, "a", "p"), (2, "b", "p"), (3, "a", "q"), (4, "b", "q"))
    ]
    assert names(*works) == [
        ("engine", "a p 1", ["b p 1"]),
        ("engine", "a q 1", ["b q 1"]),
        ("python", "a p 1", ["a q 1"]),
        ("python", "b p 1", ["b q 1"]),
    ]


def test_works_of_different_workloads_or_with_another_barrier_are_not_compared():
    assert names(of(1.0, workload="a"), of(2.0, workload="b")) == []
    assert names(of(1.0, barrier="from a barrier"), of(2.0, barrier="without a barrier")) == []


def test_works_whose_times_say_nothing_are_not_compared():
    assert names(of(1.0, engine="a"), of(2.0, engine="b", disturbed=20)) == []
    assert names(of(1.0, engine="a", blocks=5), of(2.0, engine="b", blocks=5)) == []
