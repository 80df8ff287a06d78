"""`runner doctor`: check whether this machine is fit to measure on, and advise. Changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from rich.live import Live
from rich.text import Text

from runner.commands.answers import print_json
from runner.display import console
from runner.display.findings import lines
from runner.errors import ExecutorBroken, ExitCode
from runner.here import Here
from runner.host import lock
from runner.host.checks import interpreters
from runner.host.checks.neighbours import measuring
from runner.host.finding import Finding, Verdict, problem
from runner.host.fitness import CHECKS
from runner.host.machine import Machine
from runner.host.sample import watch
from runner.host.thresholds import SAMPLE_S
from runner.signals import interruptible
from runner.store import fitness

ROOT = Path("/")


def run(store: str, *, as_json: bool) -> ExitCode:
    """Print the finding of every check, also of the store that `store` names."""
    with Live(console=console.messages(), auto_refresh=False, transient=True) as live:
        findings = list(_examine(store, lambda doing: live.update(Text(f"{doing} …", style="dim"), refresh=True)))
    fit = all(finding.verdict is not Verdict.PROBLEM for finding in findings)
    if as_json:
        print_json({"fit": fit, "findings": [asdict(finding) for finding in findings]})
    else:
        out = console.results()
        for line in lines(findings, out.width):
            out.print(line, soft_wrap=True)
    return ExitCode.OK if fit else ExitCode.UNFIT


def _examine(store: str, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Yield all findings. The machine is sampled first, before this command itself makes it busy."""
    tell(f"looking at the machine for {SAMPLE_S:g} s")
    machine = Machine(ROOT, watch(ROOT, SAMPLE_S))
    for check in CHECKS:
        yield check(machine)
    yield measuring(lock.holder())
    tell("asking the interpreters")
    yield from _trials()
    yield interpreters.found(Here().interpreters())
    tell(f"looking at {store}")
    yield from fitness.findings(store)


def _trials() -> Iterator[Finding]:
    try:
        with interruptible() as interrupt, Here() as host:
            interpreter = host.executor.probe(interrupt).interpreter
    except ExecutorBroken as error:
        why, *_ = str(error).splitlines()
        yield problem("python", why, "Fix that Python, or install the runner with another one.")
    else:
        yield interpreters.under_test(interpreter)
        yield interpreters.start_methods(interpreter)
