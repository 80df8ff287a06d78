"""The views against the same thing in plain Python, and what DESIGN.md promises of each."""

import json
import random
import shutil
import statistics
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.helpers import case
from support.stores import (
    BASELINE,
    HOST,
    INTERPRETER,
    THREADS,
    VIEWS,
    Planned,
    begin,
    created,
    fill,
    outcome,
    record,
    rows,
    timing,
)

from runner.axes import CONDITIONS
from runner.outcome import Status
from runner.store.query import ask
from runner.store.write import Writer

STORE = Path("runs.db")
FAILURES = (Status.FAILED, Status.CRASHED, Status.TIMEOUT)
PROCESSES = case(mode="multiprocessing", start_method="spawn", workers=3, calls=4)
SHARED_BASELINE = PROCESSES.baseline()
STRONG = case(workers=2, calls=4)
LONELY = case(params=(("TIME", 0.25),), workload="io_bound")
"""A concurrent case whose baseline is not in the sweep."""
GIL = {True: "on", False: "off", None: None}
FAMILIES = ((BASELINE, THREADS), (SHARED_BASELINE, PROCESSES, STRONG), (LONELY,))
CASES = [one for family in FAMILIES for one in family]

OF_A_CASE = ("workload", "num", "time", "params", "mode", "start_method", "workers", "calls", "python")
OF_A_CASE += tuple(CONDITIONS)
COLUMNS = {
    "v_trials": "trial_id sweep_id sweep case_id workload num time params mode start_method workers calls python gil "
    "cpus host repeat position warmup status wall_s started_at noisy error",
    "v_workers": "trial_id worker pid process_name thread_name begin_s end_s elapsed_s cpu_s start_latency_s "
    "setup_s warmup_s calls error",
    "v_calls": "trial_id worker call pid process_name thread_name begin_s end_s elapsed_s queued_s cpu_s error",
    "v_cases": "n failures median_wall_s min_wall_s max_wall_s startup_s",
    "v_speedups": "baseline_s wall_s speedup efficiency n locked_baseline_s locked_speedup",
}
PROMISED = {view: {*columns.split(), *OF_A_CASE, "sweep_id", "sweep", "case_id"} for view, columns in COLUMNS.items()}
LEFT_OUT = [
    dict.fromkeys(("workload", "mode", "start_method", "gil")) | one
    for one in (
        {"python": "pypy 3.11.13", "mode": "interpreter_pool", "cases": 3, "reason": "needs Python 3.14 or newer"},
        {"python": "cpython 3.11.2", "gil": "off", "cases": 1, "reason": "only a free-threaded build can do that"},
    )
]
PROMISED["v_omissions"] = {
    *("sweep_id", "sweep", "workload", "mode", "start_method", "python", "gil", "cases", "reason")
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_has_the_columns_that_the_design_promises(view):
    fill(STORE)
    assert {row["name"] for row in rows(STORE, f"PRAGMA table_info({view})")} >= PROMISED[view]


# The same in plain Python -------------------------------------------------------------------------------------------


class Recomputed:
    """What each view should say of a sweep, from the trials that were recorded for it."""

    def __init__(self, sweep, cases, trials):
        self.sweep = sweep
        self.cases = cases
        self.trials = trials
        """By number."""

    def view(self, name):
        return getattr(self, name)()

    def v_trials(self):
        return [self._case(trial.case) | self._trial(trial_id, trial) for trial_id, trial in self.trials.items()]

    def v_omissions(self):
        return [{**one, "sweep_id": self.sweep.id, "sweep": "study"} for one in LEFT_OUT]

    def v_calls(self):
        return [
            {"trial_id": trial_id, **_call(one, trial.outcome.start_ns)}
            | {name: getattr(one, name) for name in ("worker", "call", "pid", "process_name", "thread_name")}
            | self._case(trial.case)
            | {"gil": GIL[trial.outcome.gil]}
            for trial_id, trial in self.trials.items()
            for one in sorted(trial.outcome.timings, key=lambda one: (one.worker, one.call))
        ]

    def v_workers(self):
        found = []
        for trial_id, trial in self.trials.items():
            by_worker = defaultdict(list)
            for one in trial.outcome.timings:
                by_worker[one.worker].append(one)
            found += [
                {"trial_id": trial_id, "worker": worker, **self._case(trial.case), **_worker(calls, trial.outcome)}
                | {"gil": GIL[trial.outcome.gil]}
                for worker, calls in sorted(by_worker.items())
            ]
        return found

    def v_cases(self):
        found = []
        for one in self.cases:
            walls = [trial.outcome.wall_ns for trial in self._counted(one)]
            latencies = [
                timing.first_instruction_ns - timing.submitted_ns
                for trial in self._counted(one)
                for timing in trial.outcome.timings
                if timing.call == 0
            ]
            statuses = [trial.outcome.status for trial in self.trials.values() if trial.case == one]
            found.append(
                self._case(one)
                | {"n": len(walls), "failures": sum(status in FAILURES for status in statuses)}
                | {"median_wall_s": _s(_median(walls)), "startup_s": _s(_median(latencies))}
                | {"min_wall_s": _s(min(walls, default=None)), "max_wall_s": _s(max(walls, default=None))}
            )
        return found

    def v_speedups(self):
        found = []
        for one in self.cases:
            if not one.is_baseline:
                pairs = self._pairs(one)
                speedup = _median([baseline / wall for baseline, wall in pairs])
                efficiency = None if speedup is None else speedup / one.workers
                found.append(
                    self._case(one)
                    | {"n": len(pairs), "speedup": speedup, "efficiency": efficiency}
                    | {"baseline_s": _s(_median([baseline for baseline, _ in pairs]))}
                    | {"wall_s": _s(_median([wall for _, wall in pairs]))}
                    | {"locked_baseline_s": None, "locked_speedup": None}
                )
        return found

    def _pairs(self, one):
        """Return the times of baseline and case for each block and host that has both."""
        baselines = {
            (trial.repeat, trial.outcome.host): trial.outcome.wall_ns for trial in self._counted(one.baseline())
        }
        return [
            (baselines[trial.repeat, trial.outcome.host], trial.outcome.wall_ns)
            for trial in self._counted(one)
            if trial.outcome.wall_ns > 0 and (trial.repeat, trial.outcome.host) in baselines
        ]

    def _counted(self, one):
        return [
            trial
            for trial in self.trials.values()
            if trial.case == one and trial.outcome.status is Status.OK and not trial.warmup
        ]

    def _trial(self, trial_id, trial):
        given = trial.outcome
        return {
            "trial_id": trial_id,
            "gil": GIL[given.gil],
            "cpus": None if given.cpus is None else json.dumps(given.cpus),
            "host": given.host.hostname,
            "repeat": trial.repeat,
            "position": trial.position,
            "warmup": trial.warmup,
            "status": given.status,
            "wall_s": _s(given.wall_ns),
            "started_at": given.started_at,
            "noisy": trial.noisy,
            "error": given.reason,
        }

    def _case(self, one):
        columns = one.columns()
        return {
            **{name: columns[name] for name in OF_A_CASE if name in columns},
            "time": columns["time_s"],
            "python": INTERPRETER.label,
            "gil": "on",  # as the interpreter has it
            "sweep_id": self.sweep.id,
            "sweep": "study",
            "case_id": self.sweep.case_ids[one.key],
        }


def _call(one, start_ns):
    return {
        "begin_s": _s(_minus(one.begin_ns, start_ns)),
        "end_s": _s(_minus(one.end_ns, start_ns)),
        "elapsed_s": _s(_minus(one.end_ns, one.begin_ns)),
        "queued_s": _s(one.queued_ns),
        "cpu_s": _s(one.cpu_ns),
        "error": one.error_type and f"{one.error_type}: {one.error_message}",
    }


def _worker(calls, given):
    begin_ns, end_ns = _known(min, calls, "begin_ns"), _known(max, calls, "end_ns")
    submitted_ns, first_ns = _known(min, calls, "submitted_ns"), _known(min, calls, "first_instruction_ns")
    error = calls[-1].error_type and f"{calls[-1].error_type}: {calls[-1].error_message}"
    return {
        **{name: getattr(calls[0], name) for name in ("pid", "process_name", "thread_name")},
        "begin_s": _s(_minus(begin_ns, given.start_ns)),
        "end_s": _s(_minus(end_ns, given.start_ns)),
        "elapsed_s": _s(_minus(end_ns, begin_ns)),
        "cpu_s": _s(_known(sum, calls, "cpu_ns")),
        "start_latency_s": _s(_minus(first_ns, submitted_ns)),
        "setup_s": _s(calls[0].setup_ns),
        "warmup_s": _s(calls[0].warmup_ns),
        "calls": len(calls),
        "error": error,
    }


def _known(combine, calls, field):
    values = [getattr(one, field) for one in calls if getattr(one, field) is not None]
    return combine(values) if values else None


def _minus(later, earlier):
    return None if later is None or earlier is None else later - earlier


def _median(values):
    return statistics.median(values) if values else None


def _s(ns):
    return None if ns is None else ns / 1e9


# Random sweeps ------------------------------------------------------------------------------------------------------

HOSTS = (HOST, replace(HOST, hostname="bench-2"))
ENDS = [(), *[(Status.OK,)] * 4, *((status, Status.OK) for status in Status), *((status,) for status in Status)]


class Chance(random.Random):
    """Numbers and texts, of which many are equal, extreme or not known."""

    def duration_ns(self):
        return self.randint(1, 5) if self.random() < 0.5 else self.randint(1, 10**12)

    def perhaps(self, value):
        return None if self.random() < 0.3 else value

    def text(self):
        return self.choice(["", "a", "it's", "%", "\0", "\n", "\N{SNAKE}", 'ß: "x"'])

    def outcome(self, one, status):
        host = self.choice(HOSTS)
        if status in (Status.TIMEOUT, Status.INTERRUPTED, Status.LOST):
            return outcome(status, wall_ns=None, host=host)
        start_ns = self.randint(0, 10**15)
        each, rest = divmod(one.calls, one.workers)
        timings = []
        for worker in range(one.workers):
            dies = status is Status.CRASHED and self.random() < 0.5
            timings += self.calls_of_a_worker(worker, each + (worker < rest), start_ns, dies=dies)
        wall_ns = 0 if self.random() < 0.1 else self.duration_ns()
        changes = {"start_ns": start_ns, "end_ns": start_ns + wall_ns, "timings": timings, "host": host}
        cpus = self.perhaps([self.randint(0, 255) for _ in range(self.randint(0, 3))])
        return outcome(status, gil=self.choice([None, True, False]), cpus=cpus, **changes)

    def calls_of_a_worker(self, worker, calls, start_ns, *, dies):
        """Make the timings of a worker: all calls end well, or its last one fails or is never heard of again."""
        submitted_ns = start_ns + self.duration_ns()
        first_instruction_ns = clock = submitted_ns + self.duration_ns()
        same = {"pid": self.randint(2, 9), "submitted_ns": submitted_ns, "process_name": f"Process-{worker + 1}"}
        alive = {"thread_name": self.perhaps(self.text()), "first_instruction_ns": first_instruction_ns}
        found = []
        for call in range(calls):
            begin_ns = clock + self.duration_ns()
            end_ns = clock = begin_ns + self.duration_ns()
            known = ("cpu_ns", "queued_ns", *(("setup_ns", "warmup_ns") if call == 0 else ()))
            stamps = {name: self.perhaps(self.duration_ns()) for name in known}
            found.append(timing(worker, call, **same, **alive, **stamps, begin_ns=begin_ns, end_ns=end_ns))
        if dies:
            error = {"error_type": "WorkerDied", "error_message": self.text()}
            unknown = dict.fromkeys(("thread_name", "first_instruction_ns", "begin_ns", "end_ns", "cpu_ns"))
            found[-1] = timing(worker, calls - 1, **same, **unknown, **error)
        elif self.random() < 0.5:
            found[-1] = replace(found[-1], error_type="ValueError", error_message=self.text())
        return found


@st.composite
def sweeps(draw):
    """Draw the trials of some cases, at most one success for a case, block and host; some blocks have none."""
    chance = Chance(draw(st.integers(0, 2**32)))
    trials = []
    blocks = [(True, 1), *((False, repeat) for repeat in range(1, draw(st.integers(1, 5)) + 1))]
    for one in [one for family in draw(st.sets(st.sampled_from(FAMILIES), min_size=1)) for one in family]:
        for warmup, repeat in blocks:
            ended = [chance.outcome(one, status) for status in chance.choice(ENDS)]
            hosts = [given.host for given in ended if given.status is Status.OK]
            trials += [
                Planned(
                    case=one,
                    outcome=given,
                    warmup=warmup,
                    repeat=repeat,
                    position=len(trials) + number,
                    noisy=chance.perhaps(chance.text()),
                )
                for number, given in enumerate(ended if len(set(hosts)) == len(hosts) else ended[:1], 1)
            ]
    chance.shuffle(trials)
    return trials


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    """Return the writer of one store that takes the sweeps of all examples: none may leak into another."""
    with Writer(tmp_path_factory.mktemp("views") / "runs.db") as shared:
        shared._connection.connection.driver_connection.execute("PRAGMA synchronous = OFF")
        yield shared


@pytest.mark.slow
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(trials=sweeps())
def test_every_view_says_what_plain_python_says(writer, trials):
    sweep = begin(writer, CASES, omissions=LEFT_OUT)
    recorded = {record(writer, sweep, trial): trial for trial in trials}
    expected = Recomputed(sweep, CASES, recorded)
    for view in VIEWS:
        order = {"v_trials": "trial_id", "v_workers": "trial_id, worker", "v_calls": "trial_id, worker, call"}
        order["v_omissions"] = "cases DESC"
        sql = f"SELECT * FROM {view} WHERE sweep_id = ? ORDER BY {order.get(view, 'case_id')}"
        found = [dict(row) for row in rows(writer._path, sql, sweep.id)]
        assert_same(found, expected.view(view), PROMISED[view])


def assert_same(found, expected, columns):
    """Compare row by row what is promised; only floating point may differ, in its last digits."""
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert set(wanted) == columns
        near = {name: pytest.approx(value, rel=1e-9) for name, value in wanted.items() if isinstance(value, float)}
        assert {name: row[name] for name in wanted} == wanted | near


# One promise at a time ----------------------------------------------------------------------------------------------


def ok(repeat, wall_ns, of=THREADS, **changes):
    return Planned(case=of, outcome=outcome(wall_ns=wall_ns), repeat=repeat, **changes)


def ended(status, repeat=1, of=THREADS, **changes):
    return Planned(case=of, outcome=outcome(status, wall_ns=None), repeat=repeat, **changes)


def of_case(view, one=THREADS):
    found = rows(STORE, f"SELECT * FROM {view} WHERE mode = ? AND workload = ?", one.mode, one.workload)
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("walls", "median"),
    [
        ([7], 7),
        ([9, 1], 5),
        ([9, 1, 2], 2),
        ([1, 2, 4, 9], 3),
        ([5, 5, 5, 5], 5),
        ([3, 1, 2, 5, 4], 3),
        ([10**15, 1, 10**15 - 1, 2], (10**15 + 1) / 2),
    ],
    ids=str,
)
def test_a_case_has_the_median_and_the_extremes_of_its_trials(walls, median):
    fill(STORE, [ok(repeat, wall_ns) for repeat, wall_ns in enumerate(walls, 1)])
    found = of_case("v_cases")
    assert (found["n"], found["failures"]) == (len(walls), 0)
    assert found["median_wall_s"] == pytest.approx(median / 1e9, rel=1e-12)
    assert (found["min_wall_s"], found["max_wall_s"]) == (min(walls) / 1e9, max(walls) / 1e9)


