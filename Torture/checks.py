"""After a crash, a cut or a fault: is everything in one of its legal states?"""

import gzip
import hashlib
import json
import os
import sqlite3
import time
import zlib

from .client import Client, NoAnswer, NotSent
from .load import observed
from .oracle import YES, etag
from .report import Finding


class PatientClient(Client):
    """Asks again for a while where the answer is 503 `unavailable`: nothing happened, and whether something is there is the question, not
    when."""

    def request(self, method, *arguments, **named):
        end = time.monotonic() + 30
        while True:
            reply = super().request(method, *arguments, **named)
            # An answer to HEAD has no code.
            if reply.status != 503 or method != "HEAD" and reply.code != "unavailable" or time.monotonic() > end:
                return reply
            time.sleep(0.1)


def check(server, oracle, is_first_look=True):
    """All that can be seen through the server, which has just been started. Answers findings; afterwards the oracle knows one state each."""
    found = oracle.take_findings()
    if is_first_look:
        left = _left_in_incoming(server)
        if left:
            found.append(Finding("torn", "incoming/", f"{len(left)} files are left after a start: {left[:3]}"))
    try:
        with PatientClient(server, seconds=60) as client:
            found += _entries(client, oracle)
            found += _logs(client, oracle)
            found += _memories(client, oracle)
    except (NoAnswer, NotSent) as error:
        found.append(Finding("lost", "the server", f"it went away under the check: {error}"))
    oracle.read_only_since = None
    return found


def check_reads(server, oracle):
    """That reads go on beside refused writes: each shows a legal state. What is shown is not taken for the state after a restart, in which
    a write without an answer may come to light."""
    found = []
    with Client(server) as client:
        for one in oracle.owned.values():
            reply = client.request("GET", Client.entry(one.store, one.key))
            states = list(one.states)
            if reply.status not in (200, 404):
                found.append(Finding("lost", one.name, f"a read beside refused writes answered {reply.status} {reply.body[:160]!r}"))
            else:
                found += one.observe(observed(reply))
                one.states = states
        for path in ("/v1/stores", "/v1/stores/things/entries", "/healthz"):
            reply = client.request("GET", path)
            if reply.status != 200:
                found.append(Finding("lost", path, f"beside refused writes it answered {reply.status} {reply.body[:160]!r}"))
    return found


def _left_in_incoming(server, seconds=5):
    """What stays in `incoming/` after a start. A collection that goes on after the restart moves files through it, so they get some time."""
    end = time.monotonic() + seconds
    while True:
        left = os.listdir(server.data / "incoming")
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.05)


def _entries(client, oracle):
    found = []
    expected = {(one.store, one.key): one for table in (oracle.owned, oracle.registers, oracle.chains) for one in table.values()}
    listed = {}
    stores = client.request("GET", "/v1/stores").json["stores"]
    for store in stores:
        entries = client.list(store["name"])
        keys = [entry["key"] for entry in entries]
        if len(set(keys)) != len(keys) or keys != sorted(keys, key=str.encode):
            found.append(Finding("duplicated", store["name"], "a list repeats a key, or is out of order"))
        listed |= {(store["name"], entry["key"]): entry for entry in entries}
        if store["name"] != "brief":  # What has expired is counted until it is removed.
            sums = (len(entries), sum(e["size"] for e in entries), sum(e["storedSize"] for e in entries))
            counted = (store["entries"], store["bytes"], store["storedBytes"])
            if sums != counted:
                found.append(Finding("torn", store["name"], f"it counts {counted} (entries, bytes, stored bytes), its list has {sums}"))
    for name, entry in listed.items():
        if name not in expected and name[0] not in ("progress", "memory", "evals"):
            found.append(Finding("torn", "/".join(name), "it was never written"))
    for name, one in expected.items():
        asked = time.time()
        reply = client.request("GET", Client.entry(*name))
        if reply.status not in (200, 404):
            found.append(Finding("torn", one.name, f"a read answered {reply.status} {reply.body[:160]!r}"))
            one.observe(None)
            continue
        seen = observed(reply)
        found += one.observe(seen, since=asked)
        entry = listed.get(name)
        if (entry is None) != (seen is None):
            if name[0] != "brief":
                found.append(Finding("torn", one.name, f"a read answered {reply.status}, the list {'has' if entry else 'lacks'} it"))
            continue
        if seen is None:
            continue
        sha = hashlib.sha256(seen.body).hexdigest()
        made = etag(sha, seen.content_type, seen.metadata)
        if not seen.tag == made == entry["etag"]:
            found.append(Finding("torn", one.name, f"ETags: read {seen.tag}, list {entry['etag']}, of the content {made}"))
        shown = (entry["size"], entry["sha256"], entry["contentType"], json.dumps(entry["metadata"], separators=(",", ":")))
        if shown != (len(seen.body), sha, seen.content_type, json.dumps(json.loads(seen.metadata), separators=(",", ":"))):
            found.append(Finding("torn", one.name, f"the list shows {shown}"))
        if name[0] == "brief":
            continue  # It may expire in between.
        head = client.request("HEAD", Client.entry(*name))
        if head.status != 200 or any(head.headers.get(field) != reply.headers.get(field) for field in ("etag", "content-type", "larder-metadata", "larder-sha256")):
            found.append(Finding("torn", one.name, f"HEAD answers {head.status} {head.headers}"))
    return found


