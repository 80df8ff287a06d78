"""The table of cases: its order, its marks, its units, and what a narrow terminal leaves out."""

import pytest
from support.works import near, work

from runner.display.cases import DROPPED, LEGEND, cases_table
from runner.numbers.answer import answers

WAYS = {
    "sequential": [1.0] * 10,
    "threading ×2": [3.2] * 10,
    "process_pool ×2": near(0.5),
    "process_pool ×4": near(0.5, seed=2),
    "threading ×9": [],
}


def table(*works, width: int = 120, failures=None) -> list[str]:
    return [line.plain for line in cases_table(answers(works), failures or {}, width)]


def rows(lines: list[str]) -> list[list[str]]:
    """Return the words of each row, without heading and legend."""
    return [line.split() for line in lines[3:-1]]


class TestRows:
    def test_are_sorted_by_speed_and_the_fastest_is_marked_with_what_is_not_told_from_it(self):
        lines = table(work(WAYS, "count(n=5)"))
        assert lines[0].split() == ["case", "a", "call", "speedup", "±", "total", "min", "…", "max", "n"]
        assert lines[2] == "count(n=5)"
        names = [line[:17].rstrip() for line in lines[3:-1]]
        assert sorted(names[:2]) in (
            ["* process_pool ×2", "~ process_pool ×4"],
            ["* process_pool ×4", "~ process_pool ×2"],
        )
        assert names[2:] == ["  sequential", "  threading ×2", "  threading ×9"]
        assert lines[-1] == LEGEND

    def test_have_the_speedup_with_its_precision_and_the_base_that_of_its_time(self):
        *_, sequential, threads, never = rows(table(work(WAYS)))
        assert sequential[:5] == ["sequential", "1.000", "s", "base", "0.0"]
        assert threads[2:4] == ["3.200", "s"]
        assert threads[4:7] == ["3.20", "×", "slower"]
        assert never[2:] == ["–"] * 5 + ["0"]

    def test_have_one_unit(self):
        first, *_ = rows(table(work({"sequential": [0.0009, 2.0, 0.5, 0.5, 0.5, 0.5], "threading ×2": [9.0] * 6})))
        assert first[-5:] == ["0.900", "…", "2000", "ms", "6"]
        assert [word for word in first if word in ("s", "ms", "µs")] == ["ms"] * 3

    def test_mark_no_fastest_where_it_is_open_whether_any_beats_sequential_calls(self):
        lines = table(work({"sequential": [1.0] * 10, "threading ×2": [0.5, 2.0] * 5, "process_pool ×2": [9.0] * 10}))
        assert [line[:2] for line in lines[3:-1]] == ["~ ", "~ ", "  "]
        assert lines[-1] == LEGEND

    def test_mark_nothing_where_nothing_can_be_said(self):
        for lines in (table(work({"sequential": [1.0], "threading ×2": [0.5]})), table(work(WAYS, disturbed=30))):
            assert not any(line.startswith(("* ", "~ ")) for line in lines)

    def test_have_a_column_of_failures_if_there_are_any(self):
        assert "failed" not in table(work(WAYS))[0]
        lines = table(work(WAYS), failures={5: 7})
        assert lines[0].endswith("  failed")
        assert [line.split()[-1] for line in lines[3:-1]] == ["–", "–", "–", "–", "7"]


def test_works_have_a_heading_each_and_their_order():
    lines = table(work(WAYS, "a"), work(WAYS, "b"))
    assert (lines.index("a"), lines.index("b")) == (2, 8)


class TestNarrow:
    @pytest.mark.parametrize("width", range(20, 121, 4))
    def test_fits_and_leaves_columns_out_in_the_stated_order(self, width):
        lines = table(work(WAYS, "count(n=5), 3 warm-up calls, from a barrier"), failures={5: 7}, width=width)
        columns = lines[0].replace("min … max", "min…max").replace("a call", "a-call").split()
        dropped = [name for name in DROPPED if name.replace(" … ", "…").replace(" ", "-") not in columns]
        assert tuple(dropped) == DROPPED[: len(dropped)]
        assert "speedup" in columns
        assert all(len(line) <= max(width, 35) for line in lines)
        words = set(" ".join(lines).split())
        assert {"process_pool", "×4", "warm-up", "sequential", "slower"} <= words

    def test_a_pipe_has_every_column(self):
        assert len(table(work(WAYS), failures={5: 7}, width=10_000)[0].replace(" … ", "").split()) == 9
