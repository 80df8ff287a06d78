"""What was run, where, and how to run it again."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.findings import Findings
from analysis.load import Host, Interpreter, Sweep


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """What a report says about one sweep."""

    title: str
    facts: list[tuple[str, str]]
    flagged: list[str]
    """What disturbed trials, and how many."""
    failures: list[str]
    """Why trials did not succeed, and how many."""
    grid_text: str
    commands: list[str]


MOST_REASONS = 12
LONGEST_REASON = 300


def facts(findings: Findings) -> list[SweepFacts]:
    """Return the facts of each sweep."""
    return [_of_sweep(findings, sweep) for sweep in findings.sweeps]


def _of_sweep(findings: Findings, sweep: Sweep) -> SweepFacts:
    own = findings.trials[findings.trials["sweep_id"] == sweep.id]
    rows = [("begun", _moment(sweep.started_at))]
    rows += [("ended", _moment(sweep.ended_at) if sweep.ended_at else "not yet")]
    blocks = f"{sweep.cases:,} cases, {sweep.repeats} blocks, {sweep.warmup} for warming up"
    tried = own.drop_duplicates(["case_id", "warmup", "repeat"])
    rows += [("trials", f"{len(tried):,} of {sweep.planned:,} planned ({blocks}), seed {sweep.seed}")]
    for host in sweep.hosts:
        rows += [("host", _host(host)), ("CPUs usable", f"{host.usable_cpus} of {host.logical_cpus or '?'}")]
    for interpreter in sweep.interpreters:
        rows += [("interpreter", _interpreter(interpreter)), ("interpreter lock", _lock(interpreter))]
    rows += list(_load(own))
    commit = f", commit {sweep.git_commit[:12]}{' with changes' if sweep.git_dirty else ''}" if sweep.git_commit else ""
    rows += [("runner", f"{sweep.runner_version}{commit}")]
    report = ["python", "-m", "analysis", "report", "--store", findings.store]
    report += [word for other in findings.sweeps for word in ("--sweep", str(other.id))]
    report += [word for selection in findings.selections for word in ("--select", selection)]
    bad = own[~own["status"].isin(["ok", "interrupted", "disturbed"])]
    return SweepFacts(
        title=f"Sweep {sweep.id} ({sweep.name})",
        facts=rows,
        flagged=_counted(own["noisy"].dropna()),
        failures=_counted(
            f"{status}: {error or 'no reason is known'}"
            for status, error in zip(bad["status"], bad["error"].fillna(""), strict=True)
        ),
        grid_text=sweep.grid_text,
        commands=[sweep.command_line, shlex.join(report)],
    )


def _host(host: Host) -> str:
    memory = f"{host.memory_bytes / 2**30:.1f} GiB" if host.memory_bytes else None
    parts = [host.cpu_model, host.machine, f"{host.system} {host.release}" if host.system else None, memory]
    return f"{host.hostname} ({', '.join(part for part in parts if part)})"


def _interpreter(interpreter: Interpreter) -> str:
    parts = [interpreter.build, interpreter.compiler, interpreter.executable]
    return f"{interpreter.label} ({', '.join(part for part in parts if part)})"


def _lock(interpreter: Interpreter) -> str:
    state = {True: "on", False: "off", None: "not known"}[interpreter.gil]
    return f"{state} (a free-threaded build)" if interpreter.free_threaded_build else state


def _load(trials: pd.DataFrame) -> Iterator[tuple[str, str]]:
    load = trials["load_1min"].dropna()
    if len(load):
        yield (
            "load (1 min)",
            f"median {load.median():.2f}, from {load.min():.2f} to {load.max():.2f}; the trials' own too",
        )


def _moment(stamp: str) -> str:
    return f"{stamp[:10]} {stamp[11:19]} UTC"


def _counted(reasons: Iterable[str]) -> list[str]:
    """Return each reason with its number of trials, the commonest first; numbers in a reason do not tell it apart."""
    kinds = Counter(re.sub(r"\d+(\.\d+)?", "…", reason)[:LONGEST_REASON] for reason in reasons)
    shown = [f"{number} × {reason}" for reason, number in kinds.most_common(MOST_REASONS)]
    left = len(kinds) - len(shown)
    return [*shown, f"and {left} reasons more, in v_trials"] if left > 0 else shown
