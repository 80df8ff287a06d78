"""A counter that all workers of a trial share, with a lock: correct in threads and in processes."""


def lock_and_counter(context):
    """Create both; `context` creates them for the trial's threads or processes."""
    return context.Lock(), context.RawArray("q", 1)


def count(shared, times):
    """Increment the counter that often, and return its value at the end."""
    lock, counter = shared
    for _ in range(times):
        with lock:
            counter[0] += 1
    with lock:
        return counter[0]


count.share = lock_and_counter
count.check = lambda total, times: total >= times  # the last worker sees all of them
