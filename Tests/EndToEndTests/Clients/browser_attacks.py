#!/usr/bin/env python3
"""Opens what an attacker stored, and what an attacker's page asks for, in a real Chromium.

    browser_attacks.py LARDER-BINARY CERTIFICATE KEY

Starts the server on a free port with a temporary data directory, and a second little server as the attacker's own site. Prints a line for each
attack that came to nothing; exit status 0 only if all of them did. Each attack has a control: the same thing where it must work.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

POLICY = """name: shared
matches: [shared]
public: true
rules:
  - keys: "**"
    maxSize: 10MB
"""


class Attacker(http.server.ThreadingHTTPServer):
    """The attacker's site: takes hits of scripts that ran, and serves pages."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Page)
        self.hits, self.pages = [], {}
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/hit":
            self.server.hits.append(path.query)
        kind, body = self.server.pages.get(path.path, ("text/plain", b"ok"))
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("access-control-allow-origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server:
    def __init__(self, binary, *options):
        self.folder = tempfile.mkdtemp(prefix="larder-browser-")
        stores = pathlib.Path(self.folder, "stores")
        stores.mkdir()
        (stores / "shared.yaml").write_text(POLICY)
        (stores / "progress.yaml").write_text(
            'name: progress\nmatches: [progress]\nrules:\n  - keys: "projects/*/runs/*/progress.json"\n    log: true\n')
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LARDER_")}
        self.data = os.path.join(self.folder, "data")
        self.process = subprocess.Popen(
            [binary, "serve", "--data", self.data, "--port", "0", "--stores", str(stores), *options], stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        assert "listening on" in line, f"the server did not start: {line!r}"
        self.url = line.split("listening on ")[1].split(" ")[0]
        self.token = pathlib.Path(self.data, "admin.token").read_text().strip()
        self.secret = pathlib.Path(self.data, "signing.key").read_text().strip()

    def remove(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, method, path, body, headers=None):
        fields = {"authorization": f"Bearer {self.token}"} | (headers or {})
        request = urllib.request.Request(self.url + path, body, fields, method=method)
        context = ssl._create_unverified_context() if self.url.startswith("https") else None
        with urllib.request.urlopen(request, timeout=10, context=context) as reply:
            return reply.read()

    def signed(self, path):
        expiry = int((time.time() + 600) * 1000)
        signature = hmac.new(self.secret.encode(), f"{path}:{expiry}".encode(), hashlib.sha256).hexdigest()
        return f"{self.url}{path}?exp={expiry}&sig={signature}"


def payloads(hit):
    """What an attacker may upload: name → (content type, bytes). `hit` is a script that tells the attacker that it ran."""
    html = f"<!doctype html><html><body><script>{hit}</script><img src=x onerror=\"{hit}\"><svg onload=\"{hit}\"></svg></body></html>".encode()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{hit}"><script>{hit}</script></svg>'.encode()
    xml = f'<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>{hit}</h:script></x>'.encode()
    xslt = f"<?xml-stylesheet type='text/xsl' href='#s'?><x><h:script xmlns:h='http://www.w3.org/1999/xhtml'>{hit}</h:script></x>".encode()
    return {
        "html": ("text/html", html), "html-charset": ("text/html; charset=utf-7", html), "html-case": ("TeXt/HtMl", html),
        "xhtml": ("application/xhtml+xml", html.replace(b"<html>", b'<html xmlns="http://www.w3.org/1999/xhtml">')), "svg": ("image/svg+xml", svg),
        "xml": ("application/xml", xml), "text-xml": ("text/xml", xml), "xslt": ("application/xml", xslt), "rss": ("application/rss+xml", xml),
        "mathml": ("application/mathml+xml", xml), "text": ("text/plain", html), "none": (None, html), "unknown": ("application/octet-stream", html),
        "odd": ("x/y", html), "star": ("*/*", html), "png": ("image/png", html), "gif": ("image/gif", b"GIF89a" + html), "json": ("application/json", html),
        "css": ("text/css", html), "js": ("text/javascript", hit.encode()), "pdf": ("application/pdf", html), "mhtml": ("multipart/related", html),
        "mixed": ("multipart/x-mixed-replace; boundary=x", b"--x\r\nContent-Type: text/html\r\n\r\n" + html + b"\r\n--x--"),
        "comma": ("text/plain, text/html", html), "semicolon": ("text/plain;text/html", html), "bom": ("text/plain", b"\xef\xbb\xbf" + html),
        "utf16": ("text/plain; charset=utf-16", html.decode().encode("utf-16")), "manifest": ("text/cache-manifest", html),
        "swf": ("application/x-shockwave-flash", html), "video": ("video/mp4", html), "event": ("text/event-stream", html),
    }


def upload(server, attacker):
    """Stores each payload under two faces, and gives name → key."""
    keys = {}
    for name, (kind, body) in payloads(f"new Image().src='{attacker.url}/hit?stored'").items():
        fields = {"content-type": kind} if kind else {"content-type": ""}
        for way in ("header", "metadata"):
            key = f"{way}/{name}.html"
            if way == "header":
                server.send("PUT", f"/v1/stores/shared/entries/{key}", body, fields)
            else:
                meta = base64.b64encode(json.dumps({"contentType": kind or "text/html"}).encode()).decode()
                server.send("PUT", f"/default/site:shared/{key}", body, {"content-type": "text/plain", "x-amz-meta-user": "b64;" + meta})
            keys[f"{name} by {way}"] = key
    return keys


def open_and_settle(page, url):
    try:
        page.goto(url, wait_until="load", timeout=10_000)
    except BrowserError as error:       # a download is no page; that is what is wanted of what could run
        assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error) or "ERR_INVALID" in str(error), str(error)


def settle(page, attacker):
    """A hit made by anything before would be there now: a last one of our own is waited for."""
    mark = f"mark-{time.monotonic_ns()}"
    page.goto(attacker.url + "/blank")
    page.evaluate("url => fetch(url)", f"{attacker.url}/hit?{mark}")
    deadline = time.monotonic() + 10
    while mark not in attacker.hits:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    hits = [hit for hit in attacker.hits if not hit.startswith("mark-")]
    attacker.hits.clear()
    return hits


def control(page, attacker):
    """The same payload from a server that protects nothing does run."""
    kind, body = payloads(f"new Image().src='{attacker.url}/hit?control'")["html"]
    attacker.pages["/control"] = (kind, body)
    page.goto(attacker.url + "/control", wait_until="load")
    assert "control" in settle(page, attacker), "the control did not run: this test can't fail"


def stored(browser, server, attacker, keys, face):
    context = browser.new_context(extra_http_headers={"authorization": f"Bearer {server.token}"} if face == "native" else {})
    page = context.new_page()
    for name, key in keys.items():
        path = {"public": f"/.netlify/blobs/shared/{key}", "signed": f"/.netlify/blobs/shared/{key}", "native": f"/v1/stores/shared/entries/{key}"}[face]
        open_and_settle(page, server.signed(path) if face == "signed" else server.url + path)
    context.close()
    page = browser.new_page()
    hits = settle(page, attacker)
    page.close()
    assert not hits, f"{face}: {len(hits)} scripts ran"
    print(f"ok: {len(keys)} stored files, opened by their {face} address, ran no script", flush=True)


def embedded(browser, server, attacker, keys):
    """The same as frames, objects and images of a page of the server's own origin and of the attacker's."""
    page = browser.new_page()
    tags = "".join(
        f"<iframe src='{url}'></iframe><object data='{url}'></object><embed src='{url}'><img src='{url}'>"
        for url in (f"{server.url}/.netlify/blobs/shared/{key}" for key in keys.values()))
    attacker.pages["/frames"] = ("text/html", f"<!doctype html>{tags}".encode())
    page.goto(attacker.url + "/frames", wait_until="load", timeout=30_000)
    page.goto(server.url + "/healthz")
    page.evaluate("tags => { document.body.innerHTML = tags; return new Promise(done => setTimeout(done, 1500)); }", tags)
    hits = settle(page, attacker)
    page.close()
    assert not hits, f"embedded: {len(hits)} scripts ran"
    print(f"ok: {len(keys)} stored files, embedded in pages, ran no script", flush=True)


STREAM = """url => new Promise(done => {
  const source = new EventSource(url);
  source.addEventListener('connected', e => done('connected ' + e.data));
  source.addEventListener('progress', e => done('progress ' + e.data));
  source.onerror = () => { source.close(); done('refused'); };
})"""


def streams(browser, server, attacker):
    """Another origin's page may not follow, not even with a signed address; the server's own may."""
    path = "/v1/progress/film/secret"
    server.send("POST", path, b'{"message":"secret"}', {"content-type": "application/json"})
    page = browser.new_page()
    page.goto(server.url + "/healthz")
    assert page.evaluate(STREAM, server.signed(path)).startswith("connected"), "the control does not work"
    page.goto(attacker.url + "/blank")
    for url in (server.signed(path), server.url + path, server.url + "/v1/progress"):
        assert page.evaluate(STREAM, url) == "refused", url
        answer = page.evaluate("url => fetch(url).then(r => r.text()).catch(e => 'refused')", url.replace("/v1/progress?", "/v1/progress?x&"))
        assert answer == "refused", answer
    page.close()
    print("ok: another origin's page can't follow a stream or read an answer", flush=True)


def http2(browser, binary, certificate, key):
    server = Server(binary, "--tls-cert", certificate, "--tls-key", key)
    try:
        path = "/v1/progress/film/secure"
        server.send("POST", path, b'{"n":1}', {"content-type": "application/json"})
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(server.url + "/healthz")
        assert page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
        follow = """url => { window.seen = []; const source = new EventSource(url);
          source.addEventListener('progress', e => window.seen.push(JSON.parse(e.data).n)); }"""
        # More than the six connections that HTTP/1.1 would have.
        for _ in range(8):
            page.evaluate(follow.replace("window.seen = [];", "window.seen = window.seen || [];"), server.signed(path))
        page.wait_for_function("window.seen.length === 8", timeout=20_000)
        server.send("POST", path, b'{"n":2}', {"content-type": "application/json"})
        page.wait_for_function("window.seen.filter(n => n === 2).length === 8", timeout=20_000)
        context.close()
        print("ok: eight streams of one page over one HTTP/2 connection", flush=True)
    finally:
        server.remove()


def main():
    binary, certificate, key = sys.argv[1:4]
    attacker = Attacker()
    server = Server(binary)
    try:
        keys = upload(server, attacker)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page()
            control(page, attacker)
            page.close()
            for face in ("public", "signed", "native"):
                stored(browser, server, attacker, keys, face)
            embedded(browser, server, attacker, keys)
            streams(browser, server, attacker)
            http2(browser, binary, certificate, key)
            browser.close()
    finally:
        server.remove()
        attacker.shutdown()


if __name__ == "__main__":
    main()
