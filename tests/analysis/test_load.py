"""From a store to tidy frames."""

import json
import random
import re
import statistics as plain
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.helpers import case
from support.stores import (
    BASELINE,
    HOST,
    INTERPRETER,
    THREADS,
    Planned,
    begin,
    change,
    contents,
    created,
    fill,
    outcome,
    record,
    rows,
    timing,
)

from analysis import load
from runner.axes import CONDITIONS
from runner.errors import BadInput, StoreUnusable
from runner.outcome import Status
from runner.store.write import Writer

STORE = Path("runs.db")
OF_A_CASE = {"sweep_id", "sweep", "case_id", "workload", "num", "time", "params", "mode", "start_method", "python"}
OF_A_CASE |= {"workers", "calls", *CONDITIONS}
OF_A_TRIAL = OF_A_CASE | {"trial_id", "host", "repeat", "position", "warmup", "status"}
FORK = case(mode="multiprocessing", start_method="fork")
SPAWN = case(mode="multiprocessing", start_method="spawn")
CASES = (BASELINE, THREADS, FORK, SPAWN)
FRAMES: Mapping[str, Callable[..., pd.DataFrame]] = {
    "trials": load.trials,
    "workers": load.workers,
    "cases": load.cases,
    "speedups": load.speedups,
    "activity": load.activity,
}
each_frame = pytest.mark.parametrize("read", FRAMES.values(), ids=FRAMES)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("load") / "runs.db"
    two_calls = outcome(wall_ns=2_500_000_000, timings=[timing(0), timing(1)])
    trials = [
        Planned(case=BASELINE, outcome=outcome(timings=[timing(0, 0), timing(0, 1)]), warmup=True),
        Planned(case=THREADS, outcome=two_calls),
        Planned(case=FORK, outcome=two_calls, noisy="workers waited"),
        Planned(case=FORK, outcome=outcome(Status.TIMEOUT, wall_ns=None), repeat=2),
    ]
    fill(path, trials, cases=CASES, name="study", ended_at="2024-01-02T03:05:00.000Z")
    fill(path, [Planned(outcome=outcome(timings=[timing(0), timing(1)]))], name="study")
    fill(path, name="new")
    return path.read_bytes()


@pytest.fixture
def three_sweeps(own_folder: Path, made_once: bytes) -> None:
    """Make a store with a sweep of four trials, complete; one of a trial, unfinished; and one of no trial.

    The first two are of the same name.
    """
    STORE.write_bytes(made_once)


def as_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame as plain Python has it, with None for what is not known."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


class TestTrials:
    def test_are_those_of_the_view_and_what_the_analysis_needs_beside(self, three_sweeps):
        frame = load.trials(str(STORE), 1)
        added = {
            "host_id",
            "case_key",
            "baseline_id",
            "locked_baseline_id",
            "usable_cpus",
            "default_start",
            "lock",
            "default_lock",
        }
        assert set(frame.columns) == added | OF_A_TRIAL | {
            "wall_s",
            "tree_cpu_s",
            "elapsed_s",
            "started_at",
            "cpus",
            "attempt",
            "load_1min",
            "runnable",
            "others_cpu_s",
            "steal_s",
            "throttled_s",
            "suspended_s",
            "clock_jump_s",
            "runner_held_s",
            "stops",
            "noisy",
            "error",
        }
        assert as_rows(frame.drop(columns=list(added))) == rows(
            STORE, "SELECT * FROM v_trials WHERE sweep_id = 1 ORDER BY trial_id"
        )

    def test_name_their_case_its_baseline_and_whether_the_start_method_is_the_interpreters_own(self, own_folder):
        fill(STORE, [Planned(case=one, outcome=outcome()) for one in CASES], cases=CASES)
        frame = load.trials(str(STORE), 1)
        assert list(frame["case_key"]) == [one.key for one in CASES]
        baseline = int(frame["case_id"].iloc[0])
        assert as_rows(frame[["baseline_id", "default_start", "usable_cpus"]]) == [
            {"baseline_id": None, "default_start": None, "usable_cpus": 2},
            {"baseline_id": baseline, "default_start": None, "usable_cpus": 2},
            {"baseline_id": baseline, "default_start": True, "usable_cpus": 2},
            {"baseline_id": baseline, "default_start": False, "usable_cpus": 2},
        ]

    def test_leave_missing_what_is_not_known(self, three_sweeps):
        frame = load.trials(str(STORE), 1)
        assert list(frame["status"]) == ["ok", "ok", "ok", "timeout"]
        assert list(frame["wall_s"].isna()) == [False, False, False, True]
        assert frame["time"].isna().all()
        assert frame["wall_s"].iloc[1] == 2.5
        assert list(frame["noisy"].isna()) == [True, True, False, True]

    def test_have_the_numbers_of_the_store_to_the_last_digit(self, own_folder):
        fill(STORE, [Planned(outcome=outcome(wall_ns=1_234_567_891))])
        assert load.trials(str(STORE), 1)["wall_s"].iloc[0] == 1_234_567_891 / 1e9

    def test_have_the_same_types_whether_there_are_any_or_not(self, three_sweeps):
        for sweep in (1, 3):
            types = load.trials(str(STORE), sweep).dtypes
            assert types["baseline_id"] == "Int64"
            assert types["default_start"] == "boolean"


