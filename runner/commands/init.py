"""`runner init`: write a starter grid, or print the schema that editors use to complete it."""

import json
from pathlib import Path

from runner.display import console
from runner.errors import BadInput, ExitCode
from runner.matrix.spec import json_schema

STARTER = """\
# A matrix of concurrency experiments. Run it:        runner sweep --matrix {path}
#                          See what it would run:     runner plan --matrix {path}
#                          Let your editor check it:  runner init --schema > grid.schema.json
# yaml-language-server: $schema=grid.schema.json

matrix: # every axis is a value or a list of values; the product is taken
  workload: [cpu_bound, io_bound]
  NUM: [200_000, 2_000_000] # cpu_bound counts this down to zero, in pure Python
  TIME: 0.05 # io_bound sleeps this many seconds
  workers: [1, 2, 4] # absent: 1, 2, 4, … up to the CPUs you may use
  mode: [sequential, threading, multiprocessing] # absent: all three
  # modes there are, too: thread_pool, process_pool, interpreter_pool, asyncio
  start_method: [fork, spawn] # absent: the interpreter's default; there is also forkserver
  # calls: 8 # absent: one call for each worker; given: fixed total work, shared out among the workers
  # workload: my_file.py:my_function # your own, with its parameters as axes
  # python: [current, 3.14t, pypy3.11, ../venv/bin/python] # absent: current
  # gil: [on, off]   barrier: true   warmup_calls: 3   affinity: compact   env: {{NAME: value}}

# exclude: # drop the cases that match one of these
#   - {{mode: threading, workers: 4}}
# include: # add cases; an axis that an entry leaves out has its default, not what the matrix has
#   - {{workload: cpu_bound, NUM: 10, workers: 2, mode: threading}}

repeats: 10 # blocks; in each, every case runs once, in random order; intervals take six or more
# until: {{precision: 2%, budget: 10m}} # when to stop after at least `repeats` blocks
warmup: 1 # blocks that are run first and stored, but do not count
timeout: 60 # seconds for one trial
# seed: 7 # of the order of trials; drawn, and stored, when absent
"""


def run(path: str, *, schema: bool) -> ExitCode:
    """Write a commented starter grid to `path`, or print the JSON Schema of grid files."""
    if schema:
        console.results().print(json.dumps(json_schema(), indent=2), soft_wrap=True)
        return ExitCode.OK
    try:
        _write_new(Path(path), STARTER.format(path=path).encode())
    except FileExistsError:
        raise BadInput(f"{path}: this exists already; name another file.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}.") from None
    console.messages().print(f"Wrote {path}. Next: runner plan --matrix {path}", soft_wrap=True)
    return ExitCode.OK


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:  # half a grid would make the next try fail
            path.unlink()
            raise
