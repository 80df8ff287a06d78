"""Workloads that go wrong, each in its own way. A copy of the harness gets this file as its ``workloads``."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class ExitsWhenDescribed(Exception):
    def __str__(self):
        sys.exit("no words")


def raises(TEXT):
    raise ValueError(TEXT)


def raises_at_length(CHARACTERS):
    raise ValueError("x" * CHARACTERS)


def raises_unspeakable():
    raise Unspeakable


def raises_what_exits_when_described():
    raise ExitsWhenDescribed


def breaks_its_record():
    """Replace what the harness calls after the workload."""
    resource.getrusage = None


def exits(CODE):
    sys.exit(CODE)


def exits_hard(CODE):
    os._exit(CODE)


def signals_itself(NUMBER):
    os.kill(os.getpid(), NUMBER)
    time.sleep(600)


def kills_second_process():
    """In multiprocessing, the worker named ...-2 dies; the others continue."""
    import multiprocessing

    if multiprocessing.current_process().name.endswith("-2"):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)


def kills_parent():
    """Kill the parent: that of the child is the launcher. Leave another process of the session behind."""
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


def prints(BYTES):
    block = "x" * 1023 + "\n"
    for _ in range(BYTES // 1024):
        sys.stdout.write(block)
    sys.stdout.flush()
    sys.stderr.write("the very end\n")


def prints_bytes(HEX):
    os.write(1, bytes.fromhex(HEX))


def prints_and_dies(TEXT):
    os.write(1, TEXT.encode())
    os.kill(os.getpid(), signal.SIGKILL)


def closes_stdout():
    sys.stdout.close()
    os.close(1)


def writes_to_every_descriptor(TEXT="garbage"):
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, TEXT.encode())
        except OSError:
            pass


def floods_every_descriptor(MEBIBYTES):
    block = b"x" * 65536
    for _ in range(MEBIBYTES * 16):
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, block)
            except OSError:
                pass


def is_traced(NUMBER):
    """Ask to be traced by the parent, and get a signal: the parent is told of it as of an end."""
    import ctypes

    ctypes.CDLL(None).ptrace(0, 0, None, None)
    os.kill(os.getpid(), NUMBER)


def names_memory(FOLDER, END):
    """Leave shared memory behind, and in a folder what it is called."""
    from multiprocessing import shared_memory

    memory = shared_memory.SharedMemory(create=True, size=1000)
    with open(os.path.join(FOLDER, memory.name), "w"):
        pass
    if END == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600 if END == "stuck" else 0)


def measures(TEXT, LENGTH):
    assert len(TEXT) == LENGTH


def exhausts_descriptors():
    kept = []
    while True:
        kept.append(os.dup(0))


def closes_every_descriptor():
    os.closerange(0, 256)


def sleeps(SECONDS):
    time.sleep(SECONDS)


def ignores_sigterm(SECONDS):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(SECONDS)


def leaves_daemon(PATH):
    """Start a grandchild in its own session, orphaned at once, and write its pid to the file PATH."""
    script = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    if os.fork() == 0:
        os.setsid()
        subprocess.Popen([sys.executable, "-c", script, PATH])
        os._exit(0)
    os.wait()
    deadline = time.monotonic() + 120
    while not (os.path.exists(PATH) and os.path.getsize(PATH)) and time.monotonic() < deadline:
        time.sleep(0.01)


def leaves_daemon_and_sleeps(PATH, SECONDS):
    leaves_daemon(PATH)
    time.sleep(SECONDS)


def notes_pid(FOLDER, SECONDS):
    """Leave a file named after this process in FOLDER, then sleep."""
    open(os.path.join(FOLDER, str(os.getpid())), "w").close()
    time.sleep(SECONDS)


def notes_pid_and_waits(FOLDER):
    """Leave a file named after this process in FOLDER, then wait for the file that says to go on."""
    notes_pid(FOLDER, 0)
    while not os.path.exists(os.path.join(FOLDER, "go on")):
        time.sleep(0.01)


def leaves_thread():
    threading.Thread(target=time.sleep, args=(600,)).start()


def second_call_raises(STATE=[0]):
    STATE[0] += 1
    if STATE[0] == 2:
        raise KeyError("second")


def imports(NAMES):
    """Succeed if none of these modules can be imported and none is loaded."""
    import importlib.util

    found = [name for name in NAMES if name in sys.modules or importlib.util.find_spec(name)]
    if found:
        raise ImportError(", ".join(found))


def has_not_loaded(NAMES):
    """Succeed if none of these modules is loaded; they may be importable."""
    loaded = [name for name in NAMES if name in sys.modules]
    if loaded:
        raise ImportError(", ".join(loaded))


WORKLOADS = {name: value for name, value in list(globals().items()) if callable(value) and not isinstance(value, type)}


def load(name):
    return WORKLOADS[name]
