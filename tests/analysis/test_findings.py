"""All that a report says, worked out from real stores."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.frames import CPU, IO, WAYS, grid, of_way
from support.stores import Planned, begin, contents, fill, outcome, record, rows, timing

from analysis import claims, findings, load
from analysis.findings import Findings
from analysis.statistics import block_ratios
from runner.errors import BadInput
from runner.matrix.case import Case
from runner.numbers.medians import MIN_BLOCKS, estimate
from runner.numbers.stopping import LEVEL
from runner.outcome import Outcome, Status
from runner.store.write import Writer

STORE = Path("runs.db")
COUNTS = [("cpu_bound", (("NUM", 10_000 * 4**step),)) for step in range(6)]
FEW = WAYS[:3]
UNSUCCESSFUL = [status.value for status in Status if status is not Status.OK]
FAILURES = ("failed", "crashed", "timeout")
VIEWED = ["n", "failures", "wall_s", "speedup", "efficiency", "baseline_s"]


def find(
    sweeps: Sequence[int | str] = (),
    selections: Sequence[str] = (),
    store: str = str(STORE),
    step: Callable[[str], None] = lambda _: None,
) -> Findings:
    return findings.find(store, load.sweeps(store, sweeps), selections, step)


def ran(one: Case, wall_ns: int, **changes: int | None) -> Outcome:
    """Return the outcome of a trial that succeeded, with a timing of each call."""
    share = one.calls // one.workers
    calls = [
        timing(worker, call, begin_ns=2_000 + call, end_ns=1_000 + wall_ns // share * (call + 1), **changes)
        for worker in range(one.workers)
        for call in range(share)
    ]
    return outcome(wall_ns=wall_ns, timings=calls)


def swept(cases: Iterable[Case], blocks: int, seed: int = 0, share_failing: float = 0.0) -> list[Planned]:
    """Return a warm-up block and that many more, with times by chance; some trials may not succeed."""
    chance = random.Random(seed)
    found = []
    for warmup, repeat in [(True, 1), *((False, repeat) for repeat in range(1, blocks + 1))]:
        for one in cases:
            ended = ran(one, chance.randrange(10**6, 2 * 10**6) * one.calls)
            if chance.random() < share_failing:
                ended = outcome(chance.choice([Status.FAILED, Status.CRASHED, Status.TIMEOUT]), wall_ns=None)
            found.append(Planned(case=one, outcome=ended, warmup=warmup, repeat=repeat))
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a store with a sweep in which some trials failed, and another of a few blocks."""
    path = tmp_path_factory.mktemp("findings") / "runs.db"
    cases = [*grid(COUNTS, (2,), FEW), *grid([IO], (1, 2), FEW)]
    fill(path, swept(cases, 7, 1, 0.03), cases=cases, name="first")
    few = [*grid(COUNTS[2:4], (2,), WAYS[:4]), *grid([IO], (1, 2), FEW)]
    fill(path, swept(few, 4, 2), cases=few, name="second")
    return str(path)


@pytest.fixture(scope="module")
def found(small: str) -> Findings:
    return find(["first"], store=small)


def test_an_open_question_names_the_command_that_adds_the_blocks_it_takes(small: str) -> None:
    found = find(["second"], store=small)
    questions = [one for _, verdicts in found.verdicts for verdict in verdicts for one in verdict.questions]
    open_ones = [one for one in questions if one.more_blocks]
    assert open_ones
    for one in open_ones:
        assert (one.settle or "").startswith(f"`runner extend 2 --blocks {one.more_blocks} --store {small}`: ")


@pytest.mark.parametrize(("precision", "level"), [(None, 0.95), (0.05, LEVEL)])
def test_the_intervals_of_a_sweep_that_was_to_reach_a_precision_have_the_level_of_its_looks(
    precision: float | None, level: float
) -> None:
    cases = grid([IO], (1, 2), FEW)
    fill(STORE, swept(cases, 14, 1), cases=cases, precision=precision, most_blocks=precision and 80)
    found = find()
    ratios = block_ratios(found.counted)
    assert len(found.speedups) == len(cases) - 2
    for row in found.speedups.itertuples():
        expected, other = (
            estimate(ratios.loc[ratios["case_id"] == row.case_id, "speedup"], one)
            for one in (level, 0.95 + LEVEL - level)
        )
        assert (row.speedup, row.low, row.high) == (expected.value, expected.low, expected.high)
        assert (row.low, row.high) != (other.low, other.high)


