"""`runner doctor`, on whatever machine the tests run."""

import json
import os
import pty
import select
import signal
import subprocess
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, command_line
from support.stores import Planned, change, contents, created, damage, fill, foreign_database, old_store, outcome

from runner.commands import doctor
from runner.errors import ExecutorBroken, ExitCode
from runner.executors.local import LocalExecutor
from runner.here import Here
from runner.host.finding import Verdict, problem, warning
from runner.host.fitness import CHECKS
from runner.store.schema import State, inspect

STORE = Path("runs.db")
NAMES = [*(check.__name__ for check in CHECKS), "measuring", "python", "start methods", "interpreters", "disk", "store"]


@pytest.fixture
def asked(capsys, monkeypatch):
    """Run the doctor in this process, on a machine without problems; return exit code, findings by name, and stderr."""
    monkeypatch.setattr(doctor, "SAMPLE_S", 0.0)
    monkeypatch.setattr(doctor, "CHECKS", ())
    monkeypatch.setattr(Here, "interpreters", lambda self: ())

    def ask(store="runs.db"):
        code = doctor.run(store, as_json=True)
        out, err = capsys.readouterr()
        answer = json.loads(out)
        assert answer["fit"] == (code is ExitCode.OK)
        assert code in (0, 1)
        assert err == ""
        return code, {finding["name"]: finding for finding in answer["findings"]}

    return ask


def test_says_a_line_of_each_thing_and_what_to_do_about_it(program, own_folder):
    result = program("doctor")
    *found, conclusion = [line for line in result.out.splitlines() if not line.startswith(" ")]
    assert [line[9:24].strip() for line in found] == NAMES
    verdicts = [line[:9].strip() for line in found]
    assert set(verdicts) <= set(Verdict)
    assert result.out.count("\n" + " " * 24 + "→ ") == len(NAMES) - verdicts.count("ok")
    assert result.code == int("problem" in verdicts)
    assert conclusion.startswith("Not fit to measure on: " if result.code else "Fit to measure on: ")
    assert result.err == ""
    assert list(own_folder.iterdir()) == []


@pytest.fixture
def quick(monkeypatch):
    """Shorten the sample of the machine."""
    monkeypatch.setattr(doctor, "SAMPLE_S", 0.1)


def test_answers_programs_in_json_also_in_a_narrow_terminal_and_without_a_home(cli, quick, monkeypatch, own_folder):
    for name in ("HOME", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "20")
    result = cli("doctor", "--json")
    assert [finding["name"] for finding in result.json["findings"]] == NAMES
    assert all(set(finding) == {"name", "verdict", "says", "remedy"} for finding in result.json["findings"])
    assert result.json["fit"] == (result.code == 0)
    assert list(own_folder.iterdir()) == []


def test_fits_into_a_narrow_terminal(cli, quick, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    result = cli("doctor")
    assert result.code in (0, 1)
    *found, _conclusion = result.out.splitlines()
    assert all(len(line) <= 20 for line in found)


def test_a_problem_makes_the_machine_unfit(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "SAMPLE_S", 0.0)
    for finding, code in ((warning("load", "high", "Wait."), 0), (problem("others", "loud", "End them."), 1)):
        monkeypatch.setattr(doctor, "CHECKS", (lambda machine, finding=finding: finding,))
        assert doctor.run("runs.db", as_json=False) == code
        out, _ = capsys.readouterr()
        assert f"{finding.verdict:<9}{finding.name:<15}{finding.says}\n{' ' * 24}→ {finding.remedy}\n" in out


def test_an_interpreter_that_cannot_run_trials_is_a_problem(asked, monkeypatch):
    def broken(executor, interrupt):
        raise ExecutorBroken("/usr/bin/python3 cannot run trials: the probe died.\nFatal Python error")

    monkeypatch.setattr(LocalExecutor, "probe", broken)
    code, findings = asked()
    assert code == 1
    assert findings["python"]["says"] == "/usr/bin/python3 cannot run trials: the probe died."
    assert findings["python"]["remedy"]
    assert "store" in findings


def test_a_sound_store_is_left_as_it_is(asked, own_folder):
    fill(STORE, [Planned(outcome=outcome())])
    before = contents(own_folder)
    code, findings = asked()
    assert code == 0
    assert findings["store"]["verdict"] == "ok"
    assert contents(own_folder) == before


def test_an_older_store_is_a_warning_and_stays_old(asked, own_folder):
    old_store(STORE)
    before = contents(own_folder)
    code, findings = asked()
    assert code == 0
    assert findings["store"]["verdict"] == "warning"
    assert "runner store upgrade" in findings["store"]["remedy"]
    assert contents(own_folder) == before
    assert inspect(STORE)[0] is State.OLDER


def damaged() -> None:
    fill(STORE, [Planned(outcome=outcome())])
    change(STORE, "PRAGMA journal_mode = DELETE")
    damage(STORE, "timings")


@pytest.mark.parametrize("make", [damaged, lambda: foreign_database(STORE)], ids=["damaged", "foreign"])
def test_a_store_that_cannot_be_used_is_a_problem_and_left_alone(asked, make, own_folder):
    make()
    before = contents(own_folder)
    code, findings = asked()
    assert (code, findings["store"]["verdict"]) == (1, "problem")
    assert contents(own_folder) == before


@pytest.mark.parametrize("store", [".", "postgresql://lab/results", "no/folder/runs.db"])
def test_a_place_that_cannot_hold_a_store_is_a_problem(asked, store):
    code, findings = asked(store)
    assert (code, findings["store"]["verdict"]) == (1, "problem")


def test_the_store_may_be_named_in_the_environment(cli, quick, monkeypatch):
    created(Path("lab.db"))
    monkeypatch.setenv("RUNNER_STORE", "lab.db")
    findings = cli("doctor", "--json").json["findings"]
    assert findings[-1]["says"].startswith("lab.db: sound")


def test_ctrl_c_while_it_looks_ends_it_with_130(own_folder):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(
        command_line("doctor"), stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment
    ) as process:
        os.close(theirs)
        shown = b""
        while b"looking at the machine for 2 s" not in shown:
            assert select.select([ours], [], [], PATIENCE_S)[0], "nothing was shown"
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE_S)
    os.close(ours)
    assert (process.returncode, out) == (130, "")
    assert list(own_folder.iterdir()) == []
