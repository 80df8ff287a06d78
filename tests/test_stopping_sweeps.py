"""Sweeps that stop by themselves, are extended, and are topped up, with trials of known noise that take no time."""

import random
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.fakes import HOST, INTERPRETER, FakeExecutor, FakeWatch
from support.stores import change, created, rows

import runner
from runner import api
from runner.errors import BadInput
from runner.facts import Probe
from runner.here import Here
from runner.interrupt import Interrupt
from runner.matrix.source import parse
from runner.numbers.stopping import LOOKS
from runner.request import TrialRequest
from runner.store.merge import merge
from runner.store.read import Reader

MATRIX = {"workload": "cpu_bound", "NUM": [1_000_000, 2_000_000], "workers": 2, "mode": ["sequential", "threading"]}
GRID = {"name": "mine", "matrix": MATRIX, "warmup": 1, "seed": 7, "until": {"precision": "2%"}}
FIXED = {key: value for key, value in GRID.items() if key != "until"}
STORE = Path("runs.db")
QUIET, NOISY = 1_000_000, 2_000_000


class Noise:
    """Trials of the larger work differ by 3 % when threads run it, all others by 0.1 %.

    The noise of a trial depends on how many of its case there were before, so it is the same after an interruption.
    """

    def __init__(self) -> None:
        self.before: Counter[str] = Counter()

    def __call__(self, request: TrialRequest) -> float:
        named = f"{request.params} {request.mode}"
        self.before[named] += 1
        noisy = request.params["NUM"] == NOISY and request.mode != "sequential"
        return random.Random(f"{named} {self.before[named]}").lognormvariate(0, 0.03 if noisy else 0.001)


@pytest.fixture
def executor() -> FakeExecutor:
    """Return an executor of such trials, beside an empty store."""
    created(STORE)
    return FakeExecutor([], noise=Noise())


def ran(sweep: int = 1) -> list[dict[str, Any]]:
    """Return the trials of a sweep in their order."""
    return rows(
        STORE,
        "SELECT c.num, c.mode, t.warmup, t.repeat, t.position FROM trials AS t JOIN cases AS c ON c.id = t.case_id "
        "WHERE c.sweep_id = ? AND t.status = 'ok' ORDER BY t.id",
        sweep,
    )


def blocks_of(num: int, mode: str = "threading") -> list[int]:
    return [trial["repeat"] for trial in ran() if (trial["num"], trial["mode"], trial["warmup"]) == (num, mode, 0)]


def goal() -> dict[str, Any]:
    """Return what the store has of the goal of the first sweep."""
    (row,) = rows(
        STORE, "SELECT repeats, precision, budget_ns, most_blocks, closed_blocks, stopped FROM sweeps WHERE id = 1"
    )
    return row


class TestUntil:
    def test_settled_cases_leave_and_the_reason_and_the_precision_are_stored_and_returned(self, executor):
        sweep = runner.sweep(GRID, host=Here(executor))
        assert sweep.complete
        assert blocks_of(QUIET) == blocks_of(QUIET, "sequential") == [*range(1, 11)]
        assert blocks_of(NOISY) == blocks_of(NOISY, "sequential")
        assert blocks_of(NOISY)[-1] in LOOKS[1:-1]
        assert goal() == {
            "repeats": 10,
            "precision": 0.02,
            "budget_ns": None,
            "most_blocks": 80,
            "closed_blocks": 0,
            "stopped": "precision",
        }
        assert 0.001 < sweep.summary.sweep["precision_reached"] <= 0.02
        pairs = {row["num"]: row["n"] for row in rows(STORE, "SELECT num, n FROM v_speedups")}
        assert pairs == {QUIET: 10, NOISY: len(blocks_of(NOISY))}

    def test_a_budget_is_of_the_time_that_trials_took_and_not_of_the_clock(self, executor):
        """A block takes 2 · (1 + 2) ms sequentially and half of it with threads."""
        runner.sweep({**FIXED, "repeats": 2, "until": {"budget": 0.05}}, host=Here(executor))
        assert blocks_of(QUIET) == [1, 2, 3, 4, 5]
        assert (goal()["stopped"], goal()["budget_ns"]) == ("budget", 50_000_000)

    def test_an_older_fixed_number_of_blocks_has_no_reason(self, executor):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        assert goal() == {
            "repeats": 3,
            "precision": None,
            "budget_ns": None,
            "most_blocks": None,
            "closed_blocks": 0,
            "stopped": None,
        }

    @pytest.mark.parametrize(
        ("until", "stopped_after"),
        [({"precision": "2%"}, 3), ({"precision": "2%"}, 50), ({"precision": "2%", "budget": 0.12}, 46)],
        ids=str,
    )
    def test_after_an_interruption_a_resume_takes_the_same_decisions(self, executor, stopped_after, until):
        grid = {**GRID, "until": until}
        runner.sweep(grid, host=Here(FakeExecutor([], noise=Noise())), store=created(Path("whole.db")))
        with Interrupt() as interrupt:
            watch = FakeWatch([], at_end=lambda trial: interrupt.request() if trial == stopped_after else None)
            runner.sweep(grid, host=Here(executor), watch=watch, interrupt=interrupt)
        assert len(ran()) == stopped_after
        found = runner.resume(host=Here(executor))
        assert found is not None
        assert found.complete
        here, there = (rows(path, ORDER) for path in (STORE, Path("whole.db")))
        assert here == there

    def test_the_list_counts_at_most_until_it_ends_and_then_what_was_run(self, executor):
        with Interrupt() as interrupt:
            watch = FakeWatch([], at_end=lambda trial: interrupt.request() if trial == 3 else None)
            runner.sweep(GRID, host=Here(executor), watch=watch, interrupt=interrupt)
        assert listed() == (3, 4 * 81)
        runner.resume(host=Here(executor))
        done, planned = listed()
        assert done == planned == len(ran())