def _logs(client, oracle):
    found = []
    for log in list(oracle.logs.values()) + list(oracle.own_logs.values()):
        path = f"/v1/progress/{log.project}/{log.run}"
        reply = client.request("GET", path)
        if reply.status not in (200, 404):
            found.append(Finding("torn", log.name, f"a read answered {reply.status} {reply.body[:160]!r}"))
            continue
        snapshot = reply.json if reply.status == 200 else None
        found += log.observe(snapshot)
        whole = client.request("GET", Client.entry("progress", f"projects/{log.project}/runs/{log.run}/progress.json"))
        if (whole.status == 200) != (snapshot is not None and snapshot["count"] > 0):
            found.append(Finding("torn", log.name, f"the run answers {reply.status}, its entry {whole.status}"))
        elif snapshot and whole.status == 200 and whole.json != [row["event"] for row in snapshot["events"]]:
            found.append(Finding("torn", log.name, "the array of the entry is not the run's events"))
        # A repeated Idempotency-Key: what came through without an answer is not appended again, what did not is now.
        for ids, body, key in getattr(log, "pending", []):
            there = {row["event"]["id"]: row["seq"] for row in snapshot["events"]} if snapshot else {}
            if snapshot and snapshot["dropped"] and ids[0] not in there:
                continue
            answer = client.request("POST", path, body, {"idempotency-key": key, "content-type": "application/json"})
            if not answer.ok:
                continue
            first = answer.json["first"]
            if ids[0] in there and first != there[ids[0]]:
                found.append(Finding("duplicated", log.name, f"a repeated Idempotency-Key appended {ids} again as {first}"))
            if ids[0] not in there:
                read = client.request("GET", path)
                if read.status != 200:
                    found.append(Finding("lost", log.name, f"{ids} was appended and answered, a read answers {read.status}"))
                    continue
                again = read.json
                log.last = again["last"]
                for row in again["events"]:
                    if row["event"]["id"] in ids:
                        log.events[row["event"]["id"]] = [YES, row["seq"], ids[0]]
                        log.numbers[row["seq"]] = row["event"]["id"]
                snapshot = again
        if getattr(log, "pending", None):
            log.pending = []
            # Sent again, they stand behind what their worker sent later: their order says nothing from here on.
            log.is_reordered = True
    return found


def _memories(client, oracle):
    found = []
    for memory in oracle.memories.values():
        reply = client.request("GET", f"/v1/memory/{memory.project}")
        if reply.status != 200:
            found.append(Finding("torn", memory.name, f"a read answered {reply.status} {reply.body[:160]!r}"))
            continue
        evaluations = {}
        for run in memory.runs:
            one = client.request("GET", Client.entry("evals", f"{run}/evaluation.json"))
            if one.status == 200:
                evaluations[run] = one.json.get("rating")
        found += memory.observe(reply.json, evaluations)
    return found


def verify_online(server):
    """A verify job of the running server: findings."""
    with Client(server, seconds=120) as client:
        job = client.job("verify")
    if job is None or job["state"] != "done":
        return [Finding("torn", "verify", f"it did not end: {job}")]
    return _verified(job["result"])


def verify_offline(server):
    """`larder verify --offline` of a stopped server: findings."""
    code, out, err = server.verify_offline()
    try:
        result = json.loads(out)["result"]
    except (ValueError, KeyError):
        return [Finding("torn", "verify --offline", f"exit {code}: {err.strip()[-300:]} {out[-300:]}")]
    return _verified(result)


def _verified(result):
    found = []
    if result.get("missing"):
        found.append(Finding("lost", "verify", f"{result['missing']} objects are missing: {result.get('damaged')}"))
    if result.get("corrupt") or result.get("unreadable"):
        found.append(Finding("torn", "verify", f"{result.get('corrupt')} corrupt, {result.get('unreadable')} unreadable: {result.get('damaged')}"))
    return found


