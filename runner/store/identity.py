"""The identity of a host, an interpreter or a function, the same in every store, and its row in this one."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, select


def identity(facts: Mapping[str, Any]) -> str:
    """Return the hash of all facts, which are values by column; lists and mappings are not yet JSON text."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def row_of(connection: Connection, table: Table, facts: Mapping[str, Any]) -> int:
    """Return the number of the row of `table` with exactly these facts, inserted if there is none."""
    known = identity(facts)
    found: int | None = connection.execute(select(table.c.id).where(table.c.identity == known)).scalar()
    if found is not None:
        return found
    columns = {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in facts.items()}
    made: int = connection.execute(insert(table).values(identity=known, **columns).returning(table.c.id)).scalar_one()
    return made
