"""What an answer says of a write."""

import json
import unittest

from ..client import Reply
from ..oracle import MAYBE, NO, YES, Entry, Oracle, Owned, outcome


def answer(status, code=None):
    return Reply(status, {}, json.dumps({"error": {"code": code}}).encode() if code else b"")


class OutcomeTests(unittest.TestCase):
    def test_what_was_answered_has_happened(self):
        for status in (200, 201, 204):
            self.assertEqual(outcome(answer(status)), YES)

    def test_what_was_refused_has_not(self):
        for status in (400, 404, 412, 413, 429, 507):
            self.assertEqual(outcome(answer(status)), NO)

    def test_unavailable_has_not_happened(self):
        self.assertEqual(outcome(answer(503, "unavailable")), NO)

    def test_all_else_may_have(self):
        for reply in (answer(500, "internal_error"), answer(503, "outcome_unknown"), answer(503, "read_only"), answer(503)):
            self.assertEqual(outcome(reply), MAYBE)

    def test_one_that_was_unavailable_and_is_there_is_found(self):
        owned = Owned("things", "k")
        entry = Entry.of(b"value", "text/plain", "{}")
        self.assertEqual(owned.attempt(lambda state: (YES, entry), outcome(answer(503, "unavailable"))), [])
        self.assertEqual(owned.states, [None])
        self.assertEqual(owned.attempt(lambda state: (YES, entry), outcome(answer(503, "outcome_unknown"))), [])
        self.assertEqual(owned.states, [None, entry])

    def test_unknown_outcomes_are_counted(self):
        oracle = Oracle()
        oracle.answered(0, answer(503, "outcome_unknown"))
        oracle.answered(0, answer(503, "unavailable"))
        self.assertEqual((oracle.unanswered, oracle.unknown, oracle.refused), (1, 1, 1))


if __name__ == "__main__":
    unittest.main()
