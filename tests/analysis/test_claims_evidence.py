"""Which trials the claims ask, and what they say where some are missing."""

import json

import pytest
import yaml
from support import frames
from support.claims import (
    ALL_OPEN,
    ALL_TRUE,
    CANNOT_SAY,
    CONFIRMED,
    COUNTS,
    LARGEST,
    NOT_CONFIRMED,
    SLOW,
    TESTABLE,
    WAITS,
    WAYS,
    Machine,
    abouts,
    at_once,
    everything,
    gained,
    grid_for,
    on_cpus,
    verdict,
    verdicts,
)
from support.helpers import SETTING

from analysis.breakeven import break_even
from analysis.claims import Verdict
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid

MISSING = {
    "no threads": (
        [case for case in everything() if case.mode != "threading"],
        {**ALL_OPEN, 4: CONFIRMED, 5: CONFIRMED},
    ),
    "no processes": ([case for case in everything() if case.mode != "multiprocessing"], {**ALL_OPEN, 3: CONFIRMED}),
    "only sequential calls": ([case for case in everything() if case.is_baseline], ALL_OPEN),
    "no sequential calls": ([case for case in everything() if not case.is_baseline], ALL_OPEN),
    "one worker alone": (everything(workers=(1,)), ALL_OPEN),
    "no single wait to compare with": (everything(workers=(2,)), {**ALL_TRUE, 1: CANNOT_SAY}),
    "no I/O-bound work": (
        [case for case in everything() if case.workload == "cpu_bound"],
        {**ALL_TRUE, 1: CANNOT_SAY, 2: CANNOT_SAY, 8: CANNOT_SAY},
    ),
    "no CPU-bound work": (
        [case for case in everything() if case.workload == "io_bound"],
        {**ALL_OPEN, 1: CONFIRMED, 2: CONFIRMED},
    ),
    "no fresh interpreter": (everything(WAYS[:3]), {**ALL_TRUE, 2: CANNOT_SAY}),
    "too few sizes": (
        [case for case in everything() if dict(case.params).get("NUM") != 160_000],
        {**ALL_TRUE, 5: CANNOT_SAY},
    ),
}


SOME_MISSING = ("no threads", "no single wait to compare with", "no CPU-bound work", "too few sizes")


@pytest.fixture(scope="module")
def of_one_cpu() -> dict[int, Verdict]:
    return verdicts(Machine(cpus=1, noise=0.002).sweep(everything()))


class TestMissingData:
    @pytest.mark.parametrize(
        ("cases", "expected"),
        [pytest.param(*row, id=name, marks=() if name in SOME_MISSING else SLOW) for name, row in MISSING.items()],
    )
    def test_leaves_open_what_it_takes_and_answers_the_rest(self, cases, expected):
        found = verdicts(Machine(noise=0.002).sweep(cases))
        assert {number: found[number].answer for number in TESTABLE} == expected
        for number in TESTABLE:
            assert bool(found[number].settle) == (expected[number] is CANNOT_SAY)

    def test_leaves_all_open_where_there_is_no_trial_at_all(self):
        for rows in (0, 3):
            trials = Machine().sweep(everything(), 6).head(rows).assign(status="failed")
            found = verdicts(trials)
            assert {number: found[number].answer for number in TESTABLE} == ALL_OPEN
            assert all(found[number].settle for number in range(1, 9))

    def test_of_one_usable_cpu_leaves_open_what_takes_several_and_says_so(self, of_one_cpu):
        assert of_one_cpu[4].answer is CANNOT_SAY
        (settle,) = of_one_cpu[4].settle
        assert settle.endswith("on a machine with two or more usable CPUs")
        assert [of_one_cpu[number].answer for number in (1, 2)] == [CONFIRMED, CONFIRMED]

    def test_of_a_column_leaves_open_what_it_takes_and_no_more(self):
        missing = dict.fromkeys(["start_latency_s", "peak_rss_bytes", "cpu_s"], float("nan"))
        found = verdicts(Machine(noise=0.002).sweep(everything()).assign(**missing))
        assert {number: found[number].answer for number in TESTABLE} == {**ALL_TRUE, 2: CANNOT_SAY, 4: CANNOT_SAY}
        assert [question.answer for question in found[2].questions] == [CONFIRMED, CANNOT_SAY, CANNOT_SAY]

    def test_of_some_blocks_leaves_as_many_as_have_both_sides(self):
        trials = Machine(noise=0.002).sweep(grid_for(3))
        failed = (trials["mode"] == "threading") & trials["repeat"].isin([1, 2])
        failed |= (trials["mode"] == "sequential") & trials["repeat"].isin([2, 3])
        (question,) = verdict(3, trials.assign(status=trials["status"].mask(failed, "failed"))).questions
        assert question.found.n == 5
        assert question.settle == "an interval takes 6 blocks, there are 5"

    @pytest.mark.parametrize("number", [2, *(pytest.param(number, marks=SLOW) for number in (1, 3, 4, 5, 8))])
    def test_is_made_good_by_sweeping_what_is_advised(self, number):
        """Follow the advice, as a user would: put it into a grid, run that, read the new verdict, and once more."""
        machine = Machine(noise=0.002)
        swept = dict.fromkeys(one for one in grid_for(number) if one.is_baseline and one.calls == 2)
        found = verdict(number, machine.sweep(swept, 10))
        assert found.answer is CANNOT_SAY
        for _ in range(2):
            if found.settle:
                swept |= dict.fromkeys(one for advice in found.settle for one in advised(advice))
                found = verdict(number, machine.sweep(swept, 10))
        assert found.answer is CONFIRMED


