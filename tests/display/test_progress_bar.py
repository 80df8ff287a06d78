"""The bar of a sweep: what it shows of a case is that case's own text."""

from collections import Counter
from io import StringIO

import pytest
from support.helpers import case
from support.stores import outcome

from runner.blocks import Trial
from runner.display import console, progress


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


def test_arguments_are_shown_as_they_are_and_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_DRAWINGS", 0)
    for name, value in {"COLUMNS": "120", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    terminal = console.messages()
    terminal.file, terminal._force_terminal, terminal.is_interactive = StringIO(), True, True
    one = case(params=(("text", "[/red] \x1b]0;title\x07\n"),))
    watch = progress.ProgressWatch(terminal)
    watch.starts(Counter([one]), {})
    watch.begins(Trial(one, warmup=False, repeat=1, position=1))
    watch.stops()
    shown = terminal.file.getvalue()
    assert r"[/red] \x1b]0;title\x07\n" in shown
    assert "\x1b]" not in shown
