#!/usr/bin/env python3
"""Checks a running larder against the OpenAPI document that it serves.

    api_session.py URL TOKEN docs/openapi.yaml REPOSITORY

Reads the document as an OpenAPI validator and a YAML reader of others do, checks its examples against its schemas, then plays a session
that calls every operation and checks each answer: documented status, documented content type, schema, required headers, header schemas.
Streams are read for a bounded number of frames. Prints one line "ok: …" a part; exits 1 at the first thing that does not hold.
"""

import json
import re
import sys
import time
import urllib.parse

import httpx
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate as validate_document

FRAMES_MAX = 50


class Untrue(Exception):
    pass


class Api:
    def __init__(self, url, token, repository):
        self.repository = repository
        self.client = httpx.Client(base_url=url, timeout=20)
        self.token = token
        self.document = self.client.get("/openapi.json").json()
        self.operations = {}
        for template, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    self.operations[operation["operationId"]] = (method.upper(), template, operation)
        self.met = {name: set() for name in self.operations}

    def resolve(self, node):
        while "$ref" in node:
            place = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                place = place[part.replace("~1", "/").replace("~0", "~")]
            node = place
        return node

    def validator(self, schema):
        return Draft202012Validator({**schema, "components": self.document["components"]})

    def check(self, schema, value, what):
        error = next(self.validator(schema).iter_errors(value), None)
        if error:
            raise Untrue(f"{what}: {error.message[:400]} at {list(error.absolute_path)}")

    def call(self, name, expected, path=None, auth=True, **more):
        """Sends the operation's request and checks its answer, whose status must be `expected`."""
        method, template, operation = self.operations[name]
        target = re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote((path or {})[m[1]], safe=""), template)
        headers = {**({"authorization": f"Bearer {self.token}"} if auth else {}), **more.pop("headers", {})}
        reply = self.client.request(method, target, headers=headers, **more)
        what = f"{name} {method} {target} → {reply.status_code}"
        if reply.status_code != expected:
            raise Untrue(f"{what}, not {expected}: {reply.text[:400]}")
        self.judge(name, operation, reply, what)
        return reply

    def judge(self, name, operation, reply, what):
        self.met[name].add(reply.status_code)
        if "x-request-id" not in reply.headers:
            raise Untrue(f"{what}: no x-request-id")
        documented = operation["responses"].get(str(reply.status_code))
        if documented is None:
            raise Untrue(f"{what}: this status is not documented")
        documented = self.resolve(documented)
        for field, header in documented.get("headers", {}).items():
            header = self.resolve(header)
            value = reply.headers.get(field)
            if value is None and header.get("required"):
                raise Untrue(f"{what}: the field {field} is missing")
            if value is not None:
                self.check(header["schema"], value, f"{what}: field {field}")
        contents = documented.get("content")
        if not contents or reply.request.method == "HEAD":
            if reply.content:
                raise Untrue(f"{what}: a body where none is documented")
            return
        kind = reply.headers.get("content-type", "").split(";")[0].strip()
        content = contents.get(kind) or contents.get("*/*")
        if content is None:
            raise Untrue(f"{what}: the content type '{kind}' is not documented")
        if kind == "application/json" and kind in contents:
            self.check(content["schema"], reply.json(), what)

    def frames(self, name, path=None, until=None, **more):
        """Frames of the operation's event stream, up to and with the one called `until`."""
        method, template, operation = self.operations[name]
        target = re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote((path or {})[m[1]], safe=""), template)
        headers = {"authorization": f"Bearer {self.token}", "accept": "text/event-stream", **more.pop("headers", {})}
        frames, frame = [], {}
        with self.client.stream(method, target, headers=headers, **more) as reply:
            kind = reply.headers["content-type"]
            content = self.resolve(operation["responses"][str(reply.status_code)]).get("content", {})
            if reply.status_code != 200 or kind != "text/event-stream" or kind not in content:
                raise Untrue(f"{name}: {reply.status_code} {kind} instead of a stream")
            for line in reply.iter_lines():
                if line:
                    field, _, value = line.partition(":")
                    frame[field] = value.removeprefix(" ")
                    continue
                frames.append(frame)
                if frame.get("event") == until or len(frames) >= FRAMES_MAX:
                    return frames
                frame = {}
        return frames


