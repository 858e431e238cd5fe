"""1. Durable small PUTs.

Budget: 1 KiB and 16 KiB at 1, 8 and 64 connections, a second each (two for 1 KiB at 64): 45 s a round.
nginx dav and rclone sync nothing, the bare servers keep nothing; redis and Larder answer when the disk has it."""

import os
import random
import time

from measure import Row
from tools import DONE_SCRIPT, redis_benchmark, wrk

SCRIPT = """
local next_thread = 0
function setup(thread)
    thread:set("id", next_thread)
    next_thread = next_thread + 1
end
local count = 0
function init(args)
    prefix, tag, size, filler = args[1], args[2], tonumber(args[3]), args[4]
    filler = string.rep(filler, math.ceil(size / #filler) + 1)
end
-- No two bodies are the same: a store that keeps equal contents once would have it too easy.
function request()
    count = count + 1
    local name = tag .. "-" .. id .. "-" .. count
    local body = '{"id":"' .. name .. '","text":"' .. string.sub(filler, 1 + count % 97)
    body = string.sub(body, 1, size - 2) .. '"}'
    return wrk.format("PUT", prefix .. name, wrk.headers, body)
end
"""


def filler():
    words = "run agent director writer shot scene voice music final state score prompt theme mood".split()
    source = random.Random(7)
    return " ".join(source.choice(words) + str(source.randrange(10_000)) for _ in range(400))


def syncs(folder, seconds):
    """How often the disk takes 4 KiB and an fdatasync, one after the other: what a server without group commit could reach at most."""
    path = folder / "sync.bin"
    block = os.urandom(4096)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        count, begun = 0, time.monotonic()
        while time.monotonic() - begun < seconds:
            os.pwrite(descriptor, block, count % 1_024 * 4096)
            os.fdatasync(descriptor)
            count += 1
        return {"value": count / (time.monotonic() - begun)}
    finally:
        os.close(descriptor)
        path.unlink()


def rows(context, stack):
    servers = context.peers.start(stack, "larder", "nginx", "rclone", "redis", "hummingbird", "nio")
    script = context.folder / "put.lua"
    script.write_text(SCRIPT + DONE_SCRIPT)
    text = filler()
    expected = {}

    def put(server, size, connections, seconds):
        def sample(number):
            return wrk(
                server, script, connections, seconds, [server.prefix, f"{size}-{connections}-{number}", size, text],
                {"Content-Type": "application/json"})

        return sample

    def set_keys(server, connections, seconds):
        def sample(_):
            # redis-benchmark's values are all alike, which Redis makes no use of.
            result = redis_benchmark(
                server, connections, seconds, ["-d", 1024, "-t", "set"], expected.get(connections, 300 * connections))
            expected[connections] = result["value"]
            return result

        return sample

    for server in servers.values():
        if server.name != "redis":
            wrk(server, script, 8, 1, [server.prefix, "warm", 1024, text], {"Content-Type": "application/json"})
    out = []
    for size, label in ((1024, "1 KiB"), (16_384, "16 KiB")):
        for connections in context.pick((1, 8, 64), (8,)):
            seconds = context.pick(2 if (size, connections) == (1024, 64) else 1, 1)
            contestants = {name: put(server, size, connections, seconds) for name, server in servers.items() if name != "redis"}
            if size == 1024 and "redis" in servers:
                contestants["redis"] = set_keys(servers["redis"], connections, seconds)
            if connections == 1:
                contestants["fdatasync"] = lambda _: syncs(context.folder, 0.5)
            out.append(Row(f"PUT {label} c={connections}", "/s", contestants, limits=("hummingbird", "nio", "fdatasync")))
    return out
