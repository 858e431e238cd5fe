#!/usr/bin/env python3
"""Follows runs with event-stream clients that others wrote: httpx-sse, sseclient-py, aiohttp-sse-client and Chromium's EventSource.

    sse_clients.py LARDER-BINARY

Starts the server on a free port with a temporary data directory. Each client follows a run from its beginning, through a restart of the server
half-way, to its completion, and must decode just the events that were sent, each once and in order, and then stop.
Prints a line for each client; exit status 0 only if all of them did.
"""

import asyncio
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import aiohttp
import httpx
import httpx_sse
import requests
import sseclient
from aiohttp_sse_client import client as aiohttp_sse
from playwright.sync_api import sync_playwright

# To end what hangs; the machine may have other work.
DEADLINE_S = 180
SECRET = "what these clients and the server know"
# What says where the server keeps its data; the tests of another engine set it.
ENGINES = ("LARDER_ACCEPT_UNSAFE", "LARDER_INDEX", "LARDER_OBJECTS")
# What a parser could trip over: line separators, field names, quotes, a long line, characters beyond the BMP.
EVENTS = [
    {"agent": "director", "status": "running", "message": "plain", "progress": 5},
    {"agent": "director", "status": "running", "message": "line\nbreak \r and \r\n and \u2028 and \u2029", "progress": 10},
    {"agent": "writer", "status": "running", "message": "event: complete\ndata: {}\n\nid: 99\nretry: 1", "progress": 20},
    {"agent": "writer", "status": "running", "message": "é 🎬 \u202f \" \\ \x00", "progress": 30},
    {"agent": "editor", "status": "running", "message": "x" * 63_000, "progress": 60},
    {"agent": "completed", "status": "completed", "message": "The film is ready", "progress": 100},
]
HALF = 3