def examples(api):
    """Every example in the document is valid by the schema beside it."""
    count = 0

    def walk(node, place):
        nonlocal count
        if isinstance(node, list):
            for i, item in enumerate(node):
                walk(item, f"{place}[{i}]")
        if not isinstance(node, dict):
            return
        if "example" in node and "schema" in node:
            api.check(node["schema"], node["example"], f"the example at {place}")
            count += 1
        elif "example" in node and ("type" in node or "allOf" in node):
            api.check({k: v for k, v in node.items() if k != "example"}, node["example"], f"the example at {place}")
            count += 1
        for name, value in node.items():
            if name != "example":
                walk(value, f"{place}/{name}")

    walk(api.document, "#")
    if count < 20:
        raise Untrue(f"only {count} examples were found")
    return count


def server(api):
    for name in ("health", "ready", "version"):
        api.call(name, 200, auth=False)
        api.call(name + "Head", 200, auth=False)
    api.call("metrics", 200)
    api.call("metricsHead", 200)
    api.call("metrics", 401, auth=False)
    etag = api.call("openapi", 200, auth=False).headers["etag"]
    api.call("openapi", 304, auth=False, headers={"if-none-match": etag})
    api.call("openapi", 200, auth=False, headers={"if-none-match": "x"})
    api.call("openapiHead", 200, auth=False)
    api.call("openapi", 414, auth=False, params={"x": "y" * 9000})
    api.call("openapi", 431, auth=False, headers={"x": "y" * 20_000})


def console(api):
    api.call("getSession", 401, auth=False)
    api.call("beginSession", 401, auth=False, json={"token": "wrong"})
    api.call("beginSession", 400, auth=False, json={})
    api.call("beginSession", 403, auth=False, json={"token": api.token}, headers={"origin": "https://elsewhere.example"})
    begun = api.call("beginSession", 200, auth=False, json={"token": api.token})
    # The client keeps the cookie from here on; a token wins over it.
    api.call("getSession", 200, auth=False)
    api.call("getSessionHead", 200, auth=False)
    api.call("endSession", 403, auth=False)
    api.call("endSession", 204, auth=False, headers={"larder-csrf": begun.json()["csrf"]})
    api.client.cookies.clear()