@dataclass(frozen=True)
class Watched:
    """Findings, the steps that were told, and the files of the store's folder before and after."""

    found: Findings
    steps: list[str]
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def second(small: str) -> Watched:
    steps: list[str] = []
    folder = Path(small).parent
    before = contents(folder)
    return Watched(find(["second"], store=small, step=steps.append), steps, before, contents(folder))


class TestFind:
    def test_has_all_trials_and_those_that_count(self, small, found):
        stored = rows(Path(small), "SELECT * FROM v_trials WHERE sweep_id = 1")
        assert set(found.trials["trial_id"]) == {row["trial_id"] for row in stored}
        assert len(found.trials) == len(stored)
        counting = {row["trial_id"] for row in stored if row["status"] == "ok" and not row["warmup"]}
        assert set(found.counted["trial_id"]) == counting
        assert {"panel", "way", "size", "outlier", "compute_s", "start_latency_s"} <= set(found.counted.columns)
        assert found.trials["compute_s"].notna().sum() == len(counting)

    def test_has_the_figures_of_each_case_that_the_views_have(self, small, found):
        views = rows(
            Path(small),
            """SELECT c.case_id, c.n, c.failures, c.median_wall_s AS wall_s, s.speedup, s.efficiency, s.baseline_s
            FROM v_cases AS c LEFT JOIN v_speedups AS s ON s.case_id = c.case_id WHERE c.sweep_id = 1""",
        )
        expected = pd.DataFrame(views).set_index("case_id")[VIEWED].astype(float).sort_index()
        mine = found.cases.set_index("case_id")[VIEWED].astype(float).sort_index()
        pd.testing.assert_frame_equal(mine, expected, rtol=1e-9)
        assert found.cases["failures"].sum() > 0
        enough = found.cases["n"] >= MIN_BLOCKS
        assert list(found.cases["wall_low"].notna()) == list(enough)
        assert found.cases["low"].notna().any()

    def test_has_every_table_and_verdict(self, found):
        assert list(found.speedups["case_id"]) == list(found.cases.loc[found.cases["mode"] != "sequential", "case_id"])
        ways = {way for way in found.cases["way"] if way != "sequential"}
        assert {(panel, way) for panel, way, *_ in found.fits} == {
            (panel, way) for panel in found.cases["panel"] for way in ways
        }
        assert len(found.fits) == 2 * 7 * len(ways)
        assert {(row.way, row.against) for row in found.break_even.itertuples() if row.sizes == 6} == {
            *((way, "sequential") for way in ways),
            *((way, "threading") for way in ways if way != "threading"),
        }
        assert list(found.recommendations["panel"]) == list(found.cases["panel"].unique())
        assert len(found.six_cases) == 6
        ((name, verdicts),) = found.verdicts
        assert name == ""
        assert [verdict.number for verdict in verdicts] == list(range(1, 9))
        assert any(verdict.answer is not claims.Answer.CANNOT_SAY for verdict in verdicts)

    def test_shows_the_calls_of_one_trial_of_each_way(self, found):
        shown = found.timeline_trials
        assert sorted(shown["way"]) == sorted(FEW * 2)
        assert set(shown["trial_id"]) <= set(found.counted["trial_id"])
        assert Counter(found.timeline_calls["trial_id"]) == dict(zip(shown["trial_id"], shown["calls"], strict=True))

    def test_says_each_step_as_it_begins(self, second):
        assert len(second.steps) == len(set(second.steps)) == findings.STEPS

    def test_keeps_what_it_was_asked(self, small, found):
        assert found.store == small
        assert [sweep.name for sweep in found.sweeps] == ["first"]
        assert found.selections == ()

    def test_of_several_sweeps_answers_for_each(self, small, found, second):
        both = find([1, 2], store=small)
        assert [name for name, _ in both.verdicts] == [
            "sweep 1 (first)",
            "sweep 2 (second)",
        ]
        assert set(both.cases["sweep_id"]) == {1, 2}
        assert all("sweep" in panel for panel in both.cases["panel"])
        alone = {1: found, 2: second.found}
        for sweep, one in alone.items():
            figures = ["case_id", *VIEWED, "wall_low", "wall_high", "low", "high"]
            own = both.cases.loc[both.cases["sweep_id"] == sweep, figures].reset_index(drop=True)
            pd.testing.assert_frame_equal(own, one.cases[figures])
        assert [[verdict.answer for verdict in verdicts] for _, verdicts in both.verdicts] == [
            [verdict.answer for verdict in one.verdicts[0][1]] for one in alone.values()
        ]

    def test_writes_nothing(self, second):
        assert second.before == second.after


CRASHING = [("crashing", (("NUM", 10),))]


