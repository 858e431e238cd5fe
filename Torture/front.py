"""A small proxy that sends each request to the next of several nodes, one after the other."""

import contextlib
import http.client
import socket
import threading
import time

from .heads import fields_of, read_head

HOP_FIELDS = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Front:
    """What may have happened at a node that went away is sent to another only where that changes nothing: reads, deletions, and puts without a condition,
    as the clients of Netlify's store do it. A stream goes on at the next node, by its last id."""

    def __init__(self, nodes):
        self._nodes = list(nodes)
        self._turn = 0
        self._lock = threading.Lock()
        # By node: how many requests are there that must not be made twice.
        self._risky = {}
        self._resting = set()
        self.requests = self.repeated = self.resumed = 0
        self.counts = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def add(self, node):
        with self._lock:
            self._nodes.append(node)

    def remove(self, node):
        with self._lock:
            self._nodes.remove(node)

    def strike(self, node, blow, seconds=10):
        """Does it at a moment when nothing is under way at this node that must not be made twice. Whether there was one."""
        end = time.monotonic() + seconds
        with self._lock:
            self._resting.add(node)
        try:
            while self._risky.get(node, 0) and time.monotonic() < end:
                time.sleep(0.001)
            blow()
        finally:
            with self._lock:
                self._resting.discard(node)
        return time.monotonic() < end

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(client,), daemon=True).start()

    def _run(self, client):
        with contextlib.suppress(OSError), client, client.makefile("rb") as reader:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (lines := read_head(reader)) is not None:
                method, target, _ = lines[0].decode("latin-1").split(" ")
                fields = fields_of(lines)
                body = reader.read(int(fields.get(b"content-length", b"0")))
                headers = [line.decode("latin-1").split(":", 1) for line in lines[1:]]
                headers = [(name, value.strip()) for name, value in headers if name.lower() not in HOP_FIELDS]
                if not self._serve(client, Request(method, target, headers, body if b"content-length" in fields else None)):
                    return
                if fields.get(b"connection", b"").lower() == b"close":
                    return

    def _take(self, is_risky):
        """The next node in turn."""
        with self._lock:
            usable = [node for node in self._nodes if not (is_risky and node in self._resting)] or self._nodes
            self._turn += 1
            node = usable[self._turn % len(usable)]
            if is_risky:
                self._risky[node] = self._risky.get(node, 0) + 1
            self.counts[node.node] = self.counts.get(node.node, 0) + 1
            return node

    def _serve(self, client, request):
        """One request, at as many nodes as it takes: whether the connection lives on."""
        self.requests += 1
        for _ in range(40):
            node = self._take(request.is_risky)
            try:
                connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
                try:
                    connection.connect()
                except OSError:
                    # Nobody has taken it.
                    time.sleep(0.05)
                    continue
                with contextlib.closing(connection):
                    response = request.send(connection)
                    if (response.getheader("content-type") or "").startswith("text/event-stream"):
                        return self._stream(client, request, response)
                    body = response.read()
                if request.is_resumed:
                    # 204: the first node died between the last event and the end; there is no more.
                    return False
                client.sendall(_head(response, None if request.method == "HEAD" else len(body)) + body)
                return True
            except (OSError, http.client.HTTPException):
                if request.is_risky:
                    return False
                self.repeated += 1
            finally:
                if request.is_risky:
                    with self._lock:
                        self._risky[node] -= 1
        return False

    def _stream(self, client, request, response):
        """Frame by frame, so that what another node sends goes on behind a whole one."""
        client.sendall(b"" if request.is_resumed else _head(response, None, "close"))
        frame = b""
        try:
            while line := response.readline():
                frame += line
                if line not in (b"\n", b"\r\n"):
                    continue
                fields = dict(part.split(b": ", 1) for part in frame.splitlines() if b": " in part)
                # The second node's greeting is not for who has been greeted.
                is_greeting = b"id" not in fields and fields.get(b"event", b"connected") == b"connected"
                if not (request.is_resumed and is_greeting):
                    client.sendall(frame)
                if b"id" in fields:
                    request.last_id = fields[b"id"].decode()
                request.is_complete = request.is_complete or fields.get(b"event") == b"complete"
                frame = b""
        except (OSError, http.client.HTTPException):
            pass
        if request.is_complete:
            return False
        self.resumed += 1
        request.is_resumed = True
        return self._serve(client, request)


class Request:
    """One request, and how far its stream has come."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.last_id, self.is_resumed, self.is_complete = None, False, False
        conditions = {name.lower() for name, _ in headers} & {"if-match", "if-none-match"}
        self.is_risky = method in ("POST", "PATCH") or method == "PUT" and bool(conditions)

    def send(self, connection):
        connection.putrequest(self.method, self.target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers:
            if not (self.last_id and name.lower() == "last-event-id"):
                connection.putheader(name, value)
        if self.last_id:
            connection.putheader("last-event-id", self.last_id)
        if self.body is not None:
            connection.putheader("content-length", str(len(self.body)))
        connection.endheaders(self.body or None)
        return connection.getresponse()


def _head(response, length, connection=None):
    fields = [(name, value) for name, value in response.getheaders() if name.lower() not in HOP_FIELDS or length is None and name.lower() == "content-length"]
    if length is not None and response.status not in (204, 304):
        fields.append(("content-length", str(length)))
    if connection:
        fields.append(("connection", connection))
    return (f"HTTP/1.1 {response.status} {response.reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n").encode("latin-1")
