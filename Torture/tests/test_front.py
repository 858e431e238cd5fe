"""The proxy of the replays: each request to the next node, and nothing twice that must not be."""

import contextlib
import http.client
import socket
import threading
import unittest

from Torture.client import Client, NoAnswer, NotSent
from Torture.front import Front
from Torture.roaming import RoamingClient


class Node:
    """Answers what it is told to; None: ends the connection without an answer."""

    def __init__(self, name, answer=b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"):
        self.node, self.token, self.answer, self.asked = name, "t", answer, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                self.asked.append(client.recv(65_536).decode())
                if self.answer:
                    client.sendall(self.answer)

    def close(self):
        # Wakes who waits in accept(), which a close alone leaves where it is.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class FrontTests(unittest.TestCase):
    def front(self, *nodes):
        front = Front(nodes)
        self.addCleanup(front.close)
        for node in nodes:
            self.addCleanup(node.close)
        return front

    @staticmethod
    def ask(front, method, body=None, headers={}):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)) as connection:
            connection.request(method, "/a%2Fb", body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def test_each_request_goes_to_the_next_node(self):
        nodes = [Node(f"n{number}") for number in range(3)]
        front = self.front(*nodes)
        for _ in range(6):
            self.assertEqual(self.ask(front, "GET"), (200, b"ok"))
        self.assertEqual([len(node.asked) for node in nodes], [2, 2, 2])
        self.assertTrue(nodes[0].asked[0].startswith("GET /a%2Fb HTTP/1.1"))

    def test_what_nobody_took_goes_to_another(self):
        gone, there = Node("gone"), Node("there")
        front = self.front(gone, there)
        gone.close()
        for _ in range(4):
            self.assertEqual(self.ask(front, "POST", b"x"), (200, b"ok"))

    def test_what_was_lost_is_sent_again_only_where_that_changes_nothing(self):
        for method, headers, is_repeated in (("GET", {}, True), ("PUT", {}, True), ("DELETE", {}, True), ("POST", {}, False), ("PATCH", {}, False),
                                             ("PUT", {"if-match": '"x"'}, False), ("PUT", {"if-none-match": "*"}, False)):
            silent, there = Node("silent", None), Node("there")
            front = self.front(there, silent)
            with self.subTest(method=method, headers=headers):
                if is_repeated:
                    self.assertEqual(self.ask(front, method, None, headers), (200, b"ok"))
                else:
                    with self.assertRaises((OSError, http.client.HTTPException)):
                        self.ask(front, method, b"x", headers)
                self.assertEqual((len(silent.asked), len(there.asked)), (1, 1 if is_repeated else 0))

    def test_a_stream_goes_on_at_another_node_by_its_last_id(self):
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        first = Node("first", head + b"retry: 2000\nevent: connected\ndata: {}\n\nid: 7\ndata: a\n\nid: 8\nda")
        second = Node("second", head + b"retry: 2000\nevent: connected\ndata: {}\n\nid: 8\ndata: b\n\nevent: complete\ndata: {}\n\n")
        front = self.front(second, first)
        status, body = self.ask(front, "GET")
        self.assertEqual((status, body), (200, b"retry: 2000\nevent: connected\ndata: {}\n\nid: 7\ndata: a\n\nid: 8\ndata: b\n\nevent: complete\ndata: {}\n\n"))
        self.assertIn("last-event-id: 7", second.asked[0])


class RoamingClientTests(unittest.TestCase):
    def test_asks_another_only_where_no_connection_was_taken(self):
        gone, there = Node("gone"), Node("there")
        self.addCleanup(there.close)
        gone.close()
        with RoamingClient([gone, there], 5, 1) as client:
            for _ in range(6):
                self.assertEqual(client.request("POST", "/", b"x").status, 200)
        self.assertEqual(len(there.asked), 6)

    def test_says_when_no_answer_came_and_when_nobody_is_there(self):
        silent, gone = Node("silent", None), Node("gone")
        self.addCleanup(silent.close)
        gone.close()
        with RoamingClient([silent], 5, 1) as client, self.assertRaises(NoAnswer):
            client.request("GET", "/")
        with RoamingClient([gone], 5, 1) as client, self.assertRaises(NotSent):
            client.request("GET", "/")

    def test_a_connection_that_ended_while_it_was_idle_is_no_lost_answer(self):
        node = Node("n")
        self.addCleanup(node.close)
        with Client(node, 5) as client:
            self.assertEqual(client.request("GET", "/").status, 200)
            client.socket.settimeout(5)
            client.socket.recv(1, socket.MSG_PEEK)
            client.leave_if_ended()
            self.assertEqual(client.request("GET", "/").status, 200)


if __name__ == "__main__":
    unittest.main()
