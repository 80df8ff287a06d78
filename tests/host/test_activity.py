"""What went on around a trial: from the counters of machines that are folders, and of this one."""

from pathlib import Path
from typing import Any

import pytest

from runner.host import activity
from runner.host.activity import HostCounters, Reading, between

TICK = activity.NS_PER_TICK
NOTHING = (None, None)


def written(root: Path, **files: str) -> Path:
    """Create the files of a machine; `files` by path, with two underscores for a slash."""
    for name, text in files.items():
        file = root / name.replace("__", "/").replace("cpu_stat", "cpu.stat").replace("cpu_max", "cpu.max")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def reading(**changes: Any) -> Reading:
    fields: dict[str, Any] = {"busy_ns": 0, "steal_ns": 0, "throttled_ns": None, "asleep_ns": 0, "epoch_ns": 0}
    return Reading(**fields | changes)


@pytest.fixture
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "allowed_cpus", lambda: {0, 2})


def test_only_the_cpus_that_may_be_used_are_counted(tmp_path: Path, two_cpus: None) -> None:
    lines = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 4 999 999 8 16 32 0 0\n"
    lines += "cpu1 500 0 0 0 0 0 0 500 0 0\ncpu2 1 0 0 9 9 0 0 3 1 0\n"
    found = HostCounters(written(tmp_path, proc__stat=lines + "intr 12 0 0\nctxt 99\n")).read()
    assert found.busy_ns == (1 + 2 + 4 + 8 + 16 + 1) * TICK
    assert found.steal_ns == (32 + 3) * TICK


@pytest.mark.parametrize(
    "text", ["", "cpu0 1 2 3\n", "cpu0 a b c d e f g h\n", "nothing of the kind\n", "cpu9 1 1 1 1 1 1 1 1\n"]
)
def test_counters_that_cannot_be_read_are_not_known(tmp_path: Path, two_cpus: None, text: str) -> None:
    found = HostCounters(written(tmp_path, proc__stat=text, proc__loadavg=text)).read()
    assert (found.busy_ns, found.steal_ns, found.throttled_ns) == (None, None, None)


def test_a_machine_without_any_of_the_files_is_not_known_either(tmp_path: Path) -> None:
    counters = HostCounters(tmp_path)
    assert counters.read().busy_ns is None
    assert counters.load()[1] is None


def test_the_load_excludes_the_process_that_asks(tmp_path: Path) -> None:
    assert HostCounters(written(tmp_path, proc__loadavg="0.75 0.50 0.25 4/321 12345\n")).load() == (0.75, 3)


@pytest.mark.parametrize(
    ("files", "throttled_ns"),
    [
        pytest.param(
            {
                "proc__self__cgroup": "0::/a\n",
                "sys__fs__cgroup__a__cpu_max": "50000 100000\n",
                "sys__fs__cgroup__a__cpu_stat": "usage_usec 7\nnr_throttled 3\nthrottled_usec 1234\n",
            },
            1_234_000,
            id="version 2",
        ),
        pytest.param(
            {
                "proc__self__cgroup": "0::/a/b\n",
                "sys__fs__cgroup__a__cpu_max": "50000 100000\n",
                "sys__fs__cgroup__a__cpu_stat": "throttled_usec 1000\n",
                "sys__fs__cgroup__a__b__cpu_max": "max 100000\n",
                "sys__fs__cgroup__a__b__cpu_stat": "throttled_usec 9999\n",
            },
            1_000_000,
            id="only the groups that limit count",
        ),
        pytest.param(
            {
                "proc__self__cgroup": "4:cpu,cpuacct:/a\n",
                "sys__fs__cgroup__cpu,cpuacct__a__cpu.cfs_quota_us": "50000\n",
                "sys__fs__cgroup__cpu,cpuacct__a__cpu.cfs_period_us": "100000\n",
                "sys__fs__cgroup__cpu,cpuacct__a__cpu_stat": "nr_periods 9\nnr_throttled 3\nthrottled_time 1234\n",
            },
            1_234,
            id="version 1",
        ),
        pytest.param({"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__cpu_max": "max 100000\n"}, None, id="no limit"),
        pytest.param(
            {
                "proc__self__cgroup": "0::/a\n",
                "sys__fs__cgroup__a__cpu_max": "50000 100000\n",
                "sys__fs__cgroup__a__cpu_stat": "what is this\n",
            },
            None,
            id="garbage",
        ),
    ],
)
def test_throttling_is_read_where_a_quota_is_set(
    tmp_path: Path, files: dict[str, str], throttled_ns: int | None
) -> None:
    assert HostCounters(written(tmp_path, **files)).read().throttled_ns == throttled_ns


def test_what_others_used_is_what_was_used_without_the_trial() -> None:
    around = between(reading(), reading(busy_ns=90, steal_ns=7), 60, NOTHING, 0)
    assert (around.others_cpu_ns, around.steal_ns) == (30, 7)


def test_the_cpu_time_of_others_is_never_negative() -> None:
    assert between(reading(), reading(busy_ns=10), 60, NOTHING, 0).others_cpu_ns == 0


@pytest.mark.parametrize("own_ns", [None, 5])
def test_what_is_not_known_stays_unknown(own_ns: int | None) -> None:
    unknown = reading(busy_ns=None, steal_ns=None, asleep_ns=None)
    around = between(unknown, unknown, own_ns, NOTHING, 0)
    assert (around.others_cpu_ns, around.steal_ns, around.suspended_ns, around.throttled_ns) == (None,) * 4
    assert between(reading(), reading(), None, NOTHING, 0).others_cpu_ns is None


def test_clocks_that_were_read_one_after_the_other_have_not_jumped() -> None:
    around = between(reading(), reading(asleep_ns=9_000_000, epoch_ns=-9_000_000), 0, NOTHING, 0)
    assert (around.suspended_ns, around.clock_jump_ns) == (0, 0)
    around = between(reading(), reading(asleep_ns=5_000_000_000, epoch_ns=-60_000_000_000), 0, NOTHING, 0)
    assert (around.suspended_ns, around.clock_jump_ns) == (5_000_000_000, -60_000_000_000)


def test_two_readings_of_this_machine_can_be_compared() -> None:
    counters = HostCounters()
    before, after = counters.read(), counters.read()
    around = between(before, after, 0, counters.load(), 7)
    assert around.suspended_ns in (0, None)
    assert around.runner_held_ns == 7
    assert around.others_cpu_ns is None or around.others_cpu_ns >= 0
    assert around.load_1min is None or around.load_1min >= 0