class Server:
    def __init__(self, binary):
        self.binary, self.folder = binary, tempfile.mkdtemp(prefix="larder-sse-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()
        self.token = pathlib.Path(self.folder, "admin.token").read_text().strip()

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LARDER_") or k in ENGINES} | {"LARDER_SIGNING_SECRET": SECRET}
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.folder, "--port", str(self.port)], stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        assert "listening on" in line, f"the server did not start: {line!r}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, "the server did not stop cleanly"

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, run):
        return f"/v1/progress/film/{run}"

    def append(self, run, event):
        request = urllib.request.Request(
            self.url + self.path(run), json.dumps(event).encode(), {"authorization": f"Bearer {self.token}", "content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            assert reply.status == 200

    def signed(self, run):
        expiry = int((time.time() + 600) * 1000)
        signature = hmac.new(SECRET.encode(), f"{self.path(run)}:{expiry}".encode(), hashlib.sha256).hexdigest()
        return f"{self.url}{self.path(run)}?exp={expiry}&sig={signature}"


class Seen:
    """What a client decoded."""

    def __init__(self):
        self.changed = threading.Condition()
        self.events, self.ids, self.completed, self.stopped, self.error = [], [], None, False, None

    def take(self, name, data, identifier):
        with self.changed:
            if name == "progress":
                self.events.append(json.loads(data))
                self.ids.append(identifier)
            elif name == "complete":
                self.completed = json.loads(data)["status"]
            self.changed.notify_all()

    def end(self, error=None):
        with self.changed:
            self.stopped, self.error = True, error
            self.changed.notify_all()

    def wait_for(self, what):
        with self.changed:
            assert self.changed.wait_for(lambda: what(self) or self.error, DEADLINE_S), f"nothing for {DEADLINE_S} s: {self.ids} {self.completed}"
            assert not self.error, self.error


def reconnecting(follow_once, seen):
    """For clients that leave reconnecting to their user: by the last ID, until the server says 204."""
    def run():
        last, end = None, time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                status, last = follow_once(last)
                if status == 204:
                    return seen.end()
            except (OSError, httpx.HTTPError, requests.RequestException):
                time.sleep(0.1)     # the server is away; a client's own pause, not a test's
        seen.end("never got 204")
    return run


def with_httpx(server, run, seen):
    def once(last):
        headers = {"authorization": f"Bearer {server.token}"} | ({"last-event-id": last} if last else {})
        with httpx.Client(timeout=DEADLINE_S) as http, httpx_sse.connect_sse(http, "GET", server.url + server.path(run), headers=headers) as source:
            if source.response.status_code == 204:
                return 204, last
            for event in source.iter_sse():
                seen.take(event.event, event.data, event.id)
                last = event.id or last
        return 200, last
    return reconnecting(once, seen)


def with_sseclient(server, run, seen):
    def once(last):
        headers = {"authorization": f"Bearer {server.token}", "accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
        with requests.get(server.url + server.path(run), headers=headers, stream=True, timeout=DEADLINE_S) as reply:
            if reply.status_code == 204:
                return 204, last
            for event in sseclient.SSEClient(reply).events():
                seen.take(event.event, event.data, event.id)
                last = event.id or last
        return 200, last
    return reconnecting(once, seen)


def with_aiohttp(server, run, seen):
    async def follow():
        headers = {"authorization": f"Bearer {server.token}"}
        # Reconnects by itself while the stream only ends; a refused connection is its user's to repeat.
        last, end = "", time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                extra = {"last-event-id": last} if last else {}
                async with aiohttp_sse.EventSource(server.url + server.path(run), headers=headers | extra) as source:
                    async for event in source:
                        seen.take(event.type, event.data, event.last_event_id)
                        last = event.last_event_id or last
            except ConnectionError as error:        # what it makes of any status but 200
                if "204" in str(error) or seen.completed:
                    return seen.end()
                await asyncio.sleep(0.1)
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.1)
        seen.end("never stopped")
    return lambda: asyncio.run(follow())


PAGE = """(url) => {
  window.seen = {events: [], ids: [], completed: null, closed: false, opens: 0};
  const source = new EventSource(url);
  source.onopen = () => window.seen.opens++;
  source.addEventListener('progress', e => { window.seen.events.push(e.data); window.seen.ids.push(e.lastEventId); });
  source.addEventListener('complete', e => { window.seen.completed = JSON.parse(e.data).status; });
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) window.seen.closed = true; };
}"""


def check(name, seen):
    assert seen.events == EVENTS, f"{name}: decoded {len(seen.events)} events: {seen.ids}"
    assert [int(i) for i in seen.ids] == list(range(1, len(EVENTS) + 1)), f"{name}: ids {seen.ids}"
    assert seen.completed == "completed", f"{name}: completion {seen.completed}"
    print(f"ok: {name} decoded {len(EVENTS)} events through a restart and stopped", flush=True)


def main():
    server = Server(sys.argv[1])
    try:
        clients = {"httpx-sse": with_httpx, "sseclient-py": with_sseclient, "aiohttp-sse-client": with_aiohttp}
        seen = {name: Seen() for name in clients}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(server.url + "/healthz")      # same origin; any page will do
            page.evaluate(PAGE, server.signed("chromium"))
            for name, make in clients.items():
                threading.Thread(target=make(server, name, seen[name]), daemon=True).start()
            runs = [*clients, "chromium"]
            for event in EVENTS[:HALF]:
                for run in runs:
                    server.append(run, event)
            for name in clients:
                seen[name].wait_for(lambda s: len(s.events) >= HALF)
            page.wait_for_function(f"window.seen.events.length >= {HALF}", timeout=DEADLINE_S * 1000)
            server.stop()
            server.start()
            for event in EVENTS[HALF:]:
                for run in runs:
                    server.append(run, event)
            for name in clients:
                seen[name].wait_for(lambda s: s.stopped)
                check(name, seen[name])
            page.wait_for_function("window.seen.closed", timeout=DEADLINE_S * 1000)
            result = page.evaluate("window.seen")
            browser.close()
        chromium = Seen()
        chromium.events, chromium.ids, chromium.completed = [json.loads(e) for e in result["events"]], result["ids"], result["completed"]
        check("Chromium EventSource", chromium)
        assert result["opens"] >= 2, f"it connected {result['opens']} times, so it never came back after the restart"
        server.stop()
    finally:
        server.remove()


if __name__ == "__main__":
    main()
