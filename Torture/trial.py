"""A data directory that is hurt again and again, and what every such trial does after each blow."""

import random
import shutil

from .checks import check, inspect, verify_offline, verify_online
from .checks_engines import inspect_engines
from .engines import wait_until_ready
from .oracle import Oracle
from .report import Finding, keep_evidence
from .server import Server, StartFailed


class Trial:
    """One data directory, its server and its oracle, which go on from blow to blow; a new one after a finding."""

    # Beyond this many things to check the directory is begun anew.
    SIZE_MAX = 900

    def __init__(self, options, report, folder, data=None, engines=None, **server_options):
        """`engines`: what larder stands on; None: the data directory alone."""
        self.options, self.report, self.folder, self.engines = options, report, folder, engines
        self.data = data or folder / "data"
        self.server_options = server_options
        self.rng = random.Random(options.seed)
        self.generation = 0
        self.slowest = 0.0
        self.server = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.begin()

    def begin(self):
        """An empty directory, and engines that hold nothing."""
        if self.server:
            self.server.kill()
        if self.engines:
            self.server_options |= self.engines.fresh()
        shutil.rmtree(self.data, ignore_errors=True)
        (self.folder / "server.log").unlink(missing_ok=True)
        self.generation += 1
        self.oracle = Oracle()
        self.server = Server(self.options.binary, self.data, log=self.folder / "server.log", **self.server_options)

    @property
    def project(self):
        return f"p{self.generation}"

    def judge(self, place, repeat, is_deep=False):
        """Starts the server again after a blow, where it is gone, and checks everything; deep: also its files and the index without it, and
        `verify`. Counts what was acknowledged, and begins anew after findings. Answers the findings."""
        found = []
        try:
            if not self.server.is_running:
                self.server.kill()
                self.server.start()
            if self.engines:
                wait_until_ready(self.server)
            found += check(self.server, self.oracle)
            if is_deep:
                found += verify_online(self.server)
                code = self.server.stop()
                if code != 0:
                    found.append(Finding("torn", "the server", f"it ended with {code} after SIGTERM"))
                found += inspect_engines(self.engines) if self.engines else inspect(self.data)
                found += verify_offline(self.server)
                self.report.add("deep checks")
        except StartFailed as failure:
            found = self.oracle.take_findings()
            found.append(Finding("lost", "the server", f"it does not start any more, or does not come back: {failure}"))
        self.count()
        if found:
            self.server.kill()
            evidence = keep_evidence(self.options.home, f"{self.options.command}-{place}", [self.data, self.folder / "server.log"])
            (evidence / "findings.txt").write_text("\n".join(map(str, found)) + "\n")
            if self.engines:
                self.engines.keep(evidence / "engines")
            self.report.found(found, evidence, repeat)
            self.begin()
        elif self.oracle.size > self.SIZE_MAX:
            self.begin()
        return found

    def count(self):
        """Moves the oracle's counts into the report."""
        oracle = self.oracle
        self.report.add("writes acknowledged", oracle.acknowledged)
        self.report.add("writes without an answer", oracle.unanswered)
        if self.engines:
            self.report.add("writes of unknown outcome", oracle.unknown)
            self.report.add("writes refused", oracle.refused)
            self.slowest = max(self.slowest, oracle.slowest)
        oracle.acknowledged = oracle.unanswered = oracle.refused = oracle.unknown = 0
        oracle.slowest = 0.0

    def close(self):
        self.server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