def test_warm_ups_are_left_out_of_every_figure():
    fill(
        STORE,
        [
            ok(1, 10**6, warmup=True),
            ok(1, 10**9, of=BASELINE, warmup=True),
            ok(1, 30),
            ok(2, 50),
            ok(1, 60, of=BASELINE),
            ok(2, 100, of=BASELINE),
        ],
    )
    found = of_case("v_cases")
    assert (found["n"], found["median_wall_s"], found["max_wall_s"]) == (2, 4e-8, 5e-8)
    assert (of_case("v_speedups")["n"], of_case("v_speedups")["speedup"]) == (2, 2.0)


@pytest.mark.parametrize(
    ("status", "failures"), [(status, int(status in FAILURES)) for status in Status if status != "ok"]
)
def test_only_what_failed_counts_as_a_failure_and_neither_it_nor_the_interrupted_count_in_figures(status, failures):
    failed = Planned(outcome=outcome(status, wall_ns=10**9, timings=[timing(first_instruction_ns=10**9)]), repeat=2)
    fill(STORE, [Planned(outcome=outcome(wall_ns=30, timings=[timing()])), failed, ended(status, 3)])
    found = of_case("v_cases")
    assert (found["n"], found["failures"]) == (1, 2 * failures)
    assert (found["median_wall_s"], found["max_wall_s"], found["startup_s"]) == (3e-8, 3e-8, 5e-7)


