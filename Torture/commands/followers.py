"""Many followers of one log, spread over several nodes: each must hear each event once and in order, wherever it is appended."""

import collections
import json
import random
import resource
import selectors
import shutil
import socket
import time

from .. import engines
from ..client import Client
from ..report import Finding, Report, Skipped, say
from ..server import Server

HELP = "many followers of one log spread over several nodes, to which all nodes append: each event once and in order, and how long it takes"

CI_POSTGRES = [{"followers": 300, "events": 20}]
# Who goes from node to node, as in `nodes`, reads what it missed there.
PLANTED_NODES = [("lost-news", ("lost",), {"followers": 30, "events": 2})]


def arguments(parser):
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--followers", type=int, default=10_000, help="in all")
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between two appends, each to the next node")


def run(options):
    options.engine = "postgres"
    _allow(options.followers + 200)
    report = Report(f"{options.followers:,} followers on {options.nodes} nodes")
    folder = options.home / f"followers-{options.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    servers = []
    with engines.chosen(options, options.nodes) as stands_on:
        stands_on.fresh()
        try:
            for number in range(options.nodes):
                servers.append(Server(options.binary, folder / f"node-{number}", arguments=["--max-followers", str(options.followers + 100)],
                                      **stands_on.of_node(number, is_direct=True)).start())
            crowd = Crowd(servers, options.followers)
            crowd.enter()
            _publish(options, servers, crowd)
            report.found(crowd.judge(options.events))
            report.add("frames heard", sum(crowd.counts.values()))
            report.note(f"from an append's answer until the last follower had it: median {crowd.median_ms:.0f} ms, slowest {crowd.slowest_ms:.0f} ms")
            crowd.leave()
        finally:
            for server in servers:
                server.kill()
    shutil.rmtree(folder)
    return report


def _allow(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise Skipped(f"{count} open files are needed, {hard} are allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def _publish(options, servers, crowd):
    clients = [Client(server, 30) for server in servers]
    for event in range(1, options.events + 1):
        reply = clients[event % len(clients)].request(
            "POST", "/v1/progress/many/run", json.dumps({"id": f"e{event}", "status": "running"}).encode(), {"content-type": "application/json"})
        if not reply.ok or reply.json["first"] != event:
            crowd.findings.append(Finding("torn", "progress/many/run", f"append {event} was answered {reply.status} {reply.body[:200]!r}"))
        crowd.hear(event, options.pause)
    for client in clients:
        client.close()


class Ear:
    """A follower: the number of the event that it heard last, and bytes of a line that is not whole."""

    __slots__ = ("node", "last", "rest")

    def __init__(self, node):
        self.node, self.last, self.rest = node, 0, b""


class Crowd:
    """Streams that one thread reads."""

    PATIENCE_SECONDS = 30

    def __init__(self, servers, count):
        self.servers, self.count = servers, count
        self.findings = []
        self.counts = collections.Counter()
        self.seconds = []
        self._selector = selectors.DefaultSelector()
        self._greeted = 0
        self._ears = {}

    def enter(self):
        begun = time.monotonic()
        for place in range(self.count):
            server = self.servers[place % len(self.servers)]
            one = socket.create_connection(("127.0.0.1", server.port), 30)
            one.sendall(f"GET /v1/progress/many/run HTTP/1.0\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n"
                        f"authorization: Bearer {server.token}\r\n\r\n".encode())
            one.setblocking(False)
            self._ears[one] = Ear(server.node)
            self._selector.register(one, selectors.EVENT_READ)
        # Each has its greeting.
        self._read_until(lambda: self._greeted == self.count, self.PATIENCE_SECONDS)
        say(f"{self.count:,} followers are there after {time.monotonic() - begun:.1f} s")

    def hear(self, event, pause):
        """Until all have it, and as long as the pause lasts."""
        begun = time.monotonic()
        self._read_until(lambda: self.counts[event] >= self.count, self.PATIENCE_SECONDS)
        self.seconds.append(time.monotonic() - begun)
        self._read_until(lambda: False, max(0.0, pause - self.seconds[-1]))

    def _read_until(self, is_done, seconds):
        end = time.monotonic() + seconds
        while not is_done() and (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(min(left, 0.2)):
                self._receive(key.fileobj)

    def _receive(self, one):
        ear = self._ears[one]
        try:
            piece = one.recv(65_536)
        except OSError as error:
            piece, ear.rest = b"", f"{error}".encode()
        if not piece:
            self.findings.append(Finding("lost", ear.node, f"a stream ended behind event {ear.last}: {ear.rest[-200:]!r}"))
            self._selector.unregister(one)
            return
        *lines, ear.rest = (ear.rest + piece).split(b"\n")
        for line in lines:
            self._greeted += line == b"event: connected"
            if line.startswith(b"id: "):
                number = int(line[4:])
                if number != ear.last + 1:
                    kind = "duplicated" if number <= ear.last else "lost"
                    self.findings.append(Finding(kind, ear.node, f"a follower heard {number} behind {ear.last}"))
                ear.last = number
                self.counts[number] += 1

    def judge(self, last):
        behind = [ear for ear in self._ears.values() if ear.last != last]
        for ear in random.Random(0).sample(behind, min(5, len(behind))):
            self.findings.append(Finding("lost", ear.node, f"{len(behind)} followers are not at the end, {last}: one is at {ear.last}"))
        return self.findings

    @property
    def median_ms(self):
        return sorted(self.seconds)[len(self.seconds) // 2] * 1000

    @property
    def slowest_ms(self):
        return max(self.seconds) * 1000

    def leave(self):
        for one in self._ears:
            one.close()