def inspect(data):
    """Reads a stopped data directory without Larder: SQLite's own check, counts, references, and each object's hash."""
    found = []
    index = sqlite3.connect(f"file:{data}/index.sqlite?mode=ro", uri=True)
    try:
        broken = index.execute("PRAGMA integrity_check").fetchall()
        if broken != [("ok",)]:
            found.append(Finding("torn", "index.sqlite", f"{broken[:3]}"))
        for row in index.execute(
            """SELECT s.name, COALESCE(c.entries, 0), COALESCE(c.bytes, 0), COALESCE(c.stored_bytes, 0),
                   COUNT(e.key), COALESCE(SUM(e.size), 0), COALESCE(SUM(e.stored_size), 0)
               FROM stores s LEFT JOIN entries e ON e.store = s.id LEFT JOIN
                   (SELECT store, SUM(entries) AS entries, SUM(bytes) AS bytes, SUM(stored_bytes) AS stored_bytes
                    FROM store_counts GROUP BY store) AS c ON c.store = s.id GROUP BY s.id"""):
            if row[1:4] != row[4:7]:
                found.append(Finding("torn", str(row[0]), f"its row counts {row[1:4]}, its entries are {row[4:7]}"))
        for row in index.execute(
            """SELECT o.id, hex(o.digest), o.refs, COUNT(e.key) FROM objects o LEFT JOIN
                (SELECT key, object FROM entries UNION ALL SELECT key, object FROM entry_versions) e ON e.object = o.id
               GROUP BY o.id HAVING o.refs <> COUNT(e.key) OR o.refs < 0"""):
            found.append(Finding("torn", f"object {row[1]}", f"{row[2]} references are counted, {row[3]} are there"))
        for row in index.execute(
            """SELECT e.key FROM entries e LEFT JOIN objects o ON o.id = e.object WHERE e.object IS NOT NULL AND (o.id IS NULL
               OR o.digest <> e.digest OR o.size <> e.size OR o.stored_size <> e.stored_size OR o.encoding <> e.encoding)"""):
            found.append(Finding("torn", str(row[0]), "its row and its object's don't agree"))
        for row in index.execute(
            """SELECT l.key, l.first, l.last, l.count, COUNT(e.seq), MIN(e.seq), MAX(e.seq) FROM logs l
               LEFT JOIN log_events e ON e.log = l.id AND e.event IS NOT NULL GROUP BY l.id"""):
            _, first, last, count, rows, low, high = row
            if count != rows or last - first + 1 != count or rows and (low, high) != (first, last):
                found.append(Finding("torn", str(row[0]), f"its head says {row[1:4]}, its events are {row[4:]}"))
        for digest, size, stored_size, encoding, refs, data_bytes in index.execute(
                # The file of one that is being removed may be gone: it goes before its row does.
                "SELECT digest, size, stored_size, encoding, refs, data FROM objects WHERE state = 0"):
            found += _object(data, digest.hex(), size, stored_size, encoding, refs, data_bytes)
        for digest, refs in index.execute("SELECT digest, refs FROM objects WHERE state <> 0 AND refs <> 0"):
            found.append(Finding("torn", f"object {digest.hex()[:12]}…", f"it is being removed and has {refs} references"))
    except sqlite3.DatabaseError as error:
        found.append(Finding("torn", "index.sqlite", str(error)))
    finally:
        index.close()
    return found


def _object(data, digest, size, stored_size, encoding, refs, stored):
    where = f"object {digest[:12]}…"
    if stored is None:
        path = data / "objects" / digest[:2] / (digest + (".gz" if encoding == 1 else ""))
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            return [Finding("lost" if refs else "torn", where, f"its file is missing ({refs} references)")]
    problem = damage(stored, digest, size, stored_size, encoding == 1)
    return [Finding("torn", where, problem)] if problem else []


def damage(stored, digest, size, stored_size, is_packed):
    """What is wrong with bytes that an object's row says this of; None when nothing is."""
    try:
        plain = gzip.decompress(stored) if is_packed else stored
    except (OSError, EOFError, zlib.error) as error:
        return f"it does not unpack: {error}"
    if len(stored) != stored_size or len(plain) != size or hashlib.sha256(plain).hexdigest() != digest:
        return f"{len(stored)} bytes are kept ({stored_size} by its row), {len(plain)} plain ({size}), and the hash is another"
    return None
