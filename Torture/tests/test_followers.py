"""The judge of followers: a stream that says so is heard right, and what is wrong with it is seen."""

import json
import socket
import threading
import unittest

from Torture.followers import Follower


class Node:
    """Answers each stream with the next of some scripts, then with nothing."""

    def __init__(self, *scripts):
        self.token, self.node = "t", "n0"
        self.asked = []
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                head = client.recv(65_536).decode()
                self.asked.append(head)
                if not self._scripts:
                    client.sendall(b"HTTP/1.1 503 Away\r\n\r\n")
                    continue
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + self._scripts.pop(0))

    def close(self):
        self._listener.close()


def frames(*numbers, prefix="e"):
    return b"retry: 2000\nevent: connected\ndata: {}\n\n" + b"".join(
        b"event: progress\nid: %d\ndata: %s\n\n" % (number, json.dumps({"id": f"{prefix}{number}"}).encode()) for number in numbers)


class FollowerTests(unittest.TestCase):
    def follow(self, last, *scripts):
        node = Node(*scripts)
        self.addCleanup(node.close)
        follower = Follower([node], "p", "r", 1)
        follower.start()
        self.node = node
        return follower, follower.judge(last)

    def test_goes_on_by_the_last_id_where_a_stream_ends(self):
        follower, found = self.follow(4, frames(1, 2), frames(3, 4))
        self.assertEqual(found, [])
        self.assertEqual(follower.heard, [(1, "e1"), (2, "e2"), (3, "e3"), (4, "e4")])
        self.assertIn("last-event-id: 2", self.node.asked[1])

    def test_half_a_frame_is_not_heard(self):
        follower, found = self.follow(2, frames(1, 2)[:-1], frames(2))
        self.assertEqual((follower.heard, found), ([(1, "e1"), (2, "e2")], []))

    def test_sees_what_is_missing_and_what_comes_twice(self):
        self.assertEqual([one.kind for one in self.follow(3, frames(1, 3))[1]], ["lost"])
        self.assertEqual([one.kind for one in self.follow(3, frames(1, 2), frames(2, 3))[1]], ["duplicated"])

    def test_a_gap_that_is_told_is_none(self):
        _, found = self.follow(9, frames(1, 2), b"event: gap\ndata: {}\n\n" + frames(8, 9))
        self.assertEqual(found, [])

    def test_sees_an_event_that_the_log_does_not_have(self):
        follower, _ = self.follow(2, frames(1, 2))
        self.assertEqual(follower.compare({1: "e1", 2: "e2"}), [])
        self.assertEqual([one.kind for one in follower.compare({1: "e1", 2: "other"})], ["torn"])


if __name__ == "__main__":
    unittest.main()
