"""`runner show`: show one sweep, or one of its trials."""

import json
from collections.abc import Mapping
from typing import Any

from runner.commands.answers import print_json
from runner.display import console, study_log
from runner.display.facts import labels, print_facts
from runner.display.goals import blocks_of, stopped_because
from runner.display.tables import cases_table
from runner.errors import ExitCode
from runner.hints import command
from runner.matrix.case import Case
from runner.matrix.omission import omitted
from runner.outcome import TIMING_FIELDS, Timing
from runner.store.location import resolve
from runner.store.read import Reader
from runner.units import count, duration
from runner.visible import on_one_line

FAILURES_SHOWN = 20


def run(reference: str, trial: int | None, store: str, *, as_json: bool) -> ExitCode:
    """Print the sweep with that number or name, or its trial with the number `trial` in the format of the study."""
    path = resolve(store)
    with Reader(path) as reader:
        sweep = reader.sweep(reference)
        if trial is not None:
            _show_trial(reader, sweep["id"], trial, as_json)
            return ExitCode.OK
        omissions = reader.omissions(sweep["id"])
        rows, failures = reader.summary(sweep["id"]), reader.failures(sweep["id"], FAILURES_SHOWN)
        tags = reader.tags(sweep["id"])
    if as_json:
        print_json(sweep, path, rows)
        return ExitCode.OK
    out = console.results()
    print_facts(out, _heading(sweep, ", ".join(dict.fromkeys(row["python"] for row in rows))) | labels(sweep, tags))
    out.print()
    out.print(cases_table(rows))
    for line in omitted(omissions):
        out.print(on_one_line(f"left out {line}"), soft_wrap=True)
    for row in failures:
        failure = f"trial {row['trial_id']} {row['status']}: {row['error']}"
        out.print(on_one_line(failure), style="red", soft_wrap=True)
    total = sum(row["failures"] for row in rows)
    if total > len(failures):
        out.print(f"… and {total - len(failures)} more, in v_trials with a status that is not ok", soft_wrap=True)
    if sweep["ended_at"] is None:
        console.messages().print(f"Unfinished; go on with: {command(path, 'resume', str(sweep['id']))}", soft_wrap=True)
    return ExitCode.OK


def _heading(sweep: Mapping[str, Any], python: str) -> dict[str, str]:
    git = sweep["git_commit"]
    return {
        "sweep": f"{sweep['id']} ({sweep['name']})",
        "started": sweep["started_at"],
        "ended": sweep["ended_at"] or "not yet",
        "python": python,
        "grid": f"{sweep['grid_path']}, sha256 {sweep['grid_sha256'][:12]}",
        "order": f"seed {sweep['seed']}, {blocks_of(sweep)}, {count(sweep['warmup'], 'warm-up block')}",
        **({"stopped": stopped_because(sweep)} if sweep["stopped"] else {}),
        "timeout": duration(sweep["timeout_ns"] / 1e9),
        "command": sweep["command_line"],
        "runner": sweep["runner_version"]
        + (f", git {git[:12]}{' and uncommitted changes' if sweep['git_dirty'] else ''}" if git else ""),
    }


def _show_trial(reader: Reader, sweep_id: int, trial_id: int, as_json: bool) -> None:
    trial, timings = reader.trial(trial_id, sweep_id)
    out = console.results()
    if as_json:
        out.print(json.dumps({**trial, "timings": [dict(timing) for timing in timings]}, indent=2), soft_wrap=True)
        return
    columns = reader.case_of(trial_id)
    case = Case.from_columns(columns, columns["python"])
    block = f"warm-up block {trial['repeat']}" if trial["warmup"] else f"block {trial['repeat']}"
    heading = f"trial {trial_id}: {case}, {block}, place {trial['position']}, {trial['started_at']}"
    out.print(on_one_line(heading), style="bold", soft_wrap=True)
    if trial["noisy"]:
        out.print(on_one_line(f"noisy: {trial['noisy']}"), style="yellow", soft_wrap=True)
    calls = [Timing(**{name: row[name] for name in TIMING_FIELDS}) for row in timings]
    for line in study_log.lines(trial["workload"], calls, trial["wall_s"], trial["status"], trial["error"]):
        out.print(on_one_line(line), soft_wrap=True)
    for timing in timings:
        if timing["traceback"]:
            out.print(f"\nworker {timing['worker']}, call {timing['call']}:\n{timing['traceback']}", soft_wrap=True)
    if trial["output"]:
        out.print(f"\nIt printed:\n{trial['output']}", soft_wrap=True)
