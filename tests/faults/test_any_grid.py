"""Whatever stands in a grid file: `runner plan` answers 0 or 2, and never with a traceback. ``make chaos``: 20,000."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faults import many
from support.here import folder_like, run_here

OK, BAD_INPUT = 0, 2
REPOSITORY = Path(__file__).parents[2]
GRIDS = [
    (REPOSITORY / "grid.yaml").read_text(),
    *(file.read_text() for file in (REPOSITORY / "examples").glob("*.yaml")),
]
LONGEST_MESSAGE = 12_000

ODD_SCALARS = [
    *["0", "-1", "2", "1.5", "1e3", "1e999", "-1e999", ".inf", ".nan", "1_000", "0x10", "010", "1:30", "2024-01-02"],
    *[
        "true",
        "yes",
        "null",
        "~",
        "[]",
        "{}",
        "[[]]",
        "{a: b}",
        "[1, 2]",
        "''",
        "- 1",
        "? x",
        "|\n x",
        ">\n",
        "%YAML 1.1",
    ],
    *[
        "---",
        "...",
        "#",
        "@",
        "`",
        "!",
        "&",
        "*",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "&a 1",
        "*a",
        "<<",
        "!!str",
        "!!binary",
    ],
    *["!!python/object/apply:os.system [true]", r'"\0"', r'"\ud800"', r'"\x00"', r'"\N"', "\0", "\t", "\x1b", "\x7f"],
    *["\x85", "\u2028", "\u202e", "\ufeff", "größe", "名前", "\N{SNAKE}", "cpu_bound", "thraeding", "spawn", "1 2 3"],
    *["x" * 300, "9" * 400, "9" * 5000, "[" * 3000, "{" * 3000, "a: " * 900, "\n" * 2000],
]
ODD_KEYS = ["Matrix", "worker", "num", "repeat", "1", "null", "~", "<<", "?", "[a]", "{a: b}", "&a x", "", "ключ"]
GOOD_AXES = {
    "workload": ["cpu_bound", "[cpu_bound, io_bound]"],
    "NUM": ["10", "[1, 1_000_000]"],
    "TIME": ["0.1", "[0, 1e9]"],
    "workers": ["1", "[1, 2, 10000]"],
    "calls": ["4", "[100000]"],
    "mode": ["threading", "[sequential, multiprocessing]"],
    "start_method": ["fork", "[spawn, forkserver]"],
}
GOOD_KEYS = {
    "name": ["study"],
    "repeats": ["1", "100000"],
    "until": ["{precision: 2%}", "{budget: 10m, blocks: 80}"],
    "warmup": ["0", "3"],
    "timeout": ["1", "1e9"],
    "seed": ["7"],
    "exclude": ["[{workers: 1}]", "[{mode: threading, workers: [2]}]"],
    "include": ["[{workload: cpu_bound, NUM: 3}]"],
}


def mappings(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(keys, values), max_size=4)
    return pairs.map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}")


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=4).map(lambda values: f"[{', '.join(values)}]")


printed = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)  # any other ends the reading at once
keys = st.sampled_from([*GOOD_AXES, *GOOD_KEYS, *ODD_KEYS]) | printed
scalars = st.sampled_from(ODD_SCALARS) | st.integers().map(str) | st.floats().map(str) | printed
odd_values = st.recursive(scalars, lambda inner: lists(inner) | mappings(inner), max_leaves=8)


@st.composite
def odd_files(draw: st.DrawFn) -> str:
    """Return keys with values, mostly invalid."""
    pairs = draw(st.lists(st.tuples(keys, odd_values), max_size=6))
    return "".join(f"{key}: {value}\n" for key, value in pairs)


@st.composite
def almost_good_files(draw: st.DrawFn) -> str:
    """Return a grid with few or no errors, which passes most of the checks."""

    def value(good: list[str]) -> str:
        return draw(odd_values) if draw(st.integers(0, 19)) == 0 else draw(st.sampled_from(good))

    axes = ["workload", "NUM", "TIME", *draw(st.lists(st.sampled_from(list(GOOD_AXES)[3:]), unique=True))]
    if draw(st.integers(0, 3)) == 0:
        axes.remove(draw(st.sampled_from(axes)))
    others = draw(st.lists(st.sampled_from(list(GOOD_KEYS)), unique=True))
    lines = ["matrix:", *(f"  {axis}: {value(GOOD_AXES[axis])}" for axis in axes)]
    return "\n".join([*lines, *(f"{key}: {value(GOOD_KEYS[key])}" for key in others)]) + "\n"


@st.composite
def edited_files(draw: st.DrawFn) -> str:
    """Return a grid of this repository with some typing errors."""
    text = draw(st.sampled_from(GRIDS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(scalars) + text[at + draw(st.integers(0, 6)) :]
    return text


texts = almost_good_files() | edited_files() | odd_files() | st.text()
contents = texts.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=300)


@pytest.mark.usefixtures("probed_before")
@many
@given(content=contents)
def test_it_is_planned_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as empty, folder_like(Path(empty)):
        Path("any.yaml").write_bytes(content)
        result = run_here("plan", "--matrix", "any.yaml")
        assert [path.name for path in Path().iterdir()] == ["any.yaml"]
    assert result.code in (OK, BAD_INPUT), result
    assert bool(result.out) == (result.code == OK)
    assert bool(result.err) == (result.code == BAD_INPUT)
    assert result.err.startswith("runner: any.yaml" if result.err else "")
    assert len(result.err) < LONGEST_MESSAGE
