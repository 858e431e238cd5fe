"""What every case is given: the options, a folder, the peers, the programs, and a data directory full of entries."""

import functools
import shutil
import time

import peers as peers_module
from tools import Programs, say

# Seconds between two ages of entries: cleanup tells ages apart by whole seconds.
AGE_GAP = 4


class Context:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.peers = peers_module.Peers(options, folder)
        self.programs = Programs(folder)
        # What busy backends of PostgreSQL wait for, by who makes them busy: case_engine fills it.
        self.waits = {}
        self.connections = self.pick(64, 8)
        self.list_sizes = self.pick({"10⁴": 10_000, "10⁵": 100_000, "10⁶": 1_000_000}, {"10⁴": 1_500, "10⁵": 2_500, "10⁶": 6_000})
        self.old = self.list_sizes["10⁶"] // 10

    def pick(self, full, smoke):
        return smoke if self.options.smoke else full

    @functools.cached_property
    def template(self):
        """A data directory with 10⁴, 10⁵ and 10⁶ entries of 100 bytes in three stores, filled through HTTP PUTs by Benchmarks/tools/load.

        In the largest, the first tenth of the keys was written first; every ninth of the other keys next; the rest last. So an age can be
        given by which 10⁵ keys that lie together, or as many that lie scattered, are too old."""
        folder = self.folder / "template"
        begun = time.monotonic()
        say("Filling the data directory that the lists and the cleanup work on")
        with peers_module.larder(self.options.before or self.options.binary, self.folder, folder) as server:

            def fill(store, first, last, modulus=1, keep="in"):
                self.programs.json(
                    "load", "fill", "127.0.0.1", server.port, 64, first, last, modulus, keep, 100, f"/default/site:{store}/", server.token)

            sizes = list(self.list_sizes.values())
            fill(self.store(sizes[2]), 0, self.old)
            time.sleep(AGE_GAP)
            first_age = time.time() - AGE_GAP / 2
            fill(self.store(sizes[2]), self.old, sizes[2], 9, "in")
            time.sleep(AGE_GAP)
            second_age = time.time() - AGE_GAP / 2
            fill(self.store(sizes[2]), self.old, sizes[2], 9, "out")
            for size in sizes[:2]:
                fill(self.store(size), 0, size)
        self.ages = {"clustered": first_age, "scattered": second_age}
        self.fill_seconds = time.monotonic() - begun
        say(f"Filled in {self.fill_seconds:.0f} s")
        return folder

    @staticmethod
    def store(size):
        return f"bench-{size}"

    def copy_of_template(self):
        target = self.folder / f"copy-{time.monotonic_ns()}"
        shutil.copytree(self.template, target)
        return target
