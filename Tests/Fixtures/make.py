#!/usr/bin/env python3
"""Makes a data directory as one schema version of the index leaves it: Tests/Fixtures/make.py BINARY VERSION|newer

Writes v<VERSION>.tar.gz beside this file: the directory, and expected.json with what the server answered about it. UpgradeTests opens
each with the current binary and compares. To be run once, when a migration is added, and never again for that version: a fixture is what
that version wrote. (Those of 1 to 5 were all made by a binary of version 5, those of 6 to 8 by one of version 8, each later one by its own: it was filled with what the version
knew, and what later migrations had added was taken out again.) «newer» is a directory that a larder of the future has written.
"""

import hashlib
import http.client
import io
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse

COUNTERS = ("entries", "bytes", "stored_bytes", "removed_cap", "removed_cleanup", "removed_expired")

# Each migration's name, and what takes out what it made.
UNDO = {
    2: ("2-logs", [f"DROP TABLE {table}" for table in ("logs", "log_events", "log_positions", "log_replies")]),
    3: ("3-memory", [f"DROP TABLE {table}" for table in ("memory_projects", "memory_runs", "memory_evaluations")]),
    4: ("4-jobs", ["DROP TABLE jobs", "DROP INDEX objects_in_files"]),
    5: ("5-tokens", ["DROP TABLE tokens"]),
    6: ("6-audit", ["DROP TABLE audit"]),
    7: ("7-token-limits", [f"ALTER TABLE tokens DROP COLUMN {column}" for column in ("requests_per_second", "bytes_per_second")]),
    8: ("8-growth", ["DROP TABLE store_days"]),
    9: ("9-object-state", ["ALTER TABLE objects DROP COLUMN state"]),
    10: ("10-reply-bodies", ["DROP INDEX log_replies_by_number"]
        + [f"ALTER TABLE log_replies DROP COLUMN {column}" for column in ("body", "number")]),
    11: ("11-logs-of-stores", ["DROP TABLE log_remains"]
        + [f"ALTER TABLE {table} DROP COLUMN {column}" for table, column in (
            ("logs", "begin"), ("logs", "shown"), ("log_events", "happened_at"), ("log_events", "role"), ("entries", "ttl"))]),
    12: ("12-namespaces", ["DROP INDEX stores_by_namespace", "ALTER TABLE stores DROP COLUMN namespace"]),
    14: ("14-store-counts", [f"ALTER TABLE stores ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0" for column in COUNTERS]
        + [f"UPDATE stores SET {column} = (SELECT COALESCE(SUM({column}), 0) FROM store_counts WHERE store = stores.id)" for column in COUNTERS]
        + ["DROP TABLE store_counts"]),
    15: ("15-nodes", ["DROP TABLE nodes", "DROP TABLE sessions", "DROP INDEX jobs_by_lane"]
        + [f"ALTER TABLE jobs DROP COLUMN {column}" for column in ("node", "lane", "is_cancelled")]),
    16: ("16-versions", ["DROP TABLE entry_versions"]),
    17: ("17-passages", [f"DROP TABLE {table}" for table in ("passages", "passage_vectors", "passages_removed", "vaults")]),
    13: ("13-places", ["DROP TABLE facts", "ALTER TABLE objects DROP COLUMN place"]),
}


class Server:
    def __init__(self, binary, data):
        self.process = subprocess.Popen(
            [binary, "serve", "--data", str(data), "--port", "0", "--cleanup-every", "off", "--scrub-every", "off"], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split("127.0.0.1:")[1].split()[0])
        self.token = (data / "admin.token").read_text().strip()

    def call(self, method, path, body=None, headers=None, expect=(200, 201, 202, 204)):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        connection.request(method, path, body, {"authorization": f"Bearer {self.token}", **(headers or {})})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        assert response.status in expect, (method, path, response.status, content)
        return content

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0


def entry(store, key):
    return f"/v1/stores/{store}/entries/" + urllib.parse.quote(key, safe="/")


