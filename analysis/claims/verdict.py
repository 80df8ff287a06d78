"""A verdict on a claim: questions, each about one figure that has an interval and a bound."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from runner.numbers.medians import MIN_BLOCKS, Estimate, estimate


class Answer(StrEnum):
    """The possible answers."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    CANNOT_SAY = "cannot say"


@dataclass(frozen=True, slots=True)
class Question:
    """One figure and the bound it must keep."""

    about: str
    """The comparison in words, with its work."""
    found: Estimate | None
    """None where the trials that it takes are not there."""
    bound: str
    """Such as ``at most 1.10``."""
    answer: Answer
    unit: str = "×"
    settle: str | None = None
    """What to sweep if the answer is open."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, its answer, and what that rests on."""

    number: int
    claim: str
    questions: Sequence[Question]
    remarks: Sequence[str] = field(default=())

    @property
    def answer(self) -> Answer:
        """Return the answer to all questions together."""
        answers = {question.answer for question in self.questions}
        if Answer.NOT_CONFIRMED in answers:
            return Answer.NOT_CONFIRMED
        return Answer.CONFIRMED if answers == {Answer.CONFIRMED} else Answer.CANNOT_SAY

    @property
    def settle(self) -> list[str]:
        """Return what to sweep for an answer, without repetitions; nothing where there is one."""
        if self.answer is not Answer.CANNOT_SAY:
            return []
        return list(dict.fromkeys(question.settle for question in self.questions if question.settle))


def at_most(about: str, values: pd.Series, bound: float, settle: str, **more: str) -> Question:
    """Ask whether the median of `values`, one for each block, is at most `bound`."""
    return _judged(about, values, bound, "at most", settle, **more)


def above(about: str, values: pd.Series, bound: float, settle: str, **more: str) -> Question:
    """Ask whether the median of `values`, one for each block, is above `bound`."""
    return _judged(about, values, bound, "above", settle, **more)


def _judged(about: str, values: pd.Series, bound: float, relation: str, settle: str, unit: str = "×") -> Question:
    known = values.dropna()
    if known.empty:
        return left_open(about, settle)
    return decided(about, estimate(known.tolist()), bound, relation, unit)


def decided(about: str, found: Estimate, bound: float, relation: str, unit: str) -> Question:
    """Answer from a figure: `relation` to the bound is ``at most`` or ``above``."""
    below = relation == "at most"
    words = f"{relation} {bound:g}" if unit != "×" or bound == 1 else f"{relation} {bound:.2f}"
    if not found.has_interval:
        few = f"repeats: 10 (an interval takes {MIN_BLOCKS} blocks, there are {found.n})"
        return Question(about, found, words, Answer.CANNOT_SAY, unit, few)
    right = found.high <= bound if below else found.low > bound
    wrong = found.low > bound if below else found.high <= bound
    answer = Answer.CONFIRMED if right else Answer.NOT_CONFIRMED if wrong else Answer.CANNOT_SAY
    more = f"the same with repeats: {4 * found.n}, for a narrower interval"
    return Question(about, found, words, answer, unit, more if answer is Answer.CANNOT_SAY else None)


def left_open(about: str, settle: str) -> Question:
    """Return a question that the trials do not allow to be answered; `settle` says what to sweep."""
    return Question(about, None, "", Answer.CANNOT_SAY, "", settle)
