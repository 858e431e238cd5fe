"""Several larders on one database and one bucket: nodes and what they stand on are struck under a load through all of them."""

import argparse
import random
import shutil
import time

from .. import engines
from ..blows_nodes import NodeBlows
from ..checks import check, verify_online
from ..checks_engines import inspect_engines
from ..client import Client
from ..followers import Follower
from ..load import MIX, Load
from ..oracle import Oracle
from ..report import Finding, Report, command_line, keep_evidence, say
from ..server import Server, StartFailed

HELP = "several larders on one database and bucket: kills, cut connections and outages under a load through all; check through each"

CI_POSTGRES = [{"rounds": 1, "seconds": 0.4, "workers": 8, "deep_every": 8,
                "blows": "kill,kill-at-commit,shutdown,cut,half-close,commit-done-unheard,bucket-unheard,kill-working"}]
PLANTED_NODES = [
    ("repeat-batch", ("duplicated", "lost", "resurrected", "torn"), {"blows": "commit-done-unheard", "rounds": 10}),
    ("collect-young", ("lost", "torn"), {"blows": "collect-beside", "rounds": 6, "deep_every": 2}),
]


def arguments(parser, kind=NodeBlows):
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--blows", default=None, help="only these, with commas between: " + ", ".join(kind.names()))
    parser.add_argument("--rounds", type=int, default=3, help="how often each strikes")
    parser.add_argument("--workers", type=int, default=12, help="clients, each of which sends every request to another node")
    parser.add_argument("--seconds", type=float, default=1.0, help="the longest load before a blow, and behind it")
    parser.add_argument("--deep-every", type=int, default=10, help="blows between two checks of the tables and the bucket themselves")
    parser.add_argument("--followers", type=int, default=4, help="event streams of one log, each on one node after another")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")


def run(options):
    options.engine = "postgres"
    names = chosen_blows(options, NodeBlows)
    report = Report(f"{options.nodes} nodes, {options.rounds} rounds of blows under load")
    with engines.chosen(options, options.nodes) as stands_on:
        trial = Nodes(options, report, stands_on)
        try:
            rounds(trial, names)
        finally:
            trial.close()
        report.add("COMMITs seen by the proxies", sum(database.commits for database in stands_on.databases))
        report.add("requests to the bucket", stands_on.bucket.requests)
        report.add("requests to the bucket harmed", stands_on.bucket.harmed)
    return report


def chosen_blows(options, kind):
    names = options.blows.split(",") if options.blows else kind.names()
    unknown = set(names) - set(kind.names())
    if unknown:
        raise argparse.ArgumentTypeError(f"no such blow: {', '.join(sorted(unknown))}")
    return names


def rounds(trial, names):
    options, report = trial.options, trial.report
    for _ in range(options.rounds):
        for name in trial.rng.sample(names, len(names)):
            trial.one(name)
            if options.until_found and not report.is_clean:
                return
        say(f"{trial.number} blows, {report.counts['writes acknowledged']:,} writes acknowledged, {report.scores}")


