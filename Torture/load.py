"""Many connections that write all kinds of things and note what was sent and what came back."""

import base64
import hashlib
import itertools
import json
import random
import threading
import time

from .client import Client, NoAnswer, NotSent
from .oracle import MAYBE, NO, YES, Chain, Entry, Log, Memory, Observed, Owned, OwnedLog, Register, etag
from .roaming import client_of

TYPES = ("application/json", "text/plain", "application/octet-stream", "image/jpeg", "text/html; charset=utf-8")
PATTERN = random.Random(7)
NOISE = PATTERN.randbytes(4 << 20)
TEXT = " ".join(PATTERN.choice(("queued", "running", "scene", "camera", "piano", "0.25", '{"id":', "final", "take")) for _ in range(600_000)).encode()
# Content that many keys share: a collector that takes what one key let go of takes it from the others.
SHARED = [NOISE[:100], TEXT[:9_000], NOISE[:20_000], NOISE[5:40_005], TEXT[:60_000], NOISE[9:150_009], TEXT[3:300_003]]
KEYS = 6


def observed(reply):
    """What a GET of the native face showed; None for 404."""
    if reply.status == 404:
        return None
    return Observed(reply.headers["etag"], reply.body, reply.headers.get("content-type", ""), reply.headers.get("larder-metadata", "{}"))


class Stop(Exception):
    """This worker can do no more."""


