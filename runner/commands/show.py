"""`runner show`: show one sweep, or one of its trials."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner import results
from runner.commands.answers import print_json, print_sweep, row_as_json, rows_as_json
from runner.display import console, study_log
from runner.display.facts import labels, print_facts
from runner.display.goals import blocks_of, stopped_because
from runner.display.results import print_answers, print_cases
from runner.errors import BadInput, ExitCode
from runner.matrix.case import Case
from runner.matrix.omission import omitted
from runner.outcome import TIMING_FIELDS, Timing
from runner.running import is_running
from runner.store.location import command, resolve
from runner.store.read import Reader
from runner.units import count, duration
from runner.visible import on_one_line


def run(reference: str | None, trial: int | None, store: str, *, as_json: bool) -> ExitCode:
    """Print the sweep with that number, name or tag, by default the newest, or a `trial` in the format of the study."""
    path = resolve(store)
    with Reader(path) as reader:
        sweep = _asked_for(reader, reference, trial, path)
        if trial is not None:
            _show_trial(reader, sweep["id"], trial, as_json)
            return ExitCode.OK
        if as_json:
            print_sweep(path, sweep["id"])
            return ExitCode.OK
        omissions = reader.omissions(sweep["id"])
        summary = results.summary(reader, sweep["id"])
        tags = reader.tags(sweep["id"])
    out = console.results()
    pythons = dict.fromkeys(row["python"] for row in summary.cases)
    runs = sweep["ended_at"] is None and is_running(sweep["id"], sweep["name"], path)
    print_facts(out, _heading(sweep, ", ".join(pythons), runs=runs) | labels(sweep, tags))
    out.print()
    print_cases(out, summary)
    for line in omitted(omissions):
        out.print(on_one_line(f"left out {line}"), soft_wrap=True)
    print_answers(out, summary.answers)
    if sweep["ended_at"] is None and not runs:
        console.messages().print(f"Unfinished; go on with: {command(path, 'resume', str(sweep['id']))}", soft_wrap=True)
    return ExitCode.OK


def _asked_for(reader: Reader, reference: str | None, trial: int | None, path: Path) -> Mapping[str, Any]:
    """Return the sweep of that name; if none is named, that of the trial, or the newest."""
    if reference is not None:
        return reader.sweep(reference)
    found = (trial is not None and reader.sweep_of(trial)) or reader.newest()
    if found is None:
        raise BadInput(f"{path}: no sweep yet; `runner sweep --matrix grid.yaml` runs one.")
    return found


def _heading(sweep: Mapping[str, Any], python: str, *, runs: bool) -> dict[str, str]:
    git = sweep["git_commit"]
    return {
        "sweep": f"{sweep['id']} ({sweep['name']})",
        "started": sweep["started_at"],
        "ended": sweep["ended_at"] or ("not yet, it is running" if runs else "not yet"),
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
    if as_json:
        print_json({**row_as_json(trial), "timings": rows_as_json(timings)})
        return
    out = console.results()
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
