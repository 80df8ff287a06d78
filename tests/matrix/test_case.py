"""A case: its identity, its baseline, and its ways to the child, to the store and to people."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drawn import thoroughly
from support.helpers import case

from runner.axes import CONDITIONS, Cpus, Kind, Truth, Variables, Whole, Words, unusual
from runner.matrix.case import Case, way, work
from runner.matrix.workload import builtin

numbers = st.integers(0, 2**63 - 1) | st.floats(0, 1e9) | st.text(max_size=5) | st.booleans()
arguments = st.dictionaries(st.sampled_from(["NUM", "TIME", "SIZE"]), numbers).map(lambda given: tuple(given.items()))
VALUES: dict[type[Kind], Any] = {
    Words: lambda kind: st.none() | st.sampled_from(kind.words),
    Whole: lambda kind: st.integers(kind.least, kind.most),
    Truth: lambda kind: st.booleans(),
    Cpus: lambda kind: st.sampled_from(["any", "compact", "spread", "0,2-3"]),
    Variables: lambda kind: st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2).map(
        lambda env: tuple(sorted(env.items()))
    ),
}
conditions = st.fixed_dictionaries({name: VALUES[type(one.kind)](one.kind) for name, one in CONDITIONS.items()})
cases = st.builds(
    Case,
    workload=st.text(max_size=8),
    params=arguments,
    mode=st.sampled_from(["sequential", "threading", "multiprocessing"]),
    start_method=st.sampled_from([None, "fork", "spawn", "forkserver"]),
    workers=st.integers(1, 10_000),
    calls=st.integers(1, 100_000),
    python=st.text(max_size=8),
    conditions=conditions.map(unusual),
    source_sha256=st.none() | st.just("0" * 64),
)

OTHER_FIELDS = [
    {"workload": "io_bound"},
    {"params": (("NUM", 11),)},
    {"params": (("TIME", 10),)},
    {"params": (("NUM", 10), ("TIME", 10))},
    {"mode": "multiprocessing"},
    {"start_method": "fork"},
    {"workers": 3},
    {"calls": 3},
    {"python": "cpython 3.13.0"},
    {"source_sha256": "0" * 64},
    {"gil": "on"},
    {"gil": "off"},
    {"warmup_calls": 1},
    {"barrier": True},
    {"affinity": "compact"},
    {"affinity": "0"},
    {"env": (("A", "1"),)},
    {"params": (("NUM", "10"),)},
    {"params": (("NUM", True),)},
]


def test_the_key_of_a_case_is_the_same_in_every_version_of_this_program() -> None:
    forked = case(mode="multiprocessing", start_method="fork")
    waiting = case(workload="io_bound", params=(("TIME", 0.1),))
    assert (case().key, forked.key, waiting.key) == ("db3e8b3bbf2b23d6", "8c0bcce9279ca7dc", "2c19044cda74827d")


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        (
            ("cpu_bound", (("NUM", 240_000_000),), "multiprocessing", "forkserver", 4, 4, "cpython 3.13.0t"),
            "a0959651129575e6",
        ),
        (("io_bound", (("TIME", 0.5),), "sequential", None, 1, 8, "pypy 3.11.13"), "a667fd0c1d2c85e2"),
        (("cpu_bound", (("NUM", 0),), "threading", None, 64, 100, "cpython 3.9.18"), "f49aeb179231e5b8"),
    ],
)
def test_a_case_that_says_nothing_of_conditions_has_the_key_that_it_had_before_there_were_any(
    fields: Any, key: str
) -> None:
    """The keys are those of version 0.1, by which cases of older stores are recognised."""
    assert Case(*fields).key == key
    usual = {name: condition.usual for name, condition in CONDITIONS.items()}
    assert Case(*fields).under(**usual).key == key


@pytest.mark.parametrize("change", OTHER_FIELDS)
def test_a_case_that_differs_in_one_field_has_another_key(change: dict[str, Any]) -> None:
    assert case(**change) != case()
    assert case(**change).key != case().key


@given(cases)
@thoroughly
def test_a_case_comes_back_from_the_store_as_it_was(one: Case) -> None:
    stored = {name: int(value) if isinstance(value, bool) else value for name, value in one.columns().items()}
    again = Case.from_columns({**stored, "source_sha256": one.source_sha256}, one.python)
    assert again == one
    assert again.key == one.key


def test_the_columns_of_a_case_name_the_parameters_of_the_study() -> None:
    usual = {name: condition.kind.stored(condition.usual) for name, condition in CONDITIONS.items()}
    assert case().columns() == usual | {
        "key": case().key,
        "workload": "cpu_bound",
        "params": '{"NUM": 10}',
        "num": 10,
        "time_s": None,
        "mode": "threading",
        "start_method": None,
        "workers": 2,
        "calls": 2,
        "python": "cpython 3.11.2",
        "gil": None,
        "warmup_calls": 0,
        "barrier": False,
        "affinity": "any",
        "env": "{}",
    }
    waiting = case(workload="io_bound", params=(("TIME", 0.5),)).columns()
    assert (waiting["num"], waiting["time_s"]) == (None, 0.5)


def test_a_case_asks_the_child_for_all_that_it_is() -> None:
    assert case(mode="multiprocessing", start_method="spawn", calls=7).request(builtin("cpu_bound")).message() == {
        "kind": "trial",
        "workload": "cpu_bound",
        "params": {"NUM": 10},
        "mode": "multiprocessing",
        "start_method": "spawn",
        "workers": 2,
        "calls": 7,
    }


def test_a_child_is_asked_for_the_conditions_that_its_environment_does_not_have() -> None:
    one = case(gil="off", warmup_calls=3, barrier=True, affinity="0,1", env=(("A", "1"),))
    asked = one.request(builtin("cpu_bound"))
    assert asked.conditions == {"warmup_calls": 3, "barrier": True, "affinity": "0,1"}
    assert case().request(builtin("cpu_bound")).conditions == {}


@pytest.mark.parametrize(
    "concurrent", [case(calls=6), case(mode="multiprocessing", start_method="fork", workers=3, calls=6)]
)
def test_the_baseline_is_the_sequential_case_of_the_same_work(concurrent: Case) -> None:
    assert concurrent.baseline() == case(mode="sequential", workers=1, calls=6)
    assert not concurrent.is_baseline


def test_a_baseline_is_its_own_baseline() -> None:
    baseline = case(mode="sequential", workers=1, calls=6)
    assert baseline.is_baseline
    assert baseline.baseline() == baseline


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (case(params=(("NUM", 1_000_000),)), "cpu_bound(NUM=1_000_000) threading ×2"),
        (case(mode="multiprocessing", start_method="fork"), "cpu_bound(NUM=10) multiprocessing/fork ×2"),
        (case(mode="sequential", workers=1), "cpu_bound(NUM=10) sequential ×1, 2 calls"),
        (case(mode="sequential", workers=1, calls=1), "cpu_bound(NUM=10) sequential ×1"),
        (case(workload="io_bound", params=(("TIME", 0.1),), calls=8), "io_bound(TIME=0.1) threading ×2, 8 calls"),
        (case(mode="process_pool", start_method="spawn"), "cpu_bound(NUM=10) process_pool/spawn ×2"),
        (
            case(workload="own.py:parse", params=(("kind", "x"), ("deep", True), ("lines", 2_000))),
            "own.py:parse(kind=x, deep=true, lines=2_000) threading ×2",
        ),
        (
            case(gil="off", warmup_calls=3, barrier=True, affinity="0,1", env=(("A", "1"), ("B", "x"))),
            "cpu_bound(NUM=10) threading ×2, gil=off, warmup_calls=3, barrier=true, affinity=0,1, A=1, B=x",
        ),
    ],
)
def test_a_case_names_itself_in_one_short_line(one: Case, text: str) -> None:
    assert str(one) == text


def test_work_without_arguments_has_empty_brackets() -> None:
    assert work("nothing", {}) == "nothing()"


def test_a_way_without_start_method_is_the_mode_alone() -> None:
    assert way("threading", None) == "threading"
