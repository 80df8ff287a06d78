"""The bar of a sweep: what it shows of a case is that case's own text."""

from collections import Counter
from io import StringIO

import pytest
from support.helpers import case

from runner.blocks import Trial
from runner.display import console, progress


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