def fill(server, version):
    """Everything that a data directory of this version may hold, in little."""
    generator = random.Random(1)
    large = json.dumps([{"n": n, "text": "x" * 20} for n in range(2_000)]).encode()
    server.call("PUT", entry("runs", "demo/small.json"), {"status": "queued"}, {"content-type": "application/json"})
    server.call("PUT", entry("runs", "demo/packed.json"), large[:20_000], {"content-type": "application/json", "larder-metadata": r'{"a":"\u00e9"}'})
    server.call("PUT", entry("runs", "demo/file.json"), large, {"content-type": "application/json"})
    server.call("PUT", entry("videos", "demo/final.mp4"), bytes(60_000), {"content-type": "video/mp4"})
    for key in ["same/1", "same/2"]:
        server.call("PUT", entry("things", key), b"twice")
    for key in ["a//b/", "ключ ☃", "dots/../x", "empty"]:
        server.call("PUT", entry("things", key), b"" if key == "empty" else key.encode())
    server.call("PUT", entry("things", "bytes"), generator.randbytes(3_000))
    server.call("PUT", entry("things", "long ttl"), b"x", {"larder-ttl": "36500d"})
    server.call("PUT", entry("things", "gone"), b"x")
    server.call("DELETE", entry("things", "gone"))
    if version >= 9:
        server.call("PUT", entry("things", "removed"), generator.randbytes(60_000))
        server.call("DELETE", entry("things", "removed"))
    server.call("PUT", "/acme/site:things/theirs", b"of another site", {"x-amz-meta-user": "b64;eyJhIjoxfQ=="})
    if version >= 2:
        done = {"agent": "pipeline", "status": "completed", "progress": 100}
        server.call("POST", "/v1/progress/p/r1", [{"agent": "director", "n": 1.50, "text": "é \u2028"}, {"agent": "editor"}, done])
        server.call("POST", "/v1/progress/p/long", [{"n": n} for n in range(250)] + [done])
        server.call("POST", "/v1/progress/p/emptied", [{"n": 1}, {"n": 2}])
        server.call("DELETE", entry("progress", "projects/p/runs/emptied/progress.json"))
        server.call("PUT", entry("acme-progress", "projects/p/runs/old/progress.json"), [{"n": 1}, done])
    if version >= 3:
        for number, rating in enumerate(["good", "bad", "good", None]):
            run = {"runId": f"m{number}", "theme": "t", "mood": "calm", "musicStyle": "jazz", "timestamp": f"2026-05-1{number}T00:00:00.000Z"}
            server.call("POST", "/v1/memory/p/runs", run)
            if rating:
                server.call("POST", "/v1/memory/p/ratings", {"runId": f"m{number}", "rating": rating, "comment": "c"})
        server.call("PATCH", "/v1/memory/p/preferences", {"favorite_moods": ["calm"]}, {"content-type": "application/merge-patch+json"})
    if version >= 4:
        server.call("POST", "/v1/admin/cleanup", {})
        while json.loads(server.call("GET", "/v1/admin/jobs"))["jobs"][0]["state"] == "running":
            pass
    if version >= 7:
        server.call("POST", "/v1/admin/tokens", {"scopes": ["read"], "requestsPerSecond": 100, "bytesPerSecond": 1_000_000})
    if version >= 10:
        server.call("POST", "/v1/progress/p/keyed", {"n": 1}, {"idempotency-key": "k"})
    if version >= 12:
        server.call("POST", "/client/v4/accounts/default/storage/kv/namespaces", {"title": "a namespace"})
    if version >= 16:
        for text in (b"first", b"second"):
            server.call("PUT", entry("acme-evals", "r/evaluation.json"), text)
    if version >= 17:
        server.call("POST", "/v1/stores/vaults/logs/core/log", [{"role": "user", "content": "Music and rain"}, {"content": "x" * 3_000}])
        server.call("PUT", entry("vaults", "core/note"), b"A note about rain", {"content-type": "text/plain"})
    if version >= 5:
        return json.loads(server.call("POST", "/v1/admin/tokens", {"scopes": ["read"], "stores": ["runs"], "note": "of a fixture"}))["token"]
    return None


