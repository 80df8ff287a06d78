"""`runner list` and `runner show`: what is in a store."""

import fcntl
import json
import re
import shutil
from pathlib import Path

import pytest
from support.shared import Swept
from support.stores import BASELINE, THREADS, Planned, created, fill, outcome, rows, timing

from runner import running
from runner.host import lock
from runner.outcome import Status

STORE = Path("runs.db")


@pytest.fixture
def six(study: Swept, own_folder: Path) -> Path:
    """Lay out the store of a sweep of the study's six cases."""
    return Path(shutil.copy(study.store, own_folder))


@pytest.fixture
def three_sweeps(own_folder: Path) -> None:
    """Make a store with an unfinished sweep of 12 trials between two that are complete."""
    ok, failed = outcome(), outcome(Status.FAILED, reason="worker 0: ValueError: no")
    both = [Planned(case=BASELINE, outcome=ok), Planned(case=THREADS, outcome=failed)]
    fill(STORE, both, name="first", repeats=1, warmup=0, ended_at="2024-01-02T03:05:00.000Z")
    fill(STORE, [Planned(outcome=ok), Planned(outcome=outcome(Status.INTERRUPTED), repeat=2)], name="second")
    fill(STORE, both, name="first", repeats=1, warmup=0, ended_at="2024-01-02T03:06:00.000Z", seed=8)


class TestList:
    def test_has_a_line_for_each_sweep(self, three_sweeps, cli):
        result = cli("list")
        assert result.code == 0
        heading, _, *lines = result.out.splitlines()
        assert heading.split() == ["sweep", "name", "started", "state", "cases", "trials", "failures"]
        assert [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<when>", " ".join(line.split())) for line in lines] == [
            "1 first <when> complete 2 2 of 2 1",
            "2 second <when> unfinished 2 1 of 12 –",
            "3 first <when> complete 2 2 of 2 1",
        ]

    def test_says_how_to_finish_what_is_unfinished(self, three_sweeps, cli):
        assert cli("list").err == "Finish the newest unfinished one with: runner resume\n"
        STORE.rename("lab.db")
        assert "runner resume --store lab.db" in cli("list", "--store", "lab.db").err

    def test_names_the_sweep_that_runs_and_does_not_say_how_to_finish_it(self, three_sweeps, cli):
        lock.location().write_text(json.dumps({"doing": running.note(2, "second", STORE)}))
        with lock.location().open() as theirs:
            fcntl.flock(theirs, fcntl.LOCK_EX)
            result, shown, answer = cli("list"), cli("show", "2"), cli("list", "--json").json
        assert "running" in result.out.splitlines()[3].split()
        assert (result.err, shown.err) == ("", "")
        assert "\nended     not yet, it is running\n" in shown.out
        assert [sweep["running"] for sweep in answer] == [False, True, False]

    @pytest.mark.parametrize(
        ("columns", "heading"),
        [
            ("80", "sweep name started state cases trials failures"),
            ("70", "sweep name started state trials failures"),
            ("63", "sweep name started state trials"),
            ("53", "sweep name state trials"),
        ],
    )
    def test_leaves_columns_out_in_a_narrow_terminal(self, three_sweeps, cli, monkeypatch, columns, heading):
        monkeypatch.setenv("COLUMNS", columns)
        first, _, *lines = cli("list").out.splitlines()
        assert first.split() == heading.split()
        assert all(len(line.rstrip()) <= int(columns) for line in lines)
        assert len(lines) == 3

    def test_quiet_is_the_numbers_alone(self, three_sweeps, cli):
        result = cli("list", "--quiet")
        assert (result.code, result.out, result.err) == (0, "1\n2\n3\n", "")

    def test_as_json_is_an_array_of_objects(self, three_sweeps, cli):
        answer = cli("list", "--json").json
        assert [(sweep["sweep_id"], sweep["sweep"], sweep["complete"]) for sweep in answer] == [
            (1, "first", True),
            (2, "second", False),
            (3, "first", True),
        ]
        assert [(sweep["case_count"], sweep["planned"], sweep["done"], sweep["failures"]) for sweep in answer] == [
            (2, 2, 2, 1),
            (2, 12, 1, 0),
            (2, 2, 2, 1),
        ]

    @pytest.mark.parametrize(("words", "out"), [([], ""), (["--quiet"], ""), (["--json"], "[]\n")])
    def test_of_a_store_without_sweeps_is_empty_and_no_error(self, cli, words, out):
        created(STORE)
        result = cli("list", *words)
        assert (result.code, result.out) == (0, out)
        assert bool(result.err) == (words == [])

    def test_without_a_store_says_what_makes_one_and_makes_none(self, cli, own_folder):
        result = cli("list")
        assert (result.code, result.out) == (3, "")
        assert result.err == "runner: runs.db: there is no store yet; `runner sweep --matrix grid.yaml` makes one.\n"
        assert list(own_folder.iterdir()) == []