def test_a_case_without_a_trial_has_a_row_that_says_so():
    fill(STORE)
    for one in (BASELINE, THREADS):
        found = of_case("v_cases", one)
        assert (found["n"], found["failures"]) == (0, 0)
        assert {found[name] for name in ("median_wall_s", "min_wall_s", "max_wall_s", "startup_s")} == {None}


def test_a_case_that_only_ever_failed_has_failures_and_no_figures():
    fill(STORE, [ended(Status.TIMEOUT, repeat) for repeat in (1, 2, 3)])
    found = of_case("v_cases")
    assert (found["n"], found["failures"], found["median_wall_s"]) == (0, 3, None)


def test_startup_is_the_median_over_the_workers_from_submission_to_first_instruction():
    def latencies(*values):
        return outcome(timings=[timing(worker, first_instruction_ns=1_100 + ns) for worker, ns in enumerate(values)])

    fill(STORE, [Planned(outcome=latencies(10, 20), repeat=1), Planned(outcome=latencies(31, 1_000), repeat=2)])
    assert of_case("v_cases")["startup_s"] == pytest.approx(25.5e-9)


def test_a_start_that_is_not_known_is_left_out_of_the_startup_time():
    known = [timing(worker, first_instruction_ns=1_100 + ns) for worker, ns in enumerate((10, 20, 30))]
    unknown = [timing(worker, first_instruction_ns=None) for worker in (3, 4)]
    fill(STORE, [Planned(outcome=outcome(timings=known + unknown))])
    assert of_case("v_cases")["startup_s"] == pytest.approx(20e-9)


