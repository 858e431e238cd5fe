"""A short fixed sequence of all kinds of writes from one connection: what a sweep runs once for each position."""

import json
import time

from .client import NoAnswer, NotSent
from .load import NOISE, TEXT, Load, Stop, Worker
from .oracle import YES


class ScriptedWorker(Worker):
    """Runs the script in the caller's thread."""

    def step(self, action, *arguments):
        if not self.stopped:
            try:
                action(*arguments)
            except Stop:
                self.stopped = not self.load.survives
                self.dying = False
            if self.load.after_step:
                self.load.after_step()

    stopped = False

    def put_of(self, key, body, content_type="text/plain", store="things"):
        self.step(lambda: self.write(self.own(store, key), body, content_type, self.metadata()))

    def job(self, kind, body):
        """Begins a job and waits for its end, as far as the server lives."""
        def run():
            reply, answer = self.send("POST", f"/v1/admin/{kind}", json.dumps(body).encode(), {"content-type": "application/json"})
            self.done()
            end = time.monotonic() + 10
            while answer == YES and time.monotonic() < end:
                try:
                    one = self.client.request("GET", f"/v1/admin/jobs/{reply.json['id']}")
                except (NoAnswer, NotSent):
                    raise Stop() from None
                if one.status != 200 or one.json["state"] != "running":
                    return
                time.sleep(0.01)
        self.step(run)

    def script(self, is_short=False):
        mark = b'{"n":%d}' % self.rng.getrandbits(60)
        self.put_of("k0", mark + b"small")
        self.put_of("k1", mark + NOISE[:45_000], "image/jpeg")
        self.put_of("k0", mark + b"small again", "application/json")
        if is_short:
            return
        self.put_of("k2", mark + TEXT[:150_000])
        self.put_of("s0", NOISE[9:150_009], "image/jpeg")
        self.put_of("s1", NOISE[9:150_009], "image/jpeg")
        self.step(lambda: self.remove(self.own("things", "s0")))
        self.step(lambda: self.remove(self.own("things", "s1")))
        self.job("collect", {"grace": "0s"})
        self.put_of("s0", NOISE[9:150_009], "image/png")
        for _ in range(3):
            self.step(self.patch)
        self.step(self.put_conditional)
        self.step(self.compare_and_set)
        self.step(self.put_brief)
        for action in (self.append, self.append, self.write_whole_log, self.own_log, self.remember, self.remember):
            self.step(action)
        keys = [self.own("things", f"folder/x{n}") for n in range(3)]
        for owned in keys:
            self.step(lambda owned=owned: self.write(owned, mark + owned.key.encode(), "text/plain", "{}"))
        self.step(lambda: self.remove_folder())
        self.step(lambda: self.remove(self.own("things", "k1")))
        self.job("cleanup", {"store": "brief"})
        self.put_of("k3", mark + NOISE[:34_000], "image/jpeg")

    def remove_folder(self):
        _, answer = self.send("DELETE", f"/v1/stores/things/entries?prefix={self.me}/folder/")
        findings = []
        for n in range(5):
            findings += self.own("things", f"folder/x{n}").attempt(lambda state: (YES, None), answer)
        self.oracle.note(findings)
        self.done()


def run_script(server, oracle, seed, survives=False, reads_may_fail=False, is_short=False, after_step=None):
    """Runs it to its end, or until the server is gone."""
    load = Load(server, oracle, seed, workers=0, survives=survives, reads_may_fail=reads_may_fail)
    load.after_step = after_step
    worker = ScriptedWorker(load, 0)
    try:
        worker.script(is_short)
    finally:
        worker.client.close()
    return worker