class TestConditions:
    def test_are_those_of_the_case(self, own_folder):
        fill(STORE, [Planned(case=one, outcome=outcome()) for one in CASES], cases=CASES)
        change(STORE, "UPDATE cases SET affinity = 'compact', barrier = TRUE WHERE id = 2")
        change(STORE, """UPDATE cases SET warmup_calls = 3, env = '{"A": "1"}' WHERE id = 2""")
        frame = load.trials(str(STORE), 1)
        assert as_rows(frame[["affinity", "barrier", "warmup_calls", "env"]])[:2] == [
            {"affinity": "any", "barrier": False, "warmup_calls": 0, "env": "{}"},
            {"affinity": "compact", "barrier": True, "warmup_calls": 3, "env": '{"A": "1"}'},
        ]

    @pytest.mark.parametrize(
        ("asked", "has", "free_threaded", "lock", "usual"),
        [
            ("NULL", "TRUE", "FALSE", "on", True),
            ("NULL", "FALSE", "TRUE", "off", True),
            ("NULL", "TRUE", "TRUE", "on", False),
            ("'on'", "FALSE", "TRUE", "on", False),
            ("'off'", "FALSE", "TRUE", "off", True),
            ("'on'", "TRUE", "FALSE", "on", True),
            ("NULL", "NULL", "NULL", None, None),
        ],
    )
    def test_of_the_lock_are_what_was_asked_or_else_what_the_interpreter_has(
        self, own_folder, asked, has, free_threaded, lock, usual
    ):
        fill(STORE, [Planned(outcome=outcome(Status.CRASHED, wall_ns=None))])
        change(STORE, f"UPDATE cases SET gil = {asked}")
        change(STORE, f"UPDATE interpreters SET gil = {has}, free_threaded_build = {free_threaded}")
        (row,) = as_rows(load.trials(str(STORE))[["gil", "lock", "default_lock"]])
        assert row == {"gil": None, "lock": lock, "default_lock": usual}

    @pytest.mark.parametrize(("cpus", "usable"), [("NULL", 2), ("'[3]'", 1), ("'[0, 1]'", 2), ("'[0, 1, 2, 3]'", 2)])
    def test_leave_a_pinned_trial_no_more_cpus_than_it_was_pinned_to(self, own_folder, cpus, usable):
        fill(STORE, [Planned(outcome=outcome())])
        change(STORE, f"UPDATE trials SET cpus = {cpus}")
        assert list(load.trials(str(STORE))["usable_cpus"]) == [usable]

    def test_name_the_sequential_case_of_the_locked_build(self, own_folder):
        fill(STORE, [Planned(case=one, outcome=outcome()) for one in CASES], cases=CASES)
        change(STORE, "UPDATE cases SET locked_baseline_id = 1 WHERE id = 3")
        frame = load.trials(str(STORE))
        assert as_rows(frame[["case_id", "locked_baseline_id"]])[1:3] == [
            {"case_id": 2, "locked_baseline_id": None},
            {"case_id": 3, "locked_baseline_id": 1},
        ]


