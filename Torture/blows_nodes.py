"""What can befall one of several nodes, beyond what befalls a larder that is alone."""

import json
import os
import signal
import time

from .blows import Blows
from .client import Client, NoAnswer, NotSent
from .report import Finding
from .roaming import RoamingClient

# A node without its database must have answered by then (10 s), and what it was leased is another's (15 s).
ANSWER_SECONDS, GONE_SECONDS = 12, 17
# A job of a dead node goes on elsewhere within 30 s, and has an end.
TAKEN_OVER_SECONDS, JOB_SECONDS = 35, 60


class NodeBlows(Blows):
    """Strikes one of the nodes, while the load goes on through all. `findings`: what the blow itself saw."""

    def __init__(self, servers, place, engines):
        super().__init__(servers[place], engines, engines.databases[place])
        self.others = [server for server in servers if server is not self.server]
        self.findings = []

    def blow_freeze(self, rng):
        """A node is stopped in the middle (SIGSTOP), for a moment or for longer than its lease, and goes on."""
        process = self.server.process
        os.kill(process.pid, signal.SIGSTOP)
        try:
            time.sleep(rng.choice((2, 6, GONE_SECONDS)))
        finally:
            os.kill(process.pid, signal.SIGCONT)
        # What its connections held comes to its end, or is seen to be over.
        time.sleep(1)

    def blow_isolate(self, rng):
        """One node hears nothing of its database for longer than its lease; reads there are refused, within ten seconds."""
        self.database.flows.clear()
        begun = time.monotonic()
        answered = self._ask_the_isolated()
        time.sleep(max(0.0, begun + GONE_SECONDS - time.monotonic()))
        if answered and answered.ok:
            self.findings.append(Finding("lost", self.server.node, f"a read was answered {answered.status} by a node without its database"))

    def _ask_the_isolated(self):
        # What was under way when it was cut off may still have its answer.
        time.sleep(1)
        try:
            with Client(self.server, ANSWER_SECONDS) as client:
                return client.request("GET", Client.entry("things", "w0/k0"))
        except (NoAnswer, NotSent) as reason:
            self.findings.append(Finding("lost", self.server.node, f"a node without its database did not answer within {ANSWER_SECONDS} s: {reason}"))
            return None

    def blow_collect_beside(self, rng):
        """Collections without grace through another node, one after the other, while each commit of this one takes its time."""
        if not self.others:
            return False
        self.database.lag = 0.05
        end, ended = time.monotonic() + 8, 0
        with RoamingClient(self.others, 20) as client:
            while time.monotonic() < end:
                try:
                    reply = client.request("POST", "/v1/admin/collect", b'{"grace":"0s"}', {"content-type": "application/json"})
                    ended += reply.ok and self._await_end(client, reply.json["id"]) == "done"
                except (NoAnswer, NotSent):
                    pass
                time.sleep(0.05)
        return ended > 0

    def blow_kill_working(self, rng):
        """SIGKILL of a node that works on a job: it must end elsewhere."""
        if not self.others:
            return False
        job = self._begin_job()
        if job is None:
            return False
        self.server.kill()
        with RoamingClient(self.others, 20) as client:
            state = self._await_end(client, job)
            self._forget_content(client)
        if state != "done":
            self.findings.append(Finding("lost", f"job {job}", f"the node that worked on it was killed, and it is {state} elsewhere, for {JOB_SECONDS} s"))
        return True

    def blow_isolate_working(self, rng):
        """A node that works on a job hears nothing of its database for longer than its lease: the job ends elsewhere, once."""
        if not self.others:
            return False
        job = self._begin_job(rate="200KB")
        if job is None:
            return False
        self.database.flows.clear()
        with RoamingClient(self.others, 20) as client:
            state = self._await_end(client, job)
            ended = client.request("GET", f"/v1/admin/jobs/{job}").body
            self.engines.heal()
            # Whoever still thinks that it is its own has written so by then.
            time.sleep(5)
            again = client.request("GET", f"/v1/admin/jobs/{job}").body
            self._forget_content(client)
        if state != "done":
            self.findings.append(Finding("lost", f"job {job}", f"the node that worked on it was cut off, and it is {state} elsewhere"))
        elif again != ended:
            self.findings.append(Finding("duplicated", f"job {job}", f"it had ended elsewhere with {ended!r}, and then it said {again!r}"))
        return True

    def _begin_job(self, rate="1MB"):
        """Its number; None: it runs on another node, or there is nothing to do."""
        with Client(self.server, 20) as client:
            try:
                # Five seconds and more at this rate, and the load adds to it.
                client.request("PUT", Client.entry("job", "content"), os.urandom(5_000_000))
                reply = client.request("POST", "/v1/admin/verify", json.dumps({"rate": rate}).encode(), {"content-type": "application/json"})
                if not reply.ok:
                    self._forget_content(client)
                    return None
                time.sleep(1.5)
                nodes = client.request("GET", "/v1/admin/nodes")
                doing = {node["name"]: node["doing"] for node in nodes.json["nodes"]} if nodes.ok else {}
                if not doing or "verify" in doing.get(self.server.node, []):
                    return reply.json["id"]
                self._forget_content(client)
                return None
            except (NoAnswer, NotSent):
                return None

    @staticmethod
    def _forget_content(client):
        """Nobody else knows of it."""
        while client.request("DELETE", Client.entry("job", "content")).status not in (204, 404):
            time.sleep(0.1)

    @staticmethod
    def _await_end(client, job):
        end, state = time.monotonic() + TAKEN_OVER_SECONDS + JOB_SECONDS, "unknown"
        while time.monotonic() < end:
            try:
                reply = client.request("GET", f"/v1/admin/jobs/{job}")
                state = reply.json["state"] if reply.ok else f"{reply.status}"
            except (NoAnswer, NotSent) as reason:
                state = str(reason)
            if state in ("done", "failed", "cancelled"):
                return state
            time.sleep(0.3)
        return state
