"""The checker on histories whose verdict is known."""

import itertools
import random
import unittest

from ..linear import INFINITY, Operation, Register, TooHard, check, check_all, check_log, patched

A, B, C = (("v", "a"),), (("v", "b"),), (("v", "c"),)
MISSING = Register.MISSING


def history(*rows):
    """Operations as (kind, argument, result, call, end)."""
    return [Operation(*row) for row in rows]


GOOD = {
    "nothing": [],
    "one after the other": [("put", A, "new", 0, 1), ("read", None, A, 2, 3), ("delete", None, "gone", 4, 5), ("read", None, MISSING, 6, 7)],
    "a read during a put may see either": [("put", A, "new", 0, 10), ("read", None, MISSING, 1, 2), ("read", None, A, 3, 4)],
    "two puts at once, in the order of the later reads": [
        ("put", A, "replaced", 0, 10), ("put", B, "new", 0, 10), ("read", None, B, 1, 2), ("read", None, A, 3, 12)],
    "an open put takes effect late": [
        ("put", A, "new", 0, 1), ("put", B, None, 2, 3), ("read", None, A, 4, 5), ("read", None, B, 6, 7)],
    "an open put never takes effect": [("put", A, "new", 0, 1), ("put", B, None, 2, 3), ("read", None, A, 4, 5)],
    "one winner of two": [("put-new", A, "new", 0, 5), ("put-new", B, "failed", 0, 5), ("read", None, A, 6, 7)],
    "no known winner, because an open one may be it": [
        ("put-new", A, None, 0, 1), ("put-new", B, "failed", 2, 3), ("put-new", C, "failed", 4, 5), ("read", None, A, 6, 7)],
    "compare and set after the same content came back": [
        ("put", A, "new", 0, 1), ("put", B, "replaced", 2, 3), ("put", A, "replaced", 4, 5), ("put-if", (C, A), "replaced", 6, 7)],
    "a failed condition and a deletion at once": [
        ("put", A, "new", 0, 1), ("delete", None, "gone", 2, 9), ("put-if", (B, A), "failed", 3, 8), ("read", None, MISSING, 10, 11)],
    "patches in either order": [
        ("put", A, "new", 0, 1), ("patch", ("p", 1), "replaced", 2, 9), ("patch", ("p", 2), "replaced", 2, 9),
        ("read", None, (("v", "a"), ("p", 1)), 10, 11)],
    "a patch makes what is missing": [("patch", ("p", 1), "new", 0, 1), ("read", None, (("p", 1),), 2, 3)],
    "a patch with a condition": [("put", A, "new", 0, 1), ("patch-if", (("p", 1), A), "replaced", 2, 3), ("delete-if", A, "failed", 4, 5)],
    "ends at one moment overlap": [("put", A, "new", 0, 1), ("read", None, MISSING, 1, 2)],
}

BAD = {
    "a stale read": [("put", A, "new", 0, 1), ("put", B, "replaced", 2, 3), ("read", None, A, 4, 5)],
    "a lost write": [("put", A, "new", 0, 1), ("read", None, MISSING, 2, 3)],
    "a read of what nobody wrote": [("put", A, "new", 0, 1), ("read", None, C, 2, 3)],
    "back to the old after the new": [
        ("put", A, "new", 0, 1), ("put", B, "replaced", 2, 10), ("read", None, B, 3, 4), ("read", None, A, 5, 6)],
    "an open put that came and went": [
        ("put", A, "new", 0, 1), ("put", B, None, 2, 3), ("read", None, B, 4, 5), ("read", None, A, 6, 7)],
    "an open put before it was sent": [("read", None, B, 0, 1), ("put", B, None, 2, 3)],
    "two winners": [("put-new", A, "new", 0, 5), ("put-new", B, "new", 0, 5)],
    "two compare-and-sets from one state": [
        ("put", A, "new", 0, 1), ("put-if", (B, A), "replaced", 2, 9), ("put-if", (C, A), "replaced", 2, 9)],
    "a condition that failed without a cause": [("put", A, "new", 0, 1), ("put-if", (B, A), "failed", 2, 3)],
    "resurrected": [("put", A, "new", 0, 1), ("delete", None, "gone", 2, 3), ("read", None, A, 4, 5)],
    "two deletions of one": [("put", A, "new", 0, 1), ("delete", None, "gone", 2, 5), ("delete", None, "gone", 2, 5)],
    "a lost patch": [
        ("put", A, "new", 0, 1), ("patch", ("p", 1), "replaced", 2, 9), ("patch", ("q", 2), "replaced", 2, 9),
        ("read", None, (("v", "a"), ("q", 2)), 10, 11)],
    "new where there was something": [("put", A, "new", 0, 1), ("put", B, "new", 2, 3)],
}