class TestViews:
    @pytest.mark.parametrize(
        ("read", "view", "order"),
        [
            (load.workers, "v_workers", "trial_id, worker"),
            (load.cases, "v_cases", "case_id"),
            (load.speedups, "v_speedups", "case_id"),
        ],
        ids=["workers", "cases", "speedups"],
    )
    def test_are_read_as_they_are(self, three_sweeps, read, view, order):
        frame = read(str(STORE), 1)
        expected = rows(STORE, f"SELECT * FROM {view} WHERE sweep_id = 1 ORDER BY {order}")
        assert expected
        assert list(frame.columns) == list(expected[0])
        assert as_rows(frame) == expected


class TestWhichSweeps:
    @pytest.mark.parametrize(
        ("sweep", "expected"),
        [
            (1, [1]),
            ("1", [1]),
            ("study", [2]),
            ("new", []),
            ([1, 2], [1, 2]),
            (["study", 1], [1, 2]),
            ((2, "2", "study"), [2]),
            (None, [1, 2]),
            ([], []),
        ],
        ids=str,
    )
    def test_are_named_by_number_or_name_or_are_all(self, three_sweeps, sweep, expected):
        trials = load.trials(str(STORE), sweep)
        assert sorted(set(trials["sweep_id"])) == expected
        counting = trials[(trials["status"] == "ok") & (trials["warmup"] == 0)]
        assert sorted(load.activity(str(STORE), sweep)["trial_id"]) == sorted(counting["trial_id"])
        assert sorted(set(load.workers(str(STORE), sweep)["sweep_id"])) == expected

    @each_frame
    def test_without_a_trial_have_empty_frames_with_all_columns(self, three_sweeps, read):
        empty, full = read(str(STORE), 3), read(str(STORE), 1)
        assert list(empty.columns) == list(full.columns)
        assert len(full)
        if read not in (load.cases, load.speedups):
            assert empty.empty

    @each_frame
    @pytest.mark.parametrize("sweep", [4, "4", "stduy", [1, "stduy"]], ids=str)
    def test_that_are_not_there_are_bad_input(self, three_sweeps, read, sweep):
        with pytest.raises(
            BadInput, match=r"there is no sweep (4\.|stduy; did you mean study\?) `runner list` shows the 3"
        ):
            read(str(STORE), sweep)


class TestStore:
    @pytest.mark.parametrize(
        "store", ["runs.db", "sqlite:///runs.db", "sqlite:///{folder}/runs.db", "{folder}/runs.db"]
    )
    def test_is_a_path_or_a_url(self, three_sweeps, own_folder, store):
        name = store.format(folder=own_folder)
        assert len(load.trials(name, 1)) == 4
        assert len(load.timeline(name, [1])) == 2
        assert len(load.sweeps(name, [1, 2, 3])) == 3
        assert load.selected(name, 1, "workers = 2") == {2, 3, 4}

    def test_is_read_and_never_written(self, three_sweeps, own_folder):
        before = contents(own_folder)
        for read in FRAMES.values():
            read(str(STORE), 1)
        load.timeline(str(STORE), [1, 2])
        load.selected(str(STORE), 1, "1")
        load.sweeps(str(STORE))
        assert contents(own_folder) == before

    @pytest.mark.parametrize(
        "read",
        [*FRAMES.values(), load.sweeps, lambda store: load.timeline(store, [1]), lambda store: load.trials(store, 1)],
        ids=[*FRAMES, "sweeps", "timeline", "trials of a sweep"],
    )
    def test_that_is_not_there_is_an_error_and_none_is_made(self, own_folder, read):
        with pytest.raises(StoreUnusable, match="there is no store yet"):
            read(str(STORE))
        assert list(own_folder.iterdir()) == []

    def test_that_is_something_else_is_an_error(self, own_folder):
        STORE.write_text("not a database" * 999)
        with pytest.raises(StoreUnusable, match="not a database"):
            load.trials(str(STORE))


