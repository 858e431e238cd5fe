"""What the soak measures, how it judges that, and how it draws it.

The traffic keeps a bounded set of things. So memory, descriptors, threads, the WAL, the data directory and the times of answers must not
go up from the middle of the run to its end; the slope of the second half is tested against the bounds below.
"""

import json
import os
import pathlib
import statistics
import threading
import time

from .client import Client, NoAnswer, NotSent
from .soak_traffic import Followers, Tally, Worker
from .svg import Panel, chart

SAMPLE_SECONDS = 10
CLEANUP_SECONDS, COLLECT_SECONDS, VERIFY_SECONDS, GRACE_SECONDS = 60, 120, 600, 60

# What the second half of a run may add, from its begin to its end, by the slope: as a share of the median and at least that much.
BOUNDS = {
    "memory, MB": (0.05, 5),
    "open descriptors": (0.05, 8),
    "threads": (0.0, 2),
    "WAL, MB": (0.25, 8),
    "data directory without WAL, MB": (0.05, 5),
    "index, MB": (0.05, 4),
    "p50 of reads, ms": (0.5, 1),
    "p50 of writes, ms": (0.5, 4),
    "p99 of reads, ms": (1.0, 20),
    "p99 of writes, ms": (1.0, 60),
}
TELL_SECONDS = 300
WAL_MAX_MB = 48
"""The WAL is emptied when it passes 32 MiB; one transaction may go beyond."""


def slope(points):
    """Theil and Sen: the median of the slopes between all pairs, so that single outliers say nothing."""
    pairs = [(y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points) for x2, y2 in points[i + 1 :] if x2 != x1]
    return statistics.median(pairs) if pairs else 0.0


def judge(series, minutes):
    """Rows (name, median, change over the second half, allowed change, holds) for every bounded series with points in the second half."""
    rows = []
    # Between two collections what is replaced piles up: means over their period, so that a half that begins or ends inside one says nothing.
    series = series | {"data directory without WAL, MB": by_minute([
        (x, whole - wal) for (x, whole), (_, wal) in zip(series["data directory, MB"], series["WAL, MB"])], COLLECT_SECONDS / 60, statistics.mean)}
    for name, (share, least) in BOUNDS.items():
        second = [(x, y) for x, y in series.get(name, []) if x >= minutes / 2]
        if len(second) < 2:
            continue
        median = statistics.median(y for _, y in second)
        change = slope(second) * minutes / 2
        allowed = max(share * median, least)
        rows.append((name, median, change, allowed, change <= allowed))
    return rows


class Sampler(threading.Thread):
    """Looks at the server's process and directory every ten seconds."""

    def __init__(self, pid, data, tally, workers, begin, until):
        super().__init__(name="sampler", daemon=True)
        self.pid, self.data, self.tally, self.workers, self.begin, self.until = pid, pathlib.Path(data), tally, workers, begin, until
        self.crew = []
        self.series = {}

    def add(self, name, value):
        self.series.setdefault(name, []).append((round((time.monotonic() - self.begin) / 60, 3), round(value, 3)))

    def run(self):
        probe = self.data.parent / "probe"
        while time.monotonic() < self.until:
            try:
                self.sample(probe)
            except (KeyError, FileNotFoundError):
                self.tally.problem("the server ended")
                for thread in self.crew:
                    thread.until = 0
                return
            time.sleep(SAMPLE_SECONDS)

    def sample(self, probe):
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines())
        self.add("memory, MB", int(status["VmRSS"].split()[0]) * 1024 / 1e6)
        self.add("threads", int(status["Threads"]))
        self.add("open descriptors", len(os.listdir(f"/proc/{self.pid}/fd")))
        wal = self.data / "index.sqlite-wal"
        self.add("WAL, MB", wal.stat().st_size / 1e6 if wal.exists() else 0)
        self.add("index, MB", (self.data / "index.sqlite").stat().st_size / 1e6)
        self.add("data directory, MB", folder_bytes(self.data) / 1e6)
        self.add("live files, MB", sum(size for worker in self.workers for _, size in list(worker.large.values())) / 1e6)
        # The machine's own disk, beside the server's answers: when both go up it is not the server.
        begun = time.monotonic()
        with open(probe, "wb") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
        self.add("a bare fsync, ms", (time.monotonic() - begun) * 1000)


def folder_bytes(folder):
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                pass
    return total


class Keeper(threading.Thread):
    """Cleanup, collect and verify, each as often as the constants say, and what they found."""

    def __init__(self, server, tally, until):
        super().__init__(name="keeper", daemon=True)
        self.client, self.tally, self.until = Client(server, seconds=60), tally, until
        self.jobs = {"cleanup": 0, "collect": 0, "verify": 0}
        self.removed = {"cleanup": 0, "collect": 0}

    def run(self):
        due = {"cleanup": CLEANUP_SECONDS, "collect": COLLECT_SECONDS, "verify": VERIFY_SECONDS}
        begun = time.monotonic()
        next_at = {kind: begun + seconds for kind, seconds in due.items()}
        while time.monotonic() < self.until:
            for kind, seconds in due.items():
                if time.monotonic() >= next_at[kind]:
                    next_at[kind] += seconds
                    self.work(kind)
            time.sleep(1)

    def work(self, kind):
        body = {"grace": f"{GRACE_SECONDS}s"} if kind == "collect" else {}
        try:
            job = self.client.job(kind, body, seconds=600)
        except (NoAnswer, NotSent) as error:
            return self.tally.problem(f"{kind}: {error!r}")
        if job is None:
            return self.tally.problem(f"{kind} did not begin, or not end")
        self.jobs[kind] += 1
        if job["state"] != "done":
            return self.tally.problem(f"{kind} ended as {job['state']}: {job.get('error')}")
        if kind in self.removed:
            self.removed[kind] += job["result"]["removed"]
        elif any(job["result"][field] for field in ("corrupt", "missing", "unreadable", "damaged")):
            self.tally.problem(f"verify found damage: {json.dumps(job['result'])[:500]}")
        return None


