"""The parser of PostgreSQL's messages."""

import unittest

from .. import wire


def startup(**parameters):
    body = (196_608).to_bytes(4, "big") + b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
    return (len(body) + 4).to_bytes(4, "big") + body


def parse(name, sql):
    return wire.typed("P", name.encode() + b"\0" + sql.encode() + b"\0\0\0")


def bind(statement):
    return wire.typed("B", b"\0" + statement.encode() + b"\0\0\0\0\0\0\0")


class MessageTests(unittest.TestCase):
    def test_cuts_a_stream_in_any_pieces(self):
        messages = [startup(user="larder"), parse("s1", "SELECT 1"), bind("s1"), wire.typed("S", b"")]
        stream = b"".join(messages)
        for size in (1, 2, 3, 5, 7, len(stream)):
            cutter = wire.Messages(is_client=True)
            found = [one for at in range(0, len(stream), size) for one in cutter.feed(stream[at:at + size])]
            self.assertEqual([message for _, message in found], messages)
            self.assertEqual([kind for kind, _ in found], [196_608, "P", "B", "S"])

    def test_questions_for_encryption_come_before_the_beginning(self):
        question = (8).to_bytes(4, "big") + wire.SSL_REQUEST.to_bytes(4, "big")
        found = wire.Messages(is_client=True).feed(question + startup(application_name="larder x writer") + wire.typed("S", b""))
        self.assertEqual([kind for kind, _ in found], [wire.SSL_REQUEST, 196_608, "S"])
        self.assertEqual(wire.application(found[1][1]), "larder x writer")

    def test_no_name_is_empty(self):
        self.assertEqual(wire.application(startup(user="larder")), "")

    def test_a_length_that_can_not_be_is_refused(self):
        for length in (0, 3, (1 << 30) + 1):
            with self.assertRaises(wire.Broken):
                wire.Messages(is_client=False).feed(b"C" + length.to_bytes(4, "big") + b"12345678")

    def test_knows_commits(self):
        for kind, message in (("P", parse("", "COMMIT")), ("P", parse("s3", "commit;")), ("Q", wire.typed("Q", b"COMMIT\0"))):
            self.assertTrue(wire.commits(kind, message))
        for kind, message in (("P", parse("", "COMMITS")), ("P", parse("COMMIT", "SELECT 1")), ("S", wire.typed("S", b"")), ("B", bind("COMMIT"))):
            self.assertFalse(wire.commits(kind, message))

    def test_knows_statements_and_tags(self):
        self.assertEqual(wire.parsed("P", parse("s7", "SELECT $1")), ("s7", "SELECT $1"))
        self.assertEqual(wire.bound("B", bind("s7")), "s7")
        self.assertIsNone(wire.bound("P", parse("s7", "SELECT 1")))
        self.assertEqual(wire.tag("C", wire.typed("C", b"INSERT 0 1\0")), "INSERT 0 1")
        self.assertEqual(wire.tag("D", wire.typed("D", b"COMMIT\0")), "")

    def test_puts_other_words_in_their_place(self):
        self.assertEqual(wire.with_sql("P", parse("s1", "COMMIT"), "ROLLBACK"), parse("s1", "ROLLBACK"))
        self.assertEqual(wire.with_sql("Q", wire.typed("Q", b"COMMIT\0"), "ROLLBACK"), wire.typed("Q", b"ROLLBACK\0"))


if __name__ == "__main__":
    unittest.main()