ORDER = """
    SELECT c.key, t.warmup, t.repeat, t.position, t.wall_ns FROM trials AS t JOIN cases AS c ON c.id = t.case_id
    ORDER BY t.id
"""


def listed() -> tuple[int, int]:
    with Reader(STORE) as reader:
        (row,) = reader.sweeps()
    return row["done"], row["planned"]


class TestOverrides:
    def test_take_the_place_of_the_keys_and_are_part_of_the_text_that_is_stored(self, executor):
        overrides = {"repeats": 3, "blocks": 4, "seed": 9, "timeout": 5.0}
        runner.sweep({**FIXED, "repeats": 2}, overrides=overrides, host=Here(executor))
        (row,) = rows(STORE, "SELECT repeats, most_blocks, seed, timeout_ns, grid_text FROM sweeps")
        text = row.pop("grid_text")
        assert row == {"repeats": 3, "most_blocks": 4, "seed": 9, "timeout_ns": 5 * 10**9}
        assert text.startswith("# With --repeats 3 --blocks 4 --seed 9 --timeout 5.0\n")
        kept = {**FIXED, "repeats": 3, "until": {"blocks": 4}, "seed": 9, "timeout": 5.0}
        assert parse("grid.yaml", text).value == kept

    def test_are_part_of_what_a_resume_looks_for(self, executor):
        runner.sweep({**FIXED, "repeats": 2}, host=Here(executor))
        for overrides, sweep_id in (({}, 1), ({"repeats": 3}, 2), ({"repeats": 3}, 2), ({"repeats": 4}, 3)):
            found = runner.sweep({**FIXED, "repeats": 2}, overrides=overrides, resume=True, host=Here(executor))
            assert found.id == sweep_id

    def test_leave_the_other_keys_of_until_as_they_are(self, executor):
        runner.sweep(GRID, overrides={"budget": "0.001s"}, host=Here(executor))
        assert (goal()["precision"], goal()["budget_ns"], goal()["stopped"]) == (0.02, 1_000_000, "budget")

    @pytest.mark.parametrize(
        ("overrides", "message"),
        [
            (
                {"precision": "2"},
                "matrix: --precision: expected a share between 0 and 100 %, such as 2% or 0.02, got '2'",
            ),
            ({"budget": "ten"}, "matrix: --budget: expected a time such as 90s, 10m or 1.5h, got 'ten'"),
            ({"repeats": 0}, "matrix: --repeats: expected at least 1, got 0"),
            ({"blocks": 5}, "matrix: --blocks: expected at least `repeats`, which is 10, and it is 5"),
        ],
        ids=str,
    )
    def test_that_cannot_be_are_refused_by_the_name_of_the_option(self, overrides, message):
        with pytest.raises(BadInput) as error:
            runner.sweep(GRID, overrides=overrides, host=Here(FakeExecutor([])))
        assert str(error.value) == message
        assert not STORE.exists()