def test_speedup_is_the_median_of_the_ratios_within_blocks_and_not_the_ratio_of_the_medians():
    walls = {1: (100, 10), 2: (200, 100), 3: (300, 100)}  # ratios 10, 2, 3; medians 200 and 100
    fill(
        STORE,
        [ok(block, ns, of) for block, pair in walls.items() for ns, of in zip(pair, (BASELINE, THREADS), strict=True)],
    )
    found = of_case("v_speedups")
    assert found["speedup"] == 3.0
    assert (found["efficiency"], found["n"]) == (1.5, 3)
    assert (found["baseline_s"], found["wall_s"]) == (2e-7, 1e-7)


def test_a_block_without_baseline_or_without_trial_makes_no_pair():
    fill(
        STORE,
        [
            *(ok(1, 80, BASELINE), ok(1, 40)),
            *(ended(Status.TIMEOUT, 2, BASELINE), ok(2, 1)),
            *(ok(3, 1, BASELINE), ended(Status.CRASHED, 3)),
            ok(4, 1),
            ok(5, 1, BASELINE),
        ],
    )
    found = of_case("v_speedups")
    assert (found["n"], found["speedup"], found["wall_s"]) == (1, 2.0, 4e-8)
    assert of_case("v_cases")["n"] == 3


def on(host, trial):
    return replace(trial, outcome=replace(trial.outcome, host=host))


