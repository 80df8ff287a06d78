"""Print a trial in the format of the study: a line for the begin and the end of each call or batch, then the total."""

from collections.abc import Iterator, Sequence

from runner.outcome import Timing

VERBS = {"cpu_bound": "Countdown", "io_bound": "Waiting"}


def lines(
    workload: str, timings: Sequence[Timing], wall_s: float | None, status: str, reason: str | None
) -> Iterator[str]:
    """Yield the lines of a trial in order of time; `wall_s` is its total, `reason` says why its status is not ok."""
    verb = VERBS.get(workload, workload)
    moments: list[tuple[int, str]] = []
    unknown = []
    for timing in timings:
        calls = verb if timing.batch == 1 else f"{timing.batch:,} × {verb}"
        context = f"| {timing.pid} | {timing.process_name} | {timing.thread_name or '?'} |"
        if timing.begin_ns is None or timing.end_ns is None:
            unknown.append(f"{context} ---> {verb} LOST: {timing.error_message}")
            continue
        moments.append((timing.begin_ns, f"{context} ---> {calls} BEGIN"))
        took_s = (timing.end_ns - timing.begin_ns) / 1e9
        if timing.error_type is None:
            ending = f"END after {took_s:.3f} seconds"
        else:
            ending = f"FAILED after {took_s:.3f} seconds: {timing.error_type}: {timing.error_message}"
        moments.append((timing.end_ns, f"{context} ---> {calls} {ending}"))
    yield from (line for _, line in sorted(moments, key=lambda moment: moment[0]))
    yield from unknown
    if wall_s is not None:
        yield f"Finished in {wall_s:.3f} seconds"
    if status != "ok":
        yield f"Status {status}: {reason}"
