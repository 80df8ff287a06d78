"""The answers in words."""

import pytest
from support.works import near, work

from runner.numbers.answer import answer, answers
from runner.numbers.words import in_order, sentence, sentences

SEQUENTIAL, THREADS, PROCESSES = "sequential", "threading ×2", "process_pool ×2"
EXACT = [1.0] * 10


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (
            {SEQUENTIAL: EXACT, THREADS: [2.0] * 10, PROCESSES: [0.5] * 10},
            "process_pool ×2 was 2.00 times [2.00, 2.00] as fast as sequential calls",
        ),
        (
            {SEQUENTIAL: EXACT, THREADS: [0.51] * 10, PROCESSES: [0.5] * 10},
            (
                "process_pool ×2 was 2.00 times [2.00, 2.00] as fast as sequential calls; "
                "the cheapest within 5 % of it is threading ×2"
            ),
        ),
        (
            {SEQUENTIAL: EXACT, THREADS: [0.5] * 10, PROCESSES: [0.5] * 10},
            (
                "threading ×2 was 2.00 times [2.00, 2.00] as fast as sequential calls (not told from it: "
                "process_pool ×2)"
            ),
        ),
        (
            {SEQUENTIAL: EXACT, THREADS: [3.2] * 10},
            ("no way beats sequential calls; the best, threading ×2, was 3.20 times [3.20, 3.20] slower than them"),
        ),
        (
            {SEQUENTIAL: EXACT, THREADS: [0.5, 2.0] * 5},
            (
                "cannot say whether any way beats sequential calls: threading ×2 was from 2.00 times slower to 2.00 "
                "times as fast as them; about 110 blocks would tell (`repeats: 110`)"
            ),
        ),
        (
            {SEQUENTIAL: [1.0] * 5, THREADS: [0.5] * 5},
            (
                "cannot say yet: threading ×2 was 2.00 times as fast as sequential calls in 5 blocks, but an interval "
                "takes 6 (`repeats: 10`)"
            ),
        ),
        (
            {SEQUENTIAL: [1.0], THREADS: [0.5]},
            (
                "cannot say yet: threading ×2 was 2.00 times as fast as sequential calls in 1 block, but an interval "
                "takes 6 (`repeats: 10`)"
            ),
        ),
        ({SEQUENTIAL: EXACT}, "only sequential calls were swept, so there is nothing to compare"),
        ({SEQUENTIAL: EXACT, THREADS: []}, "only sequential calls succeeded, so there is nothing to compare"),
        (
            {SEQUENTIAL: [], THREADS: EXACT, PROCESSES: [2.0] * 10},
            "threading ×2 was the fastest; no sequential calls to compare with have succeeded",
        ),
    ],
)
def test_a_work_has_one_sentence(measured, said):
    assert sentence(answer(work(measured, "count(n=5)"))) == f"count(n=5): {said}."


def test_the_best_of_many_ways_can_be_luck():
    best = [1.02, 1.01, *(0.9 - 0.01 * block for block in range(8))]
    slow = {f"process_pool ×{workers}": [2.0 + 0.01 * block for block in range(10)] for workers in range(2, 13)}
    said = sentence(answer(work({SEQUENTIAL: EXACT, THREADS: best, **slow})))
    assert ", which can be luck, because it is the best of 12 ways; about " in said


def test_ways_that_are_not_told_apart_are_named_up_to_three():
    ways = {f"threading ×{workers}": [0.5] * 10 for workers in range(2, 8)}
    said = sentence(answer(work({SEQUENTIAL: EXACT, **ways})))
    assert said.endswith(" (not told from it: threading ×3, threading ×4, threading ×5 and 2 more).")


class TestOrder:
    @staticmethod
    def names(*works):
        return [found.work.name for found in in_order(answers(works))]

    def test_the_largest_work_of_each_kind_comes_first_whatever_its_number(self):
        """A hundred pieces take less time than ten."""
        of = [
            work(
                {SEQUENTIAL: near(seconds), THREADS: near(seconds / 2)},
                f"{name} {pieces}",
                features={"w": name},
                sizes={"n": pieces},
            )
            for name, pieces, seconds in (("a", 100, 0.1), ("a", 10, 1.0), ("b", 1, 1e-3), ("b", 2, 1e-4))
        ]
        assert sorted(self.names(*of)[:2]) == ["a 10", "b 1"]

    def test_then_the_clearest(self):
        of = [
            work({SEQUENTIAL: near(1.0), THREADS: near(seconds, noise=noise)}, name, features={"w": name})
            for name, seconds, noise in (
                ("faster", 0.8, 0.01),
                ("unsure", 1.0, 0.5),
                ("slow", 9.0, 0.01),
                ("fast", 0.4, 0.01),
            )
        ]
        assert self.names(*of) == ["slow", "fast", "faster", "unsure"]


class TestSentences:
    @staticmethod
    def of(*works):
        return sentences(answers(works))

    def test_are_at_most_ten_and_say_how_many_more_there_are(self):
        works = [work({SEQUENTIAL: EXACT, THREADS: [0.5] * 10}, f"w{n}", features={"w": str(n)}) for n in range(12)]
        said = [line for line in self.of(*works) if line.startswith("w") and ": " in line]
        assert len(said) == 10
        assert "… and 2 more works." in self.of(*works)
        assert not any("more work" in line for line in self.of(*works[:10]))

    def test_say_once_that_the_machine_was_busy(self):
        works = [work({SEQUENTIAL: EXACT, THREADS: [0.5] * 10}, f"w{n}", disturbed=15) for n in range(5)]
        (said,) = self.of(*works)
        assert said == (
            "w0, w1, w2 and 2 more: cannot say, because 75 of 100 trials were disturbed; the same on a quieter machine "
            "would tell (see `runner doctor`)."
        )

    def test_name_works_without_any_trial_in_one_line(self):
        works = [work({SEQUENTIAL: [], THREADS: []}, f"w{n}") for n in range(2)]
        assert self.of(*works) == ["w0, w1: no trial has succeeded."]

    def test_say_how_values_of_a_text_parameter_compare(self):
        works = [
            work({SEQUENTIAL: [seconds] * 10, THREADS: [threads] * 10}, f"make({engine})", features={"engine": engine})
            for engine, seconds, threads in (("engine=random", 4.0, 2.0), ("engine=numpy", 1.0, 2.0))
        ]
        *_, compared = self.of(*works)
        assert compared == (
            "make(engine=numpy) was 2.00 times [2.00, 2.00] as fast as with engine=random (sequential against "
            "threading ×2), and sequentially 4.00 times [4.00, 4.00] as fast as with it."
        )

    def test_say_so_where_they_are_not_told_apart(self):
        works = [
            work({SEQUENTIAL: own, THREADS: [9.0] * 10}, f"make({engine})", features={"interpreter": engine})
            for engine, own in (("3.11", EXACT), ("3.14", [0.5, 2.0] * 5))
        ]
        *_, compared = self.of(*works)
        assert compared == "make(3.11) was from 2.00 times slower to 2.00 times as fast as with 3.14 (both sequential)."
