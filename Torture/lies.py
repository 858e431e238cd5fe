"""What a server must not do: planted beside larder, to show that the judge sees what comes of it."""

import time

from .database_proxy import NUMBERS_TABLE, CommitFault


class Lie:
    """`wanted`: as what it should be found. `tell(engines, seconds)` lies while a load runs."""

    def __init__(self, text, wanted, tell):
        self.text, self.wanted, self.tell = text, wanted, tell


def _commit_that_rolls_back(engines, seconds):
    engines.database.lies_every = 5
    time.sleep(seconds)


def _at_commit(engines, fault):
    engines.database.arm(fault)
    if engines.database.struck.wait(10):
        time.sleep(0.5)


def _number_forgotten(engines, seconds):
    """Larder asks what became of its COMMIT, hears «nothing», and makes the batch again."""
    for _ in range(3):
        _at_commit(engines, CommitFault(answer="drop", settled=lambda: engines.sql(f"DELETE FROM {NUMBERS_TABLE}")))


def _number_invented(engines, seconds):
    """Larder asks what became of its COMMIT, hears «it happened», and says so."""
    for _ in range(3):
        _at_commit(engines, CommitFault(request="drop", settled=lambda: engines.sql(
            f"INSERT INTO {NUMBERS_TABLE} (node, id) SELECT node, MAX(id) + 1 FROM {NUMBERS_TABLE} GROUP BY node")))


def _bucket_forgets(engines, seconds):
    engines.bucket.harm(0.3, "forget")
    time.sleep(seconds + 0.5)


def _repeats(engines, seconds):
    """Behind larder's back, what a batch had done to a log is done once more."""
    time.sleep(seconds)
    engines.sql("""
        WITH last AS (SELECT id, last FROM logs WHERE count > 1 ORDER BY id LIMIT 3),
             again AS (INSERT INTO log_events (log, seq, position, received_at, fingerprint, event, happened_at, role)
                       SELECT e.log, e.seq + 1, (SELECT MAX(position) FROM log_events) + 1000000 + e.log, e.received_at, e.fingerprint, e.event,
                              e.happened_at, e.role
                       FROM log_events e JOIN last ON last.id = e.log AND last.last = e.seq ON CONFLICT DO NOTHING RETURNING log)
        UPDATE logs SET last = last + 1, count = count + 1 WHERE id IN (SELECT log FROM again)""")


LIES = {
    "commit-rolls-back": Lie("the server answers a COMMIT and rolls back", ("lost", "resurrected"), _commit_that_rolls_back),
    "number-forgotten": Lie("a batch whose COMMIT was lost is made twice", ("duplicated", "lost", "resurrected"), _number_forgotten),
    "number-invented": Lie("a batch whose COMMIT was lost is taken for done", ("lost", "torn", "resurrected"), _number_invented),
    "bucket-forgets": Lie("the bucket says that it keeps an object, and drops it", ("lost", "torn"), _bucket_forgets),
    "event-repeated": Lie("the last event of a log is there twice", ("duplicated",), _repeats),
}
