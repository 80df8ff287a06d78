"""The bare driver, and what comes of Ctrl-C while a case runs."""

import re
from pathlib import Path

import pytest
from support.helpers import case

from benchmarks.drivers import BARE, WAYS, bare, harness, trial_of
from runner.signals import interruptible

KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"


@pytest.mark.parametrize(
    ("workload", "size", "way"), [*(("cpu_bound", 1, way) for way in WAYS), ("io_bound", 0.01, "threading")]
)
def test_bare_makes_two_calls_and_times_them_as_the_study_did(workload, size, way):
    total, call = bare(workload, way, size)
    assert total >= call * (2 if way == "sequential" else 1) * 0.999
    assert call >= (0.01 if workload == "io_bound" else 0)


def test_bare_needs_the_standard_library_alone():
    imported = re.findall(r"^ *(?:import|from) (\w+)", BARE.read_text(), re.M)
    assert imported == ["os", "sys", "threading", "time", "multiprocessing"]


def test_the_harness_runs_the_same_case_and_a_case_of_the_project_gives_its_outcome(executor):
    with interruptible() as interrupt:
        total, call = harness(executor, interrupt, "io_bound", "threading", 0.01)
    assert total >= call * 0.999 >= 0.00999
    assert len(trial_of(case()).timings) == 2


@pytest.mark.parametrize(
    "dies", [KILLED, f"import signal; signal.signal(2, signal.SIG_DFL); {KILLED}", "raise SystemExit(130)"]
)
def test_ctrl_c_that_ends_a_bare_driver_is_ctrl_c(dies):
    driver = Path("driver.py")
    driver.write_text(dies)
    with interruptible(), pytest.raises(KeyboardInterrupt):
        bare("cpu_bound", "sequential", 1, driver)


def test_ctrl_c_is_one_to_a_bare_driver_that_is_still_starting(monkeypatch):
    Path("sitecustomize.py").write_text(KILLED)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    with interruptible(), pytest.raises(KeyboardInterrupt):
        bare("cpu_bound", "sequential", 1)


@pytest.mark.parametrize("fails", ["raise SystemExit(1)", "raise SystemExit('no room')", "print('Finished')"])
def test_a_bare_driver_that_fails_by_itself_is_told_with_what_it_printed(fails):
    driver = Path("driver.py")
    driver.write_text(fails)
    with pytest.raises(RuntimeError, match=r"ended with [01] and printed '(no room\\n|Finished\\n)?'"):
        bare("cpu_bound", "sequential", 1, driver)


def test_ctrl_c_that_was_noted_during_a_trial_is_raised_after_it(executor):
    with interruptible() as interrupt:
        interrupt.request()
        with pytest.raises(KeyboardInterrupt):
            harness(executor, interrupt, "cpu_bound", "sequential", 1)
