"""7. One publisher, many followers of one run: deliveries a second, latency, memory a follower.

Budget: 20 s a round. The next event goes out when the last is acknowledged, which for Larder means on the disk; nchan keeps its in memory.
Memory is what the server's processes hold more than at their start (proportional set size) once all followers are connected; the kernel's socket buffers are not in it."""

import json
import subprocess
import uuid

from measure import Row
from peers import LARDERS
from tools import LOAD_SECONDS, BenchError, proportional_memory

MEMORY_FOLLOWERS = 10_000


def rows(context, stack):
    servers = context.peers.start(stack, "larder", "nchan")
    # Taken once: a server keeps the memory of followers that have left, and gives it to those of the next round.
    idle = {name: proportional_memory(server.process.pid) for name, server in servers.items()}

    def follow(server, name, followers, events):
        def sample(_):
            run = uuid.uuid4().hex[:12]
            if name in LARDERS:
                stream = publish = f"/v1/progress/bench/{run}"
                token = server.token
            else:
                stream, publish, token = f"/sub/{run}", f"/pub/{run}", "-"
            with subprocess.Popen(
                [context.programs.path("fanout"), "127.0.0.1", str(server.port), str(followers), str(events), stream, publish, token, "0", "pause"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
                try:
                    grown = 0
                    if program.stdout.readline().strip() == "ready":
                        grown = proportional_memory(server.process.pid) - idle[name]
                    said, complaint = program.communicate("\n", LOAD_SECONDS)
                finally:
                    program.kill()
            if program.returncode != 0:
                raise BenchError(f"fanout on {name}: {complaint.strip()[-300:]}")
            result = json.loads(said)
            sample = {"value": result["deliveriesPerSecond"], "p50Ms": result["p50ms"], "p99Ms": result["p99ms"]}
            # Of few followers the server's own comings and goings would be divided.
            return sample | ({"bytesAFollower": max(0, grown) / followers} if followers >= MEMORY_FOLLOWERS else {})

        return sample

    plan = context.pick(((1, 1_000), (100, 1_000), (1_000, 200), (10_000, 20)), ((1, 20), (50, 10)))
    return [
        Row(f"Fan-out to {followers:,}", "deliveries/s", {name: follow(server, name, followers, events) for name, server in servers.items()})
        for followers, events in plan
    ]
