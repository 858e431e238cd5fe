"""HTTP/1.1 over a plain socket: one connection, one request at a time, no retries, and a clear word whether an answer came."""

import json
import select
import socket
import urllib.parse


class NoAnswer(Exception):
    """The request was sent, at least in part, and no whole answer came: it may have happened or not."""


class NotSent(Exception):
    """No connection could be made: it has not happened."""


class Reply:
    __slots__ = ("status", "headers", "body")

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Larder's error code, such as read_only; None for other answers."""
        try:
            return self.json["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None


class Client:
    """A connection that is made again when it is gone."""

    def __init__(self, server, seconds=20):
        # A server that was started again has another port.
        self._server, self.token, self.seconds = server, server.token, seconds
        self.socket = None
        self.buffer = b""

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def request(self, method, path, body=None, headers=None):
        """Raises NoAnswer and NotSent."""
        if self.socket is None:
            try:
                self.socket = socket.create_connection(("127.0.0.1", self._server.port), self.seconds)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                raise NotSent(str(error)) from None
            self.buffer = b""
        lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"authorization: Bearer {self.token}"]
        if body is not None:
            lines.append(f"content-length: {len(body)}")
        for name, value in (headers or {}).items():
            lines.append(f"{name}: {value}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        try:
            self.socket.sendall(head + body if body is not None else head)
            while True:
                reply = self._reply(method)
                if reply.status >= 200:
                    break
        except (OSError, ValueError, IndexError) as error:
            self.close()
            raise NoAnswer(f"{type(error).__name__}: {error}") from None
        if reply.headers.get("connection", "").lower() == "close":
            self.close()
        return reply

    def _more(self):
        piece = self.socket.recv(262_144)
        if not piece:
            raise OSError("the connection ended")
        self.buffer += piece

    def _until(self, mark):
        while True:
            at = self.buffer.find(mark)
            if at >= 0:
                found, self.buffer = self.buffer[:at], self.buffer[at + len(mark):]
                return found
            self._more()

    def _take(self, count):
        if len(self.buffer) < count:
            parts = [self.buffer]
            have = len(self.buffer)
            while have < count:
                piece = self.socket.recv(min(1 << 20, max(65_536, count - have)))
                if not piece:
                    raise OSError("the connection ended inside a body")
                parts.append(piece)
                have += len(piece)
            self.buffer = b"".join(parts)
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def _reply(self, method):
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = b""
        if method != "HEAD" and status not in (204, 304) and status >= 200:
            if headers.get("transfer-encoding", "").lower() == "chunked":
                parts = []
                while True:
                    size = int(self._until(b"\r\n").split(b";")[0], 16)
                    if size == 0:
                        self._until(b"\r\n")
                        break
                    parts.append(self._take(size))
                    self._take(2)
                body = b"".join(parts)
            else:
                body = self._take(int(headers.get("content-length", "0")))
        return Reply(status, headers, body)

    def leave_if_ended(self):
        """What the server closed while nothing was asked is no reason for a request without an answer."""
        if self.socket is not None and select.select([self.socket], [], [], 0)[0]:
            self.close()

    # Paths of the native face -----------------------------------------------------------------------------------------

    @staticmethod
    def quote(text):
        return urllib.parse.quote(text, safe="/~")

    @classmethod
    def entry(cls, store, key):
        return f"/v1/stores/{cls.quote(store)}/entries/{cls.quote(key)}"

    def list(self, store, prefix="", limit=1000):
        """All entries of a store under a prefix, page by page."""
        entries, cursor = [], None
        while True:
            query = {"limit": limit, "metadata": "true"} | ({"prefix": prefix} if prefix else {}) | ({"cursor": cursor} if cursor else {})
            reply = self.request("GET", f"/v1/stores/{self.quote(store)}/entries?{urllib.parse.urlencode(query)}")
            if reply.status != 200:
                raise NoAnswer(f"a list answered {reply.status} {reply.body[:200]!r}")
            page = reply.json
            entries += page["entries"]
            cursor = page.get("cursor")
            if not cursor:
                return entries

    def job(self, kind, body=None, seconds=120):
        """Runs an admin job to its end: its last record. None when it did not begin or end here."""
        import time

        reply = self.request("POST", f"/v1/admin/{kind}", json.dumps(body or {}).encode(), {"content-type": "application/json"})
        if not reply.ok:
            return None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            one = self.request("GET", f"/v1/admin/jobs/{reply.json['id']}")
            if one.status != 200:
                return None
            if one.json["state"] != "running":
                return one.json
            time.sleep(0.02)
        return None