class TestActivity:
    @pytest.mark.parametrize("seed", range(3))
    def test_is_what_plain_python_makes_of_the_timings(self, own_folder, seed):
        chance = random.Random(seed)
        cases = [case(workers=workers, calls=7) for workers in (1, 2, 3)]
        cases += [one.baseline() for one in cases[:1]]
        trials = [
            Planned(case=one, outcome=random_outcome(chance, one.workers), warmup=warmup, repeat=repeat)
            for warmup, repeat in ((True, 1), (False, 1), (False, 2), (False, 3))
            for one in cases
        ]
        _, ids = fill(STORE, trials, cases=cases)
        counted = {
            trial_id: [one.columns() for one in trial.outcome.timings]
            for trial_id, trial in zip(ids, trials, strict=True)
            if trial.outcome.status is Status.OK and not trial.warmup
        }
        frame = load.activity(str(STORE))
        assert list(frame["trial_id"]) == sorted(counted)
        for row in as_rows(frame):
            expected = {"trial_id": row["trial_id"], **summed_up(counted[row["trial_id"]])}
            assert [name for name in row if row[name] is None] == [name for name in row if expected[name] is None]
            assert known(row) == pytest.approx(known(expected), rel=1e-12)

    def test_of_sequential_calls_has_no_other_worker(self, own_folder):
        calls = [timing(0, call, start_returned_ns=1_100) for call in range(3)]
        fill(STORE, [Planned(case=BASELINE, outcome=outcome(timings=calls))])
        (row,) = as_rows(load.activity(str(STORE)))
        assert [row[f"later_{part}_s"] for part in ("call", "wait", "setup")] == [None] * 3
        assert [row[f"first_{part}_s"] for part in ("call", "wait", "setup")] == [0.0, 5e-7, 4e-7]
        assert row["busy_s"] == 9e-6

    @pytest.mark.parametrize(
        ("timings", "cpu_s"),
        [
            ([timing(0, 0), timing(0, 1, batch=9, counted=9)], 5e-6),
            ([timing(0, 0), timing(0, 1, counted=0, cpu_ns=None), timing(0, 2, counted=2)], 5e-6),
            ([timing(0, 0), timing(0, 1, counted=0, cpu_ns=None)], None),
            ([timing(0, 0, unrecorded=3), timing(0, 1)], None),
        ],
        ids=["a batch", "counted together", "not counted", "not recorded"],
    )
    def test_knows_the_cpu_time_if_all_calls_were_counted(self, own_folder, timings, cpu_s):
        fill(STORE, [Planned(outcome=outcome(timings=timings))])
        assert as_rows(load.activity(str(STORE)))[0]["cpu_s"] == cpu_s
        assert as_rows(load.workers(str(STORE)))[0]["cpu_s"] == cpu_s

    def test_a_thread_that_runs_before_its_start_returns_has_waited_for_nothing(self, own_folder):
        early = timing(0, submitted_ns=1_000, first_instruction_ns=1_300, start_returned_ns=1_900, begin_ns=2_000)
        fill(STORE, [Planned(outcome=outcome(timings=[early]))])
        (row,) = as_rows(load.activity(str(STORE)))
        assert [row[f"first_{part}_s"] for part in ("call", "wait", "setup")] == [3e-7, 0.0, 7e-7]

    def test_does_not_count_setup_and_warm_up_calls_as_the_price_of_starting(self, own_folder):
        worker = timing(0, first_instruction_ns=1_200, setup_ns=300, warmup_ns=400, begin_ns=2_000)
        fill(STORE, [Planned(outcome=outcome(timings=[worker]))])
        (row,) = as_rows(load.activity(str(STORE)))
        assert (row["first_setup_s"], row["setup_s"], row["warmup_s"]) == (1e-7, 3e-7, 4e-7)

    @pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
    def test_is_of_trials_that_succeeded_alone(self, own_folder, status):
        fill(STORE, [Planned(outcome=outcome(status, timings=[timing(0)]))])
        assert load.activity(str(STORE)).empty


class TestSurvivors:
    @pytest.mark.parametrize(
        ("timings", "survived"),
        [
            ([], 0),
            ([timing(0, end_ns=None)], 0),
            ([timing(0, end_ns=None), timing(1), timing(2)], 2),
            ([timing(1), timing(2, error_type="BrokenPipeError")], 1),
            ([timing(1, batch=7, unrecorded=2), timing(2, batch=4, error_type="BrokenPipeError")], 12),
        ],
        ids=[
            "of a process that all share",
            "only the one that crashed",
            "all others",
            "one of two others",
            "those of a batch before the one that failed",
        ],
    )
    def test_are_the_calls_that_came_to_their_end(self, own_folder, timings, survived):
        fill(STORE, [Planned(outcome=outcome(Status.CRASHED, wall_ns=None, timings=timings))])
        assert as_rows(load.survivors(str(STORE))) == [{"trial_id": 1, "survived": survived}]

    @pytest.mark.parametrize("status", [status for status in Status if status is not Status.CRASHED])
    def test_are_known_of_trials_that_crashed_alone(self, own_folder, status):
        fill(STORE, [Planned(outcome=outcome(status, timings=[timing(0)]))])
        assert load.survivors(str(STORE)).empty

    def test_are_not_known_of_warm_ups(self, own_folder):
        fill(STORE, [Planned(outcome=outcome(Status.CRASHED, timings=[timing(0)]), warmup=True)])
        assert load.survivors(str(STORE)).empty


