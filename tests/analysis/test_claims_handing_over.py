"""Claim 7: what it costs to hand data over."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest
from support import frames
from support.claims import CANNOT_SAY, CONFIRMED, NOT_CONFIRMED, SLOW, verdict

from runner.matrix.case import Case

CHANNELS = ("pass_by_pipe", "pass_by_queue", "pass_by_shared_memory")


def handed(
    channels: Sequence[str] = CHANNELS,
    sizes: Sequence[int] = (1_000, 10_000_000),
    modes: Sequence[str] = ("threading", "multiprocessing/fork"),
    byte_s: Mapping[str, float] | None = None,
    start_s: Mapping[str, float] | None = None,
    blocks: int = 6,
) -> pd.DataFrame:
    """Return trials that hand data over: by default processes take a nanosecond a byte, and threads none."""
    a_byte, start = byte_s or {"multiprocessing": 1e-9, "process_pool": 1e-9}, start_s or {}
    works = [(channel, (("SIZE", size),)) for channel in channels for size in sizes]

    def seconds(one: Case) -> float:
        return start.get(one.mode, 1e-4) + a_byte.get(one.mode, 0.0) * dict(one.params)["SIZE"]

    return frames.trials({one: seconds(one) for one in frames.grid(works, (2,), modes)}, blocks)


class TestHandingOver:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, [CONFIRMED, CONFIRMED]),
            ({"byte_s": {"multiprocessing": 1e-12}}, [NOT_CONFIRMED, CONFIRMED]),
            pytest.param(
                {"byte_s": {"multiprocessing": 1e-9, "threading": 1e-9}}, [NOT_CONFIRMED, CONFIRMED], marks=SLOW
            ),
            ({"byte_s": {"x": 0.0}, "start_s": {"multiprocessing": 1e-2}}, [CONFIRMED, NOT_CONFIRMED]),
            ({"sizes": (10_000,)}, [NOT_CONFIRMED, CANNOT_SAY]),
            ({"modes": ("multiprocessing/fork",)}, [CANNOT_SAY]),
            pytest.param({"modes": ("threading",)}, [CANNOT_SAY], marks=SLOW),
            ({"blocks": 5}, [CANNOT_SAY, CANNOT_SAY]),
        ],
        ids=str,
    )
    def test_is_what_a_call_takes_beside_threads_and_how_that_grows(self, changes, expected):
        found = verdict(7, handed(CHANNELS[:1], **changes))
        assert [question.answer for question in found.questions] == expected

    @pytest.mark.parametrize(
        ("byte_s", "expected"),
        [
            ({"process_pool": 1e-9}, CONFIRMED),
            ({"process_pool": 1e-9, "thread_pool": 1.5e-9}, NOT_CONFIRMED),
            ({"thread_pool": 1e-9}, NOT_CONFIRMED),
        ],
        ids=str,
    )
    def test_as_arguments_is_by_how_much_more_the_total_grows(self, byte_s, expected):
        dear = {"process_pool": 0.05}
        trials = handed(["pass_by_argument"], modes=("thread_pool", "process_pool/fork"), byte_s=byte_s, start_s=dear)
        (question,) = verdict(7, trials).questions
        assert (question.answer, question.unit) == (expected, "ms")
        assert question.found.value == pytest.approx(
            1e3 * (1e7 - 1e3) * (byte_s.get("process_pool", 0) - byte_s.get("thread_pool", 0)) / 2
        )

    def test_asks_of_every_channel_that_was_swept(self):
        assert [len(verdict(7, handed(CHANNELS[:many])).questions) for many in (1, 3)] == [2, 6]