class TestCrashes:
    def test_answer_a_claim_though_no_trial_of_them_succeeds(self, own_folder):
        cases = grid(CRASHING, (3,), WAYS[:3])
        survivors = [timing(worker) for worker in (1, 2)]
        trials = [
            Planned(
                case=one,
                outcome=outcome(
                    Status.CRASHED, wall_ns=None, timings=survivors if one.mode == "multiprocessing" else []
                ),
                repeat=repeat,
            )
            for repeat in range(1, 11)
            for one in cases
        ]
        fill(STORE, trials, cases=cases)
        found = find()
        assert found.counted.empty
        ((_, verdicts),) = found.verdicts
        assert {one.number for one in verdicts if one.answer is claims.Answer.CONFIRMED} == {6}
        assert list(found.cases["failures"]) == [10, 10, 10]


class TestSelections:
    @pytest.mark.parametrize(
        ("selections", "condition"),
        [
            (["workers=2", "mode=threading"], "mode = 'threading' AND workers = 2"),
            pytest.param(["mode=threading", "workers=2"], "mode = 'threading' AND workers = 2", marks=pytest.mark.slow),
            pytest.param(
                ["NUM=160_000", "start_method=fork,spawn"],
                "num = 160000 AND start_method IN ('fork', 'spawn')",
                marks=pytest.mark.slow,
            ),
            (["TIME=0.1", "repeat > 3 AND mode <> 'sequential'"], "time = 0.1 AND repeat > 3 AND mode <> 'sequential'"),
            pytest.param(["mode=sequential"], "mode = 'sequential'", marks=pytest.mark.slow),
            pytest.param(["warmup"], "warmup", marks=pytest.mark.slow),
            (["1=0) UNION SELECT trial_id FROM v_trials WHERE (mode='threading'"], "mode = 'threading'"),
        ],
        ids=str,
    )
    def test_keep_what_they_select_in_the_sweep_and_its_baselines(self, small, selections, condition):
        chosen = rows(Path(small), f"SELECT trial_id, case_id FROM v_trials WHERE sweep_id = 2 AND {condition}")
        of = {row["id"]: row["baseline_id"] for row in rows(Path(small), "SELECT id, baseline_id FROM cases")}
        baselines = {of[row["case_id"]] for row in chosen} - {None}
        kept = {
            row["trial_id"]
            for row in rows(Path(small), "SELECT trial_id, case_id FROM v_trials")
            if row["case_id"] in baselines
        }
        assert chosen
        found = find([2], selections, small)
        assert set(found.trials["trial_id"]) == kept | {row["trial_id"] for row in chosen}
        assert found.selections == selections

    def test_leave_the_speedups_of_what_they_select_as_they_are(self, small, found):
        selected = find([1], ["start_method=fork"], small).speedups
        whole = found.speedups[found.speedups["way"] == "multiprocessing/fork"].reset_index(drop=True)
        pd.testing.assert_frame_equal(selected, whole)

    def test_of_no_trial_are_bad_input(self, small):
        with pytest.raises(BadInput, match=r"--select 'workers=3': no trial is like that.*WHERE sweep_id IN \(2\)"):
            find([2], ["workers=3"], small)

    def test_that_are_no_condition_are_bad_input(self, small):
        with pytest.raises(BadInput, match="--select 'wrokers=2'"):
            find([1], ["workers=2", "wrokers=2"], small)


def nothing_in(found: Findings) -> None:
    """See that there is nothing to say, and that it can be said."""
    frames = (found.counted, found.speedups, found.break_even, found.recommendations)
    assert all(frame.empty for frame in (*frames, found.timeline_trials, found.timeline_calls))
    assert not found.fits
    assert list(found.verdicts) == []
    assert len(found.six_cases) == 6
    assert found.six_cases["total_s"].isna().all()
    assert len(found.cases) == found.trials["case_id"].nunique()
    assert set(found.cases["n"]) <= {0}


class TestNothingToShow:
    def test_of_a_sweep_without_a_trial(self, own_folder):
        fill(STORE)
        found = find()
        nothing_in(found)
        assert found.trials.empty

    @pytest.mark.parametrize(
        "statuses",
        [UNSUCCESSFUL, *(pytest.param([status], marks=pytest.mark.slow) for status in UNSUCCESSFUL)],
        ids=str,
    )
    def test_of_a_sweep_of_which_nothing_succeeded(self, own_folder, statuses):
        cases = grid(workers=(1, 2), ways=FEW)
        ended = dict(zip(cases, itertools.cycle(statuses), strict=False))
        trials = [Planned(case=one, outcome=outcome(Status(status), wall_ns=None)) for one, status in ended.items()]
        fill(STORE, trials, cases=cases)
        found = find([1])
        nothing_in(found)
        assert len(found.trials) == len(found.cases) == len(cases)
        assert list(found.cases["failures"]) == [int(status in FAILURES) for status in ended.values()]

    def test_of_a_sweep_of_which_only_warm_ups_succeeded(self, own_folder):
        cases = grid([CPU], ways=FEW)
        fill(STORE, swept(cases, 0), cases=cases)
        nothing_in(find())

    def test_leaves_out_no_sweep_that_has_something(self, own_folder):
        fill(STORE, name="empty")
        cases = grid([IO], (2,), WAYS[:2])
        fill(STORE, swept(cases, 2), cases=cases, name="full")
        found = find(["empty", "full"])
        assert [sweep.name for sweep in found.sweeps] == ["empty", "full"]
        assert list(found.cases["n"]) == [2, 2]


