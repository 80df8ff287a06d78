"""Which way is recommended, from times that are known."""

import random
import statistics as plain
from collections.abc import Mapping

import pandas as pd
import pytest
from support import frames
from support.frames import CPU, IO, WAYS, of_way

from analysis.grouping import PANEL
from analysis.recommend import recommendations
from runner.matrix.case import Case

SEQUENTIAL, THREADS, FORK, SPAWN, _ = WAYS


def named(walls_s: Mapping[tuple[str, int], float], calls: int | None = None) -> dict[Case, float]:
    """Return cases by way and number of workers (of sequential calls: by their number)."""
    return {of_way(way, CPU, workers, calls): seconds for (way, workers), seconds in walls_s.items()}


def only(trials: pd.DataFrame) -> dict:
    (row,) = recommendations(trials).to_dict("records")
    return row


def cheapest(row: dict) -> tuple[str, int]:
    return row["cheapest_way"], row["cheapest_workers"]


def fastest(row: dict) -> tuple[str, int, int]:
    return row["fastest_way"], row["fastest_workers"], row["fastest_calls"]


class TestFastest:
    def test_is_the_case_whose_median_is_least(self):
        walls_s = {of_way(THREADS): lambda block: [5.0, 1.0, 3.0][block - 1], of_way(FORK): 2.9, of_way(SPAWN): 3.1}
        assert fastest(only(frames.trials(walls_s, 3))) == (FORK, 2, 2)

    def test_is_by_the_time_of_a_call_where_the_work_grows_with_the_workers(self):
        walls_s = named({(SEQUENTIAL, 1): 1.0, (FORK, 1): 1.1, (FORK, 2): 1.2, (FORK, 4): 2.6})
        row = only(frames.trials(walls_s))
        assert fastest(row) == (FORK, 2, 2)
        assert row["fastest_s"] == pytest.approx(0.6)

    def test_is_by_the_total_where_the_work_is_shared_out(self):
        walls_s = named({(SEQUENTIAL, 1): 8.0, (FORK, 2): 4.2, (FORK, 4): 2.4, (FORK, 8): 2.5}, calls=8)
        row = only(frames.trials(walls_s))
        assert fastest(row) == (FORK, 4, 8)
        assert row["fastest_s"] == pytest.approx(0.3)
        assert row["scaling"] == "strong"

    def test_may_be_sequential_calls(self):
        row = only(frames.trials(named({(SEQUENTIAL, 2): 1.0, (THREADS, 2): 1.1, (FORK, 2): 1.3})))
        assert fastest(row) == (SEQUENTIAL, 1, 2)


@pytest.mark.parametrize(("disturbed", "is_busy"), [(3, False), (4, True)])
def test_says_where_most_trials_were_disturbed(disturbed, is_busy):
    trials = frames.trials(named({(SEQUENTIAL, 2): 2.0, (FORK, 2): 1.0}))
    noisy = ["steal 9 %"] * disturbed + [None] * (len(trials) - disturbed)
    assert only(trials.assign(noisy=noisy))["is_busy"] is is_busy


