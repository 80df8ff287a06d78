"""What the documentation shows must work."""

import ast
import re
from pathlib import Path

import pytest
from support.stores import BASELINE, THREADS, Planned, fill, outcome, timing

from runner.harness.modes import MODES
from runner.harness.workloads import WORKLOADS, load
from runner.matrix.workload import builtin
from runner.store.query import ask

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
QUESTIONS = re.findall(r"```sql\n(.*?)```", (REPOSITORY / "docs" / "sql.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def store(own_folder: Path) -> Path:
    trials = [
        Planned(case=one, outcome=outcome(wall_ns=80, timings=[timing(0), timing(1)]), repeat=1)
        for one in (BASELINE, THREADS)
    ]
    fill(own_folder / "runs.db", trials)
    return own_folder / "runs.db"


def test_the_document_asks_ten_questions() -> None:
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize("sql", QUESTIONS, ids=lambda sql: " ".join(sql.split())[:40])
def test_each_question_can_be_asked(store: Path, sql: str) -> None:
    with ask(store, sql) as answer:
        assert answer.columns
        list(answer.rows)


def test_the_notebook_of_the_analysis_runs_as_it_is_shown(own_folder: Path) -> None:
    trials = [
        Planned(case=one, outcome=outcome(wall_ns=80 + repeat, timings=[timing(0), timing(1)]), repeat=repeat)
        for repeat in range(1, 8)
        for one in (BASELINE, THREADS)
    ]
    fill(own_folder / "runs.db", trials, name="default")
    cells = re.findall(
        r"```python\n(.*?)```", (REPOSITORY / "docs" / "analysis.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names: dict[str, object] = {}
    for cell in cells:
        exec(cell, names)
    assert len(cells) == 2
    assert len(names["table"]) == 1


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_stands_in_the_document_with_its_own_words(name: str) -> None:
    words, _, _ = " ".join((load(name).__doc__ or "").split()).partition(". ")
    parameters = ", ".join(f"`{parameter}`" for parameter in builtin(name).parameters)
    row = f"| `{name}` | {parameters} | {words.removesuffix('.')}. |"
    assert row in (REPOSITORY / "docs" / "workloads.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_stands_in_the_document(mode: str) -> None:
    assert f"\n| `{mode}` |" in (REPOSITORY / "docs" / "modes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_no_message_names_a_file_that_an_installed_package_lacks() -> None:
    """Nothing of the folders docs and examples is in a wheel. Docstrings and comments are for readers of the code."""
    sources = [path for package in ("runner", "analysis") for path in (REPOSITORY / package).rglob("*.*")]
    texts = {path: path.read_text(encoding="utf-8") for path in sources if path.suffix == ".j2"}
    for path in (path for path in sources if path.suffix == ".py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        texts[path] = "\n".join(str(node.value) for node in strings if id(node) not in docs)
    assert len(texts) > 100
    assert [str(path) for path, text in texts.items() if re.search(r"\b(docs|examples)/", text)] == []
