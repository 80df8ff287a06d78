"""Which CPUs a trial gets, on machines that are folders."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.harness.placement import chosen, listed

Places = Mapping[int, tuple[int, int]]
"""(package, core) of each CPU."""

FOUR_CORES = {cpu: (0, cpu) for cpu in range(4)}
TWO_PACKAGES = {0: (0, 0), 1: (0, 1), 2: (1, 0), 3: (1, 1)}
SIBLINGS_FAR_APART = {cpu: (0, cpu % 4) for cpu in range(8)}
"""The second thread of each core comes after all first ones, as on most machines."""
TWO_PACKAGES_OF_SIBLINGS = {cpu: (cpu // 4, cpu // 2 % 2) for cpu in range(8)}
PACKAGES_IN_TURN = {cpu: (cpu % 2, cpu // 2) for cpu in range(6)}


def machine(root: Path, places: Places) -> str:
    for cpu, (package, core) in places.items():
        folder = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text(f"{package}\n")
        (folder / "core_id").write_text(f"{core}\n")
    return str(root)


@pytest.mark.parametrize(
    ("places", "workers", "compact", "spread"),
    [
        pytest.param(FOUR_CORES, 2, [0, 1], [0, 1], id="four cores"),
        pytest.param(FOUR_CORES, 9, [0, 1, 2, 3], [0, 1, 2, 3], id="more workers than CPUs"),
        pytest.param(TWO_PACKAGES, 1, [0], [0], id="one worker"),
        pytest.param(TWO_PACKAGES, 2, [0, 1], [0, 2], id="two packages"),
        pytest.param(TWO_PACKAGES, 3, [0, 1, 2], [0, 1, 2], id="two packages, three workers"),
        pytest.param(PACKAGES_IN_TURN, 3, [0, 2, 4], [0, 1, 2], id="packages whose CPUs take turns"),
        pytest.param(SIBLINGS_FAR_APART, 2, [0, 4], [0, 1], id="two threads a core"),
        pytest.param(SIBLINGS_FAR_APART, 3, [0, 1, 4], [0, 1, 2], id="two threads a core, three workers"),
        pytest.param(SIBLINGS_FAR_APART, 5, [0, 1, 2, 4, 5], [0, 1, 2, 3, 4], id="more workers than cores"),
        pytest.param(TWO_PACKAGES_OF_SIBLINGS, 2, [0, 1], [0, 4], id="two packages of two threads a core"),
        pytest.param(TWO_PACKAGES_OF_SIBLINGS, 4, [0, 1, 2, 3], [0, 2, 4, 6], id="as many workers as cores"),
        pytest.param(TWO_PACKAGES_OF_SIBLINGS, 6, [0, 1, 2, 3, 4, 5], [0, 1, 2, 4, 5, 6], id="and some more"),
    ],
)
def test_compact_shares_as_much_and_spread_as_little_as_can_be(
    tmp_path: Path, places: Places, workers: int, compact: list[int], spread: list[int]
) -> None:
    root = machine(tmp_path, places)
    assert chosen("compact", workers, sorted(places), root) == compact
    assert chosen("spread", workers, sorted(places), root) == spread


def test_only_what_is_allowed_is_taken(tmp_path: Path) -> None:
    root = machine(tmp_path, SIBLINGS_FAR_APART)
    assert chosen("compact", 2, [1, 2, 6], root) == [1, 2]  # the first core that is left has lost its second thread
    assert chosen("compact", 2, [2, 3, 6], root) == [2, 6]
    assert chosen("spread", 2, [2, 6, 7], root) == [2, 7]


@pytest.mark.parametrize("written", [None, "", "no number\n"], ids=repr)
def test_where_the_topology_is_not_told_each_cpu_is_a_core_of_its_own(tmp_path: Path, written: str | None) -> None:
    if written is not None:
        for cpu in range(4):
            folder = tmp_path / f"sys/devices/system/cpu/cpu{cpu}/topology"
            folder.mkdir(parents=True)
            (folder / "core_id").write_text(written)
    for affinity in ("compact", "spread"):
        assert chosen(affinity, 2, [1, 2, 3], str(tmp_path)) == [1, 2]


@pytest.mark.parametrize("workers", [1, 2, 99])
def test_a_list_is_taken_as_it_stands(tmp_path: Path, workers: int) -> None:
    assert chosen("3,0-1", workers, [0, 1, 2, 3], machine(tmp_path, FOUR_CORES)) == [0, 1, 3]


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("0", [0]), ("2,0", [0, 2]), ("0,2-3", [0, 2, 3]), ("1-1", [1]), ("0-2,1-4", [0, 1, 2, 3, 4]), ("3-1", [])],
)
def test_a_list_names_its_cpus_once_each_in_ascending_order(text: str, cpus: list[int]) -> None:
    assert listed(text) == cpus


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "1,,2", "1;2"])
def test_what_is_no_list_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        listed(text)


@given(
    st.dictionaries(st.integers(0, 63), st.tuples(st.integers(0, 3), st.integers(0, 7)), min_size=1, max_size=16),
    st.integers(1, 20),
)
@settings(deadline=None, max_examples=50)
def test_as_many_as_there_are_workers_are_taken_as_long_as_there_are_any(
    tmp_path_factory: pytest.TempPathFactory, places: Places, workers: int
) -> None:
    root = machine(tmp_path_factory.mktemp("machine"), places)
    compact, spread = (chosen(affinity, workers, sorted(places), root) for affinity in ("compact", "spread"))
    for cpus in (compact, spread):
        assert len(cpus) == min(workers, len(places))
        assert set(cpus) <= set(places)
        assert cpus == sorted(cpus)
    cores, packages = ([{places[cpu][:count] for cpu in cpus} for cpus in (compact, spread)] for count in (2, 1))
    assert len(cores[0]) <= len(cores[1])
    assert len(packages[0]) <= len(packages[1])
