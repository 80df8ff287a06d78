"""Run benchmarks: ``python -m benchmarks``; see `benchmarks`."""

import argparse
import sys

from benchmarks import truth
from benchmarks.paired import Watch

QUESTIONS = {1: truth}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    a = parser.parse_args()
    with Watch() as watch:
        for m in QUESTIONS.values():
            for r in m.measure(watch, quick=a.quick):
                print(r, "|", r.note, flush=True)


main()
