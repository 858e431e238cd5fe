"""An S3 service of one's own, and what stands between larder and it: errors, cut bodies, lost answers, stalls, and a bucket that forgets."""

import contextlib
import http.client
import pathlib
import random
import socket
import subprocess
import threading
import time
import urllib.parse
import xml.etree.ElementTree

from .report import Skipped

ROOT = pathlib.Path(__file__).resolve().parent.parent
ACCESS_KEY, SECRET_KEY = "AKIATESTS", "secret-of-the-tests"


class Service:
    """moto, as the tests have it (`Tests/S3TestSupport/server.py`): it checks every signature, and keeps everything in memory."""

    def __init__(self):
        python = ROOT / ".build/moto/bin/python3"
        if not python.exists():
            raise Skipped(f"there is no {python}: Scripts/torture makes it")
        self.process = subprocess.Popen(
            [python, "-B", ROOT / "Tests/S3TestSupport/server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise Skipped(f"the S3 service does not start: {line!r}")
        self.port = int(line)

    def raw(self, method, target):
        """Asks without a signature: the body, None for 404."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, f"/-/raw/{target}")
            response = connection.getresponse()
            body = response.read()
        if response.status == 404:
            return None
        if response.status // 100 != 2:
            raise RuntimeError(f"{method} {target}: {response.status} {body[:300]!r}")
        return body

    def make(self, bucket):
        self.raw("PUT", bucket)

    def object(self, bucket, key):
        return self.raw("GET", f"{bucket}/{urllib.parse.quote(key)}")

    def keys(self, bucket, prefix):
        """All keys below a prefix, without it."""
        found, token = [], None
        while True:
            query = {"list-type": 2, "prefix": prefix} | ({"continuation-token": token} if token else {})
            page = xml.etree.ElementTree.fromstring(self.raw("GET", f"{bucket}?{urllib.parse.urlencode(query)}"))
            name = page.tag.split("}")[0] + "}" if "}" in page.tag else ""
            found += [one.text[len(prefix):] for one in page.iter(f"{name}Key")]
            token = page.findtext(f"{name}NextContinuationToken")
            if not token:
                return found

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class BucketProxy:
    """Hands requests on to a service, each on a connection of its own, and does harm to a share of them.

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
        self.requests = self.harmed = 0
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

    def _draw(self, method):
        with self._lock:
            self.requests += 1
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
            while self._serve(client, reader):
                pass
        # The reader keeps the socket open otherwise.
        with contextlib.suppress(OSError):
            client.close()

    def _serve(self, client, reader):
        """One request: whether the connection lives on."""
        head = read_head(reader)
        if head is None:
            return False
        method, fields = head[0].split(b" ")[0].decode(), fields_of(head)
        length = int(fields.get(b"content-length", b"0"))
        fault = self._draw(method)
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
        head, answer = self._ask(method, head, body)
        if fault == "lose":
            return False
        if fault == "stall":
            time.sleep(self.stall_seconds)
        if fault == "truncate" and answer:
            client.sendall(head + answer[:len(answer) // 2])
            return False
        client.sendall(head + answer)
        return True

    def _ask(self, method, head, body):
        """Head and body of the service's answer, made such that the connection to larder lives on."""
        with socket.create_connection(("127.0.0.1", self.target), 60) as server, server.makefile("rb") as reader:
            server.sendall(b"\r\n".join(line for line in head if not line.lower().startswith(b"expect:")) + b"\r\n\r\n" + body)
            lines = read_head(reader)
            while lines is not None and lines[0].split(b" ")[1] == b"100":
                lines = read_head(reader)
            if lines is None:
                raise OSError("the service gave no answer")
            status, fields = int(lines[0].split(b" ")[1]), fields_of(lines)
            is_empty = method == "HEAD" or status in (204, 304)
            answer = b"" if is_empty else reader.read(int(fields[b"content-length"])) if b"content-length" in fields else reader.read()
        kept = [line for line in lines[1:] if line.split(b":")[0].lower() not in (b"connection", b"transfer-encoding")]
        if not is_empty and b"content-length" not in fields:
            kept.append(b"content-length: %d" % len(answer))
        return b"\r\n".join([b"HTTP/1.1 " + lines[0].split(b" ", 1)[1], *kept]) + b"\r\n\r\n", answer


def read_head(reader):
    """The lines up to the empty one; None at the end."""
    lines = []
    while (line := reader.readline(65_536)) not in (b"\r\n", b"\n"):
        if not line:
            return None
        lines.append(line.rstrip(b"\r\n"))
    return lines or None


def fields_of(lines):
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return fields


def refusal(status):
    code = "SlowDown" if status == 503 else "InternalError"
    document = f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>on purpose</Message></Error>".encode()
    return b"HTTP/1.1 %d On Purpose\r\ncontent-type: application/xml\r\ncontent-length: %d\r\n\r\n" % (status, len(document)) + document
