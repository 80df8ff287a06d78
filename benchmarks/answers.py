"""Ask a question, and keep what was found in a file: so an interrupted run goes on with what is left."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.result import Result

Question = Callable[[Bench], Iterator[Result]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question found, and when."""

    date: str
    """UTC, to the minute."""
    took_s: float
    results: Sequence[Result]


def ask(question: Question, bench: Bench, tell: Callable[[Result], None]) -> Answer:
    """Return the answer to a question; each result is told as soon as it is known."""
    begun = time.monotonic()
    results = []
    for result in question(bench):
        tell(result)
        results.append(result)
    return Answer(datetime.now(UTC).isoformat(" ", "minutes"), time.monotonic() - begun, results)


def keep(answer: Answer, file: Path) -> None:
    """Write an answer into a file."""
    results = [result.as_json() for result in answer.results]
    stored = {"date": answer.date, "took_s": answer.took_s, "results": results}
    file.write_text(json.dumps(stored, indent=1))


def read(file: Path) -> Answer:
    """Return the answer that a file keeps."""
    stored = json.loads(file.read_text())
    return Answer(stored["date"], stored["took_s"], [Result.from_json(one) for one in stored["results"]])
