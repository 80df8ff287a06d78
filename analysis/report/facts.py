"""Collect what was run, on which machine, and how to repeat it."""

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.findings import Findings
from analysis.load import Function, Host, Interpreter, Omission, Sweep
from runner.matrix.case import way
from runner.reasons import kind
from runner.units import count


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """The facts about one sweep in a report."""

    title: str
    facts: list[tuple[str, str]]
    flagged: list[str]
    """What disturbed trials, with the number of trials."""
    failures: list[str]
    """Why trials did not succeed, with the number of trials."""
    omitted: list[str]
    """Cases that cannot be run, with the reason."""
    grid_text: str
    commands: list[str]


MOST_REASONS = 12
LONGEST_REASON = 300
SHORT = 12
"""Digits of a hash that are shown."""


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
        rows += list(_options(interpreter))
    rows += [("function", _function(function)) for function in sweep.functions]
    rows += list(_load(own))
    commit = f", commit {sweep.git_commit[:12]}{' with changes' if sweep.git_dirty else ''}" if sweep.git_commit else ""
    rows += [("runner", f"{sweep.runner_version}{commit}")]
    report = ["runner", "report", "--store", findings.store]
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
        omitted=[_omission(omission) for omission in sweep.omissions],
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


def _options(interpreter: Interpreter) -> Iterator[tuple[str, str]]:
    if interpreter.jit is not None:
        yield "JIT", "on" if interpreter.jit else "off"
    if flags := json.loads(interpreter.flags):
        yield "flags", ", ".join(f"{name} = {value}" for name, value in flags.items())
    if interpreter.build_options:
        yield "built with", interpreter.build_options


def _function(function: Function) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in json.loads(function.distributions).items())
    digest = f"SHA-256 {function.source_sha256[:SHORT]}" if function.source_sha256 else None
    parts = [function.file or f"{function.module}:{function.qualname}", digest, versions and f"with {versions}"]
    return f"{function.name} ({', '.join(part for part in parts if part)})"


def _omission(omission: Omission) -> str:
    parts = [omission.workload, omission.mode and way(omission.mode, omission.start_method), omission.python]
    parts += [omission.gil and f"lock {omission.gil}"]
    return f"{count(omission.cases, 'case')} ({', '.join(part for part in parts if part)}): {omission.reason}"


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
    """Return each reason with its number of trials, the most frequent first; reasons may differ in numbers."""
    kinds = Counter(kind(reason)[:LONGEST_REASON] for reason in reasons)
    shown = [f"{number} × {reason}" for reason, number in kinds.most_common(MOST_REASONS)]
    left = len(kinds) - len(shown)
    return [*shown, f"and {left} reasons more, in v_trials"] if left > 0 else shown
