"""CPU-bound: parse an access log in pure Python, as a script for statistics would."""

import re
from collections import Counter

LINE = re.compile(
    r'(?P<host>\S+) - - \[(?P<time>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d+) (?P<size>\d+)'
)
HOSTS, PATHS = 251, 97


def log(lines):
    """Return the text of a log with that many lines."""
    return "\n".join(
        f"10.0.0.{n % HOSTS} - - [23/Nov/2026:06:{n // 60 % 60:02}:{n % 60:02} +0000] "
        f'"GET /page/{n % PATHS} HTTP/1.1" {404 if n % 10 == 0 else 200} {n % 5000}'
        for n in range(lines)
    )


def parse(text):
    """Count the requests for each path, and the bytes that were sent."""
    paths, sent = Counter(), 0
    for line in text.splitlines():
        found = LINE.match(line)
        if found["status"] == "200":
            paths[found["path"]] += 1
            sent += int(found["size"])
    return paths, sent


def is_complete(result, lines):
    paths, _ = result
    return sum(paths.values()) == sum(n % 10 != 0 for n in range(lines))


parse.setup = log  # once in each worker, before the clock starts; its result is the argument of parse
parse.check = is_complete  # for each call's result, after all calls