def look(server, version, token):
    """What must be answered the same ever after."""
    lists = {}
    for query in ["", "?site=acme"]:
        for store in json.loads(server.call("GET", "/v1/stores" + query))["stores"]:
            path = f"/v1/stores/{urllib.parse.quote(store['name'])}/entries?metadata=true" + query.replace("?", "&")
            lists[path] = json.loads(server.call("GET", path))["entries"]
    contents = {}
    for path, entries in lists.items():
        store, site = path.split("/")[3], "?site=acme" if "site=acme" in path else ""
        for one in entries:
            target = entry(store, one["key"]) + site
            contents[target] = hashlib.sha256(server.call("GET", target)).hexdigest()
    documents = {path: json.loads(server.call("GET", path)) for path in (
        (["/v1/progress/p/r1", "/v1/progress/p/long"] if version >= 2 else [])
        + (["/v1/memory/p"] if version >= 3 else []) + (["/v1/admin/jobs"] if version >= 4 else [])
        + (["/v1/stores/acme-evals/entries/r/evaluation.json?versions"] if version >= 16 else [])
        + (["/v1/search?store=vaults&q=rain"] if version >= 17 else [])
        + (["/v1/admin/audit"] if version >= 6 else []) + (["/v1/admin/tokens"] if version >= 7 else []))}
    return {"version": version, "lists": lists, "contents": contents, "documents": documents, "token": token}


def strip(index, version):
    """Takes out what later migrations made."""
    connection = sqlite3.connect(index)
    with connection:
        known = {name for name, in connection.execute("SELECT identifier FROM grdb_migrations")}
        for later in sorted(UNDO, reverse=True):
            name, statements = UNDO[later]
            if later > version and name in known:
                for statement in statements:
                    connection.execute(statement)
                connection.execute("DELETE FROM grdb_migrations WHERE identifier = ?", (name,))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.execute("VACUUM")
    connection.close()


def leave_removal(data):
    """As a crash leaves it between the removal of an object and that of its row."""
    connection = sqlite3.connect(data / "index.sqlite")
    with connection:
        [(digest,)] = connection.execute("SELECT digest FROM objects WHERE refs = 0").fetchall()
        connection.execute("UPDATE objects SET state = 1 WHERE refs = 0")
    connection.close()
    (data / "objects" / digest.hex()[:2] / digest.hex()).unlink()


def pack(folder, target, **more):
    """The data directory below `folder`, and files beside it by name."""
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted((folder / "data").rglob("*")):
            if path.is_file() and path.name not in ("lock", "clock", "reserve"):
                archive.add(path, str(path.relative_to(folder)))
        for name, text in more.items():
            head = tarfile.TarInfo(name + ".json")
            head.size = len(text)
            archive.addfile(head, io.BytesIO(text))
    print(f"{target}: {target.stat().st_size} bytes")


def newer(binary):
    """A larder of the future was killed in here: there is a migration that nobody knows, a WAL, and an upload that did not end."""
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        server = Server(binary, data)
        server.call("PUT", entry("things", "k"), b"x")
        server.stop()
        connection = sqlite3.connect(data / "index.sqlite")
        with connection:
            connection.execute("INSERT INTO grdb_migrations VALUES ('2100-of-the-future')")
        (data / "incoming" / "upload").write_bytes(b"half of it")
        # As it is now: closing would take the WAL away.
        pack(pathlib.Path(folder), pathlib.Path(__file__).parent / "newer.tar.gz")
        connection.close()


def main(binary, version):
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        server = Server(binary, data)
        try:
            expected = look(server, version, fill(server, version))
        finally:
            server.stop()
        strip(data / "index.sqlite", version)
        if version >= 9:
            leave_removal(data)
        target = pathlib.Path(__file__).parent / f"v{version}.tar.gz"
        pack(data.parent, target, expected=json.dumps(expected, indent=1, sort_keys=True).encode())


if __name__ == "__main__":
    newer(sys.argv[1]) if sys.argv[2] == "newer" else main(sys.argv[1], int(sys.argv[2]))
