"""Several Larders on one PostgreSQL: two nodes beside one, an event's way to a follower on another node, and a read of what another node wrote.

Budget: 25 s a round. All of it shares the processors: two nodes have no more of them than one, so the row of PUTs shows what is lost between them. While two
nodes write, PostgreSQL is asked 20 times a second what its busy backends wait for. An event's way is from the append's answer on one node to the whole frame
on the other."""

import collections
import concurrent.futures
import contextlib
import functools
import socket
import statistics
import time
import uuid

import case_gets
import case_puts
import peers as peers_module
from case_engine import PASSWORD, Bench
from measure import Goal, Row
from tools import DONE_SCRIPT, BenchError, wrk

PUTS = "PUT 1 KiB c=64 in all, through nodes"
GETS = "GET 1 KiB c={}, written by a node"
EVENTS = "Event to a follower on a node"
TWO = "two nodes"

GOALS = [
    Goal("busy backends that wait for a lock under PUTs through two nodes", lambda rows: rows[PUTS]["servers"][TWO]["lockShare"], 1 / 3, at_most=True),
    Goal("append's answer on one node to the frame on another, median", lambda rows: rows[EVENTS]["servers"]["larder"]["median"], 20, at_most=True, unit=" ms"),
]


def rows(context, stack):
    bench = Bench(context, stack)
    shared = context.folder / "shared-objects"
    shared.mkdir()
    one, other = (
        stack.enter_context(peers_module.larder(
            context.options.binary, context.folder, index=bench.url, environment={"PGPASSWORD": PASSWORD},
            arguments=["--objects", f"file://{shared}", "--node", name]))
        for name in ("one", "other"))
    context.waits[TWO] = collections.Counter()
    return [_puts(context, bench, one, other), *_gets(context, one, other), _events(context, one, other)]


def _puts(context, bench, one, other):
    script = context.folder / "put-nodes.lua"
    script.write_text(case_puts.SCRIPT + DONE_SCRIPT)
    text, most, seconds = case_puts.filler(), context.connections, context.pick(4, 2)
    json_type = {"Content-Type": "application/json"}

    def put(server, connections, number):
        return wrk(server, script, connections, seconds, [server.prefix, f"nodes-{server.port}-{number}", 1024, text], json_type)

    for server in (one, other):
        wrk(server, script, 8, 1, [server.prefix, f"warm-{server.port}", 1024, text], json_type)

    def through_two(number):
        waits = collections.Counter()
        with bench.watched(waits), concurrent.futures.ThreadPoolExecutor(2) as pool:
            samples = list(pool.map(lambda server: put(server, most // 2, number), (one, other)))
        context.waits[TWO] += waits
        locks = sum(count for wait, count in waits.items() if wait.startswith("Lock/")) / max(sum(waits.values()), 1)
        slower = max(samples, key=lambda sample: sample["p99Ms"])
        return slower | {"value": sum(sample["value"] for sample in samples), "lockShare": locks}

    return Row(PUTS, "/s", {"larder": functools.partial(put, one, most), TWO: through_two}, note="larder: through one")


def _gets(context, one, other):
    """The same keys, which one node wrote, through that and through the other."""
    script = context.folder / "get-nodes.lua"
    script.write_text(case_gets.SCRIPT + DONE_SCRIPT)
    keys = context.pick(1_000, 50)
    case_gets.fill(one, 1024, keys)

    def get(server, connections, number):
        return wrk(server, script, connections, context.pick(2, 1), [f"{server.prefix}1024/", keys])

    return [Row(GETS.format(connections), "/s", {
        "larder": functools.partial(get, other, connections), "same node": functools.partial(get, one, connections)},
        note="larder: through another") for connections in (1, context.connections)]


def _events(context, one, other):
    def follow(follower, number):
        run, seconds = uuid.uuid4().hex[:12], []
        with contextlib.closing(one.connection()) as connection:
            path = f"/v1/progress/bench/{run}"
            _append(one, connection, path, 0)
            with Stream(follower, path) as stream:
                stream.await_event(0)
                for event in range(1, context.pick(200, 20) + 1):
                    answered = _append(one, connection, path, event)
                    seconds.append(max(0.0, stream.await_event(event) - answered))
        ordered = sorted(seconds)
        return {"value": statistics.median(seconds) * 1000, "p50Ms": statistics.median(seconds) * 1000, "p99Ms": ordered[int(len(ordered) * 0.99)] * 1000}

    return Row(EVENTS, "ms", {"larder": functools.partial(follow, other), "same node": functools.partial(follow, one)}, lower_is_better=True,
               note="larder: another than the append's")


def _append(server, connection, path, event):
    """When the answer was there."""
    server.ask("POST", path, f'{{"id":"e{event}","status":"running"}}'.encode(), {"Content-Type": "application/json"}, connection)
    return time.perf_counter()


class Stream:
    """A follower: HTTP/1.0, so that the stream is its bytes."""

    def __init__(self, server, path):
        self._socket = socket.create_connection(("127.0.0.1", server.port), 20)
        self._socket.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode())
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def await_event(self, event):
        """When its whole frame was there."""
        mark = f'"id":"e{event}"'.encode()
        end_of_patience = time.monotonic() + 20
        while time.monotonic() < end_of_patience:
            at = self._buffer.find(mark)
            end = self._buffer.find(b"\n\n", at) if at >= 0 else -1
            if end >= 0:
                self._buffer = self._buffer[end + 2:]
                return time.perf_counter()
            piece = self._socket.recv(65_536)
            if not piece:
                raise BenchError(f"the stream ended before event {event}")
            self._buffer += piece
        raise BenchError(f"event {event} did not come within 20 s")