class TestCheapest:
    @pytest.mark.parametrize(
        ("walls_s", "expected"),
        [
            pytest.param({(SEQUENTIAL, 2): 1.04, (THREADS, 2): 1.02, (FORK, 2): 1.0}, (SEQUENTIAL, 1), id="sequential"),
            pytest.param({(SEQUENTIAL, 2): 1.06, (THREADS, 2): 1.02, (FORK, 2): 1.0}, (THREADS, 2), id="threads"),
            pytest.param({(SEQUENTIAL, 2): 1.06, (THREADS, 2): 1.06, (FORK, 2): 1.0}, (FORK, 2), id="processes"),
            pytest.param({(THREADS, 4): 4.0, (THREADS, 2): 2.08, (FORK, 1): 1.0}, (THREADS, 2), id="fewer workers"),
            pytest.param({(THREADS, 4): 4.0, (FORK, 1): 1.0}, (THREADS, 4), id="threads before fewer processes"),
            pytest.param({(FORK, 2): 2.04, (SPAWN, 2): 2.02, (SPAWN, 4): 4.0}, (SPAWN, 2), id="then less time"),
        ],
    )
    def test_is_the_first_within_five_per_cent_of_what_has_least_to_be_started(self, walls_s, expected):
        assert cheapest(only(frames.trials(named(walls_s)))) == expected

    @pytest.mark.parametrize(
        ("ways", "expected"),
        [
            (("asyncio", "process_pool/fork", "interpreter_pool"), "asyncio"),
            (("multiprocessing/fork", "thread_pool", "interpreter_pool"), "thread_pool"),
            (("multiprocessing/fork", "process_pool/spawn", "interpreter_pool"), "interpreter_pool"),
            (("something new", "process_pool/spawn"), "process_pool/spawn"),
        ],
    )
    def test_of_ways_as_fast_as_each_other_starts_least(self, ways, expected):
        row = only(frames.trials({of_way(way): 1.0 for way in ways}))
        assert row["cheapest_way"] == expected

    @pytest.mark.parametrize(
        ("threads_s", "expected"),
        [(1.0499, (THREADS, 2)), (1.05, (THREADS, 2)), (1.0501, (FORK, 2))],
    )
    def test_is_as_fast_as_the_fastest_up_to_five_per_cent(self, threads_s, expected):
        row = only(frames.trials(named({(THREADS, 2): threads_s, (FORK, 2): 1.0})))
        assert cheapest(row) == expected

    def test_is_judged_within_blocks_whatever_the_drift(self):
        drift = [1.0, 3.0, 0.5, 1.5, 2.0, 1.2, 0.9]
        walls_s = {
            of_way(THREADS): lambda block: 1.04 * drift[block - 1],
            of_way(FORK): lambda block: drift[block - 1],
        }
        row = only(frames.trials(walls_s, 7))
        assert cheapest(row) == (THREADS, 2)
        assert [row["ratio"], row["low"], row["high"]] == pytest.approx([1.04] * 3)
        assert row["n"] == 7

    @pytest.mark.parametrize("seed", range(3))
    def test_has_the_median_of_the_ratios_of_its_blocks(self, seed):
        chance = random.Random(seed)
        times = {way: [chance.uniform(1, 1.04) for _ in range(9)] for way in (THREADS, FORK)}
        walls_s = {of_way(way): lambda block, way=way: times[way][block - 1] for way in times}
        missing = chance.sample(range(1, 10), 2)
        trials = frames.trials(walls_s, 9)
        trials = trials[~((trials["way"] == THREADS) & trials["repeat"].isin(missing))]
        counted = {
            way: {block: own[block - 1] for block in range(1, 10) if way == FORK or block not in missing}
            for way, own in times.items()
        }
        quick = min(counted, key=lambda way: plain.median(counted[way].values()))
        row = only(trials)
        assert row["fastest_way"] == quick
        assert row["cheapest_way"] == THREADS
        ratios = [counted[THREADS][block] / counted[quick][block] for block in counted[THREADS]]
        assert row["ratio"] == pytest.approx(plain.median(ratios))
        assert row["n"] == 7

    def test_has_no_interval_with_few_blocks(self):
        row = only(frames.trials(named({(SEQUENTIAL, 2): 2.0, (FORK, 2): 1.0}), 5))
        assert pd.isna(row["low"])
        assert pd.isna(row["high"])
        assert (row["ratio"], row["n"]) == (1.0, 5)


class TestTies:
    @pytest.mark.parametrize(
        ("unlike", "expected"),
        [(0, "threading ×2, multiprocessing/spawn ×2"), (1, "multiprocessing/spawn ×2"), (2, "")],
    )
    def test_are_the_other_cases_that_the_interval_does_not_tell_from_the_fastest(self, unlike, expected):
        """The fastest always takes 1 s. A case like it takes a little less in some blocks."""
        walls_s = {of_way(FORK): 1.0}
        for place, one in enumerate([of_way(THREADS), of_way(SPAWN)]):
            below = 1.01 if place < unlike else 0.99
            walls_s[one] = lambda block, below=below: (below, 1.02)[block % 2]
        row = only(frames.trials(walls_s, 9))
        assert row["fastest_way"] == FORK
        assert row["tied"] == expected

    def test_do_not_name_a_way_twice_for_other_numbers_of_sequential_calls(self):
        row = only(frames.trials(named({(SEQUENTIAL, 1): 1.0, (SEQUENTIAL, 2): 2.0, (THREADS, 2): 2.0}), 9))
        assert (row["fastest_way"], row["tied"]) == (SEQUENTIAL, "threading ×2")


