"""Reads PostgreSQL and the bucket of a stopped larder without it: references, logs, and each object's hash."""

from .checks import damage
from .engines import BUCKET
from .report import Finding

REFERENCES = """
    SELECT o.id, encode(o.digest, 'hex'), o.refs, COUNT(e.key) FROM objects o LEFT JOIN
    (SELECT key, object FROM entries UNION ALL SELECT key, object FROM entry_versions) e ON e.object = o.id
    GROUP BY o.id HAVING o.refs <> COUNT(e.key) OR o.refs < 0"""
DISAGREEING = """
    SELECT encode(e.key, 'escape') FROM entries e LEFT JOIN objects o ON o.id = e.object WHERE e.object IS NOT NULL AND (o.id IS NULL
    OR o.digest <> e.digest OR o.size <> e.size OR o.stored_size <> e.stored_size OR o.encoding <> e.encoding)"""
LOGS = """
    SELECT encode(l.key, 'escape'), l.first, l.last, l.count, COUNT(e.seq), MIN(e.seq), MAX(e.seq) FROM logs l
    LEFT JOIN log_events e ON e.log = l.id AND e.event IS NOT NULL AND e.seq >= l.first GROUP BY l.id
    HAVING l.count <> COUNT(e.seq) OR COUNT(e.seq) > 0 AND (l.last - l.first + 1 <> l.count OR MIN(e.seq) <> l.first OR MAX(e.seq) <> l.last)"""
POSITIONS = "SELECT position, COUNT(*) FROM log_events GROUP BY position HAVING COUNT(*) > 1"
OBJECTS = """
    SELECT encode(digest, 'hex'), size, stored_size, encoding, refs, state, encode(data, 'hex'), encode(place, 'hex') FROM objects"""


def inspect_engines(engines):
    """Findings. What lies in the bucket without a row is none: it goes after an hour."""
    found = []
    for row in engines.sql(REFERENCES):
        found.append(Finding("torn", f"object {row[1][:12]}…", f"{row[2]} references are counted, {row[3]} are there"))
    for row in engines.sql(DISAGREEING):
        found.append(Finding("torn", row[0], "its row and its object's don't agree"))
    for row in engines.sql(LOGS):
        found.append(Finding("torn", row[0], f"its head says {row[1:4]}, its events are {row[4:]}"))
    for row in engines.sql(POSITIONS):
        found.append(Finding("duplicated", f"position {row[0]}", f"{row[1]} events have it"))
    for row in engines.sql(OBJECTS):
        found += _object(engines, *row)
    return found


def _object(engines, digest, size, stored_size, encoding, refs, state, data, place):
    where = f"object {digest[:12]}…"
    if state != "0":
        # One that is being removed: what it held may be gone already.
        return [Finding("torn", where, f"it is being removed and has {refs} references")] if refs != "0" else []
    stored = bytes.fromhex(data) if data or stored_size == "0" else None
    if stored is None:
        key = f"objects/{digest[:2]}/{digest}{'.gz' if encoding == '1' else ''}.{place}"
        stored = engines.service.object(BUCKET, engines.prefix + key) if place else None
        if stored is None:
            return [Finding("lost" if refs != "0" else "torn", where, f"nothing lies at {key} ({refs} references)")]
    problem = damage(stored, digest, int(size), int(stored_size), encoding == "1")
    return [Finding("torn", where, problem)] if problem else []