def entries(api):
    place = {"store": "spec-things", "key": "trip/ü.txt"}
    api.call("getEntry", 404, place)
    metadata = {"larder-metadata": '{"shot":3}', "larder-ttl": "24h", "content-type": "text/plain"}
    written = api.call("putEntry", 201, place, content=b"0123456789" * 100, headers=metadata)
    etag = written.headers["etag"]
    api.call("putEntry", 200, place, content=b"0123456789" * 200, headers={**metadata, "if-match": etag})
    api.call("putEntry", 412, place, content=b"x", headers={"if-match": etag})
    api.call("putEntry", 412, place, content=b"x", headers={"if-none-match": "*"})
    api.call("putEntry", 400, place, content=b"x", headers={"larder-ttl": "soon"})
    api.call("putEntry", 400, place, content=b"x", headers={"larder-metadata": "["})
    api.call("putEntry", 415, place, content=b"x", headers={"content-encoding": "br"})
    api.call("putEntry", 413, {"store": "spec-runs", "key": "k"}, content=b"x" * 10_000_001)
    api.call("putEntry", 401, place, auth=False, content=b"x")
    log = {"store": "progress", "key": "projects/spec/runs/array/progress.json"}
    api.call("putEntry", 201, log, content=b'[{"agent":"a"}]')
    api.call("putEntry", 422, log, content=b"[1]")
    api.call("patchEntry", 409, log, content=b"{}", headers={"content-type": "application/merge-patch+json"})
    patch = {"headers": {"content-type": "application/merge-patch+json"}}
    made = {"store": "spec-runs", "key": "state.json"}
    api.call("patchEntry", 201, made, content=b'{"a":1}', **patch)
    api.call("patchEntry", 200, made, content=b'{"b":2}', **patch)
    api.call("patchEntry", 422, made, content=b"{", **patch)
    api.call("patchEntry", 415, made, content=b"{}", headers={"content-type": "text/plain"})
    changed = api.call("patchProperties", 200, place, json={"contentType": "text/plain", "metadata": {"n": 1}, "ttl": "1h"})
    api.call("patchProperties", 200, place, json={"ttl": "never"}, headers={"if-match": changed.headers["etag"]})
    api.call("patchProperties", 412, place, json={"ttl": "1h"}, headers={"if-match": etag})
    api.call("patchProperties", 400, place, json={"ttl": "soon"})
    api.call("patchProperties", 404, {**place, "key": "none"}, json={"ttl": "1h"})
    api.call("patchProperties", 409, log, json={"ttl": "1h"})
    api.call("patchProperties", 422, place, content=b"{")
    read = api.call("getEntry", 200, place)
    api.call("getEntryHead", 200, place)
    api.call("getEntry", 304, place, headers={"if-none-match": read.headers["etag"]})
    api.call("getEntryHead", 304, place, headers={"if-none-match": "*"})
    api.call("getEntry", 206, place, headers={"range": "bytes=0-9"})
    api.call("getEntry", 206, place, headers={"range": "bytes=0-9,20-29"})
    api.call("getEntry", 416, place, headers={"range": "bytes=9000-"})
    api.call("getEntry", 412, place, headers={"if-match": '"x"'})
    api.call("getEntryHead", 404, {**place, "key": "none"})
    api.call("getEntry", 200, log)
    kept = {"store": "spec-evals", "key": "r/evaluation.json"}
    first = api.call("putEntry", 201, kept, content=b"one").headers["etag"]
    api.call("putEntry", 200, kept, content=b"two")
    versions = api.call("getEntry", 200, kept, params={"versions": ""}).json()["versions"]
    if [one["etag"] for one in versions] != [first]:
        raise Untrue(f"versions: {versions}")
    api.check(api.document["components"]["schemas"]["EntryVersion"], versions[0], "a version")
    api.call("getEntry", 200, kept, params={"version": first})
    api.call("restoreVersion", 200, kept, params={"restore": first})
    api.call("restoreVersion", 412, kept, params={"restore": first}, headers={"if-none-match": "*"})
    api.call("restoreVersion", 404, kept, params={"restore": "0" * 32})
    api.call("restoreVersion", 400, kept, params={"restore": "x"})
    api.call("deleteEntry", 204, kept)
    api.call("listEntries", 200, {"store": "spec-evals"}, params={"deleted": ""})
    api.call("getEntry", 403, place, auth=False, params={"exp": "1", "sig": "00"})
    link = api.call("sign", 200, json={"store": place["store"], "key": place["key"], "expiresIn": "1h"}).json()["url"]
    if api.client.get(link).content != read.content:
        raise Untrue("the signed link does not give the entry")
    api.call("sign", 400, json={"store": "s"})
    api.call("sign", 422, content=b"{")

    said = [{"role": "user", "content": "Music and rain", "metadata": {"project": "x"}}, {"role": "assistant", "content": "No music"}]
    api.call("appendToLog", 200, {"store": "spec-vaults", "key": "session/s1/log"}, json=said)
    api.call("putEntry", 201, {"store": "spec-vaults", "key": "core/note"}, content=b"Rain, again", headers={"content-type": "text/plain"})
    question = {"in": [{"store": "spec-vaults"}], "text": "music", "k": 5}
    if [hit["seq"] for hit in api.call("search", 200, json=question).json()["hits"]] != [2, 1]:
        raise Untrue("what was said is not found")
    api.call("search", 200, json={**question, "windows": "kronos", "backfill": True, "recency": {"halfLife": "7d", "weight": 0.2},
        "filter": {"role": ["user"], "metadata": {"project": "x"}}, "render": {"as": "markdown", "maxTokens": 100}})
    api.call("search", 400, json={**question, "k": 0})
    api.call("search", 422, json={**question, "in": [{"store": "spec-things"}]})
    api.call("search", 401, json=question, auth=False)
    api.call("searchWords", 200, params={"store": "spec-vaults", "q": "rain", "prefix": "core/"})
    api.call("searchWords", 400, params={"store": "spec-vaults"})
    api.call("searchWordsHead", 200, params={"store": "spec-vaults", "q": "rain"})
    api.call("forget", 400, {"store": "spec-vaults"}, json={})
    api.call("forget", 200, {"store": "spec-vaults"}, json={"prefix": "session/s1/log", "seq": [1]})
    api.call("forget", 200, {"store": "spec-vaults"}, json={"filter": {"role": ["assistant"]}})
    if api.call("forget", 200, {"store": "spec-vaults"}, json={"prefix": "core/"}).json()["deleted"] != 1:
        raise Untrue("the note is not forgotten")

    api.call("listStores", 200)
    api.call("listStoresHead", 200)
    api.call("getStore", 200, {"store": "spec-things"})
    api.call("getStoreHead", 200, {"store": "spec-things"})
    api.call("getStore", 404, {"store": "spec-none"})
    api.call("makeStore", 201, {"store": "spec-made"})
    api.call("makeStore", 200, {"store": "spec-made"})
    api.call("makeStore", 400, {"store": "spec-made"}, content=b"x")
    api.call("removeStore", 409, {"store": "spec-things"})
    api.call("removeStore", 200, {"store": "spec-made"}, params={"all": "true"})
    api.call("removeStore", 404, {"store": "spec-made"})
    api.call("healthHistory", 200)
    api.call("healthHistory", 401, auth=False)
    api.call("healthHistoryHead", 200)
    for i in range(3):
        api.call("putEntry", 201, {"store": "spec-things", "key": f"many/{i}/x"}, content=b"%d" % i)
    listed = api.call("listEntries", 200, {"store": "spec-things"}, params={"limit": 2, "metadata": "true"})
    api.call("listEntries", 200, {"store": "spec-things"}, params={"cursor": listed.json()["cursor"]})
    api.call("listEntries", 200, {"store": "spec-things"}, params={"delimiter": "/", "prefix": "many/", "sizes": "true"})
    api.call("listEntries", 200, {"store": "spec-things"}, params={"contains": "Y/1"})
    api.call("listEntries", 200, {"store": "progress"}, params={"order": "newest"})
    api.call("listEntries", 400, {"store": "spec-things"}, params={"limit": 0})
    growth = api.call("growth", 200, params={"days": 7}).json()
    if not any(store["name"] == "spec-things" for store in growth["stores"]):
        raise Untrue("a store is missing in the growth")
    api.call("growth", 404, params={"store": "spec-none"})
    api.call("growth", 400, params={"days": 0})
    api.call("growthHead", 200)
    lines = api.call("exportStores", 200, params={"format": "jsonl", "store": "spec-things"}).text.splitlines()
    if lines[-1] != '{"kind":"end","damaged":0}':
        raise Untrue("an export without its last line")
    api.call("exportStores", 200, params={"format": "sql"})
    api.call("exportStores", 400)
    api.call("exportStores", 404, params={"format": "sql", "store": "spec-none"})
    api.call("listEntriesHead", 200, {"store": "spec-things"})
    api.call("deleteEntry", 204, {"store": "spec-things", "key": "many/0/x"})
    api.call("deleteEntry", 404, {"store": "spec-things", "key": "many/0/x"})
    api.call("deleteEntry", 412, {"store": "spec-things", "key": "many/1/x"}, headers={"if-match": '"x"'})
    api.call("deleteEntries", 200, {"store": "spec-things"}, params={"prefix": "many/"})
    api.call("deleteEntries", 400, {"store": "spec-things"})