class TestExtend:
    def test_by_blocks_runs_all_cases_in_blocks_after_the_last(self, executor):
        first = runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        before = ran()
        found = api.extend(first.id, blocks=2, host=Here(executor))
        assert found.complete
        assert ran()[: len(before)] == before
        assert [trial["repeat"] for trial in ran()[len(before) :]] == [4] * 4 + [5] * 4
        assert goal() == {
            "repeats": 5,
            "precision": None,
            "budget_ns": None,
            "most_blocks": None,
            "closed_blocks": 3,
            "stopped": None,
        }
        assert listed() == (20 + 4, 20 + 4)

    def test_by_a_precision_runs_what_is_not_known_so_well(self, executor):
        runner.sweep({**FIXED, "repeats": 10}, host=Here(executor))
        api.extend("mine", precision="2%", host=Here(executor))
        assert blocks_of(QUIET)[-1] == 10
        assert blocks_of(NOISY)[-1] in LOOKS[1:]
        assert (goal()["closed_blocks"], goal()["stopped"]) == (10, "precision")

    def test_by_a_budget_goes_on_to_the_precision_that_the_sweep_was_to_reach(self, executor):
        runner.sweep({**GRID, "until": {"precision": "2%", "blocks": 10}}, host=Here(executor))
        assert goal()["stopped"] == "blocks"
        api.extend(1, budget="0.02s", host=Here(executor))
        assert blocks_of(QUIET)[-1] == 10
        assert 10 < blocks_of(NOISY)[-1] < 16
        assert (goal()["precision"], goal()["stopped"]) == (0.02, "budget")

    def test_that_is_interrupted_is_resumed(self, executor):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        with Interrupt() as interrupt:
            watch = FakeWatch([], at_end=lambda trial: interrupt.request() if trial == 18 else None)
            found = api.extend(1, blocks=2, host=Here(executor), watch=watch, interrupt=interrupt)
        assert not found.complete
        runner.resume(host=Here(executor))
        assert Counter(trial["repeat"] for trial in ran() if not trial["warmup"]) == dict.fromkeys(range(1, 6), 4)

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({}, "say by how much: --blocks 10, --precision 2% or --budget 10m."),
            ({"blocks": 0}, "--blocks: expected at least 1, got 0"),
            ({"precision": "2"}, "--precision: expected a share"),
        ],
        ids=str,
    )
    def test_is_refused_for_bad_values(self, executor, more, message):
        runner.sweep({**FIXED, "repeats": 1}, host=Here(executor))
        before = goal()
        with pytest.raises(BadInput) as error:
            api.extend(1, **more, host=Here(executor))
        assert str(error.value).startswith(message)
        assert goal() == before

    @pytest.mark.parametrize("into", ["the older copy", "the extended one"])
    def test_on_another_copy_of_the_store_gives_both_the_new_goal_when_they_are_merged(self, executor, into):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        shutil.copy(STORE, "older.db")
        api.extend(1, precision="50%", budget="1h", host=Here(executor))
        extended, trials = goal(), ran()
        ours, theirs = (Path("older.db"), STORE) if into == "the older copy" else (STORE, Path("older.db"))
        merge(ours, theirs, Interrupt())
        shutil.move(ours, STORE)
        assert goal() == extended
        assert len(ran()) == len(trials)
        assert listed() == (len(trials), len(trials))
        (row,) = rows(STORE, "SELECT ended_at FROM sweeps")
        assert row["ended_at"]

    def test_is_refused_for_a_sweep_that_is_not_complete(self, executor):
        runner.sweep({**FIXED, "repeats": 1}, host=Here(executor))
        change(STORE, "UPDATE sweeps SET ended_at = NULL")
        with pytest.raises(BadInput, match=r"sweep 1 is not complete\. Finish it with: runner resume 1"):
            api.extend(1, blocks=1, host=Here(executor))

    def test_is_refused_on_another_host_and_another_interpreter(self, executor, monkeypatch):
        runner.sweep({**FIXED, "repeats": 1}, host=Here(executor))
        before = goal()
        for interpreter, host, message in (
            (INTERPRETER, replace(HOST, hostname="other"), r"was begun on the host bench-1\. .* Extend it there"),
            (replace(INTERPRETER, label="pypy 7.3"), HOST, r"was begun on cpython 3\.11\.2, and this is pypy 7\.3"),
        ):
            probe = Probe(interpreter=interpreter, host=host, allowed_cpus=(0, 1))
            monkeypatch.setattr(FakeExecutor, "probe", lambda *_, probe=probe: probe)
            with pytest.raises(BadInput, match=message):
                api.extend(1, blocks=1, host=Here(executor))
        assert goal() == before

    def test_no_precision_is_judged_after_the_last_look(self, executor, monkeypatch):
        monkeypatch.setattr("runner.extension.MOST_BLOCKS", 2)
        runner.sweep({**FIXED, "repeats": 2}, host=Here(executor))
        with pytest.raises(BadInput, match="sweep 1 has 2 blocks, and after 2 no precision is judged: --blocks adds a"):
            api.extend(1, precision="0.01%", host=Here(executor))
        assert goal()["closed_blocks"] == 0


WIDER = {**FIXED, "repeats": 2, "matrix": {**MATRIX, "mode": ["sequential", "threading", "multiprocessing"]}}


