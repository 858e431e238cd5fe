"""The proxies, before servers that say little."""

import contextlib
import http.client
import http.server
import os
import socket
import tempfile
import threading
import unittest

from .. import wire
from ..bucket import BucketProxy
from ..database_proxy import CommitFault, DatabaseProxy
from .test_wire import bind, parse, startup

NUMBER = parse("n", "INSERT INTO larder_commits (node, id) VALUES ($1, $2)")
COMMIT = parse("", "COMMIT") + wire.typed("S", b"")
COMMITTED = wire.typed("C", b"COMMIT\0")


class FakeServer:
    """Answers COMMIT and ROLLBACK as PostgreSQL does, and nothing else; remembers what came."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.heard = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one):
        messages = wire.Messages(is_client=True)
        with contextlib.suppress(OSError), one:
            while data := one.recv(65_536):
                for kind, message in messages.feed(data):
                    sql = wire.parsed(kind, message)[1]
                    self.heard.append(sql or kind)
                    if sql in ("COMMIT", "ROLLBACK"):
                        one.sendall(wire.typed("C", sql.encode() + b"\0"))

    def close(self):
        self.listener.close()
        self.folder.cleanup()


class DatabaseProxyTests(unittest.TestCase):
    def setUp(self):
        self.server = FakeServer()
        self.proxy = DatabaseProxy(self.server.path)
        self.addCleanup(self.server.close)
        self.addCleanup(self.proxy.close)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), 10)
        self.addCleanup(client.close)
        client.sendall(startup(application_name="larder x writer"))
        return client

    def transaction(self, client):
        client.sendall(NUMBER + bind("n") + COMMIT)

    def end_of(self, client):
        """All that comes until the connection ends."""
        came = b""
        try:
            while piece := client.recv(4_096):
                came += piece
        except ConnectionResetError:
            pass
        return came

    def test_passes_what_nobody_strikes(self):
        client = self.connect()
        self.transaction(client)
        self.assertEqual(client.recv(100), COMMITTED)
        self.assertEqual(self.proxy.commits, 1)

    def test_answers_questions_for_encryption_itself(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), 10)
        self.addCleanup(client.close)
        client.sendall((8).to_bytes(4, "big") + wire.GSS_REQUEST.to_bytes(4, "big"))
        self.assertEqual(client.recv(10), b"N")

    def test_a_commit_is_done_and_its_answer_lost(self):
        client, settled = self.connect(), []
        self.proxy.arm(CommitFault(answer="drop", settled=lambda: settled.append(list(self.server.heard))))
        self.transaction(client)
        self.assertEqual(self.end_of(client), b"")
        self.assertIn("COMMIT", settled[0])
        self.assertTrue(self.proxy.struck.is_set())

    def test_a_commit_is_lost_on_its_way(self):
        client = self.connect()
        self.proxy.arm(CommitFault(request="drop"))
        self.transaction(client)
        self.assertEqual(self.end_of(client), b"")
        self.assertNotIn("COMMIT", self.server.heard)

    def test_nobody_is_let_in_after_a_fault_that_shuts(self):
        client = self.connect()
        self.proxy.arm(CommitFault(request="drop", shuts=True))
        self.transaction(client)
        self.end_of(client)
        try:
            self.assertEqual(self.end_of(self.connect()), b"")
        except OSError:
            pass  # The reset came before the first word was out.
        self.proxy.reopen()
        again = self.connect()
        self.transaction(again)
        self.assertEqual(again.recv(100), COMMITTED)

    def test_only_a_transaction_that_left_its_number_is_struck(self):
        client = self.connect()
        self.proxy.arm(CommitFault(request="drop"))
        client.sendall(COMMIT)
        self.assertEqual(client.recv(100), COMMITTED)
        self.assertFalse(self.proxy.struck.is_set())

    def test_a_lie_rolls_back_and_says_commit(self):
        client = self.connect()
        self.proxy.lies_every = 1
        self.transaction(client)
        self.assertEqual(client.recv(100), COMMITTED)
        self.assertIn("ROLLBACK", self.server.heard)
        self.assertNotIn("COMMIT", self.server.heard)

    def test_one_side_hears_the_end_and_the_other_does_not(self):
        client = self.connect()
        self.transaction(client)
        self.assertEqual(client.recv(100), COMMITTED)
        self.proxy.half_close(of_larder=True)
        self.assertEqual(client.recv(100), b"")
        self.assertEqual(len(self.proxy.links), 1)


class Objects(http.server.BaseHTTPRequestHandler):
    """Keeps what is put."""

    protocol_version = "HTTP/1.1"
    kept = {}

    def do_PUT(self):
        self.kept[self.path] = self.rfile.read(int(self.headers["content-length"]))
        self.answer(200, b"")

    def do_GET(self):
        self.answer(200 if self.path in self.kept else 404, self.kept.get(self.path, b"nothing"))

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("content-length", str(len(self.kept[self.path])))
        self.end_headers()

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class BucketProxyTests(unittest.TestCase):
    def setUp(self):
        Objects.kept = {}
        self.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Objects)
        threading.Thread(target=self.service.serve_forever, daemon=True).start()
        self.addCleanup(self.service.server_close)
        self.addCleanup(self.service.shutdown)
        self.proxy = BucketProxy(self.service.server_port, 1)
        self.addCleanup(self.proxy.close)
        self.client = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=10)
        self.addCleanup(self.client.close)

    def ask(self, method, path, body=None):
        self.client.request(method, path, body)
        response = self.client.getresponse()
        return response.status, response.read()

    def test_passes_what_nobody_harms(self):
        self.assertEqual(self.ask("PUT", "/k", b"value"), (200, b""))
        self.assertEqual(self.ask("HEAD", "/k"), (200, b""))
        self.assertEqual(self.ask("GET", "/k"), (200, b"value"))
        self.assertEqual(self.ask("GET", "/other")[0], 404)

    def test_errors_do_nothing(self):
        self.proxy.harm(1, "503")
        self.assertEqual(self.ask("PUT", "/k", b"value")[0], 503)
        self.proxy.heal()
        self.assertEqual(self.ask("GET", "/k")[0], 404)

    def test_a_request_that_is_cut_does_nothing(self):
        for fault in ("cut", "cut-upload"):
            self.proxy.harm(1, fault)
            with self.assertRaises(OSError):
                self.ask("PUT", "/k", b"value")
            self.client.close()
        self.assertEqual(Objects.kept, {})

    def test_what_is_done_may_go_unheard(self):
        self.proxy.harm(1, "lose")
        with self.assertRaises(OSError):
            self.ask("PUT", "/k", b"value")
        self.assertEqual(Objects.kept, {"/k": b"value"})

    def test_an_answer_ends_in_its_middle(self):
        self.ask("PUT", "/k", b"value")
        self.proxy.harm(1, "truncate")
        with self.assertRaises(http.client.IncompleteRead):
            self.ask("GET", "/k")

    def test_a_bucket_forgets_and_says_that_it_keeps(self):
        self.proxy.harm(1, "forget")
        self.assertEqual(self.ask("PUT", "/k", b"value")[0], 200)
        self.assertEqual(Objects.kept, {})
        self.assertEqual(self.proxy.harmed, 1)


if __name__ == "__main__":
    unittest.main()