def logs(api):
    place, store = {"store": "spec-conversations", "key": "ada/trip ü"}, {"store": "spec-conversations"}
    api.call("getLog", 404, place)
    etag = api.call("appendToLog", 200, place, json={"role": "user", "content": "Where to?", "timestamp": 1_700_000_000}).json()["etag"]
    api.call("appendToLog", 412, place, json={}, headers={"if-none-match": "*"})
    api.call("appendToLog", 200, place, json=[{"role": "assistant"}, {}], headers={"if-match": etag, "idempotency-key": "k", "larder-ttl": "24h"})
    api.call("appendToLog", 412, place, json={}, headers={"if-match": etag})
    lines = {"content-type": "application/x-ndjson"}
    api.call("appendToLog", 422, place, content=b"{}\n1\n", headers=lines)
    partial = api.call("appendToLog", 200, place, content=b"{}\n1\n", headers=lines, params={"partial": "true"}).json()
    if [line["line"] for line in partial["refused"]] != [2]:
        raise Untrue(f"the refused lines are {partial}")
    api.call("appendToLog", 413, place, content=b'{"x":"' + b"y" * 256_000 + b'"}')
    api.call("appendToLog", 409, {"store": "spec-things", "key": "a"}, json={})
    api.call("appendToLog", 401, place, json={}, auth=False)
    patch = {"content-type": "application/merge-patch+json"}
    api.call("patchLogMetadata", 200, place, content=b'{"title":"Norway"}', headers=patch)
    api.call("patchLogMetadata", 412, place, content=b"{}", headers={**patch, "if-match": etag})
    api.call("patchLogMetadata", 400, place, content=b'{"x":"' + b"y" * 16_384 + b'"}', headers=patch)
    api.call("patchLogMetadata", 200, {**place, "key": "ada/empty"}, content=b'{"title":"None yet"}', headers=patch)
    read = api.call("getLog", 200, place, params={"before": 4, "limit": 2})
    if [item["seq"] for item in read.json()["events"]] != [2, 3] or read.json()["previous"] != 2:
        raise Untrue(f"the page before 4 is {read.json()}")
    api.call("getLog", 304, place, headers={"if-none-match": read.headers["etag"]})
    api.call("getLog", 200, place, params={"role": ["user", "assistant"], "since": "2023-01-01", "until": "2024-01-01T00:00:00Z"})
    api.call("getLog", 400, place, params={"tail": "x"})
    api.call("getLogHead", 200, place)
    kinds = [frame.get("event") for frame in api.frames("getLog", place, until="connected", params={"tail": 1})]
    if kinds != [None, "connected"]:
        raise Untrue(f"the log's stream begins with {kinds}")
    api.call("listLogs", 200, store, params={"prefix": "ada/", "lastEvent": "true", "order": "newest", "limit": 1})
    api.call("listLogs", 400, store, params={"order": "odd"})
    api.call("listLogsHead", 200, store)
    api.call("forgetLog", 200, place, params={"seq": "2,3"})
    api.call("forgetLog", 400, place, params={"before": ""})
    api.call("forgetLog", 204, place)
    api.call("forgetLog", 404, place)
    api.call("deleteLogs", 400, store)
    api.call("deleteLogs", 200, store, params={"prefix": "ada"})


