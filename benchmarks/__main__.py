"""Run the benchmarks: ``python -m benchmarks``.

Each figure is one line as soon as it is known; ``--json`` prints all as one document at the end. What a question found
is kept under ``.bench/``, so a run that was interrupted goes on with the questions that are left. A full run ends with
``docs/benchmarks.md``. The exit code is 1 when an aim is missed, 2 when something cannot be measured (3 when that is a
store's fault), and 130 when it was interrupted.
"""

import argparse
import json
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import command_line, document, growth, honesty, store_pace, trial_cost, truth
from benchmarks.paired import ROOT, SCRATCH, Watch, forget_settings, host_to_oneself
from benchmarks.result import Result, Verdict
from runner.errors import ExitCode, RunnerError

QUESTIONS: dict[int, Callable[..., Iterator[Result]]] = {
    1: truth.measure,
    2: trial_cost.measure,
    3: honesty.measure,
    4: command_line.measure,
    5: store_pace.measure,
    6: growth.measure,
}
QUICK = (1, 2, 4)
FOUND = SCRATCH / "found"
COMPLETE = FOUND / "complete"
"""Marks that a full run has come to its end: the next one begins anew."""


def main() -> int:
    """Run the command line and return the exit code. The one place where errors become messages."""
    try:
        return _ask()
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


def _ask() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The instrument, measured.")
    parser.add_argument("--quick", action="store_true", help="questions 1, 2 and 4 in a minute or two")
    parser.add_argument("--only", type=int, nargs="+", choices=QUESTIONS, metavar="N", help="only these questions")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    wanted = parser.parse_args()
    forget_settings()
    full = not (wanted.quick or wanted.only)
    tell = _silent if wanted.json else _say
    if full and COMPLETE.exists():
        shutil.rmtree(FOUND)
    FOUND.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    with host_to_oneself(), Watch() as watch:
        for number in wanted.only or (QUICK if wanted.quick else QUESTIONS):
            if full and _file(number).exists():
                tell(f"{number}. was answered before the interruption:")
                results += _told(document.read(_file(number)).results, tell)
            else:
                results += _measured(number, watch, tell, quick=wanted.quick)
    if not wanted.quick and all(_file(number).exists() for number in QUESTIONS):
        document.write([document.read(_file(number)) for number in QUESTIONS])
        tell(f"Wrote {document.PAGE.relative_to(ROOT)}")
    if full:
        COMPLETE.touch()
    return _end(results, as_json=wanted.json)


def _measured(number: int, watch: Watch, tell: Callable[[str], None], *, quick: bool) -> list[Result]:
    """Answer a question, and keep what was found unless it was found in haste."""
    begun = time.monotonic()
    results = _told(QUESTIONS[number](watch, quick=quick), tell)
    if not quick:
        answer = {
            "date": datetime.now(UTC).isoformat(" ", "minutes"),
            "took_s": time.monotonic() - begun,
            "results": [result.as_json() for result in results],
        }
        _file(number).write_text(json.dumps(answer, indent=1))
    return results


def _told(results: Iterator[Result] | Sequence[Result], tell: Callable[[str], None]) -> list[Result]:
    told = []
    for result in results:
        tell(str(result))
        told.append(result)
    return told


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
