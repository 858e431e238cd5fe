"""13. Snapshots: of 10,000 files beside restic and rclone, and of a million small entries beside clients.

Budget: some three minutes a round, and once to fill what it works on. Every contestant has the same files, in a new repository each round: a first snapshot, a second one in which one file of a
hundred is another, and a restore of that into an empty folder. restic encrypts always, so `larder` does here, too; `larder, plain` has no key. `rclone sync`
copies files, syncs nothing to the disk and keeps no history. The snapshot of the million is made alone, and beside 500 PUTs a second at fixed times."""

import contextlib
import math
import os
import random
import shutil
import time

import peers as peers_module
import tools
from case_million import clients, finished_job
from measure import Row
from tools import run

LEAST, MOST = 1 << 10, 640 << 10
CHANGED = 100
QUIET_SECONDS = 5


def sizes(count):
    """Log-uniform between LEAST and MOST; 10,000 of them are 1.0 GB."""
    return [round(LEAST * (MOST / LEAST) ** ((number + 0.5) / count)) for number in range(count)]


class Files:
    """The files that everybody backs up."""

    def __init__(self, folder, count):
        self.folder, self.sizes = folder, sizes(count)
        self.dice = random.Random(20_260_510)
        folder.mkdir()
        for number in range(count):
            self.write(number)

    def path(self, number):
        return self.folder / f"{number % 100:02}" / f"{number}.bin"

    def write(self, number):
        self.path(number).parent.mkdir(exist_ok=True)
        self.path(number).write_bytes(self.dice.randbytes(self.sizes[number]))

    def change(self):
        """One of a hundred, of every size: those that are others now."""
        changed = range(self.dice.randrange(CHANGED), len(self.sizes), CHANGED)
        for number in changed:
            self.write(number)
        return changed


def timed(command, environment=None):
    """Seconds that a program took, from its start to its end."""
    os.sync()
    begun = time.monotonic()
    run(command, env={**os.environ, **(environment or {})})
    return time.monotonic() - begun