def advised(settle: str) -> tuple[Case, ...]:
    axes = yaml.safe_load(f"{{{settle}}}")
    repeats = axes.pop("repeats")
    assert repeats == 10
    return expand(parse_grid("grid.yaml", json.dumps({"matrix": axes, "repeats": repeats})), SETTING).cases


class TestWhichTrialsAreAsked:
    @pytest.mark.parametrize(
        ("own", "swept", "fastest", "expected"),
        [
            ("spawn", ("fork", "spawn"), "fork", "spawn"),
            ("forkserver", ("fork", "spawn"), "spawn", "spawn"),
            pytest.param("fork", ("fork", "spawn", "forkserver"), "spawn", "fork", marks=SLOW),
            pytest.param("spawn", ("fork", "spawn", "forkserver"), "fork", "spawn", marks=SLOW),
            pytest.param("forkserver", ("fork", "spawn"), "fork", "fork", marks=SLOW),
            pytest.param("fork", ("spawn",), "spawn", "spawn", marks=SLOW),
        ],
    )
    def test_the_interpreters_own_start_method_stands_for_processes_or_else_the_fastest(
        self, own, swept, fastest, expected
    ):
        ways = [*WAYS[:2], *(f"multiprocessing/{method}" for method in swept)]
        quick = f"multiprocessing/{fastest}"
        totals = {f"cpu_bound {quick}": on_cpus(2), f"io_bound {quick}": at_once(1.01)}
        found = verdicts(Machine(own_start=own, totals=totals).sweep(everything(ways)))
        for number in (1, 2, 4, 5, 8):
            named = {word.strip(":,") for word in abouts(found[number]).split() if word.startswith("multiprocessing/")}
            assert named == {f"multiprocessing/{expected}"}, number

    def test_the_other_start_methods_are_told_beside_the_answer(self):
        totals = {"cpu_bound multiprocessing/spawn": gained(0.5), "io_bound multiprocessing/spawn": at_once(1.5)}
        found = verdicts(Machine(totals=totals).sweep(LARGEST), of_overhead=False)
        assert found[1].remarks == ["The other start methods, the same ratio: multiprocessing/spawn 1.50 [1.50, 1.50]."]
        assert found[4].remarks == [
            "The other start methods, the same efficiency: multiprocessing/spawn 0.250 [0.250, 0.250]."
        ]
        assert found[1].answer is found[4].answer is CONFIRMED

    @pytest.mark.parametrize(
        ("cpus", "asked"),
        [
            *((2, [2]), (5, [2, 3, 4])),
            *(pytest.param(*row, marks=SLOW) for row in ((3, [2, 3]), (4, [2, 3, 4]), (16, [2, 3, 4, 8]))),
        ],
    )
    def test_the_efficiency_is_asked_at_every_number_of_workers_up_to_the_usable_cpus(self, cpus, asked):
        cases = frames.grid(COUNTS[-1:], workers=(1, 2, 3, 4, 8), ways=WAYS[:3])
        found = verdict(4, Machine(cpus=cpus).sweep(cases))
        efficiencies = [question.about for question in found.questions if question.about.startswith("efficiency")]
        assert [int(about.split(" of ")[1].split()[0]) for about in efficiencies] == asked
        assert found.answer is CONFIRMED

    @pytest.mark.parametrize("bad", [2, 4])
    def test_the_efficiency_of_each_number_of_workers_counts(self, bad):
        slow = {"cpu_bound multiprocessing": lambda call_s, n: call_s * (1.5 if n == bad else 1)}
        cases = frames.grid(COUNTS[-1:], workers=(1, 2, 4), ways=WAYS[:3])
        assert verdict(4, Machine(cpus=4, totals=slow).sweep(cases)).answer is NOT_CONFIRMED

    def test_waits_are_asked_at_the_most_workers_that_both_had_and_computing_within_the_cpus(self):
        cases = frames.grid([COUNTS[-1], WAITS[-1]], (1, 2, 4, 8), WAYS)
        cases = [case for case in cases if case.workers < 8 or case.mode == "threading"]
        found = verdicts(Machine(cpus=2).sweep(cases), of_overhead=False)
        assert all("n = 4" in question.about for question in found[1].questions)
        assert all("4 workers" in question.about for question in found[2].questions)
        assert "speedup of 2 threads" in abouts(found[3])
        assert [question.about.split(", ")[1] for question in found[8].questions] == ["2 workers"] * 2 + [
            "4 workers"
        ] * 2

    def test_the_overhead_is_asked_at_the_most_workers_within_the_cpus(self):
        cases = frames.grid(COUNTS, workers=(2, 3, 4), ways=WAYS[:3])
        found = verdicts(Machine(cpus=3).sweep(cases))[5]
        assert [question.about.split(", ")[1] for question in found.questions] == ["3 with multiprocessing/fork"] * 2
        assert [question.found.value for question in found.questions] == pytest.approx([0.005, 0.02])

    def test_the_ideal_of_more_workers_than_cpus_is_that_of_the_cpus(self):
        found = verdict(5, Machine(cpus=2).sweep(frames.grid(COUNTS, workers=(4,), ways=WAYS[:3])))
        assert [question.found.value for question in found.questions] == pytest.approx([0.005, 0.02])

    def test_the_overhead_does_not_hang_on_threads(self):
        trials = Machine(noise=0.002).sweep(frames.grid(COUNTS, workers=(2,), ways=WAYS[:3]))
        failed = (trials["mode"] == "threading") & (trials["repeat"] > 3)
        without = verdict(5, trials[trials["mode"] != "threading"])
        assert verdict(5, trials.assign(status=trials["status"].mask(failed, "failed"))) == without
        assert without.answer is CONFIRMED

    def test_the_largest_size_is_asked_that_ran_with_more_than_one_worker(self):
        larger = [("cpu_bound", (("NUM", 10**9),)), ("io_bound", (("TIME", 60.0),))]
        cases = frames.grid([*larger, *COUNTS[:3:-1], *WAITS[::-1]], workers=(1, 2), ways=WAYS[:3])
        cases = [case for case in cases if (case.workload, case.params) not in larger or case.calls == 1]
        found = verdicts(Machine().sweep(cases), of_overhead=False)
        for number, work in ((1, "io_bound (TIME = 1)"), (3, "cpu_bound (NUM = 10,240,000)")):
            assert all(question.about.endswith(work) for question in found[number].questions)

    def test_trials_of_strong_scaling_are_not_asked(self):
        larger = [("cpu_bound", (("NUM", 10**8),)), ("io_bound", (("TIME", 9.0),))]
        strong = frames.grid(larger, workers=(1, 4), ways=WAYS[:3], calls=8)
        machine = Machine(noise=0.002)
        mixed, alone = (verdicts(machine.sweep(cases), of_overhead=False) for cases in ([*LARGEST, *strong], strong))
        for number in (1, 2, 3, 4, 8):
            assert mixed[number].answer is CONFIRMED
            assert "100,000,000" not in abouts(mixed[number])
            assert "TIME = 9" not in abouts(mixed[number])
        assert {number: alone[number].answer for number in TESTABLE} == ALL_OPEN

    def test_the_overhead_is_not_asked_of_strong_scaling(self):
        strong = frames.grid(COUNTS, workers=(1, 2), ways=WAYS[:3], calls=8)
        trials = Machine().sweep([*strong, *grid_for(4)])
        assert break_even(trials)["gain"].notna().any()
        assert verdicts(trials)[5].answer is CANNOT_SAY