class TestShowASweep:
    def test_says_what_it_was_run_with_and_what_came_of_each_case(self, six, cli):
        result = cli("show", "1")
        assert result.code == 0
        (sweep,) = rows(six, "SELECT * FROM sweeps")
        heading = dict(line.split(maxsplit=1) for line in result.out.splitlines()[:9])
        assert heading["sweep"] == "1 (grid)"
        assert heading["started"] == sweep["started_at"]
        assert heading["ended"] == sweep["ended_at"]
        assert heading["grid"] == f"grid.yaml, sha256 {sweep['grid_sha256'][:12]}"
        assert heading["order"] == f"seed {sweep['seed']}, 2 blocks, 1 warm-up block"
        assert heading["command"] == sweep["command_line"]
        assert len(re.findall(r" (?:µs|ms|s) +(?:base|\d[\d.,]+ ×)", result.out)) == 6
        assert "cannot say" in result.out.splitlines()[-1]

    @pytest.mark.parametrize(("reference", "shown"), [("1", "1 (first)"), ("first", "3 (first)"), ("2", "2 (second)")])
    def test_by_number_or_the_newest_by_name(self, three_sweeps, cli, reference, shown):
        assert cli("show", reference).out.splitlines()[0].split(maxsplit=1)[1] == shown

    def test_is_the_newest_where_none_is_named(self, three_sweeps, cli):
        assert cli("show").out == cli("show", "3").out

    def test_of_a_store_without_sweeps_says_what_makes_one(self, cli):
        created(STORE)
        result = cli("show")
        assert (result.code, result.out) == (2, "")
        assert result.err == "runner: runs.db: no sweep yet; `runner sweep --matrix grid.yaml` runs one.\n"

    def test_names_each_failure_with_its_reason(self, three_sweeps, cli):
        assert "trial 2 failed: worker 0: ValueError: no\n" in cli("show", "1").out

    def test_counts_failures_by_reason_and_those_of_warm_up_blocks_apart(self, cli):
        no = [
            Planned(outcome=outcome(Status.FAILED, reason=f"worker {repeat % 2}: ValueError: no"), repeat=repeat)
            for repeat in range(1, 8)
        ]
        late = [
            Planned(outcome=outcome(Status.TIMEOUT, reason="late"), warmup=True, repeat=repeat) for repeat in (1, 2)
        ]
        fill(
            STORE, [*late, *no, Planned(outcome=outcome(Status.CRASHED, reason="gone"), repeat=9)], repeats=9, warmup=2
        )
        printed = cli("show").out
        assert printed.partition("legend")[0].count("–") > 0
        lines = [line for line in printed.splitlines() if " trial" in f" {line}" and ":" in line][:3]
        assert lines == [
            "7 trials failed, such as: worker 1: ValueError: no (trials 3, 4, 5, …)",
            "trial 10 crashed: gone",
            "2 warm-up trials timeout: late (trials 1, 2)",
        ]
        (threads,) = (line for line in printed.splitlines() if line.startswith("  threading ×2"))
        assert threads.split()[-1] == "8"

    def test_names_twelve_reasons_and_counts_the_rest(self, cli):
        reasons = [f"{'x' * repeat} is wrong" for repeat in range(1, 16)]
        failed = [outcome(Status.FAILED, reason=reason) for reason in reasons]
        fill(STORE, [Planned(outcome=one, repeat=repeat) for repeat, one in enumerate(failed, 1)], repeats=15)
        printed = cli("show", "1").out
        assert len(re.findall(r"^trial \d+ failed: ", printed, re.MULTILINE)) == 12
        assert "… and 3 reasons more, in v_trials" in printed

    def test_says_how_to_finish_what_is_unfinished(self, three_sweeps, cli):
        assert cli("show", "2").err == "Unfinished; go on with: runner resume 2\n"
        assert cli("show", "1").err == ""

    def test_as_json_is_one_object(self, three_sweeps, cli):
        answer = cli("show", "2", "--json").json
        assert (answer["sweep_id"], answer["sweep"], answer["complete"]) == (2, "second", False)
        assert answer["answer"] == [
            "cpu_bound(NUM=10): threading ×2 was the fastest; no sequential calls to compare with have succeeded."
        ]
        assert [(case["mode"], case["n"]) for case in answer["cases"]] == [("sequential", 0), ("threading", 1)]