class Worker(threading.Thread):
    """One connection. What it owns nobody else writes; what it shares it writes at once with the others."""

    def __init__(self, load, number):
        super().__init__(daemon=True)
        self.load, self.number = load, number
        self.oracle = load.oracle
        self.rng = random.Random(f"{load.seed}/{number}")
        self.client = client_of(load.nodes, load.seconds_to_answer, f"{load.seed}/{number}/nodes")
        self.error = None
        self.me = f"w{number}"

    def run(self):
        actions = [action for name, weight in self.load.mix.items() for action in [getattr(self, name)] * weight]
        try:
            while not self.load.ended.is_set():
                self.rng.choice(actions)()
                if self.load.pause:
                    time.sleep(self.load.pause)
        except Stop:
            pass
        except Exception as error:  # A mistake of the harness must not look like a clean run.
            self.error = error
            import traceback
            traceback.print_exc()
        finally:
            self.client.close()

    # Sending ----------------------------------------------------------------------------------------------------------

    def ask(self, *request):
        """Raises NoAnswer and NotSent."""
        reply = self.client.request(*request)
        if reply.status == 503 and self.load.is_patient:
            time.sleep(0.03)
        return reply

    def send(self, method, path, body=None, headers=None):
        """A write: (reply or None, outcome). After NoAnswer and NotSent the worker still notes the outcome and then stops."""
        sent = time.monotonic()
        try:
            reply = self.ask(method, path, body, headers)
        except NotSent:
            # Of several nodes one comes back while this one waits.
            self.dying = not self.load.has_nodes
            time.sleep(0.05 if self.load.has_nodes else 0)
            return None, NO
        except NoAnswer:
            self.dying = not self.load.survives
            return None, self.oracle.answered(sent, None)
        answer = self.oracle.answered(sent, reply)
        if answer == MAYBE and self.oracle.is_cut:
            self.dying = True
            return None, MAYBE
        if reply.status == 503 and not self.load.is_patient:
            self.dying = True
        return reply, answer

    dying = False

    def done(self):
        if self.dying:
            raise Stop()

    def body(self):
        """Mostly small; one in five too large for the index; one in ten shared with other keys. Otherwise none is the same."""
        kind = self.rng.random()
        if kind < 0.1:
            return self.rng.choice(SHARED)
        mark = f'{{"by":"{self.me}","n":{self.rng.getrandbits(64)}}}'.encode()
        size = int(20 + 10 ** self.rng.uniform(1, 3.3)) if kind < 0.65 else self.rng.randrange(3_000, 32_000) if kind < 0.8 \
            else self.rng.randrange(33_000, 200_000) if kind < 0.98 else self.rng.randrange(600_000, 2_000_000)
        if self.load.largest:
            size = min(size, self.load.largest)
        source = self.rng.choice((NOISE, TEXT))
        at = self.rng.randrange(0, len(source) - size)
        return mark + source[at:at + size]

    def metadata(self):
        return "{}" if self.rng.random() < 0.4 else json.dumps({"n": self.rng.getrandbits(32), "by": self.me}, separators=(",", ":"))

    def own(self, store, key):
        return self.mine("owned", Owned, (store,), f"{self.me}/{key}")

    def mine(self, kind, make, place, name):
        """What this worker alone writes. Where there are several nodes, what a write without an answer may still come to is left alone until it is
        checked, and another name takes its place: a dead node's last words may arrive behind what another one has answered."""
        for number in itertools.count():
            one = self.oracle.get(kind, make, *place, f"{name}~{number}" if number else name)
            if not (one.is_open and self.load.has_nodes):
                return one
        raise AssertionError

    @staticmethod
    def put_path(store, key, content_type, metadata, is_netlify):
        """Path and headers of a put, by either face."""
        if is_netlify:
            headers = {"content-type": content_type}
            if metadata != "{}":
                headers["x-amz-meta-user"] = "b64;" + base64.b64encode(metadata.encode()).decode()
            return f"/default/site:{store}/{Client.quote(key)}", headers
        headers = {"content-type": content_type}
        if metadata != "{}":
            headers["larder-metadata"] = metadata
        return Client.entry(store, key), headers

    # Owned keys -------------------------------------------------------------------------------------------------------

    def put(self):
        owned = self.own(self.rng.choice(("things", "clips-audio")), f"k{self.rng.randrange(KEYS)}")
        body, content_type, metadata = self.body(), self.rng.choice(TYPES), self.metadata()
        self.write(owned, body, content_type, metadata, self.rng.random() < 0.3)

    def write(self, owned, body, content_type, metadata, is_netlify=False, condition=None, ttl=None):
        entry = Entry.of(body, content_type, metadata)
        path, headers = self.put_path(owned.store, owned.key, content_type, metadata, is_netlify)
        if ttl:
            headers["larder-ttl"] = f"{ttl}s"
        if condition is not None:
            headers |= {"if-none-match": "*"} if condition == "new" else {"if-match": condition}
        sent = time.time()
        reply, answer = self.send("PUT", path, body, headers)
        if ttl:
            entry.expires = (sent + ttl, (time.time() if answer == YES else sent + 30) + ttl)

        def after(state):
            if condition == "new" and state is not None or condition not in (None, "new") and (state is None or state.tag != condition):
                return "412", state
            return YES, entry

        if reply is not None and reply.status == 412:
            answer = "412"
        findings = owned.attempt(after, answer)
        if answer == YES and reply.headers.get("etag") != entry.tag:
            findings = findings + [self.torn(owned, f"the answer's ETag is {reply.headers.get('etag')}, the content's {entry.tag}")]
        self.oracle.note(findings)
        self.done()

    @staticmethod
    def torn(owned, text):
        from .report import Finding
        return Finding("torn", owned.name, text)

    def put_in_parts(self):
        """Content that a bucket is sent in parts, by one connection only: it takes its time."""
        if self.number:
            return self.put()
        body = f'{{"n":{self.rng.getrandbits(64)}}}'.encode() + NOISE * 4 + NOISE[:self.rng.randrange(100, 2 << 20)]
        self.write(self.own("things", "huge"), body, "image/jpeg", self.metadata())

    def put_conditional(self):
        owned = self.own("things", f"c{self.rng.randrange(3)}")
        known, state = owned.only
        condition = "new" if self.rng.random() < 0.3 else state.tag if known and state and state.tag else '"' + "0" * 32 + '"'
        self.write(owned, self.body(), self.rng.choice(TYPES), self.metadata(), self.rng.random() < 0.3, condition)

    def put_shared_content(self):
        """Equal content under many keys, gone and back again: what the collector has to get right."""
        owned = self.own("things", f"s{self.rng.randrange(self.load.shared_keys)}")
        if owned.only[1] is not None and self.rng.random() < 0.6:
            self.remove(owned)
        else:
            self.write(owned, self.rng.choice(self.load.contents), "image/jpeg", self.metadata())

    def look_shared_content(self):
        self.look(self.own("things", f"s{self.rng.randrange(self.load.shared_keys)}"))

    def remove(self, owned, condition=None):
        reply, answer = self.send("DELETE", Client.entry(owned.store, owned.key), headers={"if-match": condition} if condition else None)
        if reply is not None and reply.status in (204, 404, 412):
            answer = str(reply.status)

        def after(state):
            if condition and (state is None or state.tag != condition):
                return "412", state
            return ("404", None) if state is None else ("204", None)

        self.oracle.note(owned.attempt(after, answer))
        self.done()

    def delete(self):
        owned = self.own(self.rng.choice(("things", "clips-audio")), f"k{self.rng.randrange(KEYS)}")
        known, state = owned.only
        self.remove(owned, state.tag if known and state and state.tag and self.rng.random() < 0.3 else None)

    def read(self):
        owned = self.own("things", f"k{self.rng.randrange(KEYS)}")
        self.look(owned)

    def look(self, owned):
        # A bucket that is slow lets an entry end between the look at its row and the answer.
        asked = time.time()
        try:
            reply = self.ask("GET", Client.entry(owned.store, owned.key))
        except (NoAnswer, NotSent):
            if self.load.survives:
                return
            raise Stop() from None
        if self.oracle.is_cut:
            raise Stop()
        if reply.status in (200, 404):
            self.oracle.note(owned.observe(observed(reply), since=asked))
        elif reply.status == 500 and not self.load.reads_may_fail:
            self.oracle.note([self.torn(owned, f"a read answered {reply.status} {reply.body[:200]!r}")])

    def patch(self):
        owned = self.own("things", f"doc{self.rng.randrange(2)}")
        change = {f"f{self.rng.randrange(6)}": self.rng.choice((None, self.rng.getrandbits(40), "x" * self.rng.randrange(1, 3_000))),
                  "deep": {f"g{self.rng.randrange(3)}": self.rng.choice((None, self.rng.getrandbits(30)))}}
        if self.rng.random() < 0.03:
            change["big"] = TEXT[:self.rng.randrange(40_000, 90_000)].decode()
        elif self.rng.random() < 0.1:
            change["big"] = None
        reply, answer = self.send("PATCH", Client.entry(owned.store, owned.key), json.dumps(change).encode(),
                                  {"content-type": "application/merge-patch+json"})

        def after(state):
            document = merge_patch(state.document if state else None, change)
            entry = Entry(None, "application/json", "{}", document)
            return YES, entry

        findings = owned.attempt(after, answer)
        known, state = owned.only
        if answer == YES and known and state:
            state.tag = reply.headers.get("etag")
        self.oracle.note(findings)
        self.done()

    def put_brief(self):
        owned = self.own("brief", f"t{self.rng.randrange(4)}")
        self.write(owned, self.body(), "text/plain", self.metadata(), ttl=self.rng.choice((1, 1, 2, 3_600)))

    def look_brief(self):
        self.look(self.own("brief", f"t{self.rng.randrange(4)}"))

    def folder(self):
        """Fills a folder of its own and, now and then, removes it by its prefix."""
        folder, keys = self.open_folder()
        if self.rng.random() < 0.7:
            return self.write(self.rng.choice(keys), self.body(), "text/plain", self.metadata())
        reply, answer = self.send("DELETE", f"/v1/stores/things/entries?prefix={self.me}/{folder}/")
        findings = []
        if answer == YES and all(k.only[0] for k in keys):
            there = sum(k.only[1] is not None for k in keys)
            if reply.json["deleted"] != there:
                kind = "lost" if reply.json["deleted"] < there else "resurrected"
                findings.append(self._finding(kind, f"things/{self.me}/{folder}/", f"{there} were there, {reply.json['deleted']} were removed"))
        for owned in keys:
            findings += owned.attempt(lambda state: (YES, None), answer)
        self.oracle.note(findings)
        self.done()

    def open_folder(self):
        """Its name and its five keys; another one as long as any of them may still change."""
        for number in itertools.count():
            folder = f"folder{number}" if number else "folder"
            keys = [self.oracle.get("owned", Owned, "things", f"{self.me}/{folder}/x{n}") for n in range(5)]
            if not (self.load.has_nodes and any(key.is_open for key in keys)):
                return folder, keys
        raise AssertionError

    @staticmethod
    def _finding(kind, name, text):
        from .report import Finding
        return Finding(kind, name, text)

    # Shared keys ------------------------------------------------------------------------------------------------------

    def put_register(self):
        register = self.oracle.get("registers", Register, "things", f"shared/r{self.rng.randrange(4)}")
        sent = time.monotonic()
        if self.rng.random() < 0.25:
            reply, answer = self.send("DELETE", Client.entry(register.store, register.key))
            if reply is not None and reply.status == 404:
                return self.done()
            tag = None
        else:
            body, content_type, metadata = self.body(), self.rng.choice(TYPES), self.metadata()
            path, headers = self.put_path(register.store, register.key, content_type, metadata, self.rng.random() < 0.3)
            reply, answer = self.send("PUT", path, body, headers)
            tag = etag(hashlib.sha256(body).hexdigest(), content_type, metadata)
        register.wrote(sent, time.monotonic(), tag, answer)
        self.done()

    def compare_and_set(self):
        """Reads, then writes if nobody else did; or makes a key that all others try to make at the same time."""
        if self.rng.random() < 0.3:
            # Everybody makes the same key at about the same time.
            slot = int(time.monotonic() * 4)
            chain = self.oracle.get("chains", Chain, "things", f"new/{slot}")
            self.conditional(chain, None)
            return
        chain = self.oracle.get("chains", Chain, "things", f"shared/c{self.rng.randrange(3)}")
        try:
            reply = self.ask("HEAD", Client.entry(chain.store, chain.key))
        except (NoAnswer, NotSent):
            if self.load.survives:
                return
            raise Stop() from None
        if reply.status in (200, 404):
            self.conditional(chain, reply.headers["etag"] if reply.status == 200 else None)

    def conditional(self, chain, parent):
        body = f'{{"by":"{self.me}","n":{self.rng.getrandbits(64)}}}'.encode()
        if self.rng.random() < 0.15:
            body += NOISE[:40_000]
        tag = etag(hashlib.sha256(body).hexdigest(), "application/json", "{}")
        path, headers = self.put_path(chain.store, chain.key, "application/json", "{}", self.rng.random() < 0.5)
        _, answer = self.send("PUT", path, body, headers | ({"if-match": parent} if parent else {"if-none-match": "*"}))
        self.oracle.note(chain.wrote(parent, tag, answer))
        self.done()

    # Logs -------------------------------------------------------------------------------------------------------------

    def new_events(self, log, count):
        """Events of this worker in this log, numbered in the order in which they are sent."""
        made = []
        with log.lock:
            counters = log.__dict__.setdefault("counters", {})
            for _ in range(count):
                counters[self.me] = counters.get(self.me, -1) + 1
                made.append({"id": f"{self.me}.{counters[self.me]}", "agent": self.me, "status": "running",
                             "message": "x" * self.rng.randrange(5, 200)})
            log.sent += count
        return made

    def append(self):
        log = self.load.shared_log("appended", 300)
        events = self.new_events(log, self.rng.choice((1, 1, 1, 2, 7)))
        ids = [event["id"] for event in events]
        body = json.dumps(events if len(events) > 1 or self.rng.random() < 0.3 else events[0]).encode()
        headers = {"content-type": "application/json"}
        key = f"{self.me}-{self.rng.getrandbits(64):x}" if self.rng.random() < 0.5 else None
        if key:
            headers["idempotency-key"] = key
        path = f"/v1/progress/{log.project}/{log.run}"
        reply, answer = self.send("POST", path, body, headers)
        first = None
        if answer == YES:
            first = reply.json["first"]
            if reply.json["last"] - first + 1 != len(ids):
                self.oracle.note([self._finding("torn", log.name, f"{len(ids)} events were answered {reply.body!r}")])
        self.oracle.note(log.appended(ids[0], ids, answer, first))
        if answer == MAYBE and self.load.has_nodes:
            log.late.update(ids)
        if key and answer == MAYBE:
            with log.lock:
                log.pending.append((ids, body, key))
        self.done()
        if key and answer == YES and self.rng.random() < 0.4:
            again, repeated = self.send("POST", path, body, headers)
            if repeated == YES and again.json != reply.json:
                self.oracle.note([self._finding("duplicated", log.name, f"the same Idempotency-Key was answered {reply.body!r} and {again.body!r}")])
            self.done()

    def write_whole_log(self):
        """Reads the array, adds to it, writes it back, as old clients do, and others do the same at once."""
        log = self.load.shared_log("merged", 120)
        path = Client.entry("progress", f"projects/{log.project}/runs/{log.run}/progress.json")
        try:
            reply = self.ask("GET", path)
        except (NoAnswer, NotSent):
            if self.load.survives:
                return
            raise Stop() from None
        if reply.status not in (200, 404):
            return
        events = self.new_events(log, self.rng.choice((1, 2)))
        ids = [event["id"] for event in events]
        body = json.dumps((reply.json if reply.status == 200 else []) + events).encode()
        _, answer = self.send("PUT", path, body, {"content-type": "application/json"})
        self.oracle.note(log.appended(ids[0], ids, answer))
        if answer == MAYBE and self.load.has_nodes:
            log.late.update(ids)
        self.done()
        if answer == YES and self.rng.random() < 0.3:
            # The same write again adds nothing: a second time would show as a duplicate.
            self.send("PUT", path, body, {"content-type": "application/json"})
            self.done()

    def own_log(self):
        log = self.mine("own_logs", OwnedLog, (self.load.project,), f"{self.me}-own")
        path = f"/v1/progress/{log.project}/{log.run}"
        kind = self.rng.random()
        if kind < 0.08:
            reply, answer = self.send("DELETE", Client.entry("progress", f"projects/{log.project}/runs/{log.run}/progress.json"))
            if reply is not None and reply.status == 404:
                answer = YES
            findings = log.attempt(OwnedLog.empty, answer)
        else:
            count = self.rng.choice((1, 1, 3))
            events = []
            for _ in range(count):
                log.sent += 1
                events.append({"id": f"{self.me}.{log.sent}", "status": "running"})
            ids = [event["id"] for event in events]
            reply, answer = self.send("POST", path, json.dumps(events).encode(), {"content-type": "application/json"})
            result = (reply.json["first"], reply.json["last"]) if answer == YES else None
            findings = log.attempt(log.append(ids), answer, result)
        self.oracle.note(findings)
        self.done()

    # Memory -----------------------------------------------------------------------------------------------------------

    def remember(self):
        if self.number >= 3:
            return self.put()
        memory = self.mine("memories", Memory, (), f"{self.load.project}-{self.me}")
        recorded = [run for run, legal in memory.runs.items() if "absent" not in legal]
        headers = {"content-type": "application/json"}
        if len(memory.runs) < 30 and (not recorded or self.rng.random() < 0.3):
            memory.sent += 1
            run = f"{memory.project}-{memory.sent}"
            _, answer = self.send("POST", f"/v1/memory/{memory.project}/runs", json.dumps(
                {"runId": run, "theme": "sea", "mood": self.rng.choice(("calm", "bold")), "musicStyle": self.rng.choice(("piano", "drums"))}
            ).encode(), headers)
            memory.recorded(run, answer)
        elif recorded:
            run, rating = self.rng.choice(recorded), self.rng.choice(("good", "bad"))
            _, answer = self.send("POST", f"/v1/memory/{memory.project}/ratings", json.dumps({"runId": run, "rating": rating}).encode(), headers)
            memory.rated(run, rating, answer)
        self.done()

    # Housekeeping -----------------------------------------------------------------------------------------------------

    def collect(self):
        if self.number == 0:
            self.send("POST", "/v1/admin/collect", b'{"grace":"0s"}', {"content-type": "application/json"})
            self.done()

    def cleanup(self):
        if self.number == 1:
            self.send("POST", "/v1/admin/cleanup", b'{"store":"brief"}', {"content-type": "application/json"})
            self.done()


