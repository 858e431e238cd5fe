"""The recorded runs of a pipeline, each request of which goes to another node, while nodes die and new ones begin."""

import pathlib
import random
import shutil
import subprocess
import sys
import time

from .. import engines
from ..front import Front
from ..nginx import Nginx
from ..postgres import free_port
from ..report import Finding, Report, Skipped, keep_evidence, say
from ..server import Server

HELP = "play recorded runs (../shared/trace) against several nodes, each request to another; nodes are killed and begin on the way"

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def arguments(parser):
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--replay", type=pathlib.Path, default=ROOT.parent / "shared" / "trace" / "replay.py", help="the program that plays them")
    parser.add_argument("--traces", default="run,progress,failed,crash,sample,ratings", help="which, with commas between")
    parser.add_argument("--runs", type=int, default=12, help="how often each is played")
    parser.add_argument("--parallel", type=int, default=4, help="how many at once")
    parser.add_argument("--kill-every", type=float, default=4.0, help="seconds between two blows; 0: none")
    parser.add_argument("--nginx", action="store_true",
                        help="through nginx instead of the trials' own proxy; nodes are then taken out of it and end by SIGTERM, and `run` is left "
                             "out, as nginx refuses its key with a bare %%")


def run(options):
    if not options.replay.exists():
        raise Skipped(f"there is no {options.replay}")
    options.engine = "postgres"
    report = Report(f"recorded runs on {options.nodes} nodes")
    with engines.chosen(options) as stands_on:
        trial = Replay(options, report, stands_on)
        try:
            trial.begin()
            for name in options.traces.split(","):
                if not (options.nginx and name == "run"):
                    trial.play(name)
            trial.count()
        finally:
            trial.close()
    return report


class Replay:
    def __init__(self, options, report, stands_on):
        self.options, self.report, self.engines = options, report, stands_on
        self.rng = random.Random(options.seed)
        self.folder = options.home / f"replay-{options.seed}"
        self.servers, self.number, self.front = [], 0, None

    def begin(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self.engines.fresh()
        for _ in range(self.options.nodes):
            self.add()
        self.front = Nginx(self.folder, free_port(), self.ports) if self.options.nginx else Front(self.servers)

    @property
    def ports(self):
        return [server.port for server in self.servers]

    def add(self):
        """A node that there was not."""
        server = Server(self.options.binary, self.folder / f"node-{self.number}", **self.engines.of_node(self.number, is_direct=True))
        self.number += 1
        server.start()
        engines.wait_until_ready(server)
        self.servers.append(server)
        return server

    def play(self, name):
        log = self.folder / f"{name}.txt"
        with open(log, "w") as out:
            process = subprocess.Popen(
                [sys.executable, "-B", str(self.options.replay), "--url", f"http://127.0.0.1:{self.front.port}", "--token", self.servers[0].token,
                 "--trace", str(self.options.replay.parent / f"{name}.jsonl"), "--runs", str(self.options.runs),
                 "--parallel", str(self.options.parallel)], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        due = time.monotonic() + self.rng.uniform(0.3, 0.7) * self.options.kill_every
        while process.poll() is None:
            time.sleep(0.02)
            if self.options.kill_every and time.monotonic() >= due:
                self.blow()
                due = time.monotonic() + self.options.kill_every
        text = log.read_text()
        say(f"{name}: {text.splitlines()[-1] if text else 'nothing'}")
        self.report.add("runs played", self.options.runs)
        if process.returncode:
            evidence = keep_evidence(self.options.home, f"replay-{name}", [self.folder])
            lines = [line for line in text.splitlines() if line.startswith("FAIL")] or text.splitlines()[-3:]
            self.report.found([Finding("torn", name, line[:400]) for line in lines], evidence)

    def blow(self):
        """A node dies, and another one, which nobody knew, begins."""
        node = self.rng.choice(self.servers)
        self.servers.remove(node)
        if self.options.nginx:
            # As one does it: first nobody is sent there any more.
            self.front.reload(self.ports)
            node.stop()
            self.report.add("nodes ended")
        else:
            self.report.add("nodes killed" if self.front.strike(node, node.kill) else "nodes killed with a request that must not be repeated")
            self.front.remove(node)
        started = self.add()
        if self.options.nginx:
            self.front.reload(self.ports)
        else:
            self.front.add(started)
        self.report.add("nodes begun")

    def count(self):
        if self.options.nginx:
            return
        self.report.add("requests", self.front.requests)
        self.report.add("requests sent again to another node", self.front.repeated)
        self.report.add("streams that went on at another node", self.front.resumed)
        self.report.note("requests by node: " + ", ".join(f"{name} {count:,}" for name, count in sorted(self.front.counts.items())))

    def close(self):
        if self.front:
            self.front.close()
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
