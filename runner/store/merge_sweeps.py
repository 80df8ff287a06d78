"""What a merge does to sweeps and attempts, once all rows are here."""

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

_UNITE_SWEEPS = """
    UPDATE main.sweeps SET
        note = COALESCE(sweeps.note, t.note),
        ended_at = COALESCE(MIN(sweeps.ended_at, t.ended_at), sweeps.ended_at, t.ended_at)
    FROM other.sweeps AS t WHERE t.uid = sweeps.uid
"""

# At a place that was tried on both sides, attempts are counted anew: the one that succeeded was the last.
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

# A sweep ended with the last of its trials, wherever that ran, and also if its runner was killed right after.
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
"""In their order."""