class Nodes:
    """The nodes, each with a directory of its own, and one oracle for all; they go on from blow to blow, and begin anew after a finding."""

    SIZE_MAX = 900
    BLOWS = NodeBlows

    def __init__(self, options, report, stands_on):
        self.options, self.report, self.engines = options, report, stands_on
        self.rng = random.Random(options.seed)
        self.folder = options.home / f"nodes-{options.seed}"
        self.servers, self.number = [], 0
        self.begin()

    def begin(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.engines.fresh()
        self.oracle = Oracle()
        self.servers = [Server(self.options.binary, self.folder / f"node-{number}", **self.engines.of_node(number))
                        for number in range(self.options.nodes)]

    def kill(self):
        for server in self.servers:
            server.kill()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Those that are gone; then all are ready. Raises StartFailed."""
        for server in self.servers:
            if not server.is_running:
                server.kill()
                server.launch()
        for server in self.servers:
            server.await_listening()
            engines.wait_until_ready(server)

    def one(self, name):
        struck = self.rng.randrange(len(self.servers))
        try:
            self.start()
            found = self.strike(name, struck)
        except StartFailed as failure:
            found = [*self.oracle.take_findings(), Finding("lost", "a node", f"it does not start any more, or does not come back: {failure}")]
        self.number += 1
        self.report.add("writes acknowledged", self.oracle.acknowledged)
        self.report.add("writes of unknown outcome", self.oracle.unanswered)
        self.report.add("writes refused", self.oracle.refused)
        self.oracle.acknowledged = self.oracle.unanswered = self.oracle.unknown = self.oracle.refused = 0
        if found:
            self.kill()
            evidence = keep_evidence(self.options.home, f"nodes-{self.number}-{name}", [self.folder])
            (evidence / "findings.txt").write_text("\n".join(map(str, found)) + "\n")
            self.engines.keep(evidence / "engines")
            self.report.found(found, evidence, command_line(self.options, "--blows", name, "--nodes", self.options.nodes))
            say(f"after {name} of node {struck}: {self.BLOWS.told(name)}")
        if found or self.oracle.size > self.SIZE_MAX:
            self.begin()

    def strike(self, name, struck):
        """A load, followers of what it appends, and a blow in the middle: findings."""
        load = Load(self.servers[0], self.oracle, f"{self.options.seed}/{self.number}", workers=self.options.workers,
                    project=f"p{self.engines.generation}", survives=True, is_patient=True, seconds_to_answer=30, mix=MIX | {"put_in_parts": 4},
                    others=self.servers[1:])
        followed = load.shared_log("appended", 300)
        followers = [Follower(self.servers, followed.project, followed.run, f"{self.options.seed}/{self.number}/{one}") for one in range(self.options.followers)]
        load.start()
        for follower in followers:
            follower.start()
        time.sleep(self.rng.uniform(0.2, 1) * self.options.seconds)
        blows = self.BLOWS(self.servers, struck, self.engines)
        has_struck = blows.strike(name, self.rng)
        time.sleep(self.rng.uniform(0.2, 1) * self.options.seconds)
        load.stop()
        self.report.add("blows" if has_struck else "blows that met nothing")
        self.start()
        self.engines.settle()
        return blows.findings + self.judge_followers(followers) + self.judge()

    def judge_followers(self, followers):
        """What each heard, against what a node tells of the log; followers meet before anything is asked again with its key."""
        if not followers:
            return []
        one = followers[0]
        with Client(self.servers[0], 60) as client:
            reply = client.request("GET", f"/v1/progress/{one.project}/{one.run_name}")
        snapshot = reply.json if reply.ok else {"last": 0, "events": []}
        rows = {row["seq"]: row["event"]["id"] for row in snapshot["events"]}
        found = []
        for follower in followers:
            found += follower.judge(snapshot["last"] if rows else 0) + follower.compare(rows)
            self.report.add("events heard by followers", len(follower.heard))
            self.report.add("streams of followers", follower.streams)
        return found

    def judge(self):
        """Through each node the same, in an order that changes; the first that is asked pins what is legal for the others."""
        found = []
        for place, server in enumerate(self.rng.sample(self.servers, len(self.servers))):
            found += [Finding(one.kind, one.name, f"{one.text} (through {server.node}, asked as number {place + 1})")
                      for one in check(server, self.oracle, is_first_look=place == 0)]
        if not found and (self.number + 1) % self.options.deep_every == 0:
            found += self.look_deep()
        return found

    def look_deep(self):
        """Verifies; ends all nodes, and reads what they stand on without them."""
        found = verify_online(self.rng.choice(self.servers))
        for server in self.servers:
            code = server.stop()
            if code != 0:
                found.append(Finding("torn", server.node, f"it ended with {code} after SIGTERM"))
        self.report.add("deep checks")
        return found + inspect_engines(self.engines)
