"""An S3 service of one's own, and what stands between larder and it: errors, cut bodies, lost answers, stalls, and a bucket that forgets."""

import contextlib
import http.client
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree

from .heads import fields_of, read_head
from .report import Skipped

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Larder wants some; the service takes any.
ACCESS_KEY, SECRET_KEY = "AKIATORTURE", "secret-of-the-torture"


class Service:
    """`Torture.object_service` in a process of its own, which ends with this one."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-m", "Torture.object_service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise Skipped(f"the S3 service does not start: {line!r}")
        self.port = int(line)

    def ask(self, method, target):
        """The body; None for 404."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, f"/{target}")
            response = connection.getresponse()
            body = response.read()
        if response.status == 404:
            return None
        if response.status // 100 != 2:
            raise RuntimeError(f"{method} {target}: {response.status} {body[:300]!r}")
        return body

    def object(self, bucket, key):
        return self.ask("GET", f"{bucket}/{urllib.parse.quote(key)}")

    def keys(self, bucket, prefix):
        """All keys below a prefix, without it."""
        found, token = [], None
        while True:
            query = {"list-type": 2, "prefix": prefix} | ({"continuation-token": token} if token else {})
            page = xml.etree.ElementTree.fromstring(self.ask("GET", f"{bucket}?{urllib.parse.urlencode(query)}"))
            found += [one.text[len(prefix):] for one in page.iter("Key")]
            token = page.findtext("NextContinuationToken")
            if not token:
                return found

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class BucketProxy:
    """Hands requests on to a service, and does harm to a share of them.

    Faults: "503" and "500" answer so without asking the service; "cut" ends the connection before the request has come; "cut-upload" in
    the middle of its body; "lose" after the service has done it; "truncate" in the middle of the answer's body; "stall" answers late; "forget"
    says that an object was kept, and drops it."""

    def __init__(self, port, seed):
        self.target = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._random = random.Random(f"{seed}/bucket")
        self._lock = threading.Lock()
        self._faults, self._share = (), 0.0
        self.stall_seconds = 2.0
        self.requests = self.harmed = self.uploads = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def harm(self, share, *faults):
        """From now on this share of the requests, each with one of these."""
        with self._lock:
            self._faults, self._share = faults, share

    def heal(self):
        self.harm(0.0)

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(client,), daemon=True).start()

    def _draw(self, method, target):
        with self._lock:
            self.requests += 1
            self.uploads += method == "POST" and target.endswith("uploads=")
            if not self._faults or self._random.random() >= self._share:
                return None
            fault = self._random.choice(self._faults)
            if fault == "forget" and method != "PUT":
                return None
            self.harmed += 1
            return fault

    def _run(self, client):
        with contextlib.suppress(OSError, ValueError, IndexError), client, client.makefile("rb") as reader:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with socket.create_connection(("127.0.0.1", self.target), 60) as server, server.makefile("rb") as answers:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self._serve(client, reader, server, answers):
                    pass

    def _serve(self, client, reader, server, answers):
        """One request: whether the connection lives on."""
        head = read_head(reader)
        if head is None:
            return False
        method, target, _ = head[0].decode().split(" ")
        fields = fields_of(head)
        length = int(fields.get(b"content-length", b"0"))
        fault = self._draw(method, target)
        if fault == "cut":
            return False
        if fields.get(b"expect", b"").lower() == b"100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if fault == "cut-upload":
            reader.read(length // 2)
            return False
        body = reader.read(length)
        if len(body) < length:
            return False
        if fault in ("503", "500"):
            client.sendall(refusal(int(fault)))
            return True
        if fault == "forget":
            client.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 0\r\netag: "00000000000000000000000000000000"\r\n\r\n')
            return True
        server.sendall(b"\r\n".join(line for line in head if not line.lower().startswith(b"expect:")) + b"\r\n\r\n" + body)
        head, answer = self._answer(method, answers)
        if fault == "lose":
            return False
        if fault == "stall":
            time.sleep(self.stall_seconds)
        if fault == "truncate" and answer:
            client.sendall(head + answer[:len(answer) // 2])
            return False
        client.sendall(head + answer)
        return True

    def _answer(self, method, answers):
        """Head and body as they came."""
        lines = read_head(answers)
        if lines is None:
            raise OSError("the service gave no answer")
        is_empty = method == "HEAD" or lines[0].split(b" ")[1] in (b"204", b"304")
        body = b"" if is_empty else answers.read(int(fields_of(lines)[b"content-length"]))
        return b"\r\n".join(lines) + b"\r\n\r\n", body


def refusal(status):
    code = "SlowDown" if status == 503 else "InternalError"
    document = f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>on purpose</Message></Error>".encode()
    return b"HTTP/1.1 %d On Purpose\r\ncontent-type: application/xml\r\ncontent-length: %d\r\n\r\n" % (status, len(document)) + document
