"""The values that say how a trial ended."""

import pytest
from support.fakes import HOST

from runner.harness.record import FIELDS
from runner.outcome import TIMING_FIELDS, UNFINISHED, Outcome, Status


@pytest.mark.parametrize(
    ("stamps", "wall_ns"),
    [({"start_ns": 5, "end_ns": 25}, 20), ({"start_ns": 5}, None), ({"end_ns": 25}, None), ({}, None)],
)
def test_the_total_is_known_when_both_its_stamps_are(stamps: dict[str, int], wall_ns: int | None) -> None:
    assert Outcome(status=Status.OK, started_at="now", elapsed_ns=99, host=HOST, **stamps).wall_ns == wall_ns


def test_the_statuses_are_the_words_of_the_store() -> None:
    assert [str(status) for status in Status] == [
        "ok",
        "failed",
        "crashed",
        "timeout",
        "interrupted",
        "lost",
        "disturbed",
    ]


def test_what_never_came_to_an_end_that_can_be_trusted_is_unfinished() -> None:
    assert set(UNFINISHED) == {Status.INTERRUPTED, Status.LOST, Status.DISTURBED}


def test_a_timing_has_what_the_harness_replies_of_a_call() -> None:
    assert TIMING_FIELDS == FIELDS
