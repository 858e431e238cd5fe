"""The soak's clients: workers that mix all kinds of requests at a bounded rate, and followers of runs.

Each worker owns its keys, so it knows what every one of them must hold and checks each read to the byte.
"""

import hashlib
import json
import random
import selectors
import socket
import threading
import time

from .client import Client, NoAnswer, NotSent

SMALL_KEYS, LARGE_KEYS, PATCH_KEYS, RUNS, MEMORY_RUNS = 500, 25, 50, 12, 40
"""A worker's share of each kind: the set of what is kept is bounded, so nothing that grows is the traffic's doing."""


class Tally:
    """What came of all requests. Shared by the threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.minutes = {}
        self.statuses = {}
        self.problems = []
        self.delivered = 0

    def add(self, kind, seconds, minute, status):
        with self.lock:
            self.minutes.setdefault(minute, {}).setdefault(kind, []).append(seconds)
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def problem(self, text):
        with self.lock:
            if len(self.problems) < 100:
                self.problems.append(text)


class Worker(threading.Thread):
    """`rate` requests a second until `until` (monotonic). What it can't keep up with it leaves out: the load is a bound, not a goal."""

    MIX = [
        ("get", 34), ("put", 20), ("large", 1), ("large-get", 2), ("patch", 6), ("delete", 4), ("ttl", 6), ("append", 11), ("whole-array", 1),
        ("list", 4), ("head", 4), ("condition", 4), ("memory", 2), ("bulk", 1), ("torn", 0.2),
    ]

    def __init__(self, number, server, tally, rate, begin, until):
        super().__init__(name=f"worker-{number}", daemon=True)
        self.number, self.server, self.tally, self.rate, self.begin, self.until = number, server, tally, rate, begin, until
        self.random = random.Random(number)
        self.small, self.large, self.documents = {}, {}, {}
        self.sent = 0
        self.client = Client(server, seconds=60)

    def run(self):
        kinds, weights = zip(*self.MIX)
        due = time.monotonic()
        while (now := time.monotonic()) < self.until:
            if due > now:
                time.sleep(due - now)
            due = max(due + self.random.expovariate(self.rate), now - 1)
            kind = self.random.choices(kinds, weights)[0]
            try:
                getattr(self, "do_" + kind.replace("-", "_"))()
            except (OSError, NoAnswer, NotSent) as error:
                self.tally.problem(f"{self.name}: {kind}: {error!r}")
            self.sent += 1
            if self.sent % 500 == 0:
                self.client.close()
        self.client.close()

    def preload(self):
        """Writes everything once, so that what is kept is as large at the begin as at the end."""
        for key in range(SMALL_KEYS):
            self.put_small(key)
        for key in range(LARGE_KEYS):
            self.put_large(key)

    def check_all(self):
        """Reads everything that it has written: after the end."""
        for key in range(SMALL_KEYS):
            self.check("read", "things", f"s{key}", self.small.get(key))
        for key in range(LARGE_KEYS):
            self.check("read of a file", "media", f"l{key}", self.large.get(key, (None, 0))[0])

    # Requests

    def call(self, kind, method, path, body=None, headers=None, expect=(200,)):
        begun = time.monotonic()
        reply = self.client.request(method, path, body, headers)
        status, fields, content = reply.status, reply.headers, reply.body
        ended = time.monotonic()
        self.tally.add(kind, ended - begun, int((ended - self.begin) // 60), status)
        if status not in expect:
            self.tally.problem(f"{method} {path} -> {status} {content[:200]!r}")
        return status, fields, content

    def entry(self, store, key):
        return f"/v1/stores/{store}/entries/w{self.number}/{key}"

    def content(self, least, most):
        size = self.random.randint(least, most)
        return self.random.randbytes(size // 2) + bytes(size - size // 2)

    def put_small(self, key):
        content = self.content(100, 8_000)
        status, _, _ = self.call("write", "PUT", self.entry("things", f"s{key}"), content, expect=(200, 201))
        if status < 300:
            self.small[key] = hashlib.sha256(content).digest()

    def put_large(self, key):
        content = self.content(64_000, 256_000)
        status, _, _ = self.call("write of a file", "PUT", self.entry("media", f"l{key}"), content, expect=(200, 201))
        if status < 300:
            self.large[key] = (hashlib.sha256(content).digest(), len(content))

    def check(self, kind, store, key, digest):
        expect = (200,) if digest else (404,)
        status, _, content = self.call(kind, "GET", self.entry(store, key), expect=expect)
        if status == 200 and digest and hashlib.sha256(content).digest() != digest:
            self.tally.problem(f"{store} w{self.number}/{key} does not hold what was written last")

    def do_get(self):
        key = self.random.randrange(SMALL_KEYS)
        self.check("read", "things", f"s{key}", self.small.get(key))

    def do_put(self):
        self.put_small(self.random.randrange(SMALL_KEYS))

    def do_large(self):
        self.put_large(self.random.randrange(LARGE_KEYS))

    def do_large_get(self):
        key = self.random.randrange(LARGE_KEYS)
        self.check("read of a file", "media", f"l{key}", self.large.get(key, (None, 0))[0])

    def do_head(self):
        key = self.random.randrange(SMALL_KEYS)
        self.call("read", "HEAD", self.entry("things", f"s{key}"), expect=(200,) if key in self.small else (404,))

    def do_patch(self):
        key, field, value = self.random.randrange(PATCH_KEYS), f"f{self.random.randrange(20)}", self.random.randrange(1_000_000)
        patch = json.dumps({field: value}).encode()
        fields = {"content-type": "application/merge-patch+json"}
        status, _, _ = self.call("write", "PATCH", self.entry("runs", f"d{key}.json"), patch, fields, expect=(200, 201))
        if status < 300:
            self.documents.setdefault(key, {})[field] = value
        if self.random.random() < 0.2:
            _, _, content = self.call("read", "GET", self.entry("runs", f"d{key}.json"))
            if json.loads(content) != self.documents.get(key):
                self.tally.problem(f"runs w{self.number}/d{key}.json is not the sum of its patches")

    def do_delete(self):
        key = self.random.randrange(SMALL_KEYS)
        status, _, _ = self.call("write", "DELETE", self.entry("things", f"s{key}"), expect=(204,) if key in self.small else (404,))
        if status == 204:
            self.small.pop(key, None)

    def do_ttl(self):
        ttl = f"{self.random.randint(30, 120)}s"
        self.call("write", "PUT", self.entry("things", f"t{self.sent}"), self.content(100, 2_000), {"larder-ttl": ttl}, expect=(201,))

    def do_condition(self):
        """A compare-and-set that must fail and one that must succeed."""
        key = self.random.randrange(SMALL_KEYS)
        path = self.entry("things", f"s{key}")
        if key not in self.small:
            self.call("write", "PUT", path, b"x", {"if-match": '"0123456789abcdef0123456789abcdef"'}, expect=(412,))
            return
        self.call("write", "PUT", path, b"x", {"if-none-match": "*"}, expect=(412,))
        _, fields, _ = self.call("read", "HEAD", path)
        content = self.content(100, 8_000)
        status, _, _ = self.call("write", "PUT", path, content, {"if-match": fields["etag"]})
        if status == 200:
            self.small[key] = hashlib.sha256(content).digest()

    def do_list(self):
        limit = self.random.choice([20, 100, 1_000])
        _, _, content = self.call("list", "GET", f"/v1/stores/things/entries?prefix=w{self.number}/s&limit={limit}")
        listed = {entry["key"] for entry in json.loads(content)["entries"]}
        own = {f"w{self.number}/s{key}" for key in self.small}
        if not listed <= own or (len(own) <= limit and listed != own):
            self.tally.problem(f"the list of w{self.number}/s is wrong in {len(listed ^ own)} names")

    def do_append(self):
        run = self.random.randrange(RUNS)
        event = {"agent": "soak", "status": "running", "progress": self.sent % 100, "message": "x" * self.random.randint(10, 400)}
        events = event if self.random.random() < 0.8 else [event] * self.random.randint(1, 5)
        headers = {"idempotency-key": f"{self.number}-{self.sent}"} if self.random.random() < 0.5 else {}
        self.call("append", "POST", f"/v1/progress/w{self.number}/r{run}", json.dumps(events).encode(), headers)
        if self.random.random() < 0.002:
            done = {"agent": "pipeline", "status": "completed", "progress": 100}
            self.call("append", "POST", f"/v1/progress/w{self.number}/r{run}", json.dumps(done).encode())

    def do_whole_array(self):
        """What old clients do: read the array, add to it, write it back."""
        path = f"/v1/stores/progress/entries/projects/w{self.number}/runs/r{self.random.randrange(RUNS)}/progress.json"
        status, _, content = self.call("read", "GET", path, expect=(200, 404))
        events = json.loads(content) if status == 200 else []
        events.append({"agent": "old", "status": "running", "message": f"{self.number}-{self.sent}"})
        self.call("append", "PUT", path, json.dumps(events).encode(), expect=(200, 201))

    def do_memory(self):
        project, run = f"w{self.number}", f"w{self.number}-m{self.random.randrange(MEMORY_RUNS)}"
        body = {"runId": run, "theme": "t", "mood": self.random.choice("abcd"), "musicStyle": self.random.choice("efgh")}
        self.call("memory", "POST", f"/v1/memory/{project}/runs", json.dumps(body).encode(), expect=(200, 201))
        rating = {"runId": run, "rating": self.random.choice(["good", "bad"])}
        self.call("memory", "POST", f"/v1/memory/{project}/ratings", json.dumps(rating).encode(), expect=(200, 201))
        self.call("memory", "GET", f"/v1/memory/{project}/suggestions")

    def do_bulk(self):
        """Some entries, gone again by their prefix."""
        count = self.random.randint(1, 5)
        for number in range(count):
            self.call("write", "PUT", self.entry("things", f"b/{number}"), self.content(100, 500), expect=(200, 201))
        _, _, content = self.call("write", "DELETE", f"/v1/stores/things/entries?prefix=w{self.number}/b/")
        if json.loads(content) != {"deleted": count}:
            self.tally.problem(f"a bulk delete of {count} said {content!r}")

    def do_torn(self):
        """A client that leaves in the middle of its upload; nothing may remain of it."""
        head = f"PUT {self.entry('media', 'torn')} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self.server.token}\r\ncontent-length: 100000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as connection:
            connection.sendall(head.encode() + bytes(40_000))
        self.check("read", "media", "torn", None)


class Followers(threading.Thread):
    """`count` event streams in one thread. Each resumes by its last ID when it ends; some leave and come back all the time."""

    def __init__(self, server, tally, workers, count, until):
        super().__init__(name="followers", daemon=True)
        self.server, self.tally, self.until = server, tally, until
        self.random = random.Random(-1)
        self.selector = selectors.DefaultSelector()
        self.waiting = [(0.0, f"w{n % workers}/r{n // workers % RUNS}", None) for n in range(count)]
        self.open = {}

    def run(self):
        leave = time.monotonic() + 5
        while (now := time.monotonic()) < self.until:
            due, self.waiting = [w for w in self.waiting if w[0] <= now], [w for w in self.waiting if w[0] > now]
            for _, run, last in due:
                self.join_run(run, last)
            for key, _ in self.selector.select(0.2):
                self.receive(key.fileobj)
            if now >= leave and self.open:
                self.drop(self.random.choice(list(self.open)), 0.5)
                leave = now + 5
        for connection in list(self.open):
            self.drop(connection, 0)

    def join_run(self, run, last):
        try:
            connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
            resume = f"last-event-id: {last}\r\n" if last is not None else ""
            connection.sendall(
                f"GET /v1/progress/{run} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self.server.token}\r\n"
                f"accept: text/event-stream\r\n{resume}\r\n".encode()
            )
            connection.setblocking(False)
        except OSError as error:
            self.tally.problem(f"follower of {run}: {error!r}")
            self.waiting.append((time.monotonic() + 2, run, last))
            return
        self.open[connection] = [run, last, b""]
        self.selector.register(connection, selectors.EVENT_READ)

    def drop(self, connection, after):
        run, last, _ = self.open.pop(connection)
        self.selector.unregister(connection)
        connection.close()
        self.waiting.append((time.monotonic() + after, run, last))

    def receive(self, connection):
        try:
            piece = connection.recv(1 << 16)
        except OSError:
            piece = b""
        if not piece:
            return self.drop(connection, 1)
        state = self.open[connection]
        lines = (state[2] + piece).split(b"\n")
        state[2] = lines.pop()
        for line in lines:
            if line.startswith(b"id: "):
                number = int(line[4:])
                if state[1] is not None and number != state[1] + 1:
                    self.tally.problem(f"follower of {state[0]}: {number} came after {state[1]}")
                state[1] = number
                self.tally.delivered += 1
            elif line.startswith(b"event: gap"):
                state[1] = None
            elif line.startswith(b"HTTP/1.1 ") and not line.startswith(b"HTTP/1.1 200"):
                # 204: the run is complete. It may go on.
                if not line.startswith(b"HTTP/1.1 204"):
                    self.tally.problem(f"follower of {state[0]}: {line!r}")
                return self.drop(connection, 2)
        return None
