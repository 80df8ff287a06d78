"""What is said of machines that nobody has at hand, from folders."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.machines import (
    CLOCK,
    CPU,
    TICKS,
    Files,
    cores,
    counters,
    frequency,
    group_v1,
    group_v2,
    own,
    process,
    two_seconds,
    written,
)

from runner.host import fitness
from runner.host.checks import clock
from runner.host.checks.cpus import ranges
from runner.host.finding import Finding, Verdict
from runner.host.fitness import CHECKS, problems
from runner.host.machine import Machine
from runner.host.sample import Sample, Snapshot

CGROUP = "proc/self/cgroup"
QUIET = {"proc/loadavg": "0.08 0.10 0.12 1/345 6789\n"}
TSC = {CLOCK: "tsc\n"}
OK, WARNING, PROBLEM = Verdict


@dataclass(frozen=True, kw_only=True)
class Described:
    """A machine, and the findings expected for it."""

    files: tuple[Files, ...] = ()
    logical: int = 8
    allowed: frozenset[int] = frozenset()
    """All CPUs if empty."""
    busy: float = 0.0
    steal: float = 0.0
    processes: Files = field(default_factory=dict)
    """Files at the end of the two seconds."""
    said: Mapping[str, str]
    """By check: the verdict and a part of the text."""


MACHINES: dict[str, Described] = {
    "a desktop as it comes": Described(
        files=(
            QUIET,
            TSC,
            cores(*([cpu, cpu + 4] for cpu in range(4))),
            frequency(8, "powersave", "intel_pstate"),
            {f"{CPU}/smt/active": "1\n", f"{CPU}/intel_pstate/no_turbo": "0\n"},
        ),
        said={
            "cpus": "ok 8 of 8 CPUs usable",
            "smt": "warning 8 usable CPUs share 4 cores → beyond 4, --cpu-list 0-3 ",
            "load": "ok 0.08 in the last minute",
            "others": "ok use 0.00 of 8 CPUs (0%)",
            "steal": "ok none",
            "governor": "warning powersave, which with intel_pstate follows the load → performance",
            "turbo": "warning on → echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo",
            "clock": "ok tsc, 50 ns a reading",
        },
    ),
    "a desktop made ready": Described(
        files=(
            QUIET,
            TSC,
            cores(*([cpu] for cpu in range(4))),
            frequency(4, "performance", "intel_pstate"),
            {f"{CPU}/smt/active": "0\n", f"{CPU}/intel_pstate/no_turbo": "1\n"},
        ),
        logical=4,
        said={
            "cpus": "ok 4 of 4",
            "smt": "ok each usable CPU can be a core",
            "governor": "ok performance",
            "turbo": "ok off",
        },
    ),
    "an AMD laptop": Described(
        files=(frequency(8, "powersave", "acpi-cpufreq"), {f"{CPU}/cpufreq/boost": "1\n"}),
        said={
            "governor": "warning powersave: the lowest speed → performance",
            "turbo": "warning on → echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
        },
    ),
    "a newer AMD laptop, boost off": Described(
        files=(frequency(8, "powersave", "amd-pstate-epp"), {f"{CPU}/cpufreq/boost": "0\n"}),
        said={"governor": "warning powersave, which with amd-pstate-epp follows the load", "turbo": "ok off"},
    ),
    "a small computer": Described(
        files=(frequency(4, "ondemand", "cpufreq-dt"), {CLOCK: "arch_sys_counter\n"}),
        logical=4,
        said={"governor": "warning ondemand: the speed follows the load", "clock": "ok arch_sys_counter"},
    ),
    "one CPU forgotten": Described(
        files=(frequency(4, "performance", "acpi-cpufreq"), frequency(1, "schedutil", "acpi-cpufreq")),
        logical=4,
        said={"governor": "warning performance, schedutil: not all CPUs alike"},
    ),
    "a container, v1, one and a half CPUs": Described(
        files=({CGROUP: "4:cpu,cpuacct:/docker/4711\n"}, group_v1("/docker/4711", 150_000)),
        said={
            "cpus": "warning 1 of 8 CPUs usable: quota 1.5 of cgroup /sys/fs/cgroup/cpu,cpuacct/docker/4711 → --cpus 2"
        },
    ),
    "a container, v2, two CPUs": Described(
        files=({CGROUP: "0::/\n"}, group_v2("", "200000 100000"), cores(*([cpu, cpu + 4] for cpu in range(4)))),
        said={
            "cpus": "ok 2 of 8 CPUs usable: quota 2 of cgroup /sys/fs/cgroup",
            "smt": "ok each usable CPU can be a core",
        },
    ),
    "a container, v2, half a CPU": Described(
        files=({CGROUP: "0::/\n"}, group_v2("", "50000 100000")),
        said={"cpus": "warning 1 of 8 CPUs usable: quota 0.5"},
    ),
    "a container with more than there is": Described(
        files=({CGROUP: "0::/\n"}, group_v2("", "1650000 100000")), said={"cpus": "ok 8 of 8 CPUs usable"}
    ),
    "a hybrid": Described(
        files=(
            {CGROUP: "4:cpu,cpuacct:/app\n1:name=systemd:/x\n0::/x\n"},
            group_v1("/app", 400_000),
            group_v2("/x", "300000 100000", mount="sys/fs/cgroup/unified"),
        ),
        said={"cpus": "ok 3 of 8 CPUs usable: quota 3 of cgroup /sys/fs/cgroup/unified/x"},
    ),
    "limits within limits, and a mask": Described(
        files=(
            {CGROUP: "0::/a/b/c\n"},
            group_v2("/a/b/c", "max 100000"),
            group_v2("/a/b", "400000 100000"),
            group_v2("/a", "200000 100000"),
        ),
        allowed=frozenset({0, 1, 2, 5}),
        said={"cpus": "ok 2 of 8 CPUs usable: affinity mask 0-2,5: quota 2 of cgroup /sys/fs/cgroup/a"},
    ),
    "a single CPU": Described(logical=1, said={"cpus": "warning 1 of 1 CPUs usable → more CPUs"}),
    "nothing is told": Described(
        said={
            "cpus": "ok 8 of 8 CPUs usable",
            "smt": "ok not known",
            "load": "ok not known",
            "governor": "ok not known",
            "turbo": "ok not known",
            "clock": "ok source not known",
        }
    ),
    "two threads of one core": Described(
        files=(cores(*([cpu, cpu + 4] for cpu in range(4))),),
        allowed=frozenset({1, 5}),
        said={
            "cpus": "ok 2 of 8 CPUs usable: affinity mask 1,5",
            "smt": "warning 2 usable CPUs share 1 core → beyond 1, --cpu-list 1 ",
        },
    ),
    "one thread of each core": Described(
        files=(cores(*([cpu, cpu + 4] for cpu in range(4))), {f"{CPU}/smt/active": "1\n"}),
        allowed=frozenset({0, 1, 2, 3}),
        said={"cpus": "ok 4 of 8 CPUs usable: affinity mask 0-3", "smt": "ok each usable CPU can be a core"},
    ),
    "threads on, but no topology": Described(files=({f"{CPU}/smt/active": "1\n"},), said={"smt": "warning on → half"}),
    "an old chip for a clock": Described(
        files=({CLOCK: "hpet\n"},), said={"clock": "warning hpet → echo tsc | sudo tee /sys"}
    ),
    "a guest with a clock of its own": Described(files=({CLOCK: "kvm-clock\n"},), said={"clock": "ok kvm-clock"}),
    "a guest that is robbed a little": Described(steal=0.03, said={"steal": "warning 3.0% of the CPUs' time → host"}),
    "a guest that is robbed": Described(steal=0.12, said={"steal": "problem 12.0% of the CPUs' time → dedicated"}),
    "a busy minute": Described(
        files=({"proc/loadavg": "6.40 3.00 1.00 3/345 6789\n"},),
        said={"load": "warning 6.40 in the last minute, 0.80 for each CPU → Wait"},
    ),
    "a compiler at work": Described(
        busy=0.25,
        processes={
            **process(31, "cc1", TICKS),
            **process(32, "ld", TICKS // 2),
            **process(33, "make", 8),
            **process(34, "sh", 4),
        },
        said={"others": "warning use 2.00 of 8 CPUs (25%); busiest: cc1 (31) 100%, ld (32) 50%, make (33) 4% → End"},
    ),
    "a compiler that takes all": Described(
        busy=0.9,
        processes=process(31, "cc1", 7 * TICKS),
        said={"others": "problem use 7.20 of 8 CPUs (90%); busiest: cc1 (31) 700% → End these"},
    ),
    "a neighbour in another container": Described(
        busy=0.75, said={"others": "problem use 6.00 of 8 CPUs (75%) → cannot be seen from here"}
    ),
}


def nobody_knows() -> None:
    raise OSError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Described], Machine]:
    """Create a machine on which a reading of the clock takes 50 ns."""
    monkeypatch.setattr(clock, "reading_ns", lambda: (50, 40))

    def build(described: Described) -> Machine:
        allowed = described.allowed or frozenset(range(described.logical))
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(allowed), raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda: described.logical)
        monkeypatch.setattr(os, "getloadavg", nobody_knows)
        root = written(tmp_path / "root", *described.files, counters(described.logical, used_s=1), own())
        before = Snapshot.take(root)
        after = counters(described.logical, used_s=1 + 2 * described.busy, stolen_s=2 * described.steal)
        written(root, after, described.processes)
        return Machine(root, two_seconds(before, Snapshot.take(root)))

    return build


@pytest.mark.parametrize("described", MACHINES.values(), ids=MACHINES)
def test_each_machine_is_told_what_it_is(machine: Callable[[Described], Machine], described: Described) -> None:
    built = machine(described)
    findings = {finding.name: finding for finding in (check(built) for check in CHECKS)}
    for name, expected in described.said.items():
        seen, _, remedy = expected.partition(" → ")
        verdict, _, says = seen.partition(" ")
        assert (findings[name].verdict, findings[name].says[: len(says)]) == (verdict, says)
        for part in filter(None, remedy.split(", ")):
            assert part in (findings[name].remedy or "")


@pytest.mark.parametrize(("used_s", "names"), [(0.1, []), (99.0, ["others"])])
def test_before_a_sweep_only_problems_are_found(tmp_path, monkeypatch, interrupt, used_s, names) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    written(tmp_path, own(), counters(2, 1.0), {"proc/loadavg": "9.00 9.00 9.00 1/345 6789\n"})
    take = Snapshot.take

    def then_busy(root: Path) -> Snapshot:
        found = take(root)
        written(tmp_path, counters(2, 1.0 + used_s * fitness.GLANCE_S))
        return found

    monkeypatch.setattr(Snapshot, "take", then_busy)
    assert [finding.name for finding in problems(interrupt, tmp_path)] == names


def test_the_first_machine_is_described_in_full() -> None:
    assert set(MACHINES["a desktop as it comes"].said) == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize(
    ("reading", "verdict"), [((80, 80), OK), ((1_400, 1_400), WARNING), ((90, 4_000_000), WARNING), ((999, 1), OK)]
)
def test_a_clock_of_unknown_name_is_judged_by_what_it_does(machine, monkeypatch, reading, verdict) -> None:
    built = machine(Described(files=({CLOCK: "a-new-one\n"},), said={}))
    monkeypatch.setattr(clock, "reading_ns", lambda: reading)
    assert clock.clock(built).verdict is verdict


def test_a_reading_of_the_clock_takes_time() -> None:
    cost_ns, step_ns = clock.reading_ns()
    assert cost_ns >= 0
    assert step_ns > 0


def test_without_affinity_masks_and_without_proc_nothing_fails(tmp_path, monkeypatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    nothing = Snapshot.take(tmp_path)
    findings = judged(Machine(tmp_path, Sample(nothing, nothing)))
    assert {finding.verdict for finding in findings} <= {OK, WARNING}
    there = os.cpu_count()
    assert findings[0].says == f"{there} of {there} CPUs usable"


def judged(built: Machine) -> list[Finding]:
    """Return all findings after checking that each is well-formed."""
    findings = [check(built) for check in CHECKS]
    assert [finding.name for finding in findings] == [check.__name__ for check in CHECKS]
    for finding in findings:
        assert finding.says.isprintable()
        assert (finding.remedy is None) == (finding.verdict is OK)
    return findings


FILES = [
    "proc/loadavg",
    "proc/stat",
    "proc/self/stat",
    "proc/7/stat",
    CGROUP,
    "sys/fs/cgroup/cpu.max",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us",
    CLOCK,
    f"{CPU}/smt/active",
    f"{CPU}/intel_pstate/no_turbo",
    f"{CPU}/cpufreq/boost",
    f"{CPU}/cpu0/topology/thread_siblings_list",
    f"{CPU}/cpu0/cpufreq/scaling_governor",
    f"{CPU}/cpu0/cpufreq/scaling_driver",
]
HUGE = "9" * 400 + " "
PLAUSIBLE = [
    "cpu0 1 1 1 1 1 1 1 1",
    f"cpu0 {HUGE * 8}",
    f"7 (x) {HUGE * 30}",
    f"7 (x) {'1 ' * 30}",
    "0::/",
    "1:cpu:/",
    "max",
    "1" * 400,
    "-1",
    "nan",
    "inf",
    "0",
]
garbage = st.binary(max_size=60) | st.lists(st.sampled_from(PLAUSIBLE)).map(lambda lines: "\n".join(lines).encode())


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(before=st.dictionaries(st.sampled_from(FILES), garbage), after=st.dictionaries(st.sampled_from(FILES), garbage))
def test_whatever_the_files_hold_every_check_says_something_in_order(
    before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        snapshots = []
        for files in (before, after):
            for name, content in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(content)
            snapshots.append(Snapshot.take(root))
        judged(Machine(root, Sample(*snapshots)))


def test_a_folder_in_place_of_each_file_is_no_failure(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).mkdir(parents=True)
    nothing = Snapshot.take(tmp_path)
    judged(Machine(tmp_path, Sample(nothing, nothing)))


@given(st.sets(st.integers(0, 300)))
def test_cpus_are_written_as_the_kernel_does(numbers: set[int]) -> None:
    listed: set[int] = set()
    for part in filter(None, ranges(sorted(numbers)).split(",")):
        first, _, last = part.partition("-")
        listed |= set(range(int(first), int(last or first) + 1))
    assert listed == numbers


@pytest.mark.parametrize(
    ("numbers", "text"), [([0, 1, 2, 3], "0-3"), ([0, 2, 3, 8], "0,2-3,8"), ([5], "5"), ([], "")], ids=str
)
def test_neighbours_are_written_as_one_range(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text
