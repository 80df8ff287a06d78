"""Run the benchmarks: ``python -m benchmarks``.

Each figure is one line as soon as it is known; ``--json`` prints all as one document at the end. What a question found
is kept under ``.bench/``, so a run that was interrupted goes on with the questions that are left. A full run ends with
``docs/benchmarks.md``. ``--smoke`` starts everything at its smallest size, and writes no page.

The exit code is 1 when an aim is missed, or something does not start; 2 when something cannot be measured (3 when that
is a store's fault), and 130 when it was interrupted.
"""

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    answers,
    command_line,
    document,
    growth,
    honesty,
    smoke,
    stopping,
    store_pace,
    trial_cost,
    truth,
)
from benchmarks.answers import Question
from benchmarks.bench import ROOT, SCRATCH, Bench, Scale, Watch, forget_settings, host_to_oneself
from benchmarks.result import Result, Verdict
from runner.errors import ExitCode, RunnerError

QUESTIONS: dict[int, Question] = {
    1: truth.measure,
    2: trial_cost.measure,
    3: honesty.measure,
    4: command_line.measure,
    5: store_pace.measure,
    6: growth.measure,
    7: stopping.measure,
}
QUICK = (1, 2, 4)
FOUND = SCRATCH / "found"
COMPLETE = FOUND / "complete"
"""Marks that a full run has come to its end: the next one begins anew."""


def main() -> int:
    """Run the command line and return the exit code. The one place where errors become messages."""
    try:
        return _run(_arguments())
    except KeyboardInterrupt:
        return _fail("interrupted. `make bench` goes on with the questions that are left.", ExitCode.INTERRUPTED)
    except RunnerError as error:
        return _fail(str(error), error.exit_code)
    except sqlite3.Error as error:
        return _fail(f"a store of the benchmarks says: {error}", ExitCode.STORE_UNUSABLE)
    except OSError as error:
        return _fail(f"cannot go on: {error}", ExitCode.BAD_INPUT)
    except RuntimeError as error:
        return _fail(str(error), ExitCode.BAD_INPUT)


def _fail(message: str, code: ExitCode) -> int:
    sys.stderr.write(f"benchmarks: {message}\n")
    return int(code)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The instrument, measured.")
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument("--quick", action="store_true", help="questions 1, 2 and 4 in a minute or two")
    scale.add_argument("--smoke", action="store_true", help="start everything at its smallest size: does it run?")
    parser.add_argument("--only", type=int, nargs="+", choices=QUESTIONS, metavar="N", help="only these questions")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    wanted = parser.parse_args()
    if wanted.smoke and wanted.json:
        parser.error("--smoke has no results to print as JSON")
    return wanted


def _run(wanted: argparse.Namespace) -> int:
    forget_settings()
    if wanted.smoke:
        return _start(wanted.only)
    full = not (wanted.quick or wanted.only)
    tell = _silent if wanted.json else _say
    if full and COMPLETE.exists():
        shutil.rmtree(FOUND)
    FOUND.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    with host_to_oneself(), Watch() as watch:
        bench = Bench(Scale.QUICK if wanted.quick else Scale.FULL, watch)
        for number in wanted.only or (QUICK if wanted.quick else QUESTIONS):
            if full and _file(number).exists():
                tell(f"{number}. was answered before the interruption:")
                answer = answers.read(_file(number))
                for result in answer.results:
                    tell(str(result))
            else:
                answer = answers.ask(QUESTIONS[number], bench, lambda result: tell(str(result)))
                if bench.scale is Scale.FULL:
                    answers.keep(answer, _file(number))
            results += answer.results
    if not wanted.quick and all(_file(number).exists() for number in QUESTIONS):
        page = document.write([answers.read(_file(number)) for number in QUESTIONS])
        tell(f"Wrote {page.relative_to(ROOT)}")
    if full:
        COMPLETE.touch()
    return _end(results, as_json=wanted.json)


def _start(only: Sequence[int] | None) -> int:
    """Start everything, or only those questions, in a folder that is thrown away."""
    asked = {number: QUESTIONS[number] for number in only or QUESTIONS}
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder, host_to_oneself(Path(folder)), Watch() as watch:
        bench = Bench(Scale.SMOKE, watch, Path(folder))
        return 0 if smoke.start(bench, asked, _say, beside=not only) else 1


def _file(number: int) -> Path:
    return FOUND / f"{number}.json"


def _end(results: Sequence[Result], *, as_json: bool) -> int:
    verdicts = Counter(result.verdict for result in results if result.aim)
    if as_json:
        _say(json.dumps([result.as_json() for result in results], indent=2))
    else:
        _say("Aims: " + ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items()))
    return 1 if verdicts[Verdict.MISSED] else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _silent(_line: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
