"""Many calls of a function as a script of one's own would make them, nothing but the standard library.

    python benchmarks/bare_calls.py FUNCTION MODE CALLS WORKERS NUMBER

MODE is sequential, threading, fork, thread_pool, process_pool or asyncio. Prints the nanoseconds in all.
"""

import sys
import threading
import time

import short_work

name, mode, calls, workers, number = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
work = getattr(short_work, name)
if mode in ("fork", "process_pool"):
    import multiprocessing

    fork = multiprocessing.get_context("fork")
if mode in ("thread_pool", "process_pool"):
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
if mode == "asyncio":
    import asyncio


def loop(share):
    for _ in range(share):
        work(number)


def checked_loop(share):
    """Return the nanoseconds without those of the checks."""
    spent = 0
    for _ in range(share):
        begin = time.perf_counter_ns()
        result = work(number)
        spent += time.perf_counter_ns() - begin
        work.check(result)
    return spent


def side_by_side(start):
    each, rest = divmod(calls, workers)
    all_of_them = [start(target=loop, args=(each + (worker < rest),)) for worker in range(workers)]
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join()


def in_a_pool(pool):
    with pool:
        futures = [pool.submit(work, number) for _ in range(calls)]
        for future in futures:
            future.result()


async def in_a_loop():
    turn = asyncio.Semaphore(workers)

    async def one():
        async with turn:
            return await work(number)

    await asyncio.gather(*[one() for _ in range(calls)])


begin = time.perf_counter_ns()
if mode == "sequential" and hasattr(work, "check"):
    spent = checked_loop(calls)
    begin = time.perf_counter_ns() - spent
elif mode == "sequential":
    loop(calls)
elif mode == "threading":
    side_by_side(threading.Thread)
elif mode == "fork":
    side_by_side(fork.Process)
elif mode == "thread_pool":
    in_a_pool(ThreadPoolExecutor(workers))
elif mode == "process_pool":
    in_a_pool(ProcessPoolExecutor(workers, mp_context=fork))
else:
    asyncio.run(in_a_loop())
print(time.perf_counter_ns() - begin)
