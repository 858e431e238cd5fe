"""2. Small and middling GETs, 304 and Range; 64 connections, a second each; 64 MB one by one.

Budget: 20 s a round. nginx serves the same bytes as static files; the bare servers answer from one buffer."""

import os
import random

from measure import Row
from peers import LARDERS
from tools import DONE_SCRIPT, curl, make_file, upload, wrk

SCRIPT = """
local count = 0
function init(args)
    prefix, keys = args[1], tonumber(args[2])
end
function request()
    count = (count + 7) % keys
    return wrk.format("GET", prefix .. count)
end
"""
ONE_SCRIPT = """
function init(args) path = args[1] end
function request() return wrk.format("GET", path) end
"""


def fill(server, size, count):
    connection = server.connection()
    try:
        for key in range(count):
            if size <= 4096:
                body = f'{{"key":{key},"text":"'.encode()
                body += bytes(random.Random(key).choices(b"abcdefghijklmnop", k=size - 2 - len(body))) + b'"}'
                kind = "application/json"
            else:
                body, kind = os.urandom(size), "application/octet-stream"
            response, _ = server.ask("PUT", f"{server.prefix}{size}/{key}", body, {"Content-Type": kind}, connection)
        return response
    finally:
        connection.close()


def rows(context, stack):
    servers = context.peers.start(stack, "larder", "nginx", "rclone", "hummingbird", "nio")
    bares = [name for name in ("hummingbird", "nio") if name in servers]
    stores = {name: server for name, server in servers.items() if name not in bares}
    many, one = context.folder / "get.lua", context.folder / "get-one.lua"
    many.write_text(SCRIPT + DONE_SCRIPT)
    one.write_text(ONE_SCRIPT + DONE_SCRIPT)
    seconds = 1
    small, middling, keys = 1024, 65_536, context.pick(1_000, 50)
    large = context.pick(64_000_000, 4_000_000)
    path = context.folder / "large.bin"
    make_file(path, large)
    for server in stores.values():
        fill(server, small, keys)
        fill(server, middling, keys)
        curl(server, server.url("large.bin"), *upload(path))
        curl(server, server.url("large.bin"))

    def cycle(server, size):
        return lambda _: wrk(server, many, context.connections, seconds, [f"{server.prefix}{size}/", keys])

    def single(server, target, headers=None):
        return lambda _: wrk(server, one, context.connections, seconds, [target], headers)

    def transfer(server, url):
        def sample(_):
            # The best of three: a single one takes some hundredths of a second.
            return {"value": large / 1e6 / min(curl(server, url) for _ in range(3))}

        return sample

    def fresh(server):
        response, _ = server.ask("GET", f"{server.prefix}{small}/1")
        return {"If-None-Match": response.headers["ETag"]}

    def with_bares(contestants, size):
        return contestants | {name: single(servers[name], f"/bytes/{size}") for name in bares}

    name = context.connections
    out = [
        Row(f"GET 1 KiB c={name}", "/s", with_bares({n: cycle(s, small) for n, s in stores.items()}, small), limits=tuple(bares)),
        Row(f"GET 64 KiB c={name}", "/s", with_bares({n: cycle(s, middling) for n, s in stores.items()}, middling), limits=tuple(bares)),
        Row(f"304 c={name}", "/s", {n: single(s, f"{s.prefix}{small}/1", fresh(s)) for n, s in stores.items() if n != "rclone"}),
        # The Netlify face knows no ranges.
        Row(
            f"Range, 1 KiB of 64 KiB, c={name}", "/s",
            {
                n: single(s, f"/v1/stores/bench/entries/{middling}/1" if n in LARDERS else f"{s.prefix}{middling}/1", {"Range": "bytes=5000-6023"})
                for n, s in stores.items()
            }),
        Row(
            f"GET {large // 1_000_000} MB", "MB/s",
            {n: transfer(s, s.url("large.bin")) for n, s in stores.items()} | {n: transfer(servers[n], f"{servers[n].origin}/bytes/{large}") for n in bares},
            limits=tuple(bares)),
    ]
    return out
