"""SIGKILL, a full disk and a failing one at the N-th system call on a repository, while a snapshot is made, pruned or restored, and on a data
directory that is set back."""

import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import time

from ..client import Client, NoAnswer, NotSent
from ..report import Finding, Report, command_line, keep_evidence, say
from ..server import Server, StartFailed
from ..shim import Shim, build

HELP = "the N-th system call on a repository of snapshots, while one is made, pruned, restored or set back to; N = 1, 2, 3 … until that passes untouched"

PHASES = ("create", "prune", "restore", "replace", "put-aside", "arrive")
# A server is set back to a snapshot. What the blow is counted by: all of its directory, the state before, the new state on its way to its place.
SET_BACK = {"replace": "data", "put-aside": "data.before", "arrive": "data/arriving"}
CALLS = ("rename", "fsync", "write", "unlink", "open", "mkdir")
KINDS = [("kill-before", 0), ("kill-after", 0), ("fail", errno.ENOSPC), ("fail", errno.EIO)]
CI = [{"phases": "create,prune,restore", "calls": "rename,unlink", "actions": "kill-after", "limit": 3},
      {"phases": "put-aside,arrive", "calls": "rename", "actions": "kill-after"}]

COMMAND_SECONDS = 120


def arguments(parser):
    parser.add_argument("--phases", default=",".join(PHASES), help="only these, with commas between")
    parser.add_argument("--calls", default=",".join(CALLS), help="only these, with commas between")
    parser.add_argument("--actions", default=",".join(dict.fromkeys(action for action, _ in KINDS)), help="only these, with commas between")
    parser.add_argument("--limit", type=int, default=None, help="no position beyond this one")


def run(options):
    report = Report("blows while snapshots are made, pruned and restored")
    trials = Backups(options, report)
    try:
        for phase in options.phases.split(","):
            for call in options.calls.split(","):
                for action, error in KINDS:
                    if action in options.actions.split(","):
                        trials.sweep(phase, call, action, error)
    finally:
        trials.close()
    return report


