#!/usr/bin/env python3
"""Walks the console in Chromium, as people use it.

    console_walk.py LARDER-BINARY [--screenshots FOLDER] [--pages FOLDER] [--only PART…]

Starts the server on a free port with a temporary data directory, lets some days pass by its clock, fills it with the recorded runs beside the
repository, and goes through every view. Prints a line for each part; the last one is `ok: all`, and the exit status is 0, only if all of it
worked, no request left the origin, no script of an upload ran, and axe-core found nothing serious. `--screenshots` also takes pictures of the
views, light and dark, for the documentation. `--pages Console` takes the console's files from there, not from the binary, while they are written.
`--only grid tokens` walks through these parts alone.
"""

import argparse
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

import axe_playwright_python
from playwright.sync_api import expect, sync_playwright

HERE = pathlib.Path(__file__).resolve().parent
TRACE = HERE.parents[2].parent / "shared" / "trace"
AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUNS = 30
LIVE_RUNS = 100
PAGED = 350
# More events than the policy of `progress` keeps.
CAPPED = 250
WIDTHS = (360, 390, 768)
WAIT_MS = 20_000
PIPELINE = [
    ("system", "running", 1, "Worker awake, loading agents"), ("director", "running", 5, "Director is looking at four pictures"),
    ("director", "completed", 15, "Director chose three scenes"), ("writer", "running", 20, "Writer is drafting the narration"),
    ("writer", "completed", 35, "Writer finished, 91 words"), ("production", "running", 40, "Voice and music are being made"),
    ("production", "completed", 70, "Voice and music are ready"), ("editor", "running", 75, "Editor is assembling the film"),
    ("editor", "completed", 90, "Editor finished the film, 12 s"), ("completed", "completed", 100, "The film is ready"),
]