class TestTopUp:
    def test_runs_only_what_is_new_with_its_baselines_in_blocks_of_their_own(self, executor):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        before = ran()
        found = runner.sweep(WIDER, top_up=True, host=Here(executor))
        assert (found.id, found.complete) == (1, True)
        new = ran()[len(before) :]
        assert {trial["mode"] for trial in new if trial["warmup"]} == {"multiprocessing"}
        assert Counter((t["repeat"], t["mode"]) for t in new if not t["warmup"]) == {
            (repeat, mode): 2 for repeat in (4, 5) for mode in ("sequential", "multiprocessing")
        }
        pairs = rows(STORE, "SELECT mode, num, n FROM v_speedups ORDER BY mode, num")
        assert pairs == [
            {"mode": mode, "num": num, "n": n}
            for mode, n in (("multiprocessing", 2), ("threading", 3))
            for num in (QUIET, NOISY)
        ]
        assert (goal()["repeats"], goal()["closed_blocks"]) == (5, 3)
        assert listed()[0] == listed()[1] == len(ran())

    def test_makes_the_sweep_one_of_the_wider_grid(self, executor):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        runner.sweep(WIDER, top_up=True, host=Here(executor))
        count = len(ran())
        assert runner.sweep(WIDER, resume=True, host=Here(executor)).id == 1
        assert runner.sweep(WIDER, top_up=True, host=Here(executor)).id == 1
        assert len(ran()) == count
        assert api.extend(1, blocks=1, host=Here(executor)).complete
        assert len(ran()) == count + 6

    def test_that_is_interrupted_goes_on_with_the_new_cases_alone(self, executor):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        before = len(ran())
        with Interrupt() as interrupt:
            watch = FakeWatch([], at_end=lambda trial: interrupt.request() if trial == before + 4 else None)
            runner.sweep(WIDER, top_up=True, host=Here(executor), watch=watch, interrupt=interrupt)
        runner.resume(host=Here(executor))
        assert len(ran()) == before + 2 + 2 * 4

    def test_looks_at_the_new_cases_after_their_own_blocks(self, executor):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        runner.sweep({**WIDER, "repeats": 10, "until": {"precision": "2%"}}, top_up=True, host=Here(executor))
        assert blocks_of(QUIET, "multiprocessing") == [*range(4, 14)]
        assert len(blocks_of(NOISY, "multiprocessing")) in LOOKS

    @pytest.mark.parametrize(
        ("grid", "message"),
        [
            (
                {**FIXED, "repeats": 9},
                "has all cases of this grid, in 3 blocks: nothing is new. `runner extend 1 --b",
            ),
            ({**FIXED, "name": "other"}, "no sweep of the name other has only cases of this grid"),
            ({**FIXED, "matrix": {**MATRIX, "NUM": 5}}, "no sweep of the name mine has only cases of this grid"),
            ({**WIDER, "timeout": 9}, "with the same warm-up and timeout"),
        ],
        ids=["nothing new", "another name", "other cases", "another timeout"],
    )
    def test_is_refused_where_nothing_is_to_be_added(self, executor, grid, message):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        with pytest.raises(BadInput, match=message):
            runner.sweep(grid, top_up=True, host=Here(executor))
        assert len(rows(STORE, "SELECT id FROM sweeps")) == 1

    def test_and_a_resume_name_the_command_that_finishes_a_sweep_which_is_not_complete(self, executor):
        runner.sweep({**FIXED, "repeats": 1}, host=Here(executor))
        change(STORE, "UPDATE sweeps SET ended_at = NULL")
        with pytest.raises(BadInput, match=r"sweep 1 is not complete\. Finish it with: runner resume 1"):
            runner.sweep(WIDER, top_up=True, host=Here(executor))
        watch = FakeWatch([])
        runner.sweep({**FIXED, "repeats": 2}, resume=True, watch=watch, host=Here(executor))
        told = "in 1 block. Finish it with: runner resume 1. This is a new sweep."
        assert any(event == "tell" and words.endswith(told) for event, words in watch.events)

    def test_begins_a_sweep_where_there_is_no_store(self):
        assert runner.sweep(WIDER, top_up=True, host=Here(FakeExecutor([]))).id == 1

    @pytest.mark.parametrize(
        ("grid", "said"),
        [
            (
                {**FIXED, "repeats": 9},
                "Sweep 1 (mine) has all cases of this grid, in 3 blocks. `runner extend 1 --blocks 10` adds",
            ),
            (WIDER, "Sweep 1 (mine) has all cases of this grid but 2, in 3 blocks: with --top-up, only these are run"),
        ],
        ids=["repeats", "wider"],
    )
    def test_a_resume_of_a_grid_that_differs_a_little_says_what_is_there(self, executor, grid, said):
        runner.sweep({**FIXED, "repeats": 3}, host=Here(executor))
        watch = FakeWatch([])
        assert runner.sweep(grid, resume=True, watch=watch, host=Here(executor)).id == 2
        told = [words for event, words in watch.events if event == "tell"]
        assert any(words.startswith(said) and words.endswith("This is a new sweep.") for words in told), told
