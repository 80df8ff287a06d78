"""CPU quotas and affinity masks of any machine, described by a folder."""

import os
from pathlib import Path

import pytest

from runner.harness import cpus

V1, V2, HYBRID = "sys/fs/cgroup/cpu,cpuacct", "sys/fs/cgroup", "sys/fs/cgroup/unified"
GROUPS = "proc/self/cgroup"

Files = dict[str, str]


def v1(group: str, quota_us: int, period_us: int = 100_000, mount: str = V1) -> Files:
    return {
        f"{mount}{group}/cpu.cfs_quota_us": f"{quota_us}\n",
        f"{mount}{group}/cpu.cfs_period_us": f"{period_us}\n",
    }


def v2(group: str, quota: int | str, period_us: int = 100_000, mount: str = V2) -> Files:
    return {f"{mount}{group}/cpu.max": f"{quota} {period_us}\n"}


QUOTAS: dict[str, tuple[Files, float | None]] = {
    "no files at all": ({}, None),
    "v2": ({GROUPS: "0::/app\n", **v2("/app", 200_000)}, 2.0),
    "v2, max": ({GROUPS: "0::/app\n", **v2("/app", "max")}, None),
    "v2, the group has no file": ({GROUPS: "0::/app\n"}, None),
    "v2, a fraction": ({GROUPS: "0::/app\n", **v2("/app", 50_000)}, 0.5),
    "v2, another period": ({GROUPS: "0::/app\n", **v2("/app", 30_000, 20_000)}, 1.5),
    "v2, in the root": ({GROUPS: "0::/\n", **v2("", 300_000)}, 3.0),
    "v2, the tightest is an ancestor": (
        {GROUPS: "0::/a/b/c\n", **v2("/a/b/c", 400_000), **v2("/a/b", "max"), **v2("/a", 100_000), **v2("", "max")},
        1.0,
    ),
    "v2, the tightest is the group itself": (
        {GROUPS: "0::/a/b\n", **v2("/a/b", 150_000), **v2("/a", 400_000)},
        1.5,
    ),
    "v2, a neighbour's quota": ({GROUPS: "0::/a\n", **v2("/b", 100_000)}, None),
    "v2, a container that sees its group as the root": ({GROUPS: "0::/docker/4711\n", **v2("", 250_000)}, 2.5),
    "v1": ({GROUPS: "4:cpu,cpuacct:/app\n", **v1("/app", 200_000)}, 2.0),
    "v1, -1": ({GROUPS: "4:cpu,cpuacct:/app\n", **v1("/app", -1)}, None),
    "v1, 0.5": ({GROUPS: "4:cpu,cpuacct:/app\n", **v1("/app", 25_000, 50_000)}, 0.5),
    "v1, under the name of one controller": (
        {GROUPS: "4:cpu,cpuacct:/app\n", **v1("/app", 300_000, mount="sys/fs/cgroup/cpu")},
        3.0,
    ),
    "v1, mounted alone": ({GROUPS: "4:cpu:/app\n", **v1("/app", 300_000, mount="sys/fs/cgroup/cpu")}, 3.0),
    "v1, the controllers the other way round": (
        {GROUPS: "4:cpuacct,cpu:/app\n", **v1("/app", 300_000, mount="sys/fs/cgroup/cpuacct,cpu")},
        3.0,
    ),
    "v1, the tightest is an ancestor": (
        {GROUPS: "4:cpu,cpuacct:/a/b\n", **v1("/a/b", 400_000), **v1("/a", 100_000), **v1("", -1)},
        1.0,
    ),
    "v1, quota without period": ({GROUPS: "4:cpu:/app\n", f"{V1}/app/cpu.cfs_quota_us": "100000\n"}, None),
    "v1, other controllers do not count": (
        {GROUPS: "3:cpuset:/app\n2:cpuacct:/app\n", **v1("/app", 100_000, mount="sys/fs/cgroup/cpuset")},
        None,
    ),
    "hybrid, v1 has the controller": (
        {GROUPS: "4:cpu,cpuacct:/app\n1:name=systemd:/x\n0::/x\n", **v1("/app", 100_000)},
        1.0,
    ),
    "hybrid, v2 is mounted beside": ({GROUPS: "1:name=systemd:/x\n0::/x\n", **v2("/x", 100_000, mount=HYBRID)}, 1.0),
    "hybrid, both limit": (
        {GROUPS: "4:cpu,cpuacct:/app\n0::/x\n", **v1("/app", 300_000), **v2("/x", 200_000, mount=HYBRID)},
        2.0,
    ),
    "v2, nothing that is a number": ({GROUPS: "0::/app\n", f"{V2}/app/cpu.max": "many few\n"}, None),
    "v2, a period of nothing": ({GROUPS: "0::/app\n", **v2("/app", 100_000, 0)}, None),
    "v1, nothing that is a number": ({GROUPS: "4:cpu:/app\n", f"{V1}/app/cpu.cfs_quota_us": "?\n"}, None),
    "lines that say nothing": ({GROUPS: "\n:\nno group\n4:cpu\n0::/a\0b\n"}, None),
    "a group with a colon in its name": ({GROUPS: "0::/app:1\n", **v2("/app:1", 200_000)}, 2.0),
}


def machine(root: Path, files: Files) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(root)


@pytest.mark.parametrize(("files", "expected"), QUOTAS.values(), ids=QUOTAS)
def test_the_quota_is_the_tightest_that_any_group_above_the_process_sets(
    tmp_path: Path, files: Files, expected: float | None
) -> None:
    assert cpus.cpu_quota(machine(tmp_path, files)) == expected


def test_each_quota_is_known_by_the_folder_that_sets_it(tmp_path: Path) -> None:
    files = {GROUPS: "4:cpu,cpuacct:/a/b\n0::/x\n", **v1("/a", 150_000), **v2("/x", 200_000, mount=HYBRID)}
    assert cpus.limiting_groups(machine(tmp_path, files)) == [(f"{V1}/a", 1.5), (f"{HYBRID}/x", 2.0)]


@pytest.mark.parametrize(
    ("allowed", "quota", "expected"),
    [
        (8, "max", 8),
        (8, 300_000, 3),
        (2, 300_000, 2),
        (8, 50_000, 1),
        (8, 250_000, 2),
        (8, 1_000, 1),
    ],
)
def test_usable_cpus_are_the_smaller_of_affinity_and_quota_and_never_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, quota: int | str, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    root = machine(tmp_path, {GROUPS: "0::/app\n", **v2("/app", quota)})
    assert cpus.usable_cpus(root) == expected


def test_without_affinity_every_cpu_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert cpus.usable_cpus(str(tmp_path)) == 5
