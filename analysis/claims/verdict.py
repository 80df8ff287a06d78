"""A verdict on a claim: questions, each about one figure that has an interval and a bound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

import pandas as pd

from runner.numbers.medians import MIN_BLOCKS, Estimate, estimate
from runner.numbers.student import CONFIDENCE, quantile

NARROWER = "for a narrower interval"
THREE_TIMES = 3
"""As many blocks more, that is four times as many in all, halve an interval."""
ENOUGH_BLOCKS = 10

AtLevel = Callable[[float], Estimate]
"""From a level of confidence to a figure with its interval."""


class Answer(StrEnum):
    """The possible answers."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    CANNOT_SAY = "cannot say"
    DOES_NOT_APPLY = "does not apply"


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
    more_blocks: int | None = None
    """Blocks of the same sweep that would settle it; None if these are not what is lacking."""
    is_refuted: Callable[[float], bool] = field(default=lambda _: True, compare=False, repr=False)
    """Whether the answer is still `not confirmed` at another level of confidence."""


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
        return answers.pop() if len(answers) == 1 else Answer.CANNOT_SAY

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
    known = values.dropna().tolist()
    if not known:
        return left_open(about, settle)
    return decided(about, partial(estimate, known), bound, relation, unit)


def decided(about: str, at_level: AtLevel, bound: float, relation: str, unit: str) -> Question:
    """Answer from a figure: `relation` to the bound is ``at most`` or ``above``."""
    below = relation == "at most"
    words = f"{relation} {bound:g}" if unit != "×" or bound == 1 else f"{relation} {bound:.2f}"
    found = at_level(CONFIDENCE)
    if not found.has_interval:
        few = f"an interval takes {MIN_BLOCKS} blocks, there are {found.n}"
        return Question(about, found, words, Answer.CANNOT_SAY, unit, few, ENOUGH_BLOCKS - found.n)

    def is_refuted(level: float) -> bool:
        wider = at_level(level)
        return wider.low > bound if below else wider.high <= bound

    right = found.high <= bound if below else found.low > bound
    answer = Answer.CONFIRMED if right else Answer.NOT_CONFIRMED if is_refuted(CONFIDENCE) else Answer.CANNOT_SAY
    is_open = answer is Answer.CANNOT_SAY
    settle, more = (NARROWER, THREE_TIMES * found.n) if is_open else (None, None)
    return Question(about, found, words, answer, unit, settle, more, is_refuted)


def widened(found: Estimate, level: float) -> Estimate:
    """Return a figure of which only the interval of 95 % is known, with about that of another level (Student's t)."""
    if not found.has_interval:
        return found
    factor = quantile(level, found.n - 1) / quantile(CONFIDENCE, found.n - 1)
    low, high = (found.value + factor * (end - found.value) for end in (found.low, found.high))
    return replace(found, low=low, high=high)


def together(verdict: Verdict) -> Verdict:
    """Leave open what only one of several questions refutes, and not at the level that all of them share (Bonferroni).

    Any of k questions refutes a claim. On the bound, one of 4 would by chance in 7.5 % of sweeps, one of 7 in 13 %.
    """
    level = 1 - (1 - CONFIDENCE) / max(1, sum(question.found is not None for question in verdict.questions))
    return replace(verdict, questions=[_at_level(question, level) for question in verdict.questions])


def _at_level(question: Question, level: float) -> Question:
    if question.answer is not Answer.NOT_CONFIRMED or question.found is None or question.is_refuted(level):
        return question
    share = f"{100 * level:.1f} %"
    settle = (
        f"{NARROWER}: the {share} interval, which counts because the claim has several questions, includes the bound"
    )
    return replace(question, answer=Answer.CANNOT_SAY, settle=settle, more_blocks=THREE_TIMES * question.found.n)


def with_commands(verdict: Verdict, more_blocks: Callable[[int], str]) -> Verdict:
    """Name the command that adds the blocks which would settle a question; `more_blocks` returns it."""
    questions = [
        one if one.more_blocks is None else replace(one, settle=f"`{more_blocks(one.more_blocks)}`: {one.settle}")
        for one in verdict.questions
    ]
    return replace(verdict, questions=questions)


def undecided(verdict: Verdict, settle: str) -> Verdict:
    """Leave open every question that the trials confirm or refute; `settle` says what to sweep."""
    answered = (Answer.CONFIRMED, Answer.NOT_CONFIRMED)
    questions = [
        replace(one, answer=Answer.CANNOT_SAY, settle=settle, more_blocks=None) if one.answer in answered else one
        for one in verdict.questions
    ]
    return replace(verdict, questions=questions)


def left_open(about: str, settle: str) -> Question:
    """Return a question that the trials do not allow to be answered; `settle` says what to sweep."""
    return Question(about, None, "", Answer.CANNOT_SAY, "", settle)