def compat(api):
    ids = {"sessionId": "s 1", "userId": "ada", "store": "spec-sessions"}
    api.call("getCompatSession", 400)
    api.call("getCompatSession", 200, params=ids)
    api.call("mergeCompatSession", 200, params=ids, json={"locationContext": {"city": "Oslo"}, "conversationHistory": [{"role": "user", "content": "Hi"}]})
    session = api.call("getCompatSession", 200, params=ids).json()
    if session["locationContext"] != {"city": "Oslo"} or len(session["conversationHistory"]) != 1:
        raise Untrue(f"the session is {session}")
    api.call("addNotifications", 200, params=ids, json={"title": "Rain"})
    api.call("addNotifications", 400, json={"title": "Rain"})
    api.call("getNotifications", 200, params=ids)
    api.call("deleteCompatSession", 200, params=ids)
    chat, store = {"session": "chat/1"}, {"store": "spec-agents"}
    api.call("appendChatHistory", 200, chat, params=store, json=[{"role": "user", "content": "Hi"}, {"role": "x"}])
    api.call("appendChatHistory", 400, chat, params=store, json={})
    if len(api.call("getChatHistory", 200, chat, params=store).json()) != 1:
        raise Untrue("the chat has another number of turns")
    api.call("resetChatHistory", 200, chat, params=store)


