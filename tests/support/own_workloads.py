"""Workloads as users write them: plain functions that import nothing of the runner's. Trials run them from this file."""

import functools
import gc
import os
import sys
import time
import weakref


def note(path, what):
    """Add a line to a file; whole lines, whoever writes at the same time."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, ("%s %d\n" % (what, time.perf_counter_ns())).encode())
    finally:
        os.close(descriptor)


def set_up(PATH):
    note(PATH, "setup")
    return PATH


def notes(path, number=3):
    """Leave a line for each set-up and each call."""
    note(path, "call")
    return 2 * number


def is_twice(result, number=3):
    return result == 2 * number


notes.setup = set_up
notes.check = is_twice


async def notes_async(path, number=3):
    import asyncio  # not for the others, whose trials it would make dear

    await asyncio.sleep(0.001)
    return notes(path, number)


notes_async.setup = set_up
notes_async.check = is_twice


def plain(number=1):
    return number


def meets(PATH):
    """Wait until another call has begun, too."""
    note(PATH, "call")
    while os.path.getsize(PATH) < 2 * len("call %d" % time.perf_counter_ns()):
        time.sleep(0.001)


async def plain_async(number=1):
    import asyncio

    await asyncio.sleep(0)
    return number


def wrong():
    return 3


wrong.check = lambda result: result == 4


async def wrong_async():
    return 3


wrong_async.check = wrong.check


def no_file():
    raise FileNotFoundError("no such log")


def cannot_set_up(state):
    raise AssertionError("never called")


cannot_set_up.setup = no_file


async def cannot_set_up_async(state):
    raise AssertionError("never called")


cannot_set_up_async.setup = no_file


def cannot_warm_up():
    raise ZeroDivisionError("division by something")


def raises():
    raise ValueError("no")


async def raises_async():
    raise ValueError("no")


def exits():
    sys.exit("enough")


def gives_lambda():
    return lambda: None


def dies():
    os._exit(3)


def dies_in_setup(state):
    raise AssertionError("never called")


dies_in_setup.setup = dies


def sees(NAMES):
    """Succeed when none of these modules can be imported, and the path is that of a script in this folder."""
    import importlib.util

    found = [name for name in NAMES.split() if importlib.util.find_spec(name) is not None]
    assert not found, found
    assert sys.path[0] == os.path.dirname(os.path.abspath(__file__)), sys.path
    assert sum("harness" in folder for folder in sys.path) == 0, sys.path


def notes_modules(PATH):
    with open(PATH, "w") as file:
        file.write(" ".join(sys.modules))


def is_pinned_to(CPUS):
    assert sorted(os.sched_getaffinity(0)) == [int(cpu) for cpu in CPUS.split(",")]


def has_variables(NAME, VALUE):
    assert os.environ.get(NAME) == VALUE, os.environ.get(NAME)


def counts(shared, times):
    lock, counter = shared
    for _ in range(times):
        with lock:
            counter[0] += 1
    with lock:
        return counter[0]


counts.share = lambda context: (context.Lock(), context.RawArray("q", 1))
counts.check = lambda total, times: times <= total


class Adder:
    def __call__(self, a):
        return a + 1


adds = Adder()
adds_part = functools.partial(plain, number=5)


kept = []


def noted_lock(context, PATH):
    lock = context.Lock()
    kept.append(lock)
    with open(PATH, "w") as file:
        file.write(lock._semlock.name)
    return lock


def locks(lock):
    with lock:
        pass


locks.share = noted_lock


class Cycle:
    pass


def garbage():
    cycle = Cycle()
    cycle.itself = cycle
    return weakref.ref(cycle)


left_by_import = garbage()


def finds_no_garbage():
    assert gc.isenabled()
    assert left_by_import() is None


def sleeps(SECONDS):
    time.sleep(SECONDS)


def wrapped(function):
    @functools.wraps(function)
    def call(*arguments, **keywords):
        return function(*arguments, **keywords)

    return call


@wrapped
def lazy_in_disguise(number=3):
    yield number


@wrapped
async def async_in_disguise(number=1):
    return number


async def never_awaited(result):
    return False


def with_async_check():
    return 1


with_async_check.check = never_awaited


def is_checked_slowly(path):
    return path


def noting_how_long(path):
    begin = time.perf_counter_ns()
    sum(range(100_000))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, b"%d %d\n" % (os.getpid(), time.perf_counter_ns() - begin))
    os.close(descriptor)
    return True


is_checked_slowly.check = noting_how_long


def never_ends(PATH):
    note(PATH, "call")
    time.sleep(600)


def forks():
    os.fork()
