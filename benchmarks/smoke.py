"""Does every benchmark still start? Each is run at its smallest size; what it finds says nothing about speed."""

import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks import answers, document, neighbour
from benchmarks.answers import Answer, Question
from benchmarks.bench import Bench
from benchmarks.result import Verdict
from runner.errors import Interrupted


def start(bench: Bench, questions: Mapping[int, Question], tell: Callable[[str], None], *, beside: bool) -> bool:
    """Start each question, tell in one line what came of it, and return whether all have run to their end.

    With `beside`, also what is no question: `neighbour`, and the page, which is written into the scratch folder.
    """
    found: list[Answer] = []
    steps: dict[str, Callable[[], str]] = {
        f"{number}. {question.__module__.rpartition('.')[2]}": partial(_ask, question, bench, found)
        for number, question in questions.items()
    }
    if beside:
        steps["neighbour"] = lambda: f"runs, {neighbour.measure(bench).row_count} rows"
        steps["page"] = lambda: _write_page(bench, found, len(questions))
    failed = [name for name, step in steps.items() if not _runs(name, step, tell)]
    return not failed


def _runs(name: str, step: Callable[[], str], tell: Callable[[str], None]) -> bool:
    """Run a step, tell what came of it, and return whether it ran to its end."""
    try:
        tell(f"{name}: {step()}")
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are started too
        tell(f"{name}: fails: {type(error).__name__}: {error}")
        traceback.print_exc(file=sys.stderr)
        return False
    return True


def _ask(question: Question, bench: Bench, found: list[Answer]) -> str:
    file = bench.fresh_folder("answer") / "answer.json"
    answers.keep(answers.ask(question, bench, tell=lambda _: None), file)
    answer = answers.read(file)
    found.append(answer)
    missing = dict.fromkeys(result.note for result in answer.results if result.verdict is Verdict.MISSING)
    return "; ".join([f"runs, {len(answer.results)} results", *(f"missing: {note}" for note in missing)])


def _write_page(bench: Bench, found: list[Answer], asked: int) -> str:
    if len(found) < asked:
        return "not written, as a question has no answer"
    page = document.write(found, bench.fresh_folder("page"))
    return f"runs, {len(page.read_text(encoding='utf-8').splitlines())} lines"
