"""Clients that write down what they ask and what they are told, each with its moments: material for `linear`."""

import json
import random
import threading
import time

from .client import Client, NoAnswer, NotSent
from .linear import Operation, Register
from .oracle import NO, outcome
from .report import Finding
from .roaming import client_of

# An object's content travels in the index up to 32 KiB and is a file above; both ways are tried.
PADDINGS = [0, 0, 0, 200, 40_000]
OPERATIONS_A_KEY = 60
"""Then its place is taken by a fresh key: a short history is checked quickly."""
KEYS, LOGS, EVENTS_A_LOG = 4, 2, 150
"""Keys at a time: few, so that the clients meet. A log stays below the 200 events that are kept."""


class Book:
    """Histories by key, filled by many threads. What is in it is only read when they have ended."""

    def __init__(self, store, seed):
        self.store = store
        self.lock = threading.Lock()
        self.random = random.Random(f"{seed}/keys")
        self.entries, self.logs = {}, {}
        self.etags = {}
        self.findings = []
        self.open_keys = [self._key() for _ in range(KEYS)]
        self.open_logs = [self._log() for _ in range(LOGS)]

    def _key(self):
        name = f"k{len(self.entries)}"
        self.entries[name] = []
        return [name, 0]

    def _log(self):
        name = f"r{len(self.logs)}"
        self.logs[name] = []
        return [name, 0]

    def key(self):
        with self.lock:
            place = self.random.randrange(KEYS)
            if self.open_keys[place][1] >= OPERATIONS_A_KEY:
                self.open_keys[place] = self._key()
            self.open_keys[place][1] += 1
            return self.open_keys[place][0]

    def log(self, events):
        with self.lock:
            place = self.random.randrange(LOGS)
            if self.open_logs[place][1] + events > EVENTS_A_LOG:
                self.open_logs[place] = self._log()
            self.open_logs[place][1] += events
            return self.open_logs[place][0]

    def add(self, histories, name, operation):
        # A read without an answer says nothing, and what has not happened neither.
        if operation is None:
            return
        if operation.result is not None or operation.kind != "read":
            with self.lock:
                histories[name].append(operation)

    def learn(self, name, etag, content):
        """That this ETag means this content of the key; another meaning is a finding."""
        with self.lock:
            known = self.etags.setdefault(name, {}).setdefault(etag, content)
            if known != content:
                self.findings.append(Finding("torn", name, f"ETag {etag} with {_short(known)} and with {_short(content)}"))

    def some_etag(self, name, generator):
        """An ETag that the key had at some time, with its content; None while none is known."""
        with self.lock:
            known = list(self.etags.get(name, {}).items())
        return generator.choice(known[-4:]) if known else None

    def settle(self):
        """HEADs told an ETag: puts the content in its place. Those whose ETag nobody knows the content of say nothing, and go."""
        for name, history in self.entries.items():
            kept = []
            for operation in history:
                if isinstance(operation.result, ETag):
                    operation.result = self.etags.get(name, {}).get(operation.result.text)
                    if operation.result is None:
                        continue
                kept.append(operation)
            self.entries[name] = kept


class ETag:
    """An answer that names a content by its ETag."""

    def __init__(self, text):
        self.text = text


def _short(content):
    return repr(content if content is None or len(repr(content)) < 200 else repr(content)[:200] + "…")


def parse(body):
    """A document as the model has it: pairs in order. A padding is told by its length, if it is whole."""
    pairs = json.loads(body, object_pairs_hook=tuple)
    return tuple((field, len(value) if field == "pad" and set(value) <= {"x"} else value) for field, value in pairs)


def document(content):
    return json.dumps({field: "x" * value if field == "pad" else value for field, value in content}, separators=(",", ":")).encode()