def test_a_trial_is_compared_with_the_baseline_of_its_own_host():
    other = replace(HOST, hostname="faster")
    fill(
        STORE,
        [
            *(ok(1, 80, BASELINE), ok(1, 40)),
            *(ok(2, 80, BASELINE), on(other, ok(2, 4))),  # begun on one host and finished on another
            *(on(other, ok(3, 30, BASELINE)), on(other, ok(3, 10))),
            *(ok(4, 80, BASELINE), ok(4, 40), on(other, ok(4, 50, BASELINE)), on(other, ok(4, 10))),
        ],
    )
    found = of_case("v_speedups")
    assert (found["n"], found["speedup"], found["wall_s"]) == (4, 2.5, 2.5e-8)  # of 2, 3, 2, 5
    assert of_case("v_cases")["n"] == 5


def test_a_trial_that_took_no_time_has_no_speedup():
    fill(STORE, [ok(1, 80, BASELINE), ok(1, 0), ok(2, 80, BASELINE), ok(2, 40)])
    found = of_case("v_speedups")
    assert (found["n"], found["speedup"], found["efficiency"]) == (1, 2.0, 1.0)
    assert (found["baseline_s"], found["wall_s"]) == (8e-8, 4e-8)


def test_a_baseline_is_found_in_the_index_of_what_is_done():
    """By case, block and host, as the speedups of a large store would take for ever without it."""
    created(STORE)
    plan = [row["detail"] for row in rows(STORE, "EXPLAIN QUERY PLAN SELECT * FROM v_speedups WHERE sweep_id = 1")]
    found = "INDEX uq_trials_done (case_id=? AND warmup=? AND repeat=? AND host_id=?)"
    searches = [step for step in plan if step.startswith("SEARCH b ")]
    assert len(searches) == 7
    assert {step.partition("USING ")[2] for step in searches} == {found}
    assert not [step for step in plan if step.startswith(("SCAN t", "SCAN b", "SCAN c", "SCAN s"))]


