"""Write keys and values as the text of a grid file."""

import json
import re
from collections.abc import Mapping
from typing import Any


def grid_text(file: Mapping[str, Any], comment: str) -> str:
    """Return the text of a grid file with these keys and values, an axis on a line, below a comment of one line."""
    lines = [f"# {' '.join(comment.split())}"]
    for key, value in file.items():
        if key == "matrix" and isinstance(value, dict):
            lines += [f"{key}:", *(f"  {_key(axis)}: {_value(values)}" for axis, values in value.items())]
        else:
            lines.append(f"{_key(key)}: {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Write a value on one line: in the way of JSON, which is YAML, too, but without quotes around plain words."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in ("true", "false", "null"):
        return value
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)


_PLAIN = re.compile(r"[^\W\d][\w./]*(:[^\W\d][\w./]*)?|\d+(\.\d+)?[%smh]")
"""Text that YAML reads as text also without quotes: words, paths, a function, and a number with a unit."""
