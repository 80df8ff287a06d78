"""Print the results of a sweep: the table of its cases, why trials failed, and the answers."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from runner.display.cases import cases_table
from runner.display.columns import wrapped
from runner.numbers.answer import Answer
from runner.numbers.words import sentences
from runner.reasons import kind
from runner.results import Summary
from runner.units import count
from runner.visible import on_one_line

MOST_REASONS = 12
MOST_NUMBERS = 3

Columns = Mapping[str, Any]


def print_cases(console: Console, summary: Summary) -> None:
    """Print the table of the cases of a sweep, and for each reason how many trials failed."""
    in_cases = Counter(row["case_id"] for row in summary.failed if not row["warmup"])
    for line in cases_table(summary.answers, in_cases, console.width):
        console.print(line, soft_wrap=True)
    for reason in reasons(summary.failed):
        console.print(on_one_line(reason), style="red", soft_wrap=True)


def print_answers(console: Console, answers: Sequence[Answer]) -> None:
    """Print the answers in sentences, below an empty line."""
    console.print()
    for sentence in sentences(answers):
        for line in wrapped(on_one_line(sentence), console.width, "  "):
            console.print(line, soft_wrap=True)


def reasons(failed: Sequence[Columns]) -> Iterator[str]:
    """Yield a line for each reason why trials failed, those of warm-up blocks apart."""
    for warmup in (False, True):
        own = defaultdict(list)
        for row in failed:
            if bool(row["warmup"]) is warmup:
                own[row["status"], kind(str(row["error"]))].append(row)
        kinds = sorted(own.values(), key=len, reverse=True)
        for rows in kinds[:MOST_REASONS]:
            yield _reason(rows, "warm-up trial" if warmup else "trial")
        if len(kinds) > MOST_REASONS:
            yield f"… and {count(len(kinds) - MOST_REASONS, 'reason')} more, in v_trials with a status that is not ok"


def _reason(rows: Sequence[Columns], noun: str) -> str:
    first = rows[0]
    because = f"{first['status']}: {first['error']}"
    if len(rows) == 1:
        return f"{noun} {first['trial_id']} {because}"
    such = ", such as" if len({row["error"] for row in rows}) > 1 else ""
    numbers = ", ".join(str(row["trial_id"]) for row in rows[:MOST_NUMBERS])
    more = ", …" * (len(rows) > MOST_NUMBERS)
    return f"{count(len(rows), noun)} {first['status']}{such}: {first['error']} (trials {numbers}{more})"