class Backups:
    """A directory with two snapshots in a repository, copied for each blow."""

    def __init__(self, options, report):
        self.options, self.report = options, report
        self.folder = options.home / f"backups-{options.seed}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.library = build(self.folder)
        self.rng = random.Random(options.seed)
        # By keys, the SHA-256 of what they hold now, and of what they held at the first snapshot.
        self.content, self.first = {}, None
        self.template = self.folder / "template"
        self.place(self.template)
        with Server(options.binary, self.data, log=self.folder / "template.log", environment=self.environment) as server:
            server.start()
            with Client(server) as client:
                for _ in range(2):
                    self.put(client, 6)
                    job = client.job("backup")
                    assert job and job["state"] == "done", job
                    self.first = self.first or dict(self.content)
            server.stop()
        self.snapshots = self.listed()
        assert len(self.snapshots) == 2, self.snapshots

    def place(self, folder):
        self.data, self.repository = folder / "data", folder / "repository"
        self.environment = {"LARDER_BACKUP_TO": f"file://{self.repository}", "LARDER_DATA": str(self.data)}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def put(self, client, count):
        """Entries of all kinds of content, some in the place of others."""
        for number in range(count):
            body = self.rng.randbytes(50_000 if number % 3 == 0 else self.rng.randrange(1, 3_000))
            key = f"k{self.rng.randrange(8)}"
            reply = client.request("PUT", Client.entry("things", key), body)
            assert reply.ok, reply
            self.content[key] = hashlib.sha256(body).hexdigest()

    def larder(self, *arguments, environment=None):
        """A command: its exit code (None: it was killed), and what it said."""
        done = subprocess.run([self.options.binary, "backup", *arguments], capture_output=True, text=True, timeout=COMMAND_SECONDS,
                              stdin=subprocess.DEVNULL, env=os.environ | self.environment | (environment or {}))
        return done.returncode, done.stdout, done.stderr

    def listed(self):
        code, out, said = self.larder("list", "--all", "--json")
        assert code == 0, said
        return [one["id"] for one in json.loads(out)["snapshots"]]

    # A blow ----------------------------------------------------------------------------------------------------------

    def sweep(self, phase, call, action, error):
        label = f"{phase}: {call} {action}" + (f" {errno.errorcode[error]}" if error else "")
        nth, began = 1, time.monotonic()
        while not (self.options.limit and nth > self.options.limit) and self.one(label, phase, call, nth, action, error):
            nth += 1
        self.report.add("blows", nth - 1)
        say(f"{label}: {nth - 1} positions, {time.monotonic() - began:.0f} s, {self.report.scores}")

    def one(self, label, phase, call, nth, action, error):
        """One position: whether it was reached."""
        lane = self.folder / "lane"
        shutil.rmtree(lane, ignore_errors=True)
        shutil.copytree(self.template, lane)
        self.place(lane)
        before = dict(self.content)
        place = {"restore": "restored", **SET_BACK}.get(phase, "repository")
        shim = Shim(self.library, lane, lane / place)
        shim.aim(call, nth, action, error)
        found = self.replace(shim) if phase in SET_BACK else getattr(self, phase)(shim)
        has_fired = shim.has_fired
        shim.disarm()
        shim.close()
        # Who is set back only reads the repository.
        found += self.judge(phase) if phase not in SET_BACK else []
        if found:
            evidence = keep_evidence(self.options.home, f"backups-{phase}-{call}-{nth}", [lane])
            (evidence / "findings.txt").write_text(f"{label}, number {nth}\n" + "\n".join(map(str, found)) + "\n")
            self.report.found(found, evidence, command_line(
                self.options, "--phases", phase, "--calls", call, "--actions", action, "--limit", str(nth)))
        self.content = before
        return has_fired

    def create(self, shim):
        """The server makes a snapshot under the blow."""
        server = Server(self.options.binary, self.data, log=self.data.parent / "server.log", environment=self.environment)
        try:
            server.start(shim.environment)
            with Client(server) as client:
                self.put(client, 4)
                shim.arm()
                job = client.job("backup", seconds=COMMAND_SECONDS)
            if server.is_running and (job is None or job["state"] == "running"):
                return [Finding("lost", "the backup", f"it does not end: {job}")]
        except (NoAnswer, NotSent, OSError):
            pass  # It was killed.
        finally:
            shim.disarm()
            server.kill()
        return []

    def prune(self, shim):
        shim.arm()
        self.larder("prune", "--keep-last", "1", "--grace", "0s", environment=shim.environment)
        return []

    def restore(self, shim):
        shim.arm()
        self.larder("restore", "latest", "--into", str(self.data.parent / "restored"), environment=shim.environment)
        return []

    def replace(self, shim):
        """The server is set back to the first snapshot under the blow. What it answers behind it is one state, whole: the one before, or the
        snapshot's; and that is what a client heard of it."""
        server = Server(self.options.binary, self.data, log=self.data.parent / "server.log", environment=self.environment)
        heard = None
        try:
            server.start(shim.environment)
            with Client(server) as client:
                self.put(client, 6)
                shim.arm()
                heard = self.set_back(server, client, self.snapshots[0])
        except (NoAnswer, NotSent, OSError):
            pass  # It was killed.
        finally:
            shim.disarm()
            server.kill()
        states = {"before": dict(self.content), "snapshot": self.first}
        found = self.judge_state(server, states, must={"done": "snapshot", "failed": "before"}.get(heard))
        if found:
            return found
        # It is set back by the next try, whichever state the blow has left.
        try:
            server.start()
            with Client(server) as client:
                heard = self.set_back(server, client, self.snapshots[0])
        except StartFailed as failure:
            return [Finding("lost", "the server", f"it does not start any more: {failure}")]
        finally:
            server.kill()
        if heard != "done":
            return [Finding("lost", "the restore", f"asked for again it is {heard}")]
        return self.judge_state(server, states, must="snapshot")

    def set_back(self, server, client, snapshot):
        """Runs the restore to its end, over the moment in which the server is away: the job's state; None: nobody heard it."""
        reply = client.request("POST", "/v1/admin/restore", json.dumps({"id": snapshot, "replace": True}).encode(), {"content-type": "application/json"})
        if not reply.ok:
            return None
        deadline = time.monotonic() + COMMAND_SECONDS
        while time.monotonic() < deadline:
            try:
                one = client.request("GET", f"/v1/admin/jobs/{reply.json['id']}")
                if one.status == 200 and one.json["state"] != "running":
                    return one.json["state"]
                if b"read_only" in client.request("GET", "/readyz").body:
                    return None  # A failed fsync ends all writing: not even the end of the job can be written.
            except (NoAnswer, NotSent, OSError):
                # Away for a moment at the end of it, or killed.
                if not server.is_running:
                    return None
            time.sleep(0.02)
        return None

    def judge_state(self, server, states, must=None):
        """Starts a server on what there is now: its entries are those of one of the states, and of `must` where that is known."""
        try:
            server.start()
            with Client(server) as client:
                keys = sorted(set().union(*states.values()))
                replies = {key: client.request("GET", Client.entry("things", key)) for key in keys}
                now = {key: hashlib.sha256(reply.body).hexdigest() for key, reply in replies.items() if reply.status == 200}
                odd = {key: reply.status for key, reply in replies.items() if reply.status not in (200, 404)}
                verified = client.job("verify")
        except StartFailed as failure:
            return [Finding("lost", "the server", f"it does not start any more: {failure}")]
        finally:
            server.kill()
        if odd or not verified or verified["state"] != "done" or verified["result"]["corrupt"] or verified["result"]["missing"]:
            return [Finding("torn", "the state", f"{odd}, {verified}")]
        names = [name for name, content in states.items() if content == now]
        if not names:
            return [Finding("torn", "the state", f"it is neither: {now}")]
        if must and must not in names:
            return [Finding("lost", "the state", f"it is {names}, and {must} was heard")]
        return []

    # What must hold behind it ----------------------------------------------------------------------------------------

    def judge(self, phase):
        found = []
        ids = self.listed()
        kept = self.snapshots if phase != "prune" else self.snapshots[-1:]
        found += [Finding("lost", one, "the snapshot is not listed any more") for one in kept if one not in ids]
        for one in ids:
            code, out, said = self.larder("verify", one, "--read-all")
            if code != 0:
                found.append(Finding("torn", one, f"it is listed and can't be restored: {out[-300:]} {said[-300:]}"))
        return found + (self.judge_restored() if phase == "restore" else self.judge_next())

    def judge_next(self):
        """The next snapshot is made, and can be restored; and the next pruning goes through."""
        server = Server(self.options.binary, self.data, log=self.data.parent / "server.log", environment=self.environment)
        try:
            server.start()
            with Client(server) as client:
                deadline = time.monotonic() + COMMAND_SECONDS
                while any(job["state"] == "running" for job in client.request("GET", "/v1/admin/jobs").json["jobs"]):
                    if time.monotonic() > deadline:
                        return [Finding("lost", "the backup", "the one that was broken off does not end")]
                    time.sleep(0.05)
                job = client.job("backup")
            if job is None or job["state"] != "done":
                return [Finding("lost", "the backup", f"the next one is not made: {job}")]
        except StartFailed as failure:
            return [Finding("lost", "the server", f"it does not start any more: {failure}")]
        finally:
            server.kill()
        for arguments in (["drill"], ["prune", "--keep-last", "1", "--grace", "0s"], ["drill"]):
            code, out, said = self.larder(*arguments)
            if code != 0:
                return [Finding("torn", " ".join(arguments), f"it ends with {code}: {out[-300:]} {said[-300:]}")]
        return []

    def judge_restored(self):
        """It is run again, unless it had come to its end; then all is there."""
        into = self.data.parent / "restored"
        code, out, said = self.larder("restore", "latest", "--into", str(into))
        if code != 0 and "already" not in said:
            return [Finding("lost", "the restore", f"run again it ends with {code}: {said[-300:]}")]
        server = Server(self.options.binary, into, log=into.parent / "restored.log")
        try:
            server.start()
            with Client(server) as client:
                return [Finding("lost", key, "it is not what was restored") for key, digest in self.content.items()
                        if hashlib.sha256(client.request("GET", Client.entry("things", key)).body).hexdigest() != digest]
        except StartFailed as failure:
            return [Finding("lost", "the restored directory", f"no server starts on it: {failure}")]
        finally:
            server.kill()