class Recorder(threading.Thread):
    """One client, until `stop` is set. When the server goes it waits until `up` is set again; what had no answer stays open. Of several servers, which
    are one larder, each request goes to another."""

    CHOICES = [("read", 30), ("head", 8), ("unchanged", 6), ("put", 12), ("put-new", 10), ("put-if", 14), ("delete", 6), ("delete-if", 4),
               ("patch", 8), ("patch-if", 4), ("append", 14), ("read-log", 10)]

    def __init__(self, number, servers, book, seed, stop, up):
        super().__init__(name=f"recorder-{number}", daemon=True)
        self.number, self.servers, self.book, self.stop, self.up = number, servers, book, stop, up
        self.random = random.Random(f"{seed}/{number}")
        self.client = None
        self.count = 0
        self.error = None

    def run(self):
        kinds, weights = zip(*self.CHOICES)
        try:
            while not self.stop.is_set():
                if not self.up.wait(0.2):
                    continue
                self._enter()
                kind = self.random.choices(kinds, weights)[0]
                try:
                    self._append() if kind == "append" else self._read_log() if kind == "read-log" else self._entry(kind)
                except NotSent:
                    # The port of a killed server; the next one has another.
                    self._leave()
                    time.sleep(0.005)
        except Exception as error:  # noqa: BLE001 — a defect of the harness must not look like a quiet client
            self.error = error
        finally:
            self._leave()

    def _enter(self):
        if self.client is None:
            self.client = client_of(self.servers, seed=self.random.random())

    def _leave(self):
        if self.client:
            self.client.close()
        self.client = None

    def _ask(self, name, kind, argument, method, path, body, headers, understand):
        """Sends a request: the operation, None where it is known not to have happened. `understand` makes a result of a reply; None: it says
        nothing, so the operation is open."""
        call = time.monotonic()
        try:
            reply = self.client.request(method, path, body, headers)
            result = understand(reply)
        except NoAnswer:
            reply = result = None
            self._leave()
        end = time.monotonic()
        if reply is not None and outcome(reply) == NO and reply.status == 503:
            # What the server stands on is away.
            time.sleep(0.03)
            return None
        if result is None and reply is not None and reply.status not in (409, 500, 503):
            self.book.findings.append(Finding("torn", name, f"{method} {path} {headers} answered {reply.status} {reply.body[:200]!r}"))
        return Operation(kind, argument, result, call, end, self.number)

    # Entries

    def _content(self):
        content = (("v", self.random.choice("abcdef")),)
        padding = self.random.choice(PADDINGS)
        return content + (("pad", padding),) if padding else content

    def _entry(self, kind):
        book, name = self.book, self.book.key()
        known = book.some_etag(name, self.random)
        if known is None and kind in ("put-if", "delete-if", "patch-if", "unchanged"):
            kind = "put-new"
        headers, body, method = {}, None, {"put": "PUT", "patch": "PATCH", "delete": "DELETE", "head": "HEAD"}.get(kind.split("-")[0], "GET")
        argument, content = None, None
        if method == "PUT":
            argument = content = self._content()
            body = document(content)
            headers["content-type"] = "application/json"
        elif method == "PATCH":
            argument = ("p", self.random.randrange(4))
            body = json.dumps(dict([argument])).encode()
            headers["content-type"] = "application/merge-patch+json"
        if kind == "put-new":
            headers["if-none-match"] = "*"
        elif kind.endswith("-if"):
            headers["if-match"] = known[0]
            argument = known[1] if method == "DELETE" else (argument, known[1])
        elif kind == "unchanged":
            headers["if-none-match"] = known[0]

        def understand(reply):
            status = reply.status
            if status == 412:
                return "failed"
            if method == "DELETE":
                return {204: "gone", 404: "missing"}.get(status)
            if method in ("PUT", "PATCH"):
                if content is not None and status in (200, 201):
                    book.learn(name, reply.headers["etag"], content)
                return {201: "new", 200: "replaced"}.get(status)
            if status == 404:
                return Register.MISSING
            if status == 304:
                return known[1] if reply.headers["etag"] == known[0] else None
            if status != 200:
                return None
            if method == "HEAD":
                return ETag(reply.headers["etag"])
            try:
                found = parse(reply.body)
            except ValueError:
                return None
            book.learn(name, reply.headers["etag"], found)
            return found

        kind = "read" if method in ("GET", "HEAD") else kind
        book.add(book.entries, name, self._ask(name, kind, argument, method, Client.entry(book.store, name), body, headers, understand))

    # Logs

    def _append(self):
        self.count += 1
        names = tuple(f"{self.number}.{self.count}.{n}" for n in range(self.random.choice([1, 1, 1, 2, 5])))
        name = self.book.log(len(names))
        body = json.dumps([{"n": n} for n in names]).encode()
        headers = {"idempotency-key": names[0]} if self.random.random() < 0.5 else {}

        def understand(reply):
            return (reply.json["first"], reply.json["last"]) if reply.ok else None

        def send():
            self._enter()
            return self._ask(name, "append", names, "POST", f"/v1/progress/{self.book.store}/{name}", body, headers, understand)

        operation = send()
        # With a key the same append may be sent again, and is still one.
        while operation is not None and operation.result is None and headers and not self.stop.is_set():
            if not self.up.wait(0.2):
                continue
            try:
                again = send()
            except NotSent:
                self._leave()
                time.sleep(0.005)
                continue
            if again is not None:
                operation.result, operation.end = again.result, again.end
        self.book.add(self.book.logs, name, operation)

    def _read_log(self):
        name = self.book.log(0)

        def understand(reply):
            if reply.status == 404:
                return ()
            return tuple((event["seq"], event["event"]["n"]) for event in reply.json["events"]) if reply.ok else None

        path = f"/v1/progress/{self.book.store}/{name}"
        self.book.add(self.book.logs, name, self._ask(name, "read", None, "GET", path, None, None, understand))