class EntryTests(unittest.TestCase):
    def test_good_histories_are_accepted(self):
        for name, rows in GOOD.items():
            with self.subTest(name):
                self.assertIsNone(check(history(*rows), Register()))

    def test_bad_histories_are_refused(self):
        for name, rows in BAD.items():
            with self.subTest(name):
                self.assertIsNotNone(check(history(*rows), Register()))

    def test_the_order_of_the_list_says_nothing(self):
        for verdict, rows in [(True, GOOD["two puts at once, in the order of the later reads"]), (False, BAD["a lost patch"])]:
            for order in itertools.permutations(rows):
                self.assertEqual(check(history(*order), Register()) is None, verdict)

    def test_bad_ones_stay_bad_among_others(self):
        for name, rows in BAD.items():
            others = [("read", None, MISSING, -20 + n, -19 + n) for n in range(10)]
            with self.subTest(name):
                self.assertIsNotNone(check(history(*others, *rows), Register()))

    def test_each_key_is_judged_alone(self):
        histories = {"good": history(*GOOD["one winner of two"]), "bad": history(*BAD["two winners"])}
        wrong, hard = check_all(histories, Register())
        self.assertEqual([name for name, _, _ in wrong], ["bad"])
        self.assertEqual(hard, [])

    def test_a_search_that_is_too_long_is_no_verdict(self):
        rows = [("put", (("v", n),), None, 0, 1) for n in range(30)] + [("read", None, C, 2, 3)]
        with self.assertRaises(TooHard):
            check(history(*rows), Register(), steps_max=20_000)

    def test_patching(self):
        self.assertEqual(patched(None, ("p", 1)), (("p", 1),))
        self.assertEqual(patched((("p", 1), ("v", "a")), ("p", 2)), (("p", 2), ("v", "a")))

    def test_made_up_runs_agree_with_trying_all_orders(self):
        """Small random histories, half of them spoilt, against a search without any cleverness."""
        generator = random.Random(7)
        verdicts = set()
        for _ in range(400):
            operations = simulated(generator, 5)
            if generator.random() < 0.5:
                victim = generator.choice(operations)
                if victim.kind == "read":
                    victim.result = generator.choice([A, B, MISSING])
                elif victim.result is not None:
                    victim.result = generator.choice(["new", "replaced", "failed"])
            expected = any(fits(order) for subset in chosen(operations) for order in itertools.permutations(subset))
            self.assertEqual(check(operations, Register()) is None, expected, operations)
            verdicts.add(expected)
        self.assertEqual(verdicts, {True, False})


def simulated(generator, count):
    """A run of the sequential object whose operations took effect at a moment inside their interval; some without an answer."""
    model, state, operations = Register(), None, []
    for moment in range(count):
        kind = generator.choice(["put", "put-new", "put-if", "read", "delete"])
        content = generator.choice([A, B])
        argument = {"put-if": (content, generator.choice([A, B])), "read": None, "delete": None}.get(kind, content)
        operation = Operation(kind, argument, None, moment - generator.random() * 2, moment + generator.random() * 2)
        end = moment + generator.random() * 2
        for result in ["new", "replaced", "failed", "gone", MISSING, A, B]:
            operation.result = result
            following = list(model.step(state, operation))
            if following:
                state = following[0]
                break
        operation.end = end
        if generator.random() < 0.15:
            operation.result, operation.end = None, INFINITY
        operations.append(operation)
    return operations