def merge_patch(target, patch):
    """RFC 7396, §2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


MIX = {"put": 20, "put_conditional": 5, "put_shared_content": 6, "delete": 6, "read": 6, "patch": 6, "put_brief": 3, "look_brief": 2, "folder": 5,
       "put_register": 8, "compare_and_set": 8, "append": 10, "write_whole_log": 4, "own_log": 5, "remember": 3, "collect": 1, "cleanup": 1}


class Load:
    """Workers on one server, for as long as it lives or until stop(); or on several nodes, where each request goes to another.

    survives: whether a lost answer is no reason to stop (a fault that hits one request).
    is_patient: whether 503 is no reason to stop either: what the server stands on is away, and comes back.
    reads_may_fail: whether 500 to a read is legal (read errors are injected)."""

    def __init__(self, server, oracle, seed, workers=12, mix=None, survives=False, reads_may_fail=False, pause=0.0, largest=None, project="p",
                 seconds_to_answer=20, contents=SHARED[3:], shared_keys=4, is_patient=False, others=()):
        self.server, self.oracle, self.seed, self.mix = server, oracle, seed, mix or MIX
        self.survives, self.reads_may_fail, self.pause, self.largest, self.project = survives, reads_may_fail, pause, largest, project
        self.seconds_to_answer, self.contents, self.shared_keys, self.is_patient = seconds_to_answer, contents, shared_keys, is_patient
        self.nodes, self.has_nodes = [server, *others], bool(others)
        self.ended = threading.Event()
        self._generations = {}
        self._lock = threading.Lock()
        self.workers = [Worker(self, number) for number in range(workers)]

    def shared_log(self, kind, events):
        """A run that all share; a new one when it has got that many events."""
        with self._lock:
            generations = self.oracle.__dict__.setdefault("generations", {})
            number = generations.get(kind, 0)
            log = self.oracle.get("logs", Log, self.project, f"{kind}-{number}")
            if log.sent > events:
                generations[kind] = number + 1
                log = self.oracle.get("logs", Log, self.project, f"{kind}-{number + 1}")
            return log

    def start(self):
        for worker in self.workers:
            worker.start()
        return self

    def stop(self):
        """Ends it: each worker finishes its request."""
        self.ended.set()
        return self.join()

    def join(self):
        self.ended.set()
        for worker in self.workers:
            worker.join(self.seconds_to_answer + 10)
            assert not worker.is_alive(), "a worker hangs"
        errors = [worker.error for worker in self.workers if worker.error]
        if errors:
            raise errors[0]

    @property
    def is_alive(self):
        return any(worker.is_alive() for worker in self.workers)