class Contestant:
    """Who makes a first snapshot of the files, a second one and a restore; each once a round, in this order."""

    def __init__(self, files, folder, name):
        self.files, self.folder = files, folder / f"snapshots-{name}"
        self.repository, self.restored = self.folder / "repository", self.folder / "restored"

    def first(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.prepare()
        return self.back_up()

    def second(self):
        self.take_changes()
        return self.back_up()

    def restore(self):
        seconds = self.bring_back()
        self.check()
        shutil.rmtree(self.restored)
        return seconds

    def prepare(self):
        """Makes the repository, where that is a step of its own."""

    def take_changes(self):
        """Hears that files are others."""

    def check(self):
        """A restore that brought less than all would be no restore."""
        found = sum(1 for path in self.restored.rglob("*.bin") if path.is_file())
        if found != len(self.files.sizes):
            raise tools.BenchError(f"{self.folder.name}: {found} of {len(self.files.sizes)} files were restored")


class Larder(Contestant):
    """The files are entries of a server; a restore makes a data directory."""

    def __init__(self, files, folder, name, binary, server, key):
        super().__init__(files, folder, name)
        self.binary, self.server = binary, server
        self.environment = {
            "LARDER_URL": server.origin, "LARDER_TOKEN": server.token, "LARDER_BACKUP_TO": f"file://{self.repository}",
            **({"LARDER_BACKUP_KEY_FILE": str(key)} if key else {}),
        }
        self.take_changes()

    def command(self, *arguments):
        return timed([self.binary, *arguments, "--json"], self.environment)

    def take_changes(self):
        self.command("import", self.files.folder, "--store", "files")

    def back_up(self):
        return self.command("backup", "create", "--to", f"file://{self.repository}")

    def bring_back(self):
        return self.command("backup", "restore", "latest", "--into", self.restored)

    def check(self):
        if not (self.restored / "index.sqlite").is_file():
            raise tools.BenchError("the restore has left no index")


class Restic(Contestant):
    environment = {"RESTIC_PASSWORD": "not a secret"}

    def command(self, *arguments):
        return timed(
            ["restic", "--repo", self.repository, "--cache-dir", self.folder / "cache", "--quiet", *arguments], self.environment)

    def prepare(self):
        self.command("init")

    def back_up(self):
        return self.command("backup", self.files.folder)

    def bring_back(self):
        return self.command("restore", "latest", "--target", self.restored)


class Rclone(Contestant):
    def __init__(self, files, folder, name, binary):
        super().__init__(files, folder, name)
        self.binary = binary

    def sync(self, source, target):
        return timed([self.binary, "sync", source, target, "--config", os.devnull, "--transfers", "4"])

    def back_up(self):
        return self.sync(self.files.folder, self.repository)

    def bring_back(self):
        return self.sync(self.repository, self.restored)


def contestants(context, stack):
    binary = context.options.binary
    files = Files(context.folder / "snapshot-files", context.pick(10_000, 200))
    key = context.folder / "snapshot.key"
    key.write_text("a key for measuring, and for nothing else")
    key.chmod(0o600)
    found = {}
    for name, key_file in (("larder", key), ("larder, plain", None)):
        arguments = ("--backup-key-file", str(key_file)) if key_file else ()
        server = stack.enter_context(peers_module.larder(binary, context.folder, arguments=arguments))
        found[name] = Larder(files, context.folder, "sealed" if key_file else "plain", binary, server, key_file)
    if context.peers.available["restic"]:
        found["restic"] = Restic(files, context.folder, "restic")
    if context.peers.available["rclone"]:
        found["rclone"] = Rclone(files, context.folder, "rclone", context.options.rclone)
    return files, found


def million(context):
    """The figures of a round, taken once: a snapshot alone, clients alone, both."""
    state = {}

    def fresh(number):
        if state.get("number") == number:
            return state
        state.clear()
        data = context.copy_of_template()
        repositories = [context.folder / f"million-{number}-{name}" for name in ("alone", "beside")]
        try:
            with peers_module.larder(context.options.binary, context.folder, data) as server, contextlib.closing(server.connection()) as connection:

                def snapshot(repository):
                    return finished_job(server, "/v1/admin/backup", {"to": f"file://{repository}"}, connection)[1]

                idle = tools.resident(server.process.pid, "VmRSS")
                tools.forget_peak(server.process.pid)
                seconds = snapshot(repositories[0])
                peak = tools.resident(server.process.pid, "VmHWM")
                state["alone"] = {"value": seconds, "peakBytes": peak, "growthBytes": peak - idle}
                quiet = context.pick(QUIET_SECONDS, 1)
                with clients(context, server, quiet + 5) as quietly:
                    time.sleep(quiet)
                with clients(context, server, 300) as beside:
                    state["beside"] = {"value": snapshot(repositories[1])}
                for name, figures in (("quiet clients", quietly), ("clients beside", beside)):
                    state[name] = {"value": figures["p99ms"], "p50Ms": figures["p50ms"], "p99Ms": figures["p99ms"]}
                state["number"] = number
        finally:
            for folder in (data, *repositories):
                shutil.rmtree(folder, ignore_errors=True)
        return state

    return lambda name: {"larder": lambda number: fresh(number)[name]}


def rows(context, stack):
    files, found = contestants(context, stack)
    total = f"{len(files.sizes):,} files, {sum(files.sizes) / 1e9:.2g} GB"
    changed = {}

    def first(one):
        return lambda _: {"value": one.first()}

    def second(one):
        def sample(number):
            # The same files for everybody, once a round.
            if changed.get("number") != number:
                changed.update(number=number, count=len(files.change()))
            return {"value": one.second()}

        return sample

    def restore(one):
        return lambda _: {"value": one.restore()}

    small = million(context)
    entries = "1.11×10⁶" if math.isclose(sum(context.list_sizes.values()), 1_110_000) else f"{sum(context.list_sizes.values()):,}"
    return [
        Row("First snapshot of files", "s", {name: first(one) for name, one in found.items()}, lower_is_better=True, note=total),
        Row("Next snapshot, 1 % changed", "s", {name: second(one) for name, one in found.items()}, lower_is_better=True),
        Row("Restore of files", "s", {name: restore(one) for name, one in found.items()}, lower_is_better=True),
        Row("Snapshot of small entries", "s", small("alone"), lower_is_better=True, note=f"{entries} of 100 bytes"),
        Row("Snapshot beside clients", "s", small("beside"), lower_is_better=True),
        Row("Clients' p99, no snapshot", "ms", small("quiet clients"), lower_is_better=True, note="500 PUTs a second"),
        Row("Clients' p99, snapshot", "ms", small("clients beside"), lower_is_better=True),
    ]