def known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def random_outcome(chance: random.Random, workers: int) -> Any:
    """Return the outcome of seven calls, in which now and then something is not known."""
    timings = []
    for worker in range(workers):
        submitted = chance.randrange(1_000, 2_000)
        started = submitted + chance.randrange(1, 500)
        returned = chance.choice([None, submitted + chance.randrange(1, 900)])
        begun = started
        for call in range(7 // workers + (worker < 7 % workers)):
            begun += chance.randrange(1, 100)
            ended = begun + chance.randrange(1, 10**6)
            cpu_ns = chance.choice([None, *[chance.randrange(10**6)] * 20])
            timings.append(
                timing(
                    worker,
                    call,
                    submitted_ns=submitted,
                    start_returned_ns=returned,
                    first_instruction_ns=started,
                    begin_ns=begun,
                    end_ns=ended,
                    cpu_ns=cpu_ns,
                    counted=0 if cpu_ns is None else 1,
                    process_cpu_ns=cpu_ns and 2 * cpu_ns,
                    run_queue_ns=chance.choice([None, *[chance.randrange(10**6)] * 20]),
                    peak_rss_bytes=chance.choice([None, *[chance.randrange(10**9)] * 2]),
                    **{
                        f"{name}_ns": chance.choice([None, chance.randrange(10**4)])
                        for name in ("setup", "warmup", "queued")
                    },
                )
            )
            begun = ended
    status = chance.choice([Status.OK, Status.OK, Status.FAILED])
    return outcome(status, wall_ns=10**7, timings=timings)


def summed_up(timings: Any) -> dict[str, float | None]:
    def whole(name: str) -> float | None:
        values = [one[name] for one in timings]
        return None if None in values else sum(values) / 1e9

    def mean(values: list[Any]) -> float | None:
        there = [value for value in values if value is not None]
        return plain.mean(there) / 1e9 if there else None

    def part(one: Mapping[str, Any], name: str) -> int | None:
        if name == "setup":
            return one["begin_ns"] - one["first_instruction_ns"] - (one["setup_ns"] or 0) - (one["warmup_ns"] or 0)
        if one["start_returned_ns"] is None:
            return None
        returned = min(one["start_returned_ns"], one["first_instruction_ns"])
        return returned - one["submitted_ns"] if name == "call" else one["first_instruction_ns"] - returned

    firsts = [one for one in timings if one["call"] == 0]
    groups = {"first": [one for one in firsts if one["worker"] == 0], "later": [one for one in firsts if one["worker"]]}
    return {
        "compute_s": (max(one["end_ns"] for one in timings) - min(one["begin_ns"] for one in timings)) / 1e9,
        "busy_s": sum(one["end_ns"] - one["begin_ns"] for one in timings) / 1e9,
        "cpu_s": whole("cpu_ns"),
        "process_cpu_s": sum(one["process_cpu_ns"] or 0 for one in timings) / 1e9,
        "run_queue_s": whole("run_queue_ns"),
        "start_latency_s": mean([one["first_instruction_ns"] - one["submitted_ns"] for one in firsts]),
        "peak_rss_bytes": max(
            (one["peak_rss_bytes"] for one in timings if one["peak_rss_bytes"] is not None), default=None
        ),
        **{
            f"{group}_{name}_s": mean([part(one, name) for one in own])
            for group, own in groups.items()
            for name in ("call", "wait", "setup")
        },
        "setup_s": mean([one["setup_ns"] for one in firsts]),
        "warmup_s": mean([one["warmup_ns"] for one in firsts]),
        "queued_s": mean([one["queued_ns"] for one in timings]),
        "longest_queued_s": max(
            (one["queued_ns"] / 1e9 for one in timings if one["queued_ns"] is not None), default=None
        ),
    }


class TestTimeline:
    def test_is_every_call_of_these_trials_in_order_on_the_trials_own_clock(self, own_folder):
        early, late = timing(1, 1, collected_ns=9_500), timing(0, 0, submitted_ns=None, end_ns=7_000)
        one = outcome(timings=[early, timing(1, 0), late])
        fill(STORE, [Planned(outcome=one, repeat=repeat) for repeat in (1, 2, 3)])
        assert as_rows(load.timeline(str(STORE), [3, 1])) == [
            {
                "trial_id": trial,
                "worker": worker,
                "call": call,
                "batch": 1,
                "process_name": "MainProcess",
                "thread_name": f"Thread-{worker + 1} (cpu_bound)",
                "submitted_s": submitted,
                "first_instruction_s": 6e-7,
                "begin_s": 1e-6,
                "end_s": end,
                "collected_s": collected,
                "cpu_s": 2.5e-6,
            }
            for trial in (1, 3)
            for worker, call, submitted, end, collected in (
                (0, 0, None, 6e-6, None),
                (1, 0, 1e-7, 4e-6, None),
                (1, 1, 1e-7, 4e-6, 8.5e-6),
            )
        ]

    @pytest.mark.parametrize("trial_ids", [[], [99]], ids=str)
    def test_of_no_trial_is_empty_and_has_its_columns(self, three_sweeps, trial_ids):
        frame = load.timeline(str(STORE), trial_ids)
        assert frame.empty
        assert list(frame.columns) == list(load.timeline(str(STORE), [1]).columns)


class TestSweeps:
    def test_say_what_a_report_says_of_them(self, three_sweeps):
        first, new = load.sweeps(str(STORE), [1, 3])
        (stored,) = rows(STORE, "SELECT * FROM sweeps WHERE id = 1")
        for name in ("id", "name", "grid_text", "command_line", "seed", "repeats", "warmup", "runner_version"):
            assert getattr(first, name) == stored[name]
        assert (first.git_commit, first.git_dirty) == (None, None)
        assert (first.started_at, first.ended_at) == (stored["started_at"], "2024-01-02T03:05:00.000Z")
        assert (first.cases, first.planned) == (4, 4 * (5 + 1))
        assert (new.name, new.ended_at, new.cases, new.planned) == ("new", None, 2, 2 * (5 + 1))

    @pytest.mark.parametrize("dirty", [True, False])
    def test_say_what_they_were_run_from(self, own_folder, dirty):
        fill(STORE, git_commit="c0ffee", git_dirty=dirty)
        (sweep,) = load.sweeps(str(STORE))
        assert (sweep.git_commit, sweep.git_dirty) == ("c0ffee", dirty)

    @pytest.mark.parametrize(
        ("references", "expected"),
        [
            ([1], [1]),
            (["study"], [2]),
            (["new", "1"], [3, 1]),
            (("2", 2, "study", 1), [2, 1]),
        ],
        ids=str,
    )
    def test_are_found_by_number_or_name_each_once_in_the_order_asked(self, three_sweeps, references, expected):
        assert [sweep.id for sweep in load.sweeps(str(STORE), references)] == expected

    @pytest.mark.parametrize(
        ("trials", "expected"),
        [
            pytest.param([1, 1, 0], 2, id="the newest with a trial"),
            pytest.param([1, 0, 0], 1, id="with a trial, if older"),
            pytest.param([0, 0, 0], 3, id="or else the newest"),
            pytest.param([0], 1, id="or the only one"),
        ],
    )
    def test_are_by_default_the_newest_that_has_something_to_show(self, own_folder, trials, expected):
        for number in trials:
            fill(STORE, [Planned(outcome=outcome())] * number)
        assert [sweep.id for sweep in load.sweeps(str(STORE))] == [expected]

    @pytest.mark.parametrize("references", [[], [1], ["study"]], ids=str)
    def test_of_an_empty_store_there_are_none(self, own_folder, references):
        created(STORE)
        with pytest.raises(BadInput, match=r"[Ii]t holds no sweep yet"):
            load.sweeps(str(STORE), references)

    def test_with_a_value_of_another_type_are_refused_with_its_place(self, three_sweeps):
        change(STORE, "UPDATE trials SET wall_ns = 'x' WHERE id = 2")
        with pytest.raises(
            StoreUnusable, match=r"^runs\.db: table trials, column wall_ns, row with id = 2: 'x' is not"
        ):
            load.sweeps(str(STORE))

    @pytest.mark.parametrize("reference", [4, "4", "stduy", "", "-1", "1 OR 1=1"])
    def test_that_are_not_there_are_bad_input(self, three_sweeps, reference):
        meant = "; did you mean study?" if reference == "stduy" else "."
        with pytest.raises(BadInput, match=re.escape(f"there is no sweep {reference}{meant} ")):
            load.sweeps(str(STORE), [1, reference])


class TestHostsAndInterpreters:
    def test_are_those_of_the_sweep_with_all_that_is_known(self, three_sweeps):
        (sweep,) = load.sweeps(str(STORE), [1])
        (host,), (interpreter,) = sweep.hosts, sweep.interpreters
        stored = {**INTERPRETER.columns(), "flags": json.dumps(INTERPRETER.flags)}
        for found, known in ((host, HOST.columns()), (interpreter, stored)):
            for name in type(found).__slots__:
                value = getattr(found, name)
                assert value == known[name]
                assert type(value) is type(known[name])

    def test_come_with_functions_and_what_was_left_out(self, three_sweeps):
        change(
            STORE,
            "INSERT INTO functions VALUES (1, 'x', 'parse.py:parse', 'parse', 'parse', '/work/parse.py', '/work', '',"
            """'abc', '{"numpy": "2.1.0"}')""",
            "UPDATE cases SET function_id = 1 WHERE sweep_id = 1 AND mode = 'threading'",
            "INSERT INTO omissions VALUES (1, 2, NULL, NULL, NULL, 'pypy 3.11.13', NULL, 7, 'it is not there')",
            "INSERT INTO omissions VALUES (1, 1, 'busy', 'process_pool', 'fork', 'pypy 3.11.13', 'on', 2, 'no fork')",
        )
        with_them, without = load.sweeps(str(STORE), [1, 2])
        assert with_them.functions == (
            load.Function("parse.py:parse", "parse", "parse", "/work/parse.py", "abc", '{"numpy": "2.1.0"}'),
        )
        assert with_them.omissions == (
            load.Omission("busy", "process_pool", "fork", "pypy 3.11.13", "on", 2, "no fork"),
            load.Omission(None, None, None, "pypy 3.11.13", None, 7, "it is not there"),
        )
        assert (without.functions, without.omissions) == ((), ())

    def test_a_sweep_without_trials_has_an_interpreter_and_no_host(self, three_sweeps):
        (sweep,) = load.sweeps(str(STORE), ["new"])
        assert sweep.hosts == ()
        assert [interpreter.label for interpreter in sweep.interpreters] == ["cpython 3.11.2"]

    def test_that_a_sweep_was_resumed_on_are_told_one_by_one(self, own_folder):
        created(STORE)
        other = replace(HOST, hostname="bench-2", cpu_model="a faster one")
        with Writer(STORE) as writer:
            sweep = begin(writer)
            record(writer, sweep, Planned(outcome=outcome()))
            for repeat in (2, 3):
                record(writer, sweep, Planned(outcome=outcome(host=other), repeat=repeat))
            begin(writer)
        found, new = load.sweeps(str(STORE), [1, 2])
        assert [(host.hostname, host.cpu_model) for host in found.hosts] == [
            ("bench-1", None),
            ("bench-2", "a faster one"),
        ]
        assert new.hosts == ()

    @pytest.mark.parametrize("known", [True, False, None], ids=str)
    def test_say_whether_there_is_a_lock_as_far_as_it_is_known(self, own_folder, known):
        created(STORE)
        with Writer(STORE) as writer:
            begin(
                writer, [THREADS], name="free", interpreter=replace(INTERPRETER, gil=known, free_threaded_build=known)
            )
            begin(writer)
        (interpreter,) = load.sweeps(str(STORE), ["free"])[0].interpreters
        assert interpreter.gil is known
        assert interpreter.free_threaded_build is known

    def test_leave_missing_what_is_not_known(self, three_sweeps):
        unknown = ", ".join(f"{name} = NULL" for name in ("cpu_model", "logical_cpus", "memory_bytes", "machine"))
        change(STORE, f"UPDATE hosts SET {unknown}")
        (host,) = load.sweeps(str(STORE), [1])[0].hosts
        assert (host.cpu_model, host.logical_cpus, host.memory_bytes, host.machine) == (None,) * 4
        assert (host.hostname, host.usable_cpus) == ("bench-1", 2)
