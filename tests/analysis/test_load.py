"""From a store to tidy frames."""

from pathlib import Path

import pandas as pd
import pytest
from support.helpers import case
from support.stores import BASELINE, FACTS, THREADS, Planned, contents, created, fill, outcome, rows, timing

from analysis import load
from runner.errors import BadInput, StoreUnusable
from runner.outcome import Status

STORE = Path("runs.db")
OF_A_CASE = {"sweep_id", "sweep", "case_id", "workload", "num", "time", "params", "mode", "start_method", "python"}
OF_A_CASE |= {"workers", "calls", "gil", "host", "repeat", "position", "warmup", "status"}
PROCESSES = case(mode="multiprocessing", start_method="fork")


@pytest.fixture
def two_sweeps(own_folder: Path) -> None:
    """Make a store with a sweep of four trials, complete, and one of a trial, unfinished."""
    two_calls = outcome(wall_ns=2_500_000_000, timings=[timing(0), timing(1)])
    trials = [
        Planned(case=BASELINE, outcome=outcome(timings=[timing(0, 0), timing(0, 1)]), warmup=True),
        Planned(case=THREADS, outcome=two_calls),
        Planned(case=PROCESSES, outcome=two_calls, noisy="workers waited"),
        Planned(case=PROCESSES, outcome=outcome(Status.TIMEOUT, wall_ns=None), repeat=2),
    ]
    fill(STORE, trials, cases=[BASELINE, THREADS, PROCESSES], name="first", ended_at="2024-01-02T03:05:00.000Z")
    fill(STORE, [Planned(outcome=outcome())], name="second")


class TestFrames:
    def test_trials_are_the_rows_of_v_trials_of_that_sweep(self, two_sweeps):
        frame = load.trials(str(STORE), 1)
        assert set(frame.columns) == OF_A_CASE | {
            "trial_id",
            "wall_s",
            "elapsed_s",
            "started_at",
            "load_1min",
            "noisy",
            "error",
        }
        assert list(frame["trial_id"]) == [1, 2, 3, 4]
        assert list(frame["status"]) == ["ok", "ok", "ok", "timeout"]
        assert list(frame["warmup"]) == [1, 0, 0, 0]
        assert list(frame["mode"]) == ["sequential", "threading", "multiprocessing", "multiprocessing"]
        assert frame["wall_s"].iloc[1] == 2.5
        assert pd.isna(frame["wall_s"].iloc[3])
        assert set(frame["sweep_id"]) == {1}
        assert len(load.trials(str(STORE), 2)) == 1

    def test_workers_are_the_rows_of_v_workers_of_that_sweep(self, two_sweeps):
        frame = load.workers(str(STORE), 1)
        assert (OF_A_CASE - {"calls"}) | {
            "trial_id",
            "worker",
            "pid",
            "process_name",
            "thread_name",
            "begin_s",
            "end_s",
            "elapsed_s",
            "cpu_s",
            "start_latency_s",
            "calls",
            "error",
        } <= set(frame.columns)
        assert list(zip(frame["trial_id"], frame["worker"], frame["calls"], strict=True)) == [
            (1, 0, 2),
            (2, 0, 1),
            (2, 1, 1),
            (3, 0, 1),
            (3, 1, 1),
        ]
        assert list(frame["begin_s"]) == [1e-6] * 5

    def test_of_a_sweep_without_trials_are_empty_and_keep_their_columns(self, own_folder):
        fill(STORE)
        for frame in (load.trials(str(STORE), 1), load.workers(str(STORE), 1)):
            assert frame.empty
            assert set(frame.columns) >= OF_A_CASE

    @pytest.mark.parametrize("store", ["sqlite:///runs.db", "sqlite:///{folder}/runs.db", "{folder}/runs.db"])
    def test_come_from_a_path_or_a_url(self, two_sweeps, own_folder, store):
        assert len(load.trials(store.format(folder=own_folder), 1)) == 4

    def test_are_read_without_writing(self, two_sweeps, own_folder):
        before = contents(own_folder)
        load.trials(str(STORE), 1)
        load.workers(str(STORE), 1)
        load.sweep(str(STORE))
        assert contents(own_folder) == before


class TestSweep:
    @pytest.mark.parametrize(
        ("reference", "expected"),
        [(None, (2, "second", False)), ("1", (1, "first", True)), ("second", (2, "second", False))],
    )
    def test_is_found_by_number_or_name_or_is_the_newest(self, two_sweeps, reference, expected):
        facts = load.sweep(str(STORE), reference)
        assert (facts.id, facts.name, facts.complete) == expected
        assert (facts.python, facts.host, facts.usable_cpus) == ("cpython 3.11.2", FACTS["host"]["hostname"], 2)
        assert facts.cpu_model is None

    def test_that_has_no_trial_yet_is_passed_over(self, two_sweeps):
        fill(STORE, name="third")
        assert load.sweep(str(STORE)).id == 2

    @pytest.mark.parametrize(
        ("reference", "message"),
        [("3", "sweep 3 has no trial yet"), ("4", "there is no sweep 4"), ("frist", "there is no sweep frist")],
    )
    def test_that_has_nothing_to_show_is_named(self, two_sweeps, reference, message):
        fill(STORE, name="third")
        with pytest.raises(BadInput, match=message):
            load.sweep(str(STORE), reference)

    def test_of_a_store_without_trials_there_is_none(self, own_folder):
        fill(STORE)
        with pytest.raises(BadInput, match="no sweep here has a trial yet"):
            load.sweep(str(STORE))

    def test_of_a_new_store_there_is_none(self, own_folder):
        created(STORE)
        with pytest.raises(BadInput, match="no sweep here has a trial yet"):
            load.sweep(str(STORE))

    def test_of_no_store_is_an_error_and_makes_none(self, own_folder):
        with pytest.raises(StoreUnusable, match="there is no store yet"):
            load.sweep(str(STORE))
        assert list(own_folder.iterdir()) == []


def test_the_numbers_of_a_frame_are_those_of_the_store_to_the_last_digit(own_folder):
    fill(STORE, [Planned(outcome=outcome(wall_ns=1_234_567_891))])
    (row,) = rows(STORE, "SELECT wall_ns / 1e9 AS wall_s FROM trials")
    assert load.trials(str(STORE), 1)["wall_s"].iloc[0] == row["wall_s"]
