"""Workloads that go wrong in every way, for whole sweeps. A copy of the harness gets this file as its ``workloads``.

A grid knows the study's two: ``cpu_bound(NUM)`` does the deed number NUM, ``io_bound(TIME)`` is innocent.
"""

import os
import signal
import subprocess
import sys
import threading
import time


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def closes_every_descriptor():
    os.closerange(0, 4096)


def kills_its_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def double_forks_a_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()


def prints_much():
    block = b"x" * 1023 + b"\n"
    for _ in range(int(os.environ["MEBIBYTES_TO_PRINT"]) * 1024):
        os.write(1, block)


def writes_much_to_every_descriptor():
    block = b"x" * 65536
    for _ in range(int(os.environ["MEBIBYTES_TO_PRINT"]) * 16):
        for descriptor in range(3, 12):
            try:
                os.write(descriptor, block)
            except OSError:
                pass


def returns_what_cannot_be_pickled():
    return threading.Lock()


def raises_what_cannot_be_described():
    raise Unspeakable


def raises_what_cannot_be_pickled():
    raise ValueError(threading.Lock())


def calls_sys_exit():
    sys.exit("enough")


def calls_sys_exit_in_a_thread():
    thread = threading.Thread(target=sys.exit, args=("enough",))
    thread.start()
    thread.join()


def recurses_for_ever():
    recurses_for_ever()


def aborts():
    os.abort()


def leaves_a_process_that_ignores_signals():
    script = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; print('!', flush=True)"
    child = subprocess.Popen([sys.executable, "-c", script + "; time.sleep(600)"], stdout=subprocess.PIPE)
    child.stdout.readline()


def ignores_every_signal_it_can():
    if threading.current_thread() is threading.main_thread():  # only the main thread may set signal handlers
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    time.sleep(600)


DEEDS = [
    closes_every_descriptor,
    kills_its_parent,
    double_forks_a_daemon,
    prints_much,
    writes_much_to_every_descriptor,
    returns_what_cannot_be_pickled,
    raises_what_cannot_be_described,
    raises_what_cannot_be_pickled,
    calls_sys_exit,
    calls_sys_exit_in_a_thread,
    recurses_for_ever,
    aborts,
    leaves_a_process_that_ignores_signals,
    ignores_every_signal_it_can,
]


def cpu_bound(NUM):
    return DEEDS[NUM]()


def io_bound(TIME):
    time.sleep(TIME)


WORKLOADS = {"cpu_bound": cpu_bound, "io_bound": io_bound}


def load(name):
    return WORKLOADS[name]