class TestWhatThePlatformCannotTell:
    def test_is_missing_and_no_error(self, own_folder):
        unknown = dict.fromkeys(
            ["cpu_ns", "run_queue_ns", "peak_rss_bytes", "start_returned_ns", "submitted_ns", "first_instruction_ns"]
        )
        cases = grid([IO], (1, 2), FEW)
        trials = [
            Planned(case=one, outcome=ran(one, 10**6 * place, **unknown), repeat=repeat)
            for repeat in range(1, 7)
            for place, one in enumerate(cases, start=1)
        ]
        fill(STORE, trials, cases=cases)
        found = find()
        assert found.counted[["cpu_s", "run_queue_s", "peak_rss_bytes", "start_latency_s"]].isna().all(axis=None)
        ((_, verdicts),) = found.verdicts
        assert {verdict.answer for verdict in verdicts} > {claims.Answer.CANNOT_SAY}


POOL = [
    *grid([CPU, IO], (1, 2), WAYS[:4]),
    *(of_way(way, COUNTS[0], workers, 4) for way in WAYS[1:3] for workers in (1, 2, 4)),
]
"""Of growing work, and of fixed work."""
ENDS: Sequence[Sequence[Status]] = (
    *[(Status.OK,)] * 5,
    (),
    (Status.FAILED,),
    (Status.CRASHED,),
    (Status.TIMEOUT,),
    (Status.LOST,),
    (Status.INTERRUPTED, Status.OK),
    (Status.INTERRUPTED, Status.LOST, Status.FAILED),
)
"""How the trials of a case in a block ended, one after the other: what was interrupted or lost is run again."""


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[list[Case], list[Planned]]:
    """Draw the cases of a sweep with their baselines, as the runner plans them, and how far it came."""
    chosen = draw(st.lists(st.sampled_from(POOL), min_size=1, max_size=8, unique=True))
    cases = list(dict.fromkeys([*chosen, *(one.baseline() for one in chosen)]))
    warmup, blocks = draw(st.integers(0, 1)), draw(st.integers(1, 8))
    places = [
        (one, warming, repeat)
        for warming, count in ((True, warmup), (False, blocks))
        for repeat in range(1, count + 1)
        for one in cases
    ]
    ends = draw(st.lists(st.sampled_from(ENDS), min_size=len(places), max_size=len(places)))
    walls_ns = itertools.cycle(draw(st.lists(st.integers(10_000, 10**9), min_size=1, max_size=20)))
    trials = [
        Planned(
            case=one,
            outcome=ran(one, next(walls_ns)) if status is Status.OK else outcome(status, wall_ns=None),
            warmup=warming,
            repeat=repeat,
        )
        for (one, warming, repeat), statuses in zip(places, ends, strict=True)
        for status in statuses
    ]
    return cases, trials


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory):
    """Return the writer of one store that takes the sweeps of all examples: none may leak into another."""
    path = tmp_path_factory.mktemp("examples") / "runs.db"
    with Writer(path) as shared:
        shared._connection.connection.driver_connection.execute("PRAGMA synchronous = OFF")
        shared.store = str(path)
        yield shared


@pytest.mark.slow
@settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn=sweeps())
def test_whatever_came_of_a_sweep_its_findings_count_the_trials_that_succeeded(writer, drawn):
    cases, trials = drawn
    sweep = begin(writer, cases)
    for trial in trials:
        record(writer, sweep, trial)
    expected = {sweep.case_ids[trial.case.key]: 0 for trial in trials}
    for trial in trials:
        if trial.outcome.status is Status.OK and not trial.warmup:
            expected[sweep.case_ids[trial.case.key]] += 1
    found = find([sweep.id], store=writer.store)
    assert dict(zip(found.cases["case_id"], found.cases["n"], strict=True)) == expected
    assert len(found.counted) == sum(expected.values())
