"""4. Pages of 1,000 keys from stores of different sizes, and directories with all keys below.

Budget: 4 s a round, and about 90 s once to fill the stores. rclone lists a folder of files; it reads all of it for each page, so it gets
10⁴ keys only. The limit is SQLite's own scan of the same 1,000 rows (Benchmarks/tools/scan.c), outside of any server."""

import contextlib
import json
import statistics
import time
import urllib.parse

import peers as peers_module
from measure import Row
from tools import BenchError

REPEATS = 15


def pages(server, store, connection):
    """Cursors and sizes of the first, the middle and the last page, found by walking through all."""
    found, cursor = [], ""
    while True:
        page = server.json("GET", f"/default/site:{store}?cursor={urllib.parse.quote(cursor)}", connection=connection)
        found.append((cursor, len(page["blobs"])))
        cursor = page.get("next_cursor", "")
        if not cursor:
            return {"first": found[0], "middle": found[len(found) // 2], "last": found[-1]}


def rows(context, stack):
    template = context.template
    # Before the server opens them: the scan reads files that nobody else has open.
    repeats = context.pick(REPEATS, 3)
    scans = {}

    def scan(label, place):
        def sample(number):
            if (label, number) not in scans:
                scans[label, number] = context.programs.json(
                    "scan", scan_copy / "index.sqlite", context.store(context.list_sizes[label]), repeats)
            return {"value": scans[label, number][place]}

        return sample

    scan_copy = context.copy_of_template()
    # An older larder opens a copy: what a newer one makes of a directory may be too new for it.
    older = {"before": (context.options.before, context.copy_of_template())} if context.options.before else {}
    larders = {
        name: stack.enter_context(peers_module.larder(binary, context.folder, data))
        for name, (binary, data) in {"larder": (context.options.binary, template), **older}.items()
    }
    server = larders["larder"]

    def timed(server, path, expected):
        connection = stack.enter_context(contextlib.closing(server.connection()))

        def sample(_):
            seconds = []
            for _ in range(repeats):
                begun = time.perf_counter()
                _, body = server.ask("GET", path, connection=connection)
                seconds.append(time.perf_counter() - begun)
            page = json.loads(body)
            if len(page["blobs"]) + len(page["directories"]) != expected:
                raise BenchError(f"{path} gave {len(page['blobs'])} keys and {len(page['directories'])} directories")
            return {"value": statistics.median(seconds) * 1000}

        return sample

    out = []
    for label, size in context.list_sizes.items():
        store = context.store(size)
        with contextlib.closing(server.connection()) as connection:
            places = pages(server, store, connection)
        for place, (cursor, expected) in places.items():
            path = f"/default/site:{store}?cursor={urllib.parse.quote(cursor)}"
            contestants = {name: timed(larder, path, expected) for name, larder in larders.items()} | {"SQLite's scan": scan(label, place)}
            if label == "10⁴":
                contestants |= rclone_page(context, stack, size, place)
            out.append(Row(f"List {place} of {label}", "ms", contestants, lower_is_better=True, limits=("SQLite's scan",)))
    size = context.list_sizes["10⁶"]
    out.append(
        Row(
            "Directories, 10⁶ keys below", "ms",
            {
                name: timed(larder, f"/default/site:{context.store(size)}?directories=true", min(1_000, (size + 999) // 1_000))
                for name, larder in larders.items()
            },
            lower_is_better=True,
            note="a page of 1,000 directories with 1,000 keys in each"))
    return out


def rclone_page(context, stack, size, place):
    """The same keys as empty-ish files in one bucket; S3's own way of starting behind a key."""
    if not context.peers.available["rclone"]:
        return {}
    server = getattr(context, "rclone_lists", None)
    if server is None:
        server = context.rclone_lists = context.peers.start(stack, "rclone")["rclone"]
        for number in range(size):
            path = server.data / "bench" / f"d{number // 1_000:03}" / f"k{number:09}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x" * 100)
    after = {"first": None, "middle": size // 2 - 1, "last": size - 1_001}[place]
    query = "list-type=2&max-keys=1000" + (f"&start-after=d{after // 1_000:03}/k{after:09}" if after is not None and after >= 0 else "")

    def sample(_):
        seconds = []
        for _ in range(2):
            begun = time.perf_counter()
            server.ask("GET", f"/bench?{query}")
            seconds.append(time.perf_counter() - begun)
        return {"value": min(seconds) * 1000}

    return {"rclone": sample}