class TestPanels:
    def test_have_a_row_each_in_their_order(self):
        works = [IO, ("cpu_bound", (("NUM", 2_000_000),)), CPU]
        table = recommendations(frames.steady(frames.grid(works), 3))
        assert list(table["work"]) == [
            "cpu_bound (NUM = 1,000,000)",
            "cpu_bound (NUM = 2,000,000)",
            "io_bound (TIME = 0.1)",
        ]
        assert list(table.columns[: len(PANEL)]) == PANEL

    def test_of_fixed_and_of_growing_work_are_apart(self):
        cases = [*frames.grid([CPU], ways=WAYS[:3]), *frames.grid([CPU], ways=WAYS[:3], calls=8)]
        table = recommendations(frames.steady(cases, 3))
        assert list(table["panel"]) == [
            "cpu_bound (NUM = 1,000,000), one call a worker",
            "cpu_bound (NUM = 1,000,000), 8 calls in all",
        ]
        assert list(table["fastest_calls"].map(lambda calls: calls == 8)) == [False, True]

    def test_with_one_case_have_no_choice_and_no_row(self):
        trials = frames.steady([of_way(SEQUENTIAL, IO, 2), *frames.grid([CPU])], 3)
        assert list(recommendations(trials)["workload"]) == ["cpu_bound"]

    def test_are_of_one_sweep_and_interpreter(self):
        one = frames.loaded(named({(SEQUENTIAL, 2): 2.0, (FORK, 2): 1.0}))
        other = frames.loaded(named({(SEQUENTIAL, 2): 1.0, (FORK, 2): 2.0}), sweep_id=2, sweep="again")
        other = other.assign(case_id=other["case_id"] + 2, baseline_id=other["baseline_id"] + 2)
        table = recommendations(frames.grouping.grouped(pd.concat([one, other], ignore_index=True)))
        assert list(zip(table["sweep_id"], table["fastest_way"], strict=True)) == [(1, FORK), (2, SEQUENTIAL)]

    def test_are_of_one_host(self):
        trials = frames.loaded({of_way(SEQUENTIAL): lambda block: [2.0, 1.0][block - 1], of_way(FORK): 1.5}, 2)
        trials.loc[trials["repeat"] == 2, ["host_id", "host"]] = [2, "bench-2"]
        table = recommendations(frames.grouping.grouped(trials))
        assert list(zip(table["setting"], table["fastest_way"], table["n"], strict=True)) == [
            ("host 1 (bench-1)", FORK, 1),
            ("host 2 (bench-2)", SEQUENTIAL, 1),
        ]


class TestTrials:
    def test_that_do_not_count_do_not_count(self):
        trials = frames.trials(named({(THREADS, 2): 2.0, (FORK, 2): 1.0}), 4)
        odd = trials.assign(wall_s=trials["wall_s"].where(trials["way"] == FORK, 1e-3))
        failed, warm = odd.assign(status="failed"), odd.assign(warmup=1)
        mixed = pd.concat([trials, failed, warm], ignore_index=True)
        pd.testing.assert_frame_equal(recommendations(mixed), recommendations(trials))

    def test_of_which_none_counts_give_no_rows(self):
        trials = frames.steady(frames.grid(), 2)
        assert recommendations(trials.iloc[:0]).empty
        assert recommendations(trials.assign(status="crashed")).empty

    def test_are_left_as_they_are(self):
        trials = frames.steady(frames.grid(), 2)
        before = trials.copy(deep=True)
        recommendations(trials)
        pd.testing.assert_frame_equal(trials, before)
