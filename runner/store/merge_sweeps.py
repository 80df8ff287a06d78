"""The last statements of a merge: omissions, tags, notes, ends of sweeps, numbers of attempts."""

from runner.store.counts import DONE, PLANNED

_ADD_OMISSIONS = """
    INSERT INTO main.omissions (sweep_id, number, workload, mode, start_method, python, gil, cases, reason)
    SELECT n.ours, t.number, t.workload, t.mode, t.start_method, t.python, t.gil, t.cases, t.reason
    FROM other.omissions AS t JOIN numbers_of_sweeps AS n ON n.theirs = t.sweep_id
    WHERE n.comes
"""

_UNITE_TAGS = """
    INSERT OR IGNORE INTO main.tags (sweep_id, tag)
    SELECT n.ours, t.tag FROM other.tags AS t JOIN numbers_of_sweeps AS n ON n.theirs = t.sweep_id
"""

_OF_THE_GOAL = (
    *("grid_text", "grid_sha256", "repeats", "precision", "budget_ns", "most_blocks"),
    *("closed_blocks", "stopped", "precision_reached"),
)
_FURTHER = (
    "(t.closed_blocks > sweeps.closed_blocks OR t.closed_blocks = sweeps.closed_blocks AND sweeps.ended_at IS NULL)"
)

# The copy that was extended last says what the goal is, and whether it is reached.
_UNITE_SWEEPS = f"""
    UPDATE main.sweeps SET
        note = COALESCE(sweeps.note, t.note),
        {", ".join(f"{name} = CASE WHEN {_FURTHER} THEN t.{name} ELSE sweeps.{name} END" for name in _OF_THE_GOAL)},
        ended_at = CASE
            WHEN t.closed_blocks > sweeps.closed_blocks THEN t.ended_at
            WHEN t.closed_blocks < sweeps.closed_blocks THEN sweeps.ended_at
            ELSE COALESCE(MIN(sweeps.ended_at, t.ended_at), sweeps.ended_at, t.ended_at)
        END
    FROM other.sweeps AS t WHERE t.uid = sweeps.uid
"""

# Where both stores have attempts at a place, these are numbered anew; the successful one is the last.
_COUNT_ATTEMPTS = """
    UPDATE main.trials SET attempt = counted.attempt
    FROM (
        SELECT id,
            ROW_NUMBER() OVER (PARTITION BY case_id, warmup, repeat ORDER BY status = 'ok', started_at, elapsed_ns)
                AS attempt
        FROM main.trials
        WHERE (case_id, warmup, repeat) IN (
            SELECT case_id, warmup, repeat FROM main.trials
            WHERE case_id IN (SELECT ours FROM numbers_of_cases WHERE NOT comes)
            GROUP BY case_id, warmup, repeat, attempt HAVING COUNT(*) > 1
        )
    ) AS counted
    WHERE counted.id = trials.id
"""

# A complete sweep ended with its last trial, on whatever machine, even if its runner was killed right after it.
_END_COMPLETE_SWEEPS = f"""
    UPDATE main.sweeps AS s SET ended_at = (
        SELECT MAX(STRFTIME('%Y-%m-%dT%H:%M:%fZ', t.started_at, PRINTF('%.3f seconds', t.elapsed_ns / 1e9)))
        FROM main.trials AS t JOIN main.cases AS c ON c.id = t.case_id WHERE c.sweep_id = s.id
    )
    WHERE ended_at IS NULL AND {PLANNED} = (
        SELECT COUNT(*) FROM main.trials AS t JOIN main.cases AS c ON c.id = t.case_id
        WHERE c.sweep_id = s.id AND {DONE}
    )
"""

STATEMENTS = (_ADD_OMISSIONS, _UNITE_TAGS, _UNITE_SWEEPS, _COUNT_ATTEMPTS, _END_COMPLETE_SWEEPS)
"""In the order of execution."""
