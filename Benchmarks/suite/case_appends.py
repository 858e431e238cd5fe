"""6. Durable appends of one event: 1 and 32 writers, to runs that stay short (10 events) and to runs that are long (10,000).

Budget: 9 s a round, and some seconds once to make the long runs. Redis: XADD with MAXLEN ~ 200, `appendfsync always`."""

import json

from measure import Row
from peers import LARDERS
from tools import DONE_SCRIPT, redis_benchmark, wrk

EVENT = {"agent": "director", "status": "running", "message": "scene 4 of 9 is rendered", "progress": 44, "timestamp": "2026-05-10T06:12:47.000Z"}

SCRIPT = """
local next_thread = 0
function setup(thread)
    thread:set("id", next_thread)
    next_thread = next_thread + 1
end
local count = 0
-- long: as many runs as connections, used in turn. Otherwise a new run every ten events.
function init(args)
    tag, runs, long, event = args[1], tonumber(args[2]), args[3] == "long", args[4]
end
function request()
    count = count + 1
    local run
    if long then
        run = "long-" .. (id * 1000 + count % runs)
    else
        run = tag .. "-" .. id .. "-" .. math.floor((count - 1) / 10)
    end
    return wrk.format("POST", "/v1/progress/bench/" .. run, wrk.headers, '{"n":' .. count .. "," .. string.sub(event, 2))
end
"""


def rows(context, stack):
    servers = context.peers.start(stack, "larder", "redis")
    larders = {name: server for name, server in servers.items() if name in LARDERS}
    script = context.folder / "append.lua"
    script.write_text(SCRIPT + DONE_SCRIPT)
    event = json.dumps(EVENT, separators=(",", ":"))
    length = context.pick(10_000, 300)
    label = f"{length:,}"
    for server in larders.values():
        connection = server.connection()
        for thread in range(2):
            for run in range(context.pick(16, 2)):
                for first in range(0, length, 1_000):
                    events = [{"n": first + i, **EVENT} for i in range(min(1_000, length))]
                    server.json("POST", f"/v1/progress/bench/long-{thread * 1000 + run}", events, connection)
        connection.close()
    expected = {}

    def append(server, writers, kind):
        runs = max(1, min(16, writers // 2)) if not context.options.smoke else max(1, min(2, writers // 2))
        return lambda number: wrk(
            server, script, writers, 1, [f"{writers}-{kind}-{number}", runs, kind, event], {"Content-Type": "application/json"})

    def xadd(writers, kind):
        def sample(_):
            streams = writers if kind == "long" else 100_000
            fields = [part for name, value in EVENT.items() for part in (name, value)]
            # __rand_int__ is replaced by a number below -r, which stands last and so wins.
            command = ["-r", streams, "XADD", "run:__rand_int__", "MAXLEN", "~", 200, "*", *fields]
            result = redis_benchmark(servers["redis"], writers, 1, command, expected.get(writers, 300 * writers))
            expected[writers] = result["value"]
            return result

        return sample

    out = []
    for writers in (1, 32):
        for kind, name in (("short", "10"), ("long", label)):
            contestants = {name: append(server, writers, kind) for name, server in larders.items()}
            if "redis" in servers:
                contestants["redis"] = xadd(writers, kind)
            out.append(Row(f"Append {writers} writer{'s' if writers > 1 else ''}, runs of {name}", "/s", contestants))
    return out
