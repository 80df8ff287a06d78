"""A counter that all workers of a trial share, and a lock around it: correct in threads and in processes alike."""


def lock_and_counter(context):
    """Make both; `context` makes them for threads or for processes, whichever the trial has."""
    return context.Lock(), context.RawArray("q", 1)


def count(shared, times):
    """Count up that often. Return what the counter stands at in the end."""
    lock, counter = shared
    for _ in range(times):
        with lock:
            counter[0] += 1
    with lock:
        return counter[0]


count.share = lock_and_counter
count.check = lambda total, times: total >= times  # the last worker sees all of them
