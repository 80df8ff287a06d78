"""The table of the modes: a row says all that is known of one."""

import inspect

import pytest

from runner.harness.crew import Crew, Window
from runner.harness.modes import MODES, STUDY_MODES, Mode, Need


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_each_mode_names_a_driver_that_takes_a_crew_and_returns_a_window(mode: Mode) -> None:
    signature = inspect.signature(mode.load_driver())
    (parameter,) = signature.parameters.values()
    assert parameter.annotation in (Crew, "Crew")
    assert signature.return_annotation is Window


def test_each_mode_is_listed_by_its_name_and_the_studys_come_first() -> None:
    assert [mode.name for mode in MODES.values()] == list(MODES)
    assert STUDY_MODES == ("sequential", "threading", "multiprocessing") == tuple(MODES)[:3]


def test_a_mode_is_compared_with_one_that_costs_less() -> None:
    pairs = [(mode, MODES[mode.cheaper]) for mode in MODES.values() if mode.cheaper]
    assert pairs
    assert all(cheaper.cost < mode.cost for mode, cheaper in pairs)


@pytest.mark.parametrize(
    ("what", "is_met"),
    [
        ("sys", True),
        ("concurrent.futures", True),
        ("concurrent.futures:ThreadPoolExecutor", True),
        ("no_such_module", False),
        ("concurrent.no_such_module", False),
        ("concurrent.futures:NoSuchExecutor", False),
    ],
)
def test_a_mode_is_available_where_what_it_needs_can_be_imported(what: str, is_met: bool) -> None:
    mode = Mode("made_up", "workers:sequential", cost=0, needs=Need(what, "needs more than there is"))
    assert (mode.is_available, mode.why_unavailable) == (is_met, "needs more than there is")


def test_a_mode_that_needs_nothing_is_always_available() -> None:
    assert MODES["threading"].is_available


@pytest.mark.parametrize(
    ("mode", "start_method", "pickles"),
    [
        ("threading", None, False),
        ("multiprocessing", "fork", False),
        ("multiprocessing", "spawn", True),
        ("multiprocessing", "forkserver", True),
        ("process_pool", "fork", True),
        ("interpreter_pool", None, True),
        ("asyncio", None, False),
    ],
)
def test_a_function_is_pickled_where_the_mode_or_the_start_method_does_that(
    mode: str, start_method: str | None, pickles: bool
) -> None:
    assert MODES[mode].pickles(start_method) is pickles
