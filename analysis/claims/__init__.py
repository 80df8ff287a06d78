"""The study's claims, each answered from the trials: confirmed, not confirmed, or cannot say. Pure.

A claim is taken apart into questions, each about one figure that has an interval and a bound. A question is confirmed
when its whole interval lies on the right side of the bound, not confirmed when it lies wholly on the other, and open
otherwise. A claim is confirmed when all its questions are: as each must hold by itself, their number calls for no
correction. It is not confirmed as soon as one is not, at a level that all of them share. Figures are compared within
blocks, on the largest size that was swept: what the study is about is the work, and the price of starting is a question
of its own. If most trials were disturbed, claims about time are left open.
"""

import pandas as pd

from analysis.claims.conclusion import claim_8
from analysis.claims.cpu import claim_3, claim_4, claim_5
from analysis.claims.crash import claim_6
from analysis.claims.evidence import CRASHING, Trials, crashes, too_busy
from analysis.claims.handing_over import BY_ARGUMENT, CHANNELS, claim_7
from analysis.claims.verdict import Answer, Question, Verdict, together, undecided, with_commands
from analysis.claims.waits import claim_1, claim_2
from analysis.statistics import measured

__all__ = ["WORKLOADS", "Answer", "Question", "Verdict", "crashes", "verdicts", "with_commands"]
WORKLOADS = {"cpu_bound", "io_bound", CRASHING, *CHANNELS.values(), BY_ARGUMENT}
"""What the claims are about."""
NOT_ABOUT_TIME = {6}
"""Claims that a busy machine does not change."""
CLAIMS = (claim_1, claim_2, claim_3, claim_4, claim_5, claim_6, claim_7, claim_8)


def verdicts(trials: pd.DataFrame, break_even: pd.DataFrame) -> list[Verdict]:
    """Answer the study's eight claims from the trials of one setting: one sweep, interpreter and set of conditions.

    `trials` are grouped (see `analysis.grouping`), with the columns of `load.activity` and `load.survivors`;
    `break_even` is what `breakeven.break_even` made of them.
    """
    data = Trials(measured(trials), crashes(trials), break_even)
    found = [together(answer(data)) for answer in CLAIMS]
    busy = too_busy(data)
    return [undecided(verdict, busy) if busy and verdict.number not in NOT_ABOUT_TIME else verdict for verdict in found]