def test_a_baseline_that_was_interrupted_and_run_again_makes_one_pair():
    fill(STORE, [ended(Status.INTERRUPTED, 1, BASELINE), ended(Status.INTERRUPTED), ok(1, 80, BASELINE), ok(1, 40)])
    assert (of_case("v_speedups")["n"], of_case("v_speedups")["speedup"]) == (1, 2.0)


@pytest.mark.parametrize("trials", [[], [ok(1, 40)], [ok(1, 80, BASELINE)], [ok(1, 80, BASELINE), ok(2, 40)]])
def test_a_case_without_any_pair_has_no_speedup(trials):
    fill(STORE, trials)
    assert (of_case("v_speedups") or {"speedup": None})["speedup"] is None


def test_a_sequential_case_has_no_speedup():
    fill(STORE, [ok(1, 80, BASELINE), ok(1, 40)])
    assert of_case("v_speedups", BASELINE) is None


def test_the_same_cases_in_two_sweeps_are_kept_apart():
    fill(STORE, [ok(1, 80, BASELINE), ok(1, 40)])
    fill(STORE, [ok(1, 90, BASELINE), ok(1, 30), ended(Status.FAILED, 2)])
    columns = "sweep_id, n, failures, median_wall_s"
    assert rows(STORE, f"SELECT {columns} FROM v_cases WHERE mode = 'threading' ORDER BY sweep_id") == [
        {"sweep_id": 1, "n": 1, "failures": 0, "median_wall_s": 4e-8},
        {"sweep_id": 2, "n": 1, "failures": 1, "median_wall_s": 3e-8},
    ]
    assert [row["speedup"] for row in rows(STORE, "SELECT speedup FROM v_speedups ORDER BY sweep_id")] == [2.0, 3.0]