class TestWhatIsNoEvidence:
    @pytest.mark.parametrize(
        ("wait_s", "answer"),
        [pytest.param(0.1, CANNOT_SAY, marks=SLOW), (0.99, CANNOT_SAY), (1.0, NOT_CONFIRMED)],
    )
    def test_a_short_wait_does_not_refute_that_waits_overlap(self, wait_s, answer):
        cases = frames.grid([("io_bound", (("TIME", wait_s),))], (1, 2), WAYS)
        slow = Machine(totals={"io_bound multiprocessing": at_once(1.5)})
        every = verdicts(slow.sweep(cases), of_overhead=False)
        for found in (every[1], every[2]):
            assert found.answer is answer
            assert [settle for settle in found.settle if "TIME: 1," in settle] == found.settle
            assert bool(found.settle) == (answer is CANNOT_SAY)

    @pytest.mark.parametrize("number", [3, 4, 5, 8])
    def test_one_usable_cpu_says_nothing_of_what_runs_in_parallel(self, of_one_cpu, number):
        assert of_one_cpu[number].answer is CANNOT_SAY
        assert any("two or more usable CPUs" in settle for settle in of_one_cpu[number].settle)

    def test_processes_are_those_that_were_run_with_that_many_workers(self):
        cases = [one for one in LARGEST if (one.start_method, one.workers) != ("fork", 2)]
        found = verdicts(Machine().sweep(cases), of_overhead=False)
        assert "multiprocessing/spawn" in found[1].questions[1].about
        assert found[1].answer is CONFIRMED

    def test_threads_need_no_processes_at_their_side(self):
        cases = [*frames.grid(COUNTS[-1:], (2,), WAYS[:2]), *frames.grid(COUNTS[-1:], (4,), WAYS[2:3])]
        assert verdicts(Machine(cpus=4).sweep(cases))[3].answer is CONFIRMED

    def test_the_growth_of_the_overhead_says_how_many_blocks_it_is_from(self):
        few = verdicts(Machine().sweep(grid_for(5), 5))[5]
        assert [question.found.n for question in few.questions] == [5, 5]
        assert few.settle == ["an interval takes 6 blocks, there are 5"]
