"""Several larders on one database and one bucket: nodes and what they stand on are struck under a load through all of them."""

import random
import shutil
import time

from ..blows import Blows
from ..checks import check, verify_online
from ..checks_engines import inspect_engines
from ..engines import Engines, wait_until_ready
from ..load import MIX, Load
from ..oracle import Oracle
from ..report import Finding, Report, command_line, keep_evidence, say
from ..server import Server, StartFailed

HELP = "several larders on one database and bucket: kills, cut connections and outages under a load through all; check through each"


def arguments(parser):
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--blows", default=None, help="only these, with commas between: " + ", ".join(Blows.names()))
    parser.add_argument("--rounds", type=int, default=5, help="how often each strikes")
    parser.add_argument("--workers", type=int, default=12, help="connections")
    parser.add_argument("--seconds", type=float, default=1.0, help="the longest load before a blow, and behind it")
    parser.add_argument("--deep-every", type=int, default=10, help="blows between two checks of the tables and the bucket themselves")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")


def run(options):
    names = options.blows.split(",") if options.blows else Blows.names()
    report = Report(f"{options.nodes} nodes, {options.rounds} rounds of outages under load")
    with Engines(options.seed, options.nodes) as engines:
        trial = Nodes(options, report, engines)
        try:
            for _ in range(options.rounds):
                for name in trial.rng.sample(names, len(names)):
                    trial.one(name)
                    if options.until_found and not report.is_clean:
                        return report
                say(f"{trial.number} blows, {report.counts['writes acknowledged']:,} writes acknowledged, {report.scores}")
        finally:
            trial.close()
    return report


class Nodes:
    """The nodes, each with a directory of its own, and one oracle for all; they go on from blow to blow, and begin anew after a finding."""

    def __init__(self, options, report, engines):
        self.options, self.report, self.engines = options, report, engines
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
                server.start()
        for server in self.servers:
            wait_until_ready(server)

    def one(self, name):
        struck = self.rng.randrange(len(self.servers))
        try:
            self.start()
            load = Load(self.servers[0], self.oracle, f"{self.options.seed}/{self.number}", workers=self.options.workers,
                        project=f"p{self.engines.generation}", survives=True, is_patient=True, seconds_to_answer=90, mix=MIX | {"put_in_parts": 4},
                        others=self.servers[1:]).start()
            time.sleep(self.rng.uniform(0.2, 1) * self.options.seconds)
            has_struck = Blows(self.servers[struck], self.engines, self.engines.databases[struck]).strike(name, self.rng)
            time.sleep(self.rng.uniform(0.2, 1) * self.options.seconds)
            load.stop()
            self.report.add("blows" if has_struck else "blows that met nothing")
            found = self.judge()
        except StartFailed as failure:
            found = [*self.oracle.take_findings(), Finding("lost", "a node", f"it does not start any more, or does not come back: {failure}")]
        self.number += 1
        self.report.add("writes acknowledged", self.oracle.acknowledged)
        self.report.add("writes of unknown outcome", self.oracle.unknown)
        self.oracle.acknowledged = self.oracle.unknown = 0
        if found:
            evidence = keep_evidence(self.options.home, f"nodes-{self.number}-{name}", [self.folder])
            (evidence / "findings.txt").write_text("\n".join(map(str, found)) + "\n")
            self.engines.keep(evidence / "engines")
            self.report.found(found, evidence, command_line(self.options, "--blows", name, "--nodes", self.options.nodes))
            say(f"after {name} of node {struck}: {Blows.told(name)}")
        if found or self.oracle.size > 900:
            self.begin()

    def judge(self):
        """Through each node the same, in an order that changes; the first that is asked pins what is legal for the others."""
        self.start()
        found = []
        for place, server in enumerate(self.rng.sample(self.servers, len(self.servers))):
            found += [Finding(one.kind, one.name, f"{one.text} (node asked as number {place + 1})")
                      for one in check(server, self.oracle, is_first_look=place == 0)]
        if not found and (self.number + 1) % self.options.deep_every == 0:
            found += verify_online(self.rng.choice(self.servers))
            for server in self.servers:
                code = server.stop()
                if code != 0:
                    found.append(Finding("torn", "a node", f"it ended with {code} after SIGTERM"))
            found += inspect_engines(self.engines)
            self.report.add("deep checks")
        return found
