"""The bar of a sweep: what it shows of a case is that case's own text."""

import math
from collections import Counter
from io import StringIO

import pytest
from rich.console import Console
from support.helpers import case
from support.stores import outcome

from runner.blocks import Block, Trial
from runner.display import console, progress
from runner.goals import Standing


@pytest.mark.parametrize(("quiet", "seconds", "lines"), [(False, 0.0, 3), (False, 60.0, 0), (True, 0.0, 0)])
def test_a_log_has_a_line_each_minute(monkeypatch: pytest.MonkeyPatch, quiet: bool, seconds: float, lines: int) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", seconds)
    log = console.messages()
    log.file = StringIO()
    one = case()
    watch = progress.ProgressWatch(log, quiet=quiet)
    watch.starts(Counter({one: 3}), {one.key: 2e9})
    watch.begins(Trial(one, warmup=False, repeat=1, position=1))
    watch.tick()
    watch.ended(Trial(one, warmup=False, repeat=1, position=1), outcome(), 1)
    watch.tick()
    watch.stops()
    printed = log.file.getvalue().splitlines()
    assert len(printed) == lines
    if lines:
        assert printed[0] == f"0 of 3 trials, 0:00 elapsed, 0:06 left: {one}"
        assert printed[-1].startswith("1 of 3 trials, 0:00 elapsed, ")


def terminal_of(columns: int, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Return a console that draws into a text, each time that it is asked to."""
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_DRAWINGS", 0)
    for name, value in {"COLUMNS": str(columns), "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    terminal = console.messages()
    terminal.file, terminal._force_terminal, terminal.is_interactive = StringIO(), True, True
    return terminal


def drawn(terminal: Console) -> str:
    assert isinstance(terminal.file, StringIO)
    return terminal.file.getvalue()


def test_arguments_are_shown_as_they_are_and_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(120, monkeypatch)
    one = case(params=(("text", "[/red] \x1b]0;title\x07\n"),))
    watch = progress.ProgressWatch(terminal)
    watch.starts(Counter([one]), {})
    watch.begins(Trial(one, warmup=False, repeat=1, position=1))
    watch.stops()
    shown = drawn(terminal)
    assert r"[/red] \x1b]0;title\x07\n" in shown
    assert "\x1b]" not in shown


NS = 10**9
ONE, OTHER = case(params=(("NUM", 1),)), case(params=(("NUM", 2),))


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(math.inf, 0.02, 80, None), "widest ± ?, goal ± 2 %"),
        (Standing(0.0734, 0.02, 40, 90 * NS), "budget 1:30, widest ± 7.3 %, goal ± 2 %"),
        (Standing(0.0734, None, 80, 90 * NS), "budget 1:30"),
    ],
    ids=["at first", "precision and budget", "budget"],
)
def test_the_widest_interval_its_goal_and_the_budget_are_shown_also_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, standing: Standing, words: str
) -> None:
    terminal = terminal_of(80, monkeypatch)
    watch = progress.ProgressWatch(terminal)
    watch.starts(Counter({ONE: 80, OTHER: 80}), {})
    trials = tuple(Trial(one, warmup=False, repeat=11, position=1) for one in (ONE, OTHER))
    watch.enters(Block(11, warmup=False, trials=trials, cases=(ONE, OTHER)), standing)
    watch.begins(trials[0])
    watch.stops()
    assert f" left, {words} " in drawn(terminal)


def test_trials_of_cases_that_are_settled_are_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(80, monkeypatch)
    watch = progress.ProgressWatch(terminal)
    watch.starts(Counter({ONE: 80, OTHER: 80}), {ONE.key: 2.0 * NS})
    trial = Trial(ONE, warmup=False, repeat=11, position=1)
    watch.enters(Block(11, warmup=False, trials=(trial,), cases=(ONE,)), Standing(0.03, 0.02, 20, None))
    watch.begins(trial)
    watch.stops()
    assert " 0/10 0:20 left, widest ± 3 %" in drawn(terminal)