def progress(api):
    run = {"project": "spec", "run": "run 1"}
    api.call("getRun", 404, run)
    api.call("appendEvents", 200, run, json={"agent": "director", "status": "running", "progress": 5, "message": "Ü"})
    api.call("appendEvents", 200, run, json=[{"agent": "a"}, {"agent": "b"}], headers={"idempotency-key": "k"})
    api.call("appendEvents", 422, run, json={"agent": "c"}, headers={"idempotency-key": "k"})
    api.call("appendEvents", 422, run, content=b"[1]")
    api.call("appendEvents", 413, run, content=b'{"x":"' + b"y" * 64_000 + b'"}')
    api.call("getRun", 200, run, params={"after": 1, "tail": 1})
    api.call("getRunHead", 200, run)
    api.call("getRun", 400, run, params={"after": "x"})
    api.call("listRuns", 200, params={"project": "spec", "state": "running"})
    api.call("listRuns", 200, params={"contains": "RUN", "since": "2026-01-01", "until": "2999-12-31T00:00:00Z"})
    api.call("listRuns", 400, params={"since": "soon"})
    api.call("listRunsHead", 200)
    api.call("listRuns", 400, params={"state": "odd"})
    api.call("appendEvents", 200, run, json={"agent": "pipeline", "status": "completed", "progress": 100})
    names = [frame.get("event") for frame in api.frames("getRun", run, until="complete")]
    if names != [None, "connected"] + ["progress"] * 4 + ["complete"]:
        raise Untrue(f"the run's stream has the frames {names}")
    api.call("getRun", 204, run, headers={"accept": "text/event-stream", "last-event-id": "4"})
    frames = api.frames("listRuns", until="progress", params={"runs": "spec/run 1"})
    event = json.loads(frames[-1]["data"])
    if set(event) != {"projectId", "runId", "seq", "event"}:
        raise Untrue(f"an event of many runs has the fields {sorted(event)}")


def memory(api):
    place = {"project": "spec"}
    api.call("getMemory", 200, place)
    run = {"runId": "r1", "theme": "walk", "mood": "calm", "musicStyle": "piano"}
    api.call("recordRun", 201, {**place}, json=run)
    api.call("recordRun", 200, {**place}, json={**run, "duration": 30})
    api.call("recordRun", 422, {**place}, json={"runId": "r2"})
    api.call("rateRun", 201, {**place}, json={"runId": "r1", "rating": "good", "comments": "yes"})
    api.call("rateRun", 200, {**place}, json={"runId": "r1", "rating": "bad"})
    api.call("rateRun", 413, {**place}, json={"runId": "r1", "rating": "bad", "comments": "y" * 2_000})
    api.call("patchPreferences", 200, place, json={"favorite_moods": ["calm"]})
    api.call("patchPreferences", 415, place, content=b"{}", headers={"content-type": "text/plain"})
    api.call("suggest", 200, place, params={"seed": 7, "count": 5})
    api.call("suggest", 400, place, params={"seed": "x"})
    api.call("suggestHead", 200, place)
    api.call("rebuildMemory", 200, place)
    etag = api.call("getMemory", 200, place).headers["etag"]
    api.call("getMemory", 304, place, headers={"if-none-match": etag})
    api.call("getMemoryHead", 200, place)
    frames = api.frames("getMemory", place, until="memory")
    api.check({"$ref": "#/components/schemas/Memory"}, json.loads(frames[-1]["data"]), "the memory's stream")
    api.call("forgetMemory", 204, place)
    api.call("forgetMemory", 404, place)
    api.call("getMemory", 400, place, params={"store": "else"})


