"""What the kernel's counters say of a moment."""

import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.machines import OWN_PID, TICKS, counters, own, process, two_seconds, written

from runner.errors import ExitCode, Interrupted
from runner.host.activity import NS_PER_TICK
from runner.host.sample import Process, Snapshot, parse_process, watch

CPUS = 4
garbage = st.text() | st.lists(st.sampled_from(["cpu0", "cpu", "1", "-1", "(", ")", "x", "9" * 5000])).map(" ".join)


@pytest.fixture
def sampled(tmp_path, monkeypatch):
    """Return a sample of two seconds from the contents of the machine's files before and after."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(CPUS)), raising=False)

    def sample(before, after):
        root = tmp_path / "machine"
        snapshots = [Snapshot.take(written(root, *files)) for files in (before, after)]
        return two_seconds(*snapshots)

    return sample


@pytest.mark.parametrize("name", ["python", "Web Content", "a) S 1 (b", "", "kworker/0:1-ev"])
def test_a_process_may_have_any_name(name):
    (stat,) = process(42, name, ticks=90, started=7).values()
    assert parse_process(stat) == (Process(42, 7), name, 90 * NS_PER_TICK)


def test_a_process_name_cannot_send_control_sequences_to_the_terminal():
    (stat,) = process(42, "\x1b[2Jgone", ticks=1).values()
    found = parse_process(stat)
    assert found is not None
    assert found[1] == r"\x1b[2Jgone"


@given(garbage)
def test_any_line_is_parsed_without_an_error(text):
    parse_process(text)


def test_what_this_process_used_is_not_the_others(sampled):
    sample = sampled(
        [counters(CPUS, 10), own(5), process(7, "ld", 1000)],
        [counters(CPUS, 12), own(5 + TICKS // 2), process(7, "ld", 1000 + TICKS)],
    )
    assert sample.cpus == CPUS
    assert sample.others_share == pytest.approx((CPUS * TICKS - TICKS / 2) / (CPUS * TICKS))
    assert [busy.pid for busy in sample.busiest(0.01)] == [7]


def test_the_busiest_come_first_with_the_cpus_they_kept_busy(sampled):
    before = [counters(CPUS, 10), own(), process(1, "init", 500), process(20, "cc1", 0), process(30, "idle", 9)]
    after = [
        counters(CPUS, 11),
        process(20, "cc1", TICKS // 4),
        process(30, "idle", 10),
        process(40, "born since", TICKS * 3 // 2, started=5000),
    ]
    found = [(busy.pid, busy.name, busy.cpus) for busy in sampled(before, after).busiest(0.01)]
    assert found == [(40, "born since", 1.5), (20, "cc1", 0.25)]


def test_a_reused_pid_is_another_process(sampled):
    before = [counters(CPUS, 10), process(20, "old", 5000, started=1)]
    after = [counters(CPUS, 12), process(20, "new", TICKS, started=900)]
    assert [(busy.name, busy.cpus) for busy in sampled(before, after).busiest(0.01)] == [("new", 1.0)]


def test_steal_counts_only_on_the_cpus_that_may_be_used(sampled, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 3}, raising=False)
    sample = sampled([counters(CPUS, 2)], [counters(CPUS, 2, stolen_s=0.5)])
    assert (sample.cpus, sample.steal_share) == (2, 0.25)


@pytest.mark.parametrize(
    "files",
    [{}, {"proc/stat": "cpu0 0 0 0 0 0 0 0 0\n"}, {"proc/stat": "cpu0 1 2\n"}, {"proc/stat": "nothing of use"}],
    ids=["no files", "all zero", "too few", "something else"],
)
def test_where_nothing_is_counted_nothing_is_known(sampled, files):
    sample = sampled([files], [files])
    assert (sample.others_share, sample.steal_share) == (None, None)
    assert sample.busiest(0.01) == []


def test_on_an_idle_machine_nothing_is_used(sampled):
    sample = sampled([counters(CPUS, 10)], [counters(CPUS, 10)])
    assert (sample.others_share, sample.steal_share) == (0.0, 0.0)


def test_counters_that_go_backwards_are_no_negative_share(sampled):
    sample = sampled([counters(CPUS, 10, stolen_s=3)], [counters(CPUS, 9, stolen_s=2)])
    assert (sample.others_share, sample.steal_share) == (0.0, 0.0)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
def test_this_very_process_is_found_and_left_out():
    root = Path("/")
    snapshot = Snapshot.take(root)
    assert snapshot.own == os.getpid() != OWN_PID
    assert os.getpid() in {process.pid for process in snapshot.processes}
    assert os.getpid() not in {busy.pid for busy in watch(root, 0).busiest(0)}


def test_an_interrupt_ends_the_wait(tmp_path):
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(Interrupted) as stopped:
        watch(tmp_path, 60)
    timer.join()
    assert stopped.value.exit_code == ExitCode.INTERRUPTED == 130