class TestShowATrial:
    @pytest.mark.parametrize(("workload", "verb"), [("cpu_bound", "Countdown"), ("io_bound", "Waiting")])
    @pytest.mark.parametrize(
        ("mode", "processes", "threads"),
        [
            ("sequential", ["MainProcess"], ["MainThread"]),
            ("threading", ["MainProcess"], ["Thread-1 ({})", "Thread-2 ({})"]),
            ("multiprocessing", ["ForkProcess-1", "ForkProcess-2"], ["MainThread"]),
        ],
    )
    def test_is_the_log_that_the_study_printed(self, six, cli, workload, verb, mode, processes, threads):
        sql = "SELECT MIN(trial_id) AS trial_id FROM v_trials WHERE workload = ? AND mode = ?"
        (trial,) = rows(six, sql, workload, mode)
        printed = cli("show", "1", "--trial", str(trial["trial_id"])).out.splitlines()
        title, *lines, finished = (line for line in printed if not line.startswith("noisy: "))
        assert title.startswith(f"trial {trial['trial_id']}: {workload}(")
        assert re.fullmatch(r"Finished in \d+\.\d{3} seconds", finished)
        calls = [
            re.fullmatch(rf"\| (\d+) \| (.+) \| (.+) \| ---> {verb} (BEGIN|END after \d+\.\d{{3}} seconds)", line)
            for line in lines
        ]
        assert all(calls), lines
        assert [call[4][:3] for call in calls].count("BEG") == [call[4][:3] for call in calls].count("END") == 2
        assert {call[2] for call in calls} == set(processes)
        assert {call[3] for call in calls} == {thread.format(workload) for thread in threads}
        assert len({call[1] for call in calls}) == len(processes)

    def test_is_in_the_order_of_time_to_the_millisecond(self, cli):
        late = timing(0, pid=4711, begin_ns=3_000_000, end_ns=1_503_000_000)
        early = timing(1, pid=4711, begin_ns=2_000_000, end_ns=12_002_400_000)
        fill(STORE, [Planned(outcome=outcome(wall_ns=12_345_678_901, timings=[late, early]), position=2)])
        assert cli("show", "1", "--trial", "1").out.splitlines() == [
            "trial 1: cpu_bound(NUM=10) threading ×2, block 1, place 2, 2024-01-02T03:04:05.678Z",
            "| 4711 | MainProcess | Thread-2 (cpu_bound) | ---> Countdown BEGIN",
            "| 4711 | MainProcess | Thread-1 (cpu_bound) | ---> Countdown BEGIN",
            "| 4711 | MainProcess | Thread-1 (cpu_bound) | ---> Countdown END after 1.500 seconds",
            "| 4711 | MainProcess | Thread-2 (cpu_bound) | ---> Countdown END after 12.000 seconds",
            "Finished in 12.346 seconds",
        ]

    def test_needs_no_sweep_to_be_named(self, three_sweeps, cli):
        assert cli("show", "--trial", "2").out == cli("show", "1", "--trial", "2").out
        missing = cli("show", "--trial", "99")
        assert (missing.code, missing.err) == (
            2,
            "runner: runs.db: sweep 3 has no trial 99. Its trials are among 5 to 6.\n",
        )

    def test_says_what_went_wrong_where_and_what_was_printed(self, cli):
        raised = timing(0, error_type="ValueError", error_message="no", traceback="Somewhere, line 3\nValueError: no")
        failed = outcome(Status.FAILED, reason="worker 0: ValueError: no", timings=[raised], output="[red]loud[/red]")
        fill(STORE, [Planned(outcome=failed, warmup=True, noisy="workers waited 9% of their time")])
        printed = cli("show", "1", "--trial", "1").out
        assert "warm-up block 1" in printed
        assert "noisy: workers waited 9% of their time" in printed
        assert "---> Countdown FAILED after 0.000 seconds: ValueError: no" in printed
        assert "Status failed: worker 0: ValueError: no" in printed
        assert "worker 0, call 0:\nSomewhere, line 3\nValueError: no\n" in printed
        assert printed.endswith("It printed:\n[red]loud[/red]\n")

    def test_without_any_reply_says_so(self, cli):
        reason = "still running after its timeout of 0.3 s"
        fill(STORE, [Planned(outcome=outcome(Status.TIMEOUT, wall_ns=None, reason=reason))])
        _, *lines = cli("show", "1", "--trial", "1").out.splitlines()
        assert lines == [f"Status timeout: {reason}"]

    def test_as_json_has_every_call(self, six, cli):
        sql = "SELECT MIN(trial_id) AS trial_id FROM v_trials WHERE workload = 'io_bound' AND mode = 'multiprocessing'"
        (trial,) = rows(six, sql)
        answer = cli("show", "1", "--trial", str(trial["trial_id"]), "--json").json
        assert (answer["trial_id"], answer["status"], answer["workers"]) == (trial["trial_id"], "ok", 2)
        assert answer["params"] == {"TIME": 0.01}
        assert [(call["worker"], call["process_name"]) for call in answer["timings"]] == [
            (0, "ForkProcess-1"),
            (1, "ForkProcess-2"),
        ]