class Server:
    def __init__(self, binary):
        self.binary, self.folder = binary, tempfile.mkdtemp(prefix="larder-console-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, clock=None):
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp"} | ({"LARDER_CLOCK_OFFSET": clock} if clock else {})
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.folder, "--port", str(self.port), "--cleanup-every", "off", "--scrub-every", "off"],
            stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        assert "listening on" in line, f"the server did not start: {line!r}"
        self.token = pathlib.Path(self.folder, "admin.token").read_text().strip()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, "the server did not stop cleanly"

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, method, path, body=None, headers=None):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"authorization": f"Bearer {self.token}"} | (headers or {}), method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content and "json" in (answer.headers["content-type"] or "") else content

    def put(self, store, key, content, content_type="application/octet-stream", **headers):
        path = f"/v1/stores/{store}/entries/{urllib.parse.quote(key, safe='')}"
        return self.send("PUT", path, content, {"content-type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()})

    def append(self, run, *events, project="harbour-film"):
        fields = [dict(zip(("agent", "status", "progress", "message"), event)) | {"runningCost": round(0.004 * event[2], 3)} for event in events]
        return self.send("POST", f"/v1/progress/{project}/{run}", fields)

    def replay(self, trace, *options):
        done = subprocess.run(
            ["nice", "-n", "5", sys.executable, str(TRACE / "replay.py"), "--url", self.url, "--token", self.token, "--trace", str(TRACE / trace), *options],
            capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, f"{trace}: {done.stdout[-1500:]}{done.stderr[-500:]}"


def fill(server, days, runs_a_day):
    """Lets days pass, each with a few more entries, so that there is something to clean up and growth to see."""
    photo = (TRACE / "media" / "photo-2-quay.jpg").read_bytes()
    for index, day in enumerate(days):
        server.start(clock=f"-{day}d")
        for part in range(2 + index % 3):
            server.put("runs", f"coast-{day}/run-{part}.json", json.dumps({"status": "completed", "day": day, "notes": "tide " * (50 + 40 * part)}).encode(), "application/json")
        server.put("audio", f"coast-{day}/music.mp3", (b"%d " % day) * 20_000 * (1 + index), "audio/mpeg")
        server.put("media", f"coast-{day}/quay.jpg", photo + b"%d" % day, "image/jpeg")
        if runs_a_day and day < 30:
            server.replay("run.jsonl", "--runs", str(runs_a_day + index % 2), "--parallel", "2")
        server.stop()
    server.start()
    server.put("things", "soon-gone.txt", b"expires", "text/plain", larder_ttl="1s")
    server.replay("run.jsonl", "--runs", str(RUNS), "--parallel", "4")
    for trace in ("progress.jsonl", "failed.jsonl", "ratings.jsonl"):
        server.replay(trace)


class Walk:
    def __init__(self, server, browser, folder):
        self.server, self.folder = server, folder
        self.context = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light", locale="en-GB")
        self.page = self.watched(self.context).new_page()
        self.problems, self.streams, self.partial = [], [], 0
        for page in (self.page,):
            page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
            page.on("console", self.heard)
            page.on("response", self.answered)
        self.page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        self.shots, self.checked = set(), 0
        self.began = time.monotonic()

    def watched(self, context):
        context.on("request", self.asked)
        return context

    def asked(self, request):
        if not request.url.startswith((self.server.url, "blob:", "data:")):
            self.problems.append(f"left the origin: {request.url}")
        if request.resource_type == "eventsource":
            self.streams.append(request.url)

    def answered(self, response):
        self.partial += response.status == 206

    def heard(self, message):
        # What a walk provokes: refusals it asks for, and streams that end with their view.
        if message.type == "error" and not re.search(r"status of 4\d\d|ERR_INCOMPLETE_CHUNKED|Content Security Policy|net::ERR_ABORTED", message.text):
            self.problems.append(f"console: {message.text}")

    def take_pages(self, folder):
        with urllib.request.urlopen(f"{self.server.url}/console") as answer:
            policy = answer.headers["content-security-policy"]
        types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

        def answer_from_folder(route):
            path = urllib.parse.urlsplit(route.request.url).path.removeprefix("/console").strip("/") or "index.html"
            file = folder / path
            if not file.is_file():
                return route.continue_()
            return route.fulfill(body=file.read_bytes(), headers={"content-type": types[file.suffix], "content-security-policy": policy})

        self.context.route(f"{self.server.url}/console**", answer_from_folder)
        self.context.route(f"{self.server.url}/console/**", answer_from_folder)

    # Small steps

    def say(self, text):
        print(f"ok: {text} ({time.monotonic() - self.began:.1f} s)", flush=True)

    def open(self, *parts, **values):
        path = "/".join(urllib.parse.quote(part, safe="") for part in parts)
        search = "&".join(f"{name}={urllib.parse.quote(value, safe='')}" for name, value in values.items())
        self.page.evaluate("hash => { location.hash = hash }", f"/{path}{'?' + search if search else ''}")

    def button(self, name, exact=False):
        return self.page.get_by_role("button", name=name, exact=exact)

    def link(self, name, exact=True):
        return self.page.get_by_role("link", name=name, exact=exact)

    def shows(self, text):
        """Which part of a list is shown."""
        expect(self.page.locator(".table-foot > span")).to_have_text(text)

    def heading(self, name):
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    def sign_in(self, token, page=None):
        page = page or self.page
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()

    def seen(self, name, narrow=False, jpeg=False, is_pictured=True):
        """Checks what is shown with axe-core, in light and dark, and takes its pictures for the documentation."""
        self.axe(name)
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            if scheme == "dark":
                self.axe(f"{name}, dark", only=["color-contrast"])
            if self.folder and is_pictured:
                if narrow:
                    self.page.set_viewport_size({"width": 390, "height": 844})
                    self.shoot(f"{name}-phone-{scheme}", jpeg)
                    self.page.set_viewport_size({"width": 1280, "height": 860})
                self.shoot(f"{name}-{scheme}", jpeg)

    def shoot(self, name, jpeg):
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.querySelector('.toasts')?.replaceChildren()")
        self.page.evaluate("scrollTo(0, 0)")
        self.page.wait_for_timeout(350)
        options = {"type": "jpeg", "quality": 82} if jpeg else {}
        self.page.screenshot(path=self.folder / f"{name}.{'jpg' if jpeg else 'png'}", animations="disabled", **options)

    def axe(self, name, only=None):
        options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": only}} if only else {})
        found = self.page.evaluate(
            "async (options) => (await axe.run(document, options)).violations", options)
        grave = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        for violation in grave:
            nodes = "; ".join(f"{node['target']} {node['failureSummary']}" for node in violation["nodes"][:3])
            self.problems.append(f"axe, {name}: {violation['id']} ({violation['impact']}): {nodes}")
        self.checked += 1

    def until_here(self, condition):
        """Waits for something that the browser tells this program."""
        end = time.monotonic() + WAIT_MS / 1000
        while not condition():
            assert time.monotonic() < end, "never came true"
            self.page.wait_for_timeout(20)

    def until(self, expression):
        """Waits for something to be true on the page. Playwright's own way to wait is refused by the page's policy: it evaluates text there."""
        end = time.monotonic() + WAIT_MS / 1000
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"never came true: {expression}"
            self.page.wait_for_timeout(50)

    # Parts

    def signing_in(self):
        page = self.page
        page.goto(f"{self.server.url}/console")
        page.evaluate(AXE)
        expect(page.get_by_label("Token")).to_be_focused()
        self.sign_in("not-a-token")
        expect(page.get_by_role("alert")).to_contain_text("Unknown token")
        self.seen("sign-in")
        self.sign_in(self.server.token)
        self.heading("Stores")
        self.say("a wrong token is told, a right one lets in")

    def policy(self):
        broken = self.page.evaluate("""async () => {
            const told = new Promise((resolve) => document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true }));
            const script = document.createElement("script");
            try { script.append("window.broken = 1"); document.head.append(script); } catch {}
            const inner = document.createElement("div");
            let refusal = null;
            try { inner.innerHTML = "<b>x</b>"; } catch (error) { refusal = error.name; }
            return [await told, window.broken ?? null, refusal];
        }""")
        # The browser says what it refused, which is what was wanted.
        self.problems = [problem for problem in self.problems if "Trusted" not in problem]
        assert broken[0] and broken[1] is None and broken[2] == "TypeError", broken
        self.say(f"the policy refuses an inline script ({broken[0]}) and markup from text")

    def stores(self):
        page = self.page
        table = page.get_by_role("table", name="All stores")
        expect(table.get_by_role("link", name="acme-videos")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("Content of all stores"))).to_be_visible()
        assert page.locator(".figure", has_text="Saved by dedup").locator("data").get_attribute("title").endswith("bytes")
        self.seen("stores", narrow=True)
        page.keyboard.press("Control+k")
        expect(page.get_by_label("Filter stores by name")).to_be_focused()
        page.keyboard.type("Video")
        expect(table.get_by_role("row")).to_have_count(2)
        page.keyboard.type("/nothing like it")
        expect(page.get_by_role("heading", name="No matches")).to_be_visible()
        page.get_by_label("Filter stores by name").fill("")
        page.get_by_role("columnheader", name="Content").get_by_role("button").click()
        sizes = table.locator("tbody td:nth-child(4) data").evaluate_all("all => all.map((one) => Number(one.value))")
        assert len(sizes) > 9 and sizes == sorted(sizes, reverse=True), sizes
        self.say("stores with what they hold and save, and how they grew")

    def browse(self):
        page, server = self.page, self.server
        self.open("stores", "acme-runs")
        self.link("job_packets/").wait_for()
        folder = page.locator("tr", has_text="renders/")
        below = server.send("GET", "/v1/stores/acme-runs/entries?prefix=renders/&limit=1000")["entries"]
        expect(folder.locator("data")).to_have_attribute("value", str(sum(entry["size"] for entry in below)))
        self.seen("browse")
        self.link("renders/").click()
        expect(page.get_by_role("region", name="Entries", exact=True).get_by_role("link", name=re.compile("^lantern-coast-")).first).to_be_visible()
        expect(page.locator(".crumbs")).to_contain_text("renders")
        page.reload()
        page.evaluate(AXE)
        expect(page.locator(".crumbs")).to_contain_text("renders")
        page.go_back()
        self.link("job_packets/").wait_for()
        page.keyboard.press("/")
        expect(page.get_by_label("Filter by prefix")).to_be_focused()
        page.keyboard.type("lantern")
        expect(self.link("job_packets/")).to_have_count(0)
        self.open("stores", "acme-runs", prefix="job_packets/")
        self.button("Newest first").click()
        expect(page.get_by_role("table", name="Entries, newest first")).to_be_visible()
        self.shows("1–100")
        first = page.locator("tbody a").first.text_content()
        self.button("Next").click()
        self.shows("101–200")
        assert page.locator("tbody a").first.text_content() != first
        page.reload()
        page.evaluate(AXE)
        expect(page.get_by_role("table", name="Entries, newest first")).to_be_visible()
        self.shows("101–200")
        times = page.locator("tbody time").evaluate_all("all => all.map((one) => one.dateTime)")
        assert times == sorted(times, reverse=True), "not newest first"
        self.say("folders, crumbs, filter, newest first, pages that survive a reload")

    def paging(self):
        """Turns over a list while the server is slow, and deletes what is selected."""
        page, server = self.page, self.server
        for number in range(PAGED):
            server.put("paged", f"{number:04}.txt", b"%d" % (number % 7), "text/plain")
        self.open("stores", "paged")
        self.shows("1–100")
        held = []
        page.route("**/v1/stores/paged/entries?*", lambda route: held.append(route))
        page.mouse.wheel(0, 10_000)
        self.button("Next").click()
        expect(page.get_by_role("region", name="Entries", exact=True)).to_have_attribute("aria-busy", "true")
        expect(self.button("Next")).to_be_disabled()
        # Clicks that come too early do nothing.
        self.button("Next").click(force=True)
        self.shows("1–100")
        assert len(held) == 1, f"one page is asked for, not {len(held)}"
        held[0].continue_()
        page.unroute_all()
        self.shows("101–200")
        expect(self.link("0100.txt")).to_be_in_viewport()
        expect(page.get_by_role("region", name="Folders and entries")).to_be_focused()
        page.route("**/v1/stores/paged/entries?*", lambda route: held.append(route))
        self.button("Next").click()
        expect(self.button("Previous")).to_be_disabled()
        self.button("Previous").click(force=True)
        assert len(held) == 2, f"one page is asked for, not {len(held) - 1}"
        held[1].continue_()
        page.unroute_all()
        self.shows("201–300")
        self.button("Next").click()
        self.shows(f"301–{PAGED} of {PAGED}")
        expect(self.button("Next")).to_be_disabled()
        page.reload()
        page.evaluate(AXE)
        self.shows(f"301–{PAGED} of {PAGED}")
        self.button("Previous").click()
        self.shows("201–300")
        self.button("Newest first").click()
        self.shows(f"1–100 of {PAGED}")
        page.get_by_role("columnheader", name="Modified").get_by_role("button").click()
        expect(page.get_by_role("table", name="Entries, oldest first")).to_be_visible()
        expect(self.link("0000.txt")).to_be_visible()
        # A link to a page that was found elsewhere tells its true number.
        address = page.evaluate("location.hash")
        self.button("Next").click()
        self.shows(f"101–200 of {PAGED}")
        self.button("Next").click()
        self.shows(f"201–300 of {PAGED}")
        address = page.evaluate("location.hash")
        self.open("stores")
        self.heading("Stores")
        page.evaluate("hash => { location.hash = hash }", address)
        self.shows(f"201–300 of {PAGED}")
        self.button("First page").click()
        self.shows(f"1–100 of {PAGED}")
        self.open("stores", "paged", filter="000")
        self.shows("1–10 of 10")
        page.get_by_role("columnheader", name="Name").get_by_role("button").click()
        expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
        expect(page.locator("tbody a").first).to_have_text("0009.txt")
        for number in (3, 5):
            page.get_by_role("checkbox", name=f"Select 000{number}.txt").check()
        expect(page.get_by_text("2 selected")).to_be_visible()
        server.put("paged", "0005.txt", b"written meanwhile", "text/plain")
        self.button("Delete selected").click()
        expect(page.get_by_role("dialog")).to_contain_text("paged / 0003.txt")
        self.seen("bulk-delete")
        page.get_by_role("dialog").get_by_role("button", name="Delete 2").click()
        expect(page.locator(".toast", has_text="1 entry not deleted")).to_be_visible()
        expect(self.link("0003.txt")).to_have_count(0)
        expect(self.link("0005.txt")).to_have_count(1)
        page.get_by_role("checkbox", name="Select all").check()
        expect(page.get_by_text("9 selected")).to_be_visible()
        self.button("Delete selected").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete 9").click()
        expect(page.get_by_role("heading", name="No matches")).to_be_visible()
        assert server.send("GET", "/v1/stores/paged")["entries"] == PAGED - 10
        self.say("a slow page is turned to once, and shown from its top; what is selected is deleted, unless it has changed")

    def searching(self):
        """Looks inside keys, in all folders; the server looks at so many at a time."""
        page, server = self.page, self.server
        server.put("paged", "deep/er/Needle-1.txt", b"found", "text/plain")
        self.open("stores", "paged")
        self.shows("1–100")
        page.get_by_label("Match").select_option("contains")
        page.get_by_label("Search keys").fill("needle")
        expect(self.link("deep/er/Needle-1.txt")).to_be_visible()
        self.shows("1–1 of 1")
        self.seen("search", is_pictured=False)
        page.reload()
        page.evaluate(AXE)
        expect(self.link("deep/er/Needle-1.txt")).to_be_visible()
        asked = []

        def find_nothing_at_first(route):
            asked.append(route.request.url)
            if len(asked) > 1:
                return route.continue_()
            return route.fulfill(json={"entries": [], "directories": [], "cursor": "azA"})

        page.route("**/v1/stores/paged/entries?*contains=*", find_nothing_at_first)
        self.button("Refresh").click()
        self.until_here(lambda: len(asked) == 2)
        assert "cursor=azA" in asked[1], asked
        page.unroute_all()
        expect(self.link("deep/er/Needle-1.txt")).to_be_visible()
        page.get_by_label("Search keys").fill("no such key")
        expect(page.get_by_role("heading", name="No matches")).to_be_visible()
        page.get_by_label("Match").select_option("")
        page.get_by_label("Filter by prefix").fill("needle")
        expect(page.get_by_role("heading", name="No matches")).to_be_visible()
        self.say("search inside keys, however far the server has to look")

    def grid(self):
        """Pictures of images and films, made here once."""
        page, server = self.page, self.server
        media = TRACE / "media"
        for number, name in enumerate(("photo-1-bay.jpg", "photo-2-quay.jpg", "photo-3-path.jpg", "screenshot-map.png", "final.mp4")):
            kind = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4"}[name.rsplit(".")[-1]]
            server.put("walk-media", f"{name}", (media / name).read_bytes() + b"%d" % number, kind)
        server.put("walk-media", "trip/drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><rect width='40' height='30' fill='teal'/></svg>", "image/svg+xml")
        server.put("walk-media", "broken.jpg", b"no picture", "image/jpeg")
        server.put("walk-media", "notes.txt", b"text", "text/plain")
        contents = []
        page.on("request", lambda request: contents.append(request.url) if "/v1/stores/walk-media/entries/" in request.url else None)
        self.open("stores", "walk-media")
        pictures = "[...document.querySelectorAll('.tile .thumb img')].filter((one) => one.naturalWidth === 320).length"
        self.until(f"{pictures} === 5")
        assert contents, "the pictures come from nowhere"
        expect(page.locator(".tile")).to_have_count(8)
        expect(page.locator(".tile", has_text="trip/").locator("data")).to_have_attribute("value", str(len(server.send("GET", "/v1/stores/walk-media/entries/trip%2Fdrawing.svg"))))
        self.seen("grid", jpeg=True)
        page.get_by_role("checkbox", name="Select final.mp4").check()
        expect(page.get_by_text("1 selected")).to_be_visible()
        page.reload()
        page.evaluate(AXE)
        contents.clear()
        self.until(f"{pictures} === 5")
        assert not [url for url in contents if "broken.jpg" not in url], f"pictures are made again: {contents}"
        self.button("List", exact=True).click()
        expect(page.get_by_role("table", name="Folders and entries")).to_be_visible()
        page.reload()
        page.evaluate(AXE)
        expect(page.get_by_role("table", name="Folders and entries")).to_be_visible()
        self.open("stores", "walk-media", prefix="trip/")
        self.until(f"{pictures} === 1")
        # A store of other things begins as a list.
        self.open("stores", "things")
        expect(page.get_by_role("table", name="Folders and entries")).to_be_visible()
        self.say("a grid of pictures of images and films, made once and kept by the browser")

    def conversation(self):
        """A log as a conversation: from its newest event back to its first, live, and forgetting one."""
        page, server = self.page, self.server
        store, key = "walk-conversations", "ada/trip"
        path = f"/v1/stores/{store}/logs/{urllib.parse.quote(key, safe='')}"
        hostile = "<img src=x onerror=window.broken=1><b>bold</b>\nsecond line"
        turns = [{"role": ("user", "assistant")[number % 2], "content": f"turn {number + 1}"} for number in range(250)]
        server.send("POST", path, turns + [{"role": "user", "content": hostile}, {"note": hostile, "n": [1]}])
        server.send("PATCH", path, {"title": "A trip to Norway", "persona": {"voice": "calm"}}, {"content-type": "application/merge-patch+json"})
        self.open("stores", store, prefix="ada/")
        self.link("trip").click()
        events = page.locator(".turn")
        expect(events).to_have_count(100)
        expect(page.get_by_role("heading", name="A trip to Norway")).to_be_visible()
        expect(page.locator("section", has_text="Metadata").get_by_text('{"voice":"calm"}')).to_be_visible()
        box = page.get_by_role("region", name=f"Events of {key}")
        self.until("(() => { const box = document.querySelector('.turns-box'); return box.scrollHeight - box.scrollTop - box.clientHeight < 2; })()")
        expect(events.nth(98)).to_contain_text("<b>bold</b>")
        assert events.nth(99).locator("pre").text_content() == json.dumps({"note": hostile, "n": [1]}, indent=2)
        assert page.evaluate("window.broken ?? null") is None and page.locator(".turn img, .turn b").count() == 0
        expect(page.locator(".log .connection")).to_have_text("live")
        self.seen("log", narrow=True)
        # Newest at the end: what comes is seen by whoever is there, and told to whoever looks at older ones.
        server.send("POST", path, {"role": "assistant", "content": "It is light all night."})
        expect(events.last).to_contain_text("It is light all night.")
        self.until("(() => { const box = document.querySelector('.turns-box'); return box.scrollHeight - box.scrollTop - box.clientHeight < 2; })()")
        for count in (201, 253):
            box.evaluate("one => { one.scrollTop = 0 }")
            expect(events).to_have_count(count)
        expect(events.first).to_contain_text("turn 1")
        box.evaluate("one => { one.scrollTop = 0 }")
        expect(page.get_by_text("The beginning")).to_be_visible()
        server.send("POST", path, {"role": "user", "content": "And in winter?"})
        self.button("1 new event: go to the end").click()
        expect(events.last).to_contain_text("And in winter?")
        expect(self.button("new event")).to_have_count(0)
        self.button("Forget event 254").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("Forget event 254?")
        page.get_by_role("button", name="Cancel").click()
        expect(events).to_have_count(254)
        self.button("Forget event 254").click()
        page.get_by_role("dialog").get_by_role("button", name="Forget").click()
        expect(events).to_have_count(253)
        assert server.send("GET", f"{path}?tail=1")["events"][0]["seq"] == 253
        self.until("document.activeElement.getAttribute('aria-label') === 'Forget event 253'")
        self.button("Delete", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("This folder is empty")).to_be_visible()
        self.say("a log as a conversation: newest at the end, older on scrolling, live, one event forgotten")

    def bulk_download(self):
        page, server = self.page, self.server
        contents = {"a/one.txt": b"one", "../evil.txt": b"evil", "two é.bin": bytes(range(256)) * 500, "three.txt": b"three"}
        for key, content in contents.items():
            server.put("packed", key, content, "application/octet-stream")
        self.open("stores", "packed", order="newest")
        page.get_by_role("checkbox", name="Select all").check()
        with page.expect_download() as saved:
            self.button("Download selected").click()
        assert saved.value.suggested_filename == "packed.zip"
        with zipfile.ZipFile(saved.value.path()) as packed:
            assert packed.testzip() is None
            assert {name: packed.read(name) for name in packed.namelist()} == {key.replace("..", "__"): content for key, content in contents.items()}
        expect(page.locator(".toast", has_text="Saved 4 entries")).to_be_visible()
        # What has changed, or gone, is not packed, and that is said.
        server.put("packed", "three.txt", b"changed", "application/octet-stream")
        with page.expect_download() as saved:
            self.button("Download selected").click()
        with zipfile.ZipFile(saved.value.path()) as packed:
            assert "three.txt" not in packed.namelist() and len(packed.namelist()) == 3
        expect(page.locator(".toast", has_text="1 entry is missing from the ZIP file")).to_be_visible()
        self.button("Clear selection").click()
        page.get_by_role("checkbox", name="Select a/one.txt").check()
        with page.expect_download() as saved:
            self.button("Download selected").click()
        assert saved.value.suggested_filename == "one.txt" and saved.value.path().read_bytes() == b"one"
        large = server.send("GET", "/v1/stores/packed/entries?order=newest")
        page.route("**/v1/stores/packed/entries?*", lambda route: route.fulfill(json=large | {"entries": [entry | {"size": 400_000_000} for entry in large["entries"]]}))
        self.button("Refresh").click()
        page.get_by_role("checkbox", name="Select all").check()
        self.button("Download selected").click()
        expect(page.get_by_role("dialog")).to_contain_text("larder export packed --to packed")
        page.keyboard.press("Escape")
        page.unroute_all()
        self.say("selected entries come in a ZIP file, as far as a browser can hold them")

    def making(self):
        page, server = self.page, self.server
        self.open("stores")
        self.button("New store").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("walk-runs")
        expect(dialog).to_contain_text("runs.yaml, built in")
        self.seen("new-store", is_pictured=False)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="This store is empty")).to_be_visible()
        expect(page.get_by_role("region", name="Policy")).to_contain_text("runs.yaml, built in")
        assert server.send("GET", "/v1/stores/walk-runs")["entries"] == 0
        server.put("walk-runs", "a/b", b"x", "text/plain")
        self.open("stores", "walk-runs")
        self.button("Delete store").click()
        expect(dialog).to_contain_text("walk-runs")
        expect(dialog).to_contain_text("1 entry, 1 B")
        dialog.get_by_role("button", name="Cancel").click()
        assert server.send("GET", "/v1/stores/walk-runs")["entries"] == 1
        self.button("Delete store").click()
        dialog.get_by_role("button", name="Delete store").click()
        expect(self.button("New store")).to_be_visible()
        assert "walk-runs" not in [one["name"] for one in server.send("GET", "/v1/stores")["stores"]]
        self.say("a store is deleted only after a question that says what is in it")
        self.button("New store").click()
        dialog.get_by_label("Name").fill("é" * 40)
        self.button("Create store").click()
        expect(dialog.get_by_role("alert")).to_contain_text("64 bytes")
        page.keyboard.press("Escape")
        self.say("a store is made, and says which file its policy comes from")

    def properties(self):
        page, server = self.page, self.server
        path = "/v1/stores/things/entries?prefix=notes/look.txt&metadata=true"
        server.put("things", "notes/look.txt", b"# Notes", "text/plain", larder_metadata='{"shot":12345678901234567890}')
        self.open("stores", "things", "entry", "notes/look.txt")
        self.button("Properties").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Content type").fill("text/markdown")
        dialog.get_by_label("Expires").select_option("30d")
        area = dialog.get_by_label(re.compile("^Metadata"))
        area.fill("[1]")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("must be a JSON object")
        area.fill('{"shot":12345678901234567890,"by":"é"}')
        self.seen("properties")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("region", name="Details")).to_contain_text("text/markdown")
        entry = server.send("GET", path)["entries"][0]
        assert entry["contentType"] == "text/markdown" and entry["metadata"] == {"shot": 12345678901234567890, "by": "é"} and entry["expiresAt"], entry
        assert server.send("GET", "/v1/stores/things/entries/notes%2Flook.txt") == b"# Notes"
        self.button("Properties").click()
        dialog.get_by_label("Expires").select_option("never")
        server.put("things", "notes/look.txt", b"# Other", "text/plain", larder_ttl="1h")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("has changed")
        assert server.send("GET", path)["entries"][0]["expiresAt"], "what somebody else wrote was changed"
        page.keyboard.press("Escape")
        page.reload()
        page.evaluate(AXE)
        self.button("Properties").click()
        dialog.get_by_label("Expires").select_option("never")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        assert "expiresAt" not in server.send("GET", path)["entries"][0]
        self.say("type, metadata and expiry are changed without the content, and never over somebody else's change")

    def tokens(self):
        page, server = self.page, self.server
        self.open("housekeeping", "tokens")
        self.button("New token").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Note").fill("walker")
        dialog.get_by_label("Read: list").uncheck()
        self.button("Create token").click()
        expect(dialog.get_by_role("alert")).to_contain_text("at least one scope")
        dialog.get_by_label("Read: list").check()
        dialog.get_by_label("Write: upload").check()
        dialog.get_by_label("Stores").fill("media, *-runs")
        dialog.get_by_label("Expires").select_option("7d")
        self.seen("new-token", is_pictured=False)
        self.button("Create token").click()
        field = dialog.get_by_label("The new token")
        token = field.input_value()
        page.keyboard.press("Escape")
        expect(field).to_be_visible()
        expect(dialog).to_contain_text("shown this once")
        self.axe("a token that is shown once")
        dialog.get_by_role("button", name="Done").click()
        table = page.get_by_role("table", name="Tokens")
        row = table.get_by_role("row", name=re.compile("walker"))
        expect(row).to_contain_text("media, *-runs")
        expect(row).to_contain_text("in 6 d")
        assert token not in page.content(), "a token is still on the page"
        self.seen("tokens")

        def status(path):
            try:
                with urllib.request.urlopen(urllib.request.Request(server.url + path, headers={"authorization": f"Bearer {token}"}), timeout=30) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code

        assert [status(f"/v1/stores/{store}/entries?limit=1") for store in ("media", "acme-runs", "things")] == [200, 200, 403]
        row.get_by_role("button", name="Revoke walker").click()
        dialog.get_by_role("button", name="Cancel").click()
        assert status("/v1/stores/media/entries?limit=1") == 200
        row.get_by_role("button", name="Revoke walker").click()
        dialog.get_by_role("button", name="Revoke").click()
        expect(row).to_have_count(0)
        assert status("/v1/stores/media/entries?limit=1") == 401
        self.say("a token is made, shown once, listed and revoked")

    def run_search(self):
        page = self.page
        self.open("runs", store="progress")
        doomed, live = page.locator("tr[data-run='harbour-film/run-doomed']"), page.locator("tr[data-run='harbour-film/run-live']")
        expect(live).to_have_count(1)
        page.keyboard.press("/")
        page.keyboard.type("DOOM")
        expect(live).to_have_count(0)
        expect(doomed).to_have_count(1)
        # What comes live is held against the search, too.
        self.server.append("run-unasked", PIPELINE[0])
        self.server.append("run-doomed-2", PIPELINE[0])
        expect(page.locator("tr[data-run='harbour-film/run-doomed-2']")).to_have_count(1)
        expect(page.locator("tr[data-run='harbour-film/run-unasked']")).to_have_count(0)
        page.reload()
        page.evaluate(AXE)
        expect(doomed).to_have_count(1)
        expect(live).to_have_count(0)
        day = page.get_by_label("Last event on")
        day.fill("2020-01-01")
        expect(page.get_by_role("heading", name="No matching runs")).to_be_visible()
        day.fill(page.evaluate("new Date().toLocaleDateString('sv')"))
        expect(doomed).to_have_count(1)
        # The way back to all of them: a link to the address that the page had before the search.
        self.link("Runs").click()
        expect(live).to_have_count(1)
        self.say("runs are searched by their IDs and by the day of their last event")

    def docs(self):
        """The description of the API for people, from this server alone."""
        page = self.page
        page.goto(f"{self.server.url}/docs")
        page.evaluate(AXE)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Larder")
        with urllib.request.urlopen(f"{self.server.url}/openapi.json") as answer:
            described = json.load(answer)
        for path in described["paths"]:
            expect(page.locator("main h3 code", has_text=path).first).to_be_attached()
        self.seen("docs", is_pictured=False)
        page.keyboard.press("/")
        expect(page.get_by_label("Filter operations")).to_be_focused()
        page.keyboard.type("merges a patch")
        expect(page.locator("main .card")).to_have_count(3)
        page.get_by_role("navigation").get_by_role("link").first.click()
        expect(page.locator(":target h3")).to_be_in_viewport()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self.problems.append(f"too wide: /docs at {width}: {wide}")
        page.set_viewport_size({"width": 1280, "height": 860})
        page.goto(f"{self.server.url}/console")
        page.evaluate(AXE)
        self.heading("Stores")
        self.say("the API's description, readable and from here alone")

    def dialogs(self):
        """A dialog belongs to the page that it asks about."""
        page, server = self.page, self.server
        server.put("media", "victim.txt", b"not yet", "text/plain")
        self.open("stores", "runs")
        page.get_by_role("region", name="Entries", exact=True).wait_for()

        def deleting():
            self.open("stores", "media", "entry", "victim.txt")
            self.button("Delete").click()

        def deleting_in_list():
            self.open("stores", "media")
            self.button("Delete victim.txt").click()

        def sharing():
            self.open("stores", "media", "entry", "victim.txt")
            self.button("Share link").click()

        def replacing():
            self.open("stores", "media")
            page.get_by_role("region", name="Entries", exact=True).wait_for()
            page.locator("input[type=file]").set_input_files([{"name": "victim.txt", "mimeType": "text/plain", "buffer": b"other"}])

        for asked in (deleting, deleting_in_list, sharing, replacing, lambda: self.button("Switch site").click()):
            asked()
            dialog = page.get_by_role("dialog")
            dialog.wait_for()
            if asked in (deleting, deleting_in_list, sharing, replacing):
                expect(dialog).to_contain_text("media / victim.txt")
            for key in ["Tab"] * 7 + ["Shift+Tab"] * 7:
                page.keyboard.press(key)
                assert page.evaluate("document.activeElement.closest('dialog') !== null"), f"{key} left the dialog"
            page.go_back()
            expect(dialog).to_have_count(0)
        assert server.send("GET", "/v1/stores/media/entries/victim.txt") == b"not yet"
        self.say("dialogs name what they are about, keep the focus, and close with their page")

    def previews(self):
        page, server = self.page, self.server
        films = server.send("GET", "/v1/stores/acme-videos/entries?limit=1")["entries"]
        self.open("stores", "acme-videos", "entry", films[0]["key"])
        video = page.locator("video")
        video.wait_for()
        self.until("document.querySelector('video').readyState >= 1")
        at = video.evaluate("""async (video) => {
            const sought = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
            video.currentTime = 8;
            await sought;
            return [video.currentTime, video.duration];
        }""")
        assert abs(at[0] - 8) < 0.1 and 11 < at[1] < 13, at
        assert self.partial > 0, "the video was not read by ranges"
        self.seen("entry-video", jpeg=True)
        photo = server.send("GET", "/v1/stores/acme-uploads/entries?limit=1")["entries"][0]["key"]
        self.open("stores", "acme-uploads", "entry", photo)
        self.until("document.querySelector('.preview img')?.naturalWidth > 0")
        for store, selector in (("acme-audio", "audio"), ("acme-credits", ".preview .json-key")):
            key = server.send("GET", f"/v1/stores/{store}/entries?limit=1")["entries"][0]["key"]
            self.open("stores", store, "entry", key)
            page.locator(selector).first.wait_for()
        self.seen("entry-json")
        for key, content, kind in (
            ("page.html", b"<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>", "text/html"),
            ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>window.pwned = 1</script></svg>", "image/svg+xml"),
            ("a/../b//c \u202e %2F.txt", "odd keys are keys".encode(), "text/plain"), ("raw.bin", bytes(range(256)) * 4, "application/octet-stream"),
        ):
            server.put("things", key, content, kind)
            self.open("stores", "things", "entry", key)
            if kind == "image/svg+xml":
                self.until("document.querySelector('.preview img')?.naturalWidth > 0")
            else:
                expect(page.locator(".preview pre")).to_contain_text({"text/html": "<script>", "text/plain": "odd keys are keys"}.get(kind, "00 01 02"))
        assert page.evaluate("window.pwned ?? null") is None, "an upload's script ran"
        expect(page.locator("dl.facts").first).to_contain_text("SHA-256")
        self.say("previews of film, photo, sound, JSON, text and bytes; nothing of an upload runs")

    def signed_link(self):
        page = self.page
        self.open("stores", "things", "entry", "raw.bin")
        self.button("Share link").click()
        page.get_by_label("Valid for").select_option("1h")
        self.button("Create and copy link").click()
        url = page.get_by_label("Link", exact=True).input_value()
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.read() == bytes(range(256)) * 4
        self.seen("link", jpeg=True)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        with page.expect_download() as download:
            self.link("Download").click()
        assert download.value.path().read_bytes() == bytes(range(256)) * 4
        self.say("a signed link opens the entry for who has no token; download")

    def uploads(self):
        page, server = self.page, self.server
        self.open("stores", "things")
        page.get_by_role("region", name="Entries", exact=True).wait_for()
        page.locator("input[type=file]").set_input_files([{"name": "hello.txt", "mimeType": "text/plain", "buffer": b"hello"}])
        expect(page.locator(".uploads")).to_contain_text("hello.txt")
        expect(page.locator("progress.completed")).to_have_count(1)
        page.evaluate("""() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(8_000_000)], "dropped.bin"));
            const zone = document.querySelector(".drop-zone");
            for (const kind of ["dragenter", "dragover", "drop"]) zone.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""")
        expect(page.locator("progress.completed")).to_have_count(2)
        found = {entry["key"]: entry for entry in server.send("GET", "/v1/stores/things/entries?limit=1000")["entries"]}
        assert found["dropped.bin"]["size"] == 8_000_000 and found["hello.txt"]["contentType"] == "text/plain"
        self.link("dropped.bin").first.wait_for()
        page.locator("input[type=file]").set_input_files([{"name": "hello.txt", "mimeType": "text/plain", "buffer": b"other"}])
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(page.locator(".uploads")).to_contain_text("skipped")
        assert server.send("GET", "/v1/stores/things/entries/hello.txt") == b"hello"
        self.seen("upload")
        self.say("uploads by choice and by drop, with bars; nothing is replaced unasked")

    def editing(self):
        page, server = self.page, self.server
        key = "notes/plan.json"
        server.put("things", key, b'{"title":"Plan","big":12345678901234567890,"steps":[1,2]}', "application/json", larder_metadata='{"by":"walk"}')
        self.open("stores", "things", "entry", key)
        self.button("Edit").click()
        area = page.get_by_label(re.compile("^Text of"))
        area.fill(area.input_value().replace('"Plan"', '"Mine"'))
        area.press("Control+s")
        expect(page.locator(".preview")).to_contain_text('"Mine"')
        stored = server.send("GET", "/v1/stores/things/entries/notes%2Fplan.json")
        assert stored["big"] == 12345678901234567890 and stored["title"] == "Mine"
        self.button("Edit").click()
        area.fill("{ not JSON")
        expect(self.button("Save")).to_be_disabled()
        area.fill('{"title": "Mine again"}')
        server.put("things", key, b'{"title":"Theirs"}', "application/json", larder_metadata='{"by":"walk"}')
        self.button("Save").click()
        self.heading("Someone else changed it")
        expect(page.get_by_role("region", name="Yours", exact=True)).to_contain_text("Mine again")
        expect(page.get_by_role("region", name="On the server now", exact=True)).to_contain_text("Theirs")
        assert server.send("GET", "/v1/stores/things/entries/notes%2Fplan.json") == {"title": "Theirs"}
        self.seen("conflict")
        self.button("Overwrite with mine").click()
        expect(page.locator(".preview")).to_contain_text("Mine again")
        entry = server.send("GET", "/v1/stores/things/entries?prefix=notes/plan.json&metadata=true")["entries"][0]
        assert entry["metadata"] == {"by": "walk"} and entry["contentType"] == "application/json", entry
        self.button("Delete").click()
        expect(page.get_by_role("dialog")).to_contain_text("can't be undone")
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        # The toast of an earlier deletion may still be there, so the server is asked.
        expect(page.locator(".toast", has_text=re.compile("^Deleted$")).last).to_be_visible()
        for _ in range(200):
            left = server.send("GET", "/v1/stores/things/entries?prefix=notes/")["entries"]
            if not left:
                break
            page.wait_for_timeout(100)
        assert left == [], left
        self.say("editing keeps numbers and metadata, shows both sides of a conflict; deleting asks first")

    def unsaved(self):
        """What is typed is never lost without a question."""
        page, server = self.page, self.server
        server.put("things", "draft.txt", b"as it was\r\n", "text/plain")
        path = "things / draft.txt"
        self.open("stores", "things")
        self.link("draft.txt").click()
        self.button("Edit").click()
        area = page.get_by_label(re.compile("^Text of"))
        address = page.evaluate("location.hash")
        # Nothing is asked of who has changed nothing.
        area.wait_for()
        page.go_back()
        self.link("draft.txt").click()
        self.button("Edit").click()
        area.fill("typed by hand")
        question = page.get_by_role("dialog")

        def asked(leave, answer, stays=True):
            leave()
            expect(question).to_contain_text(path)
            question.get_by_role("button", name=answer).click()
            expect(question).to_have_count(0)
            if stays:
                assert page.evaluate("location.hash") == address
                assert area.input_value() == "typed by hand"

        asked(lambda: self.link("Runs").click(), "Stay")
        asked(lambda: page.evaluate("history.back()"), "Stay")
        asked(lambda: page.evaluate("history.go(-2)"), "Stay")
        asked(lambda: self.button("Sign out").click(), "Stay")
        asked(lambda: self.button("Switch site").click(), "Stay")
        asked(lambda: page.get_by_role("region", name="Preview").get_by_role("button", name="Cancel").click(), "Keep editing")
        self.button("Edit").click()
        assert area.input_value() == "typed by hand"
        # A browser asks in its own words before it closes or loads a page.
        told = []
        page.once("dialog", lambda dialog: (told.append(dialog.type), dialog.dismiss()))
        page.close(run_before_unload=True)
        self.until_here(lambda: told == ["beforeunload"])
        # A session that ends meanwhile takes nothing with it.
        self.context.clear_cookies(name="larder_session")
        self.button("Save").click()
        expect(question).to_contain_text("session has ended")
        page.keyboard.press("Escape")
        question.get_by_label("Token").fill(server.token)
        page.keyboard.press("Enter")
        expect(question).to_have_count(0)
        assert area.input_value() == "typed by hand"
        asked(lambda: page.evaluate("history.back()"), "Stay")
        self.button("Save").click()
        expect(page.locator(".preview")).to_contain_text("typed by hand")
        self.button("Edit").click()
        area.fill("thrown away")
        self.link("Memory").click()
        question.get_by_role("button", name="Discard").click()
        self.heading("Memory")
        assert server.send("GET", "/v1/stores/things/entries/draft.txt") == b"typed by hand"
        page.go_back()
        expect(page.locator(".preview")).to_contain_text("typed by hand")
        page.go_back()
        self.link("draft.txt").wait_for()
        # Uploads end with their page, so leaving it asks, too.
        held = []
        page.route("**/v1/stores/things/entries/slow.bin", lambda route: held.append(route) if route.request.method == "PUT" else route.continue_())
        page.locator("input[type=file]").set_input_files([{"name": "slow.bin", "mimeType": "application/octet-stream", "buffer": b"0" * 1000}])
        self.until_here(lambda: held)
        self.link("Runs").click()
        expect(question).to_contain_text("1 upload")
        question.get_by_role("button", name="Stay").click()
        held[0].continue_()
        page.unroute_all()
        expect(page.locator("progress.completed")).to_have_count(1)
        self.link("Runs").click()
        self.heading("Runs")
        self.say("what is typed, and an upload, is kept or asked for: by links, Back, sign-out, a closed tab and an ended session")

    def runs(self):
        page, server = self.page, self.server
        self.open("runs", store="progress")
        expect(page.locator(".connection")).to_have_text("live")
        self.streams.clear()
        row = page.locator("tr[data-run='harbour-film/run-live']")
        for event in PIPELINE[:6]:
            server.append("run-live", event)
        expect(row).to_have_attribute("data-state", "running")
        expect(row.locator("progress")).to_have_attribute("value", "40")
        expect(row).to_contain_text("Voice and music are being made")
        if self.folder:
            for number, (project, upto) in enumerate([("tide-notes", 8), ("lantern-coast", 3), ("harbour-film", 10), ("night-train", 5), ("storm-watch", 7)]):
                server.append(f"run-2026-{number + 11}", *PIPELINE[:upto], project=project)
            server.append("run-2026-17", *PIPELINE[:6], ("pipeline", "failed", 40, "Out of credits at the voice service"), project="ferry-home")
        self.seen("runs", narrow=True)
        for number in range(LIVE_RUNS):
            server.append(f"run-{number:03}", ("director", "running", 5 + number % 80, f"Scene {number}"), project="many")
        expect(page.locator("tr[data-run^='many/']")).to_have_count(LIVE_RUNS)
        assert len(self.streams) == 0, f"more streams than the page's one: {self.streams}"
        server.append("run-doomed", PIPELINE[0], PIPELINE[1], PIPELINE[2])
        server.append("run-doomed", ("quality_gate", "failed", 0, "Film rejected: no video file"))
        expect(page.locator("tr[data-run='harbour-film/run-doomed']")).to_have_attribute("data-state", "failed")
        for event in PIPELINE[6:]:
            server.append("run-live", event)
        expect(row).to_have_attribute("data-state", "completed")
        expect(row.locator("progress")).to_have_attribute("value", "100")
        self.button("failed").click()
        expect(row).to_have_count(0)
        expect(page.locator("tr[data-run='harbour-film/run-doomed']")).to_have_count(1)
        self.say(f"{LIVE_RUNS} live runs on one stream, one from 0 to complete, one that fails")

    def run(self):
        page, server = self.page, self.server
        server.put("audio", "projects/harbour-film/runs/run-page/music.mp3", b"0" * 5000, "audio/mpeg")
        server.put("runs", "harbour-film/run-page.json", b'{"status":"running"}', "application/json")
        server.put("runs", "harbour-film/run-page2.json", b"{}", "application/json")
        server.append("run-page", *PIPELINE[:4])
        self.open("runs", "progress", "harbour-film", "run-page")
        expect(page.locator(".heading .badge")).to_have_text("running")
        for event in PIPELINE[4:]:
            server.append("run-page", event)
        expect(page.locator(".heading .badge")).to_have_text("completed")
        expect(page.get_by_role("img", name=re.compile("director: .*, writer: "))).to_be_visible()
        stored = page.get_by_role("table", name="Stored for this run")
        expect(stored).to_contain_text("music.mp3")
        expect(stored).to_contain_text("harbour-film/run-page.json")
        expect(stored).not_to_contain_text("run-page2")
        newest = server.send("GET", "/v1/progress?store=acme-progress&limit=1")["runs"][0]
        self.open("runs", "acme-progress", newest["project"], newest["run"])
        expect(page.get_by_role("table", name="Stored for this run")).to_contain_text("narration_0.mp3")
        self.seen("run")
        self.say("a run's stages, cost and all that is stored for it, live")

    def failed_run(self):
        """One rule for a state's colour and word, and for how far a run is; a long message is clamped."""
        page, server = self.page, self.server
        long = "An error of many words. " * 2_600
        server.append("run-torn", ("director", "completed", 30, "Chosen"), ("writer", "running", 60, "Drafting"), ("editor", "running", 75, "Assembling"))
        server.send("POST", "/v1/progress/harbour-film/run-torn", {"agent": "pipeline", "status": "failed", "message": long})
        self.open("runs", project="harbour-film")
        row = page.locator("tr[data-run='harbour-film/run-torn']")
        expect(row).to_have_attribute("data-state", "failed")
        expect(row.locator("progress")).to_have_attribute("value", "75")
        expect(row.get_by_role("img", name="director: completed, writer: completed, editor: failed")).to_be_visible()
        row.get_by_role("link").click()
        expect(page.locator(".figure", has_text="Progress")).to_contain_text("75 %")
        expect(page.get_by_text("so far")).to_have_count(0)
        badges = page.locator(".badge").evaluate_all("all => all.map((one) => [one.classList[1], one.textContent])")
        assert badges == [["failed"] * 2, ["completed"] * 2, ["completed"] * 2, ["failed"] * 2], badges
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height < 2_500, f"a long message fills the page: {height} px"
        more = page.get_by_role("table", name="Events, newest first").get_by_role("button", name="Show all (62.4 kB)")
        more.click()
        expect(page.get_by_role("region", name="The whole text")).to_have_text(long)
        # It stays open when the page is drawn again.
        server.append("run-torn", ("quality_gate", "failed", 75, "Rejected"))
        self.button("Refresh").click()
        expect(page.get_by_role("table", name="Events, newest first")).to_contain_text("Rejected")
        expect(page.get_by_role("region", name="The whole text")).to_have_text(long)
        self.axe("a long message")
        self.button("Show less").click()
        expect(page.get_by_role("region", name="The whole text")).to_have_count(0)
        # Of a run whose older events are gone, the sum of the rest is not all that it cost.
        server.send("POST", "/v1/progress/harbour-film/run-long", [{"agent": "writer", "status": "running", "progress": 1, "cost": 0.01}] * CAPPED)
        self.open("runs", "progress", "harbour-film", "run-long")
        expect(page.locator(".figure", has_text="Cost")).to_contain_text("partial")
        expect(page.locator(".figure", has_text="Cost")).to_contain_text("≥ $")
        self.say("a failed run tells one state, one progress and a message in short")

    def memory(self):
        page, server = self.page, self.server
        for number in range(5):
            run = f"run-{number}"
            server.send("POST", "/v1/memory/one-number/runs", {"runId": run, "theme": "coast", "mood": "calm", "musicStyle": "harp"})
            server.send("POST", "/v1/memory/one-number/ratings", {"runId": run, "rating": "good" if number else "bad"})
        self.open("memory", "memory", "one-number")
        # Wilson's lower bound of 4 in 5 is 37.55 %: everything that tells it says the same.
        suggestion = page.locator(".suggestions li", has_text="calm")
        expect(suggestion).to_contain_text("at least")
        told = re.findall(r"at least (\d+) %", suggestion.text_content()) + re.findall(r"interval (\d+)–", page.get_by_role("img", name=re.compile("^calm, harp")).get_attribute("aria-label"))
        assert len(told) >= 2 and set(told) == {"37"}, told
        self.open("memory")
        page.get_by_label("Filter projects by name").fill("NOTES-")
        expect(page.get_by_role("table", name="Projects")).not_to_contain_text("one-number")
        page.get_by_role("table", name="Projects").get_by_role("link", name=re.compile("^tide-notes-[a-z0-9]{6}$")).click()
        chart = page.get_by_role("img", name=re.compile("uplifting, piano: "))
        before = chart.get_attribute("aria-label")
        page.get_by_role("table", name="History").get_by_role("button", name=re.compile("Rate .* bad"), disabled=False).first.click()
        expect(chart).not_to_have_attribute("aria-label", before)
        expect(page.locator(".suggestions li").first).to_be_visible()
        assert page.locator("main section").first.get_attribute("aria-label") == "Suggestions", "what to try next does not come first"
        self.seen("memory")
        self.say("a rating changes the chart; suggestions with their reasons")

    def housekeeping(self):
        page, server = self.page, self.server
        self.open("housekeeping")
        self.button("Preview cleanup").click()
        table = page.get_by_role("table", name="To be deleted, by store and rule")
        expect(table).to_contain_text("runs")
        expect(table).to_contain_text("expired")
        expect(page.get_by_role("table", name="Oldest")).to_be_visible()
        expect(page.get_by_role("table", name="Largest")).to_be_visible()
        self.seen("cleanup")
        before = len(server.send("GET", "/v1/stores/runs/entries?prefix=coast-&limit=1000")["entries"])
        self.button(re.compile(r"^Delete [\d,]+ entr")).click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        assert len(server.send("GET", "/v1/stores/runs/entries?prefix=coast-&limit=1000")["entries"]) == before
        self.button(re.compile(r"^Delete [\d,]+ entr")).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete them").click()
        expect(page.get_by_text(re.compile("^Deleted .* of content"))).to_be_visible()
        left = server.send("GET", "/v1/stores/runs/entries?prefix=coast-&limit=1000")["entries"]
        assert 0 < len(left) < before and all("coast-100" not in entry["key"] for entry in left), left
        self.open("housekeeping", "verify")
        self.button("Verify all content").click()
        expect(page.get_by_text(re.compile("^No damage"))).to_be_visible()
        self.seen("verify")
        self.open("housekeeping", "backups")
        expect(page.get_by_text("No backup yet")).to_be_visible()
        self.button("Back up now").click()
        # The server of the walk has no repository, and says so.
        expect(page.get_by_role("table", name="Backups, newest first")).to_contain_text("There is no repository of snapshots")
        self.seen("backups", is_pictured=False)
        self.open("housekeeping", "jobs")
        expect(page.get_by_role("table", name=re.compile("Jobs"))).to_contain_text("Verification")
        self.seen("jobs")
        self.say("a dry run, its removal, a verification, a backup and the jobs")

    def audit(self):
        self.open("housekeeping", "audit")
        expect(self.page.get_by_role("table", name=re.compile("Audit log"))).to_contain_text("job.begin")
        expect(self.page.get_by_role("table", name=re.compile("Audit log"))).to_contain_text("session.begin")
        self.seen("audit")
        self.say("who did what")

    def sites(self):
        page = self.page
        self.server.send("PUT", "/v1/stores/elsewhere/entries/there.txt?site=tenant-b", b"another site's", {"content-type": "text/plain"})
        self.button("Switch site").click()
        page.get_by_role("dialog").get_by_label("Site").fill("tenant-b")
        self.button("Switch", exact=True).click()
        self.link("elsewhere").click()
        self.link("there.txt").click()
        expect(page.locator(".preview pre")).to_have_text("another site's")
        self.button("Switch site").click()
        page.get_by_role("dialog").get_by_label("Site").fill("default")
        self.button("Switch", exact=True).click()
        self.link("acme-videos").wait_for()
        expect(self.link("elsewhere")).to_have_count(0)
        self.say("a session of all sites shows another one")

    def health(self):
        page = self.page
        self.open("health")
        expect(page.get_by_text("Ready.")).to_be_visible()
        expect(page.get_by_role("table", name="Requests by API")).to_contain_text("netlify")
        chart = page.get_by_role("img", name=re.compile("Requests per second: now"))
        expect(chart).not_to_have_attribute("aria-label", re.compile("all unknown"))
        if self.folder:
            for _ in range(14):
                for number in range(20):
                    self.server.send("GET", "/v1/stores/acme-runs/entries?limit=20")
                    if number % 4 == 0:
                        self.server.put("things", f"tick-{number}.txt", b"tick", "text/plain")
                self.page.wait_for_timeout(700)
        self.seen("health")
        # The server keeps one point a minute, and a quick walk comes here before it has two.
        while len(self.server.send("GET", "/v1/health")["points"]) < 2:
            self.page.wait_for_timeout(500)
        self.button("Last 24 hours").click()
        expect(page.get_by_text("One point a minute since")).to_be_visible()
        expect(chart).not_to_have_attribute("aria-label", re.compile("all unknown"))
        points = self.server.send("GET", "/v1/health")["points"]
        drawn = page.get_by_role("region", name="Requests per second").locator("path.line").first.get_attribute("d")
        assert 1 < len(points) and len(points) - 1 <= len(re.findall("[ML]", drawn)) <= len(points), (len(points), drawn)
        self.seen("health-day", is_pictured=False)
        self.say("health from the server's metrics, and from what it keeps of a day")

    def widths(self):
        """No page is wider than the window, and the sections stay within reach."""
        page, server = self.page, self.server
        server.put("things", "unbroken" * 70, b"{\"" + b"k" * 500 + b"\":1}", "application/json", larder_metadata='{"note":"' + "m" * 900 + '"}')
        server.put("s" * 64, "k.txt", b"k", "text/plain")
        server.append("r" * 90, ("a" * 90, "running", 5, "w" * 3_000), project="p" * 90)
        server.send("POST", f"/v1/stores/walk-conversations/logs/ada%2F{'c' * 200}", [{"role": "r" * 90, "content": "w" * 3_000}, {"k" * 500: 1}])
        job = server.send("GET", "/v1/admin/jobs")["jobs"]
        runs = server.send("GET", "/v1/progress?store=acme-progress&limit=1")["runs"][0]
        project = server.send("GET", "/v1/stores/acme-memory/entries?delimiter=/")["directories"][0]
        pages = [
            ("stores",), ("stores", "acme-runs"), ("stores", "s" * 64), ("stores", "things"), ("stores", "missing"), ("stores", "things", "entry", "unbroken" * 70),
            ("stores", "things", "entry", "raw.bin"), ("stores", "things", "entry", "missing"), ("stores", "walk-conversations", "entry", "ada/" + "c" * 200), ("runs",), ("runs", "acme-progress", runs["project"], runs["run"]),
            ("runs", "progress", "p" * 90, "r" * 90), ("runs", "progress", "harbour-film", "run-torn"), ("memory",), ("memory", "acme-memory", project), ("memory", "memory", "missing"),
            ("housekeeping",), ("housekeeping", "cleanup", next(one["id"] for one in job if one["kind"] == "cleanup")), ("housekeeping", "jobs"),
            ("housekeeping", "jobs", next(one["id"] for one in job if one["kind"] == "verify")), ("housekeeping", "verify"), ("housekeeping", "backups"), ("housekeeping", "tokens"), ("housekeeping", "audit"),
            ("health",), ("stores", "walk-media"), ("missing",),
        ]
        for parts in pages:
            self.open(*parts)
            self.until("!document.querySelector('main .loading')")
            name = "/".join(parts)[:60]
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                self.fits(f"{name} at {width} px", width)
            self.axe(f"{name} at {width} px")
            page.emulate_media(color_scheme="dark")
            self.axe(f"{name}, dark", only=["color-contrast"])
            page.emulate_media(color_scheme="light")
            self.focus_is_seen(name)
        page.set_viewport_size({"width": 390, "height": 844})
        self.open("housekeeping", "audit")
        wrap = page.get_by_role("region", name="Audit log, newest first")
        if wrap.evaluate("(one) => one.scrollWidth > one.clientWidth"):
            expect(wrap).to_have_class(re.compile("more-right"))
        self.open("stores", "things", "entry", "unbroken" * 70)
        for name in ("Delete", "Share link"):
            self.button(name).click()
            self.fits(f"the dialog of {name}", 390)
            page.keyboard.press("Escape")
        page.set_viewport_size({"width": 1280, "height": 860})
        self.say(f"{len(pages)} pages fit windows of {', '.join(map(str, WIDTHS))} pixels, with names, contrast and focus that count")

    def focus_is_seen(self, name):
        """Whatever takes the focus shows that it has it, to who goes around by keys."""
        self.page.keyboard.press("Tab")
        unseen = self.page.evaluate("""() => {
            const stops = [...document.querySelectorAll("a[href], button:not(:disabled), input, select, textarea, [tabindex='0']")].filter((one) => one.checkVisibility() && one.tabIndex >= 0);
            return stops.slice(0, 150).filter((one) => {
                one.focus({ preventScroll: true });
                const style = getComputedStyle(one);
                return document.activeElement === one && !(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1);
            }).map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}`);
        }""")
        if unseen:
            self.problems.append(f"the focus can't be seen: {name}: {unseen[:5]}")
        self.page.evaluate("document.activeElement.blur()")

    def fits(self, name, width):
        """Looked at again until the charts have been drawn for the width."""
        measured = """(width) => {
            const right = (one) => one.getBoundingClientRect().right;
            const nav = document.querySelector('.side nav').getBoundingClientRect();
            // What can be scrolled to within its place is not cut off.
            const scrolled = (one) => one.closest('.table-wrap, .preview, .tabs, pre, .clamped .all, .copies code');
            const wide = [...document.querySelectorAll('#app *')].filter((one) => right(one) > width + 1 && !scrolled(one.parentElement) && !one.closest('.unseen, .skip'));
            return { page: document.documentElement.scrollWidth, nav: nav.right <= width && nav.bottom <= innerHeight && nav.width > 0,
                wide: wide.slice(0, 4).map((one) => `${one.tagName}.${one.getAttribute('class')} ${Math.round(right(one))}`) };
        }"""
        end = time.monotonic() + 3
        while (seen := self.page.evaluate(measured, width)) and (seen["page"] > width or seen["wide"] or not seen["nav"]):
            if time.monotonic() > end:
                self.problems.append(f"too wide: {name}: {seen}")
                return
            self.page.wait_for_timeout(50)

    def refusals(self):
        """What is missing, or not allowed, is told once, and without a button that can't help."""
        page, server = self.page, self.server
        self.open("stores", "no-such-store")
        expect(page.locator(".state")).to_have_count(1)
        expect(page.get_by_role("heading", name="This store does not exist yet")).to_be_visible()
        self.open("stores", "things", "entry", "no-such-entry")
        expect(page.locator(".state")).to_have_count(1)
        # A file that misses the list does not take the page away.
        for target in ("body", ".side", ".heading"):
            assert page.evaluate("""(target) => ["dragover", "drop"].every((kind) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File(["x"], "missed.txt"));
                return !document.querySelector(target).dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
            })""", target), f"a drop on {target} is the browser's"
        expect(page.locator(".toast", has_text="Nothing was uploaded").first).to_be_visible()
        token = server.send("POST", "/v1/admin/tokens", {"scopes": ["read"], "stores": ["media"], "note": "media only"})["token"]
        self.sign_out()
        self.sign_in(token)
        self.heading("Stores")
        for parts in (("stores", "things"), ("stores", "things", "entry", "raw.bin"), ("runs", "progress", "harbour-film", "run-live")):
            self.open(*parts)
            expect(page.get_by_role("heading", name="Not allowed").first).to_be_visible()
            self.until("!document.querySelector('main .loading')")
            assert page.locator(".state").count() == 1, f"{parts}: told {page.locator('.state').all_text_contents()}"
            expect(self.button("Try again")).to_have_count(0)
        self.open("stores", "no-such-store")
        expect(page.locator(".state")).to_have_count(1)
        self.sign_out()
        self.sign_in(server.token)
        self.heading("Stores")
        self.say("what is missing or refused is told once; a file dropped beside the list stays where it is")

    def copies(self):
        """What is copied does what it says, for any key."""
        page, server = self.page, self.server
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        environment = {"PATH": f"{pathlib.Path(server.binary).resolve().parent}:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "LARDER_TOKEN": server.token}
        for number, key in enumerate(("trip/photo 1.txt", "it's $HOME & `more`\\n.txt", "-o", "tab\there \u202e.txt")):
            content = f"content {number}".encode()
            server.put("things", key, content, "text/plain")
            self.open("stores", "things", "entry", key)
            self.button("Copy the key").click()
            assert page.evaluate("navigator.clipboard.readText()") == key
            for name in ("Copy the command", "Copy the curl command"):
                self.button(name, exact=True).click()
                command = page.evaluate("navigator.clipboard.readText()")
                with tempfile.TemporaryDirectory() as folder:
                    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=30)
                    files = list(pathlib.Path(folder).iterdir())
                    assert done.returncode == 0 and len(files) == 1 and files[0].read_bytes() == content, f"{command}: {done}"
            self.button("Copy the URL").click()
            url = page.evaluate("navigator.clipboard.readText()")
            with urllib.request.urlopen(urllib.request.Request(url, headers={"authorization": f"Bearer {server.token}"}), timeout=30) as answer:
                assert answer.read() == content
        self.say("keys, URLs and commands are copied as they work")

    def reader(self):
        token = self.server.send("POST", "/v1/admin/tokens", {"scopes": ["read"], "note": "looks only"})["token"]
        self.sign_in(token)
        self.heading("Stores")
        page = self.page
        expect(self.link("Housekeeping")).to_have_count(0)
        self.open("stores", "things")
        self.link("raw.bin").wait_for()
        expect(self.button("Upload")).to_have_count(0)
        expect(self.button(re.compile("^Delete"))).to_have_count(0)
        self.link("raw.bin").click()
        self.button("Share link").wait_for()
        for name in ("Edit", "Delete"):
            expect(self.button(name)).to_have_count(0)
        self.open("housekeeping")
        expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
        self.say("who may only read sees nothing that writes")

    def keyboard(self):
        page = self.page
        self.sign_out()
        page.reload()
        page.evaluate(AXE)
        expect(page.get_by_label("Token")).to_be_focused()
        page.keyboard.type(self.server.token)
        page.keyboard.press("Enter")
        self.open("stores")
        self.heading("Stores")
        page.get_by_role("table", name="All stores").wait_for()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        # From the main part on to the first store, by Tab alone.
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('tbody') !== null"):
                break
        name = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        expect(page.locator(".crumbs [aria-current]")).to_have_text(name)
        expect(page.locator("h1")).to_be_focused()
        self.open("stores", "things", "entry", "raw.bin")
        remove = self.button("Delete")
        remove.focus()
        outline = remove.evaluate("(one) => getComputedStyle(one).outlineStyle")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
        page.keyboard.press("Escape")
        expect(remove).to_be_focused()
        assert page.locator("button:focus-visible").count() == 1 and outline is not None
        assert remove.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid", "the focus can't be seen"
        self.say("the keyboard alone signs in, goes around and leaves a dialog")

    def sign_out(self):
        self.button("Sign out").click()
        expect(self.page.get_by_label("Token")).to_be_visible()
        assert not [cookie for cookie in self.context.cookies() if cookie["name"] == "larder_session" and cookie["value"]], "the cookie is still there"

    def leaving(self):
        self.sign_out()
        self.page.reload()
        expect(self.page.get_by_label("Token")).to_be_visible()
        self.say("signed out")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--pages", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", help="parts, after the sign-in")
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    server = Server(options.binary)
    try:
        fill(server, *(([151, 131, 117, 100, 28, 24, 21, 17, 13, 10, 6, 3, 1], 3) if options.screenshots else ([100, 5], 0)))
        with sync_playwright() as play:
            chromium = next(path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if pathlib.Path(path).exists())
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            walk = Walk(server, browser, options.screenshots)
            if options.pages:
                walk.take_pages(options.pages)
            parts = (
                walk.signing_in, walk.policy, walk.stores, walk.making, walk.browse, walk.paging, walk.searching, walk.previews, walk.grid, walk.conversation, walk.signed_link,
                walk.uploads, walk.bulk_download, walk.editing, walk.properties, walk.dialogs, walk.unsaved, walk.copies, walk.runs, walk.run_search,
                walk.run, walk.failed_run, walk.memory, walk.housekeeping, walk.tokens, walk.audit, walk.sites, walk.health, walk.docs, walk.widths, walk.refusals, walk.sign_out, walk.reader, walk.keyboard, walk.leaving,
            )
            for part in parts if options.only is None else [walk.signing_in, *(getattr(walk, name) for name in options.only)]:
                try:
                    part()
                except Exception:
                    if options.screenshots is None:
                        walk.page.screenshot(path=pathlib.Path(tempfile.gettempdir(), "larder-console-walk.png"))
                    print(f"failed in: {part.__name__}; {walk.problems}", file=sys.stderr)
                    raise
            browser.close()
        assert not walk.problems, "\n".join(walk.problems)
        print(f"{walk.checked} accessibility checks, none serious")
        server.stop()
        print("ok: all")
    finally:
        server.remove()


if __name__ == "__main__":
    main()