def chosen(operations):
    """All operations that were answered, with any of the others."""
    sure = [operation for operation in operations if operation.result is not None]
    open_ones = [operation for operation in operations if operation.result is None]
    for count in range(len(open_ones) + 1):
        for some in itertools.combinations(open_ones, count):
            yield sure + list(some)


def fits(order):
    if any(later.end < earlier.call for place, earlier in enumerate(order) for later in order[place + 1:]):
        return False
    state = None
    for operation in order:
        following = list(Register().step(state, operation))
        if not following:
            return False
        state = following[0]
    return True


class LogTests(unittest.TestCase):
    def test_good(self):
        self.assertEqual(check_log([]), [])
        rows = history(
            ("append", ("a", "b"), (1, 2), 0, 5), ("append", ("c",), (3, 3), 1, 6), ("read", None, (), 0, 1),
            ("read", None, ((1, "a"), (2, "b")), 2, 7), ("read", None, ((1, "a"), (2, "b"), (3, "c")), 2, 8),
            ("append", ("d", "e"), None, 9, 10), ("read", None, ((2, "b"), (3, "c"), (4, "d"), (5, "e")), 20, 21),
            ("append", ("f",), None, 9, 10))
        self.assertEqual(check_log(rows), [])

    def test_unanswered_and_unread(self):
        # Nobody saw them, but only they can stand at 3 to 5 and at 7.
        killed = [("append", ("x", "y", "z"), None, 2, 3), ("append", ("w",), None, 2, 3)]
        answered = [("append", ("a", "b"), (1, 2), 0, 1), ("append", ("c",), (6, 6), 4, 5), ("append", ("d",), (8, 8), 6, 7)]
        self.assertEqual(check_log(history(*answered, *killed)), [])
        self.assertNotEqual(check_log(history(*answered, killed[0])), [])
        # Not those that began only after what stands behind them had ended.
        late = [("append", ("x", "y", "z"), None, 8, 9), ("append", ("w",), None, 8, 9)]
        self.assertNotEqual(check_log(history(*answered, *late)), [])

    def test_bad(self):
        base = [("append", ("a", "b"), (1, 2), 0, 1), ("append", ("c",), (3, 3), 2, 3)]
        for name, rows in {
            "a number twice": [("append", ("d",), (3, 3), 4, 5)],
            "a gap": [("append", ("d",), (5, 5), 4, 5)],
            "against real time": [("append", ("d",), (4, 4), -2, -1)],
            "a stale read": [("read", None, ((1, "a"), (2, "b")), 4, 5)],
            "a read of the future": [("read", None, ((1, "a"), (2, "b"), (3, "c")), 0, 1)],
            "a part of an append": [("read", None, ((1, "a"),), 0, 1)],
            "a hole in a read": [("read", None, ((1, "a"), (3, "c")), 4, 5)],
            "twice": [("append", ("d",), None, 4, 5), ("read", None, ((1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "d")), 6, 7)],
            "nobody's": [("read", None, ((1, "a"), (2, "b"), (3, "c"), (4, "x")), 6, 7)],
            "other order": [("read", None, ((1, "b"), (2, "a"), (3, "c")), 6, 7)],
            "forward and back": [
                ("append", ("d",), None, 4, 5), ("read", None, ((3, "c"), (4, "d")), 6, 7), ("read", None, ((2, "b"), (3, "c")), 8, 9)],
            "too many numbers": [("append", ("d",), (4, 5), 4, 5)],
        }.items():
            with self.subTest(name):
                self.assertNotEqual(check_log(history(*base, *rows)), [])


if __name__ == "__main__":
    unittest.main()
