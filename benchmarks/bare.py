"""The study's driver, bare: two calls, nothing but the standard library, and the lines that the study printed.

    python benchmarks/bare.py cpu_bound sequential 1000000
    python benchmarks/bare.py io_bound fork 0.2          # or threading, spawn, forkserver

The last line gives the total as the study took it. What the runner's harness records beside that is what it costs.
Only what starts processes imports multiprocessing, which alone takes as long as the start of an interpreter.
"""

import os
import sys
import threading
import time

if sys.argv[2] not in ("sequential", "threading"):
    import multiprocessing


def context():
    process = multiprocessing.current_process().name if "multiprocessing" in sys.modules else "MainProcess"
    return f"| {os.getpid()} | {process} | {threading.current_thread().name} |"


def count_down(num):
    while num > 0:
        num -= 1


def cpu_bound(num):
    print(context(), "---> Countdown BEGIN")
    begin = time.perf_counter_ns()
    count_down(num)
    end = time.perf_counter_ns()
    print(context(), f"---> Countdown END after {(end - begin) / 1e9:.9f} seconds")


def io_bound(seconds):
    print(context(), "---> Waiting BEGIN")
    begin = time.perf_counter_ns()
    time.sleep(seconds)
    end = time.perf_counter_ns()
    print(context(), f"---> Waiting END after {(end - begin) / 1e9:.9f} seconds")


def main(workload, mode, size):
    begin = time.perf_counter_ns()
    if mode == "sequential":
        workload(size)
        workload(size)
    else:
        start = threading.Thread if mode == "threading" else multiprocessing.get_context(mode).Process
        first = start(target=workload, args=(size,))
        second = start(target=workload, args=(size,))
        first.start()
        second.start()
        first.join()
        second.join()
    end = time.perf_counter_ns()
    print(f"Finished in {(end - begin) / 1e9:.9f} seconds")


if __name__ == "__main__":
    if sys.argv[1] == "cpu_bound":
        main(cpu_bound, sys.argv[2], int(sys.argv[3]))
    else:
        main(io_bound, sys.argv[2], float(sys.argv[3]))