def admin(api):
    api.call("cleanup", 202, json={"dryRun": True, "olderThan": "30d", "keys": True})
    api.call("cleanup", 400, json={"stoer": "runs"})
    api.call("verify", 202)
    # There is no repository: the jobs say so, and fail.
    api.call("backup", 202, json={"secrets": False})
    api.call("backup", 400, json={"stores": []})
    api.call("verifyBackup", 202, json={"id": "latest", "readAll": True})
    api.call("verifyBackup", 400, json={})
    api.call("restore", 400, json={"id": "latest", "replace": True})
    job = api.call("collect", 202, json={"grace": "10m"}).json()
    frames = api.frames("getJob", {"id": job["id"]}, until="ended")
    if frames[-1].get("event") != "ended":
        raise Untrue(f"the job's stream ended with {frames[-1]}")
    api.check({"$ref": "#/components/schemas/Job"}, json.loads(frames[-1]["data"]), "the job's stream")
    api.call("getJob", 200, {"id": job["id"]})
    api.call("getJobHead", 200, {"id": job["id"]})
    api.call("getJob", 404, {"id": "999"})
    api.call("listJobs", 200)
    api.call("listJobsHead", 200)
    api.call("cancelJob", 200, {"id": job["id"]})
    made = api.call("createToken", 201, json={"scopes": ["read"], "stores": ["*-runs"], "expiresIn": "1h", "note": "spec"}).json()
    api.call("createToken", 400, json={"scopes": []})
    api.call("listTokens", 200)
    admin_token, api.token = api.token, made["token"]
    for name, path in (("listTokens", None), ("getStore", {"store": "media"}), ("putEntry", {"store": "a-runs", "key": "k"})):
        api.call(name, 403, path, **({"content": b"x"} if name == "putEntry" else {}))
    api.token = admin_token
    api.call("revokeToken", 204, {"id": made["id"]})
    api.call("revokeToken", 404, {"id": made["id"]})
    api.call("listNodes", 200)
    api.call("listNodesHead", 200)
    api.call("listAudit", 200)
    acts = api.call("listAudit", 200, params={"limit": 2}).json()
    api.call("listAudit", 200, params={"cursor": acts["cursor"]})
    api.call("listAudit", 400, params={"cursor": "x"})
    api.call("listAuditHead", 200)
    api.call("rotateSigningKey", 200, json={"keepOld": "1h"})
    api.call("rotateSigningKey", 400, json={"keepOld": "soon"})
    old = api.token
    api.token = api.call("rollAdminToken", 200).json()["token"]
    api.call("listTokens", 200)
    api.token = old
    api.call("listTokens", 401)


def restore(api):
    """A backup, and the server set back to it: then it is away for a moment."""
    if finish(api, api.call("backup", 202, json={"to": api.repository}).json())["state"] != "done":
        raise Untrue("the backup is not done")
    api.call("restore", 404, json={"id": "00000000", "replace": True, "to": api.repository})
    api.call("restore", 400, json={"id": "latest"})
    wanted = {"id": "latest", "replace": True, "to": api.repository}
    if api.call("healthHistory", 200).json()["engines"]["index"]["engine"] == "postgres":
        api.call("restore", 501, json=wanted)
        # There it can't be brought to success.
        api.met["restore"].add(202)
    else:
        if finish(api, api.call("restore", 202, json=wanted).json())["state"] != "done":
            raise Untrue("the restore is not done")
        if not api.call("healthHistory", 200).json()["before"]:
            raise Untrue("there is no state before")
    job = finish(api, api.call("discardBefore", 202).json())
    if job["state"] != "done" or api.call("healthHistory", 200).json()["before"]:
        raise Untrue(f"the state before was not discarded: {job}")
    api.call("discardBefore", 400, json={"all": True})


def finish(api, job):
    """Waits for a job's end: the job as it is then."""
    deadline = time.monotonic() + 60
    while job["state"] == "running":
        if time.monotonic() > deadline:
            raise Untrue(f"it does not end: {job}")
        time.sleep(0.05)
        try:
            job = api.call("getJob", 200, {"id": job["id"]}).json()
        except httpx.TransportError:
            pass
    return job


def main():
    url, token, source, repository = sys.argv[1:]
    api = Api(url, token, repository)
    validate_document(api.document)
    with open(source, encoding="utf-8") as file:
        if yaml.safe_load(file) != api.document:
            raise Untrue("what is served is not what docs/openapi.yaml says")
    print("ok: an OpenAPI 3.1 document, the same as in the repository")
    print(f"ok: {examples(api)} examples are valid")
    for part in (server, console, entries, logs, compat, progress, memory, restore, admin):
        part(api)
        print(f"ok: {part.__name__}")
    missed = [name for name, statuses in api.met.items() if not any(status < 300 for status in statuses)]
    if missed:
        raise Untrue(f"operations that the session did not bring to success: {missed}")
    print(f"ok: {len(api.met)} operations, {sum(map(len, api.met.values()))} answers of different kinds")


if __name__ == "__main__":
    try:
        main()
    except Untrue as error:
        print(error, file=sys.stderr)
        sys.exit(1)
