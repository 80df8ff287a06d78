"""A store that a stranger made: whatever text it holds may be anything."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from runner.outcome import Status
from support.fakes import INTERPRETER, timing
from support.stores import BASELINE, THREADS, Planned, fill, outcome

HOSTILE = "\0\x07\b\r\n\x1b[2J\x1b]0;title\x07\x7f\x9b31m\u2028\u202e\u2066\ufeff [red] $a$ _{b"
"""Moves the cursor, clears the screen, names the window, turns the direction of text; is markup, and TeX."""
SHOWN = r"\x00\x07\x08\r\n\x1b[2J\x1b]0;title\x07\x7f\x9b31m\u2028\u202e\u2066\ufeff [red] $a$ _{b"
HARMFUL = frozenset(HOSTILE) - frozenset(SHOWN)
TEXTS = {
    "sweeps": "name, grid_path, grid_text, runner_version, command_line, git_commit, note",
    "interpreters": "build, compiler, executable, build_options",
    "hosts": "hostname, cpu_model, system, release, machine",
    "trials": "reason, noisy, output",
    "timings": "process_name, thread_name, error_type, error_message, traceback",
    "omissions": "workload, mode, python, gil, reason",
}
"""The columns of free text, by table."""


def strangers_store(path: Path) -> None:
    """Make a store with trials that succeeded and that failed, and put HOSTILE in front of every text in it."""
    interpreter = replace(INTERPRETER, label=f"{HOSTILE}{INTERPRETER.label}")
    own = {"workload": f"{HOSTILE}work", "python": interpreter.label}
    cases = [replace(BASELINE, **own), replace(THREADS, **own)]
    failing = timing(error_type="ValueError", error_message="no", traceback="Traceback")
    trials = [
        Planned(case=cases[0], outcome=outcome(timings=[timing()]), noisy="steal"),
        Planned(case=cases[1], outcome=outcome(timings=[timing(), timing(1)])),
        Planned(case=cases[1], outcome=outcome(Status.FAILED, timings=[failing], output="said"), repeat=2),
    ]
    stored, _ = fill(path, trials, cases, interpreter=interpreter, note="a note")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO omissions VALUES (?, 1, 'w', 'm', NULL, 'p', 'on', 1, 'why')", [stored.id])
        connection.execute("INSERT INTO tags VALUES (?, ?)", [stored.id, HOSTILE])
        for table, columns in TEXTS.items():
            for column in columns.split(", "):
                connection.execute(f"UPDATE {table} SET {column} = ? || {column}", [HOSTILE])
