"""What a complete sweep is extended by: the columns of its new goal. No input or output."""

from collections.abc import Mapping
from typing import Any

from runner.errors import BadInput
from runner.matrix.spec import GridSpec, Until
from runner.numbers.stopping import MOST_BLOCKS


def more_blocks(sweep: Mapping[str, Any], closed: int, fewest: int, asked: Until) -> dict[str, Any]:
    """Return the columns of the stored `sweep` when it gets what is asked for.

    It has `closed` blocks, and each of its cases at least `fewest`. A number of blocks alone is for all cases. With a
    precision or a budget, it is the most. A budget alone is for the precision that the sweep was to reach, if it was.
    Raises BadInput.
    """
    given = asked.model_fields_set
    columns = {"closed_blocks": closed, "precision": None, "budget_ns": None, "most_blocks": None}
    if given == {"blocks"}:
        return {**columns, "repeats": closed + asked.blocks}
    precision = asked.precision if asked.precision is not None else sweep["precision"]
    more = asked.blocks
    if precision is not None:
        more = min(more, MOST_BLOCKS - fewest)
    if more <= 0:
        raise BadInput(
            f"sweep {sweep['id']} has {closed} blocks, and after {MOST_BLOCKS} no precision is judged: "
            "--blocks adds a number of them."
        )
    budget_ns = None if asked.budget is None else round(asked.budget * 1e9)
    goal = {"repeats": closed, "precision": precision, "budget_ns": budget_ns, "most_blocks": closed + more}
    return columns | goal


def for_new_cases(spec: GridSpec, closed: int) -> dict[str, Any]:
    """Return the columns of a sweep with `closed` blocks that gets the cases that are new in its grid."""
    goal = spec.goal
    most = goal["most_blocks"]
    return {
        **goal,
        "repeats": closed + goal["repeats"],
        "most_blocks": None if most is None else closed + most,
        "closed_blocks": closed,
    }