def test_a_dead_worker_has_a_row_with_what_is_known_of_it():
    unknown = dict.fromkeys(("begin_ns", "end_ns", "cpu_ns", "first_instruction_ns", "thread_name"))
    dead = timing(1, **unknown, error_type="WorkerDied", error_message="exit code -9")
    fill(STORE, [Planned(outcome=outcome(Status.CRASHED, timings=[timing(0), dead]))])
    for view in ("v_workers", "v_calls"):
        alive, found = rows(STORE, f"SELECT * FROM {view} ORDER BY worker")
        assert (alive["begin_s"], alive["end_s"], alive["elapsed_s"]) == (1e-6, 4e-6, 3e-6)
        assert (alive["cpu_s"], alive["error"]) == (2.5e-6, None)
        assert {found[name] for name in ("begin_s", "end_s", "elapsed_s", "cpu_s", "thread_name")} == {None}
        assert (found["pid"], found["error"], found["status"]) == (4001, "WorkerDied: exit code -9", "crashed")


def test_a_worker_of_several_calls_spans_from_its_first_begin_to_its_last_end():
    calls = [timing(0, 0), timing(0, 1, begin_ns=6_000, end_ns=9_000, cpu_ns=500)]
    sequential = case(mode="sequential", workers=1, calls=2)
    fill(STORE, [Planned(case=sequential, outcome=outcome(timings=calls))], cases=[sequential])
    (found,) = rows(STORE, "SELECT * FROM v_workers")
    assert (found["begin_s"], found["end_s"], found["elapsed_s"]) == (1e-6, 8e-6, 7e-6)
    assert (found["cpu_s"], found["start_latency_s"], found["calls"]) == (3e-6, 5e-7, 2)


@pytest.mark.parametrize(("gil", "told"), [(True, "on"), (False, "off"), (None, None)])
def test_a_trial_tells_whether_the_interpreter_lock_was_on(gil, told):
    fill(STORE, [Planned(outcome=outcome(gil=gil))])
    assert rows(STORE, "SELECT gil FROM v_trials") == [{"gil": told}]


# Whatever opens the file can read them ------------------------------------------------------------------------------


@pytest.fixture
def filled():
    timings = [timing(0), timing(1)]
    trials = [
        Planned(case=one, outcome=outcome(wall_ns=10 * repeat * one.workers, timings=timings), repeat=repeat)
        for one in (BASELINE, THREADS)
        for repeat in (1, 2, 3)
    ]
    fill(STORE, trials, omissions=LEFT_OUT)
    return {"v_trials": 6, "v_workers": 12, "v_calls": 12, "v_cases": 2, "v_speedups": 1, "v_omissions": 2}


@pytest.mark.parametrize("view", VIEWS)
def test_the_plain_sqlite3_module_reads_the_views(view, filled):
    with ask(STORE, f"SELECT * FROM {view}") as answer:
        asked = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    assert rows(STORE, f"SELECT * FROM {view}") == asked
    assert len(asked) == filled[view]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 shell on this machine")
@pytest.mark.parametrize("view", VIEWS)
def test_the_sqlite3_shell_reads_the_views(view, filled):
    shell = ["sqlite3", "-batch", "-init", "/dev/null", "-separator", "\x1f", str(STORE), f"SELECT * FROM {view}"]
    result = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    lines = [line.split("\x1f") for line in result.stdout.splitlines()]
    assert len(lines) == filled[view]
    for line, row in zip(lines, rows(STORE, f"SELECT * FROM {view}"), strict=True):
        for shown, value in zip(line, row.values(), strict=True):
            if isinstance(value, float):
                assert float(shown) == pytest.approx(value)
            else:
                assert shown == ("" if value is None else str(value))