def soak(server, minutes, rate, workers, followers, tell=lambda record: None):
    """Runs it on a server that is up. Returns the record: a dictionary that goes into JSON.
    `tell` gets the record so far every few minutes."""
    tally, begin = Tally(), time.monotonic()
    until = begin + minutes * 60
    crew = [Worker(n, server, tally, rate / workers, begin, until) for n in range(workers)]
    for worker in crew:
        worker.preload()
    tally.minutes.clear()
    begin = time.monotonic()
    until = begin + minutes * 60
    sampler = Sampler(server.process.pid, server.data, tally, crew, begin, until)
    keeper = Keeper(server, tally, until)
    threads = [*crew, Followers(server, tally, workers, followers, until), sampler, keeper]
    sampler.crew = threads
    for worker in crew:
        worker.begin, worker.until = begin, until
    for thread in threads:
        thread.start()

    def record():
        return _record(minutes, rate, followers, crew, tally, keeper, sampler)

    told = begin
    while any(thread.is_alive() for thread in threads):
        time.sleep(1)
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            tell(record())
    if server.is_running:
        for worker in crew:
            worker.check_all()
    return record()


def _record(minutes, rate, followers, crew, tally, keeper, sampler):
    with tally.lock:
        by_minute, statuses = {minute: dict(kinds) for minute, kinds in tally.minutes.items()}, dict(tally.statuses)
    series = dict(sampler.series)
    for name, kinds in {"reads": ["read"], "writes": ["write", "append"]}.items():
        for share in (50, 99):
            series[f"p{share} of {name}, ms"] = percentiles(by_minute, kinds, share / 100, minutes)
    return {
        "minutes": minutes, "rate": rate, "followers": followers, "answers": sum(statuses.values()), "delivered": tally.delivered,
        "statuses": {str(status): count for status, count in sorted(statuses.items())}, "jobs": keeper.jobs, "removed": keeper.removed,
        "problems": tally.problems, "series": series,
    }


def percentiles(by_minute, kinds, share, minutes):
    points = []
    for minute, kept in sorted(by_minute.items()):
        seconds = sorted(s for kind in kinds for s in kept.get(kind, []))
        if seconds and minute < minutes:
            points.append((minute + 0.5, round(seconds[min(int(share * len(seconds)), len(seconds) - 1)] * 1000, 3)))
    return points


def draw(record):
    series = record["series"]
    latency = [(name, series[f"{name} ms"]) for name in ("p50 of reads,", "p50 of writes,")]
    panels = [
        Panel("memory (RSS), MB", [("", series["memory, MB"])]),
        Panel("open descriptors and threads", [("descriptors", series["open descriptors"]), ("threads", series["threads"])]),
        Panel("write-ahead log, MB", [("", series["WAL, MB"])]),
        Panel(
            "on disk, MB", [
                ("data directory", series["data directory, MB"]), ("live large contents", series["live files, MB"]),
                ("index", series["index, MB"]),
            ]),
        Panel("median of answers by minute, ms", [*[(n.rstrip(","), p) for n, p in latency], ("a bare fsync", by_minute(series["a bare fsync, ms"]))]),
        Panel(
            "99th percentile by minute, ms",
            [("reads", series["p99 of reads, ms"]), ("writes", series["p99 of writes, ms"])]),
    ]
    title = f"{record['minutes']:g} minutes of {record['rate']:g} requests a second, {record['followers']} followers, cleanup, collect and verify"
    return chart(title, panels, "minutes", record["minutes"])


def by_minute(points, minutes=1, middle=statistics.median):
    """One point a minute, or a longer window: the median of what lies in it, or what else `middle` makes of it."""
    windows = {}
    for x, y in points:
        windows.setdefault(int(x // minutes), []).append(y)
    return [((window + 0.5) * minutes, middle(values)) for window, values in sorted(windows.items())]


def report(record):
    """The record in words, and what grew."""
    lines = [
        f"{record['answers']:,} answers in {record['minutes']:g} minutes, {record['delivered']:,} events delivered to {record['followers']} followers; "
        + ", ".join(f"{count} x {kind}" for kind, count in record["jobs"].items())
        + f"; cleanup removed {record['removed']['cleanup']:,} entries, collect {record['removed']['collect']:,} objects",
        "", "| what | median | change in the second half | allowed | |", "|---|---|---|---|---|",
    ]
    rows = judge(record["series"], record["minutes"])
    for name, median, change, allowed, holds in rows:
        lines.append(f"| {name} | {median:.2f} | {change:+.2f} | {allowed:.2f} | {'flat' if holds else '**grows**'} |")
    growing = [row[0] for row in rows if not row[4]]
    wal = max(y for _, y in record["series"]["WAL, MB"])
    if wal > WAL_MAX_MB:
        growing.append("WAL beyond its bound")
    lines += ["", f"largest WAL: {wal:.1f} MB (bound: {WAL_MAX_MB}); wrong answers: {len(record['problems'])}"]
    return "\n".join(lines), growing
