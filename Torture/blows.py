"""What can befall a larder that stands on PostgreSQL and a bucket. Each strikes once while a load runs, and is over when it returns."""

import time

from .database_proxy import CommitFault

# Longer than larder waits for the answer to a COMMIT (PostgresDatabase.commitLimit); than it tries to ask what became of it (findingLimit);
# and than it takes a silent server for one that is there (PostgresConnection.silence).
COMMIT_SECONDS, ASKING_SECONDS, SILENCE_SECONDS = 5.6, 3.5, 5.0
ARMED_SECONDS = 10


class Blows:
    """The blows are the methods named `blow_…`; each gets a source of chance. What they leave behind, Engines.heal() takes away."""

    def __init__(self, server, engines, database=None):
        """`database`: the way that is struck; None: the only one."""
        self.server, self.engines, self.database = server, engines, database or engines.database

    @classmethod
    def names(cls):
        """In the order in which they stand, those of a subclass first."""
        found = dict.fromkeys(name for one in cls.__mro__ for name in vars(one) if name.startswith("blow_"))
        return [name.removeprefix("blow_").replace("_", "-") for name in found]

    @classmethod
    def told(cls, name):
        """What a blow is, in one line."""
        return getattr(cls, "blow_" + name.replace("-", "_")).__doc__.strip().rstrip(".")

    def strike(self, name, rng):
        """Whether it struck."""
        struck = getattr(self, "blow_" + name.replace("-", "_"))(rng)
        self.engines.heal()
        return struck is not False

    # Larder -----------------------------------------------------------------------------------------------------------

    def blow_kill(self, rng):
        """SIGKILL of larder."""
        self.server.kill()

    def blow_stop(self, rng):
        """SIGTERM of larder: what it refuses from then on has not happened."""
        self.server.stop()

    def blow_kill_at_commit(self, rng):
        """SIGKILL of larder when a COMMIT is on its way."""
        process = self.server.process
        struck = self._at_commit(CommitFault(sent=process.kill))
        self.server.kill()
        return struck

    def blow_kill_without_database(self, rng):
        """SIGKILL of larder and immediate shutdown of PostgreSQL; larder starts first, and waits."""
        self.engines.postgres.crash()
        self.server.kill()
        self.engines.postgres.wait()
        self.server.launch()
        time.sleep(rng.uniform(0.2, 0.6))
        self.engines.heal()
        self.server.await_listening()

    # The server -------------------------------------------------------------------------------------------------------

    def blow_shutdown(self, rng):
        """Immediate shutdown of PostgreSQL, and its start."""
        self.engines.postgres.crash()
        self.engines.postgres.wait()
        time.sleep(rng.uniform(0, 0.5))

    def blow_shutdown_at_commit(self, rng):
        """Immediate shutdown of PostgreSQL when a COMMIT has just arrived."""
        struck = self._at_commit(CommitFault(sent=self.engines.postgres.crash))
        if struck:
            self.engines.postgres.wait()
        return struck

    def blow_terminate(self, rng):
        """The server ends all sessions of larder's (pg_terminate_backend)."""
        self.engines.postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'larder'")

    # The way to the server --------------------------------------------------------------------------------------------

    def blow_cut(self, rng):
        """All connections to PostgreSQL end, a few times, by FIN or by reset."""
        for _ in range(3):
            self.database.cut(is_reset=rng.random() < 0.5)
            time.sleep(rng.uniform(0, 0.2))

    def blow_half_close(self, rng):
        """One side of each connection hears the end, the other does not."""
        self.database.half_close(of_larder=True)
        time.sleep(0.3)
        self.database.half_close(of_larder=False)
        time.sleep(0.3)

    def blow_refuse(self, rng):
        """Nobody is let in for a second or three."""
        self.database.shut()
        time.sleep(rng.uniform(1, 3))

    def blow_delay(self, rng):
        """Each piece takes 5 to 50 ms more, either way."""
        self.database.lag = rng.uniform(0.005, 0.05)
        time.sleep(1.5)

    def blow_silence(self, rng):
        """Nothing flows, and nobody hears why, for longer than larder waits before it asks by another way."""
        self.database.flows.clear()
        time.sleep(SILENCE_SECONDS * rng.choice((1, 1, 2)))

    # The answer to a COMMIT -------------------------------------------------------------------------------------------

    def blow_commit_done_unheard(self, rng):
        """A COMMIT is carried out and its answer lost."""
        return self._at_commit(CommitFault(answer="drop"))

    def blow_commit_lost(self, rng):
        """A COMMIT is lost on its way."""
        return self._at_commit(CommitFault(request="drop"))

    def blow_commit_done_late(self, rng):
        """A COMMIT is carried out and answered when larder waits no more."""
        return self._at_commit(CommitFault(answer=COMMIT_SECONDS), COMMIT_SECONDS + 0.5)

    def blow_commit_late(self, rng):
        """A COMMIT arrives when larder waits no more, and has asked what became of it."""
        return self._at_commit(CommitFault(request=COMMIT_SECONDS), COMMIT_SECONDS + 0.5)

    def blow_commit_done_unknown(self, rng):
        """A COMMIT is carried out, its answer lost, and nobody is let in to ask."""
        return self._at_commit(CommitFault(answer="drop", shuts=True), ASKING_SECONDS)

    def blow_commit_lost_unknown(self, rng):
        """A COMMIT is lost, and nobody is let in to ask."""
        return self._at_commit(CommitFault(request="drop", shuts=True), ASKING_SECONDS)

    def _at_commit(self, fault, seconds=0.3):
        """Strikes at the next COMMIT, then waits: whether there was one."""
        self.database.arm(fault)
        struck = self.database.struck.wait(ARMED_SECONDS)
        if struck:
            time.sleep(seconds)
        return struck

    # The bucket -------------------------------------------------------------------------------------------------------

    def _harm(self, share, *faults, seconds=1.5):
        self.engines.bucket.harm(share, *faults)
        before = self.engines.bucket.harmed
        time.sleep(seconds)
        return self.engines.bucket.harmed > before

    def blow_bucket_errors(self, rng):
        """The bucket answers a third of the requests with 503 or 500."""
        return self._harm(0.35, "503", "500")

    def blow_bucket_cut(self, rng):
        """A third of the requests to the bucket, or of its answers, end in the middle."""
        return self._harm(0.35, "cut", "cut-upload", "truncate")

    def blow_bucket_unheard(self, rng):
        """The bucket does what it is asked, and half of its answers are lost."""
        return self._harm(0.5, "lose")

    def blow_bucket_stall(self, rng):
        """The bucket answers half of the requests two seconds late."""
        return self._harm(0.5, "stall", seconds=2.5)

    def blow_bucket_away(self, rng):
        """The bucket is away."""
        return self._harm(1.0, "cut", seconds=3)

    def blow_both(self, rng):
        """PostgreSQL goes by immediate shutdown while the bucket fails, too."""
        self.engines.bucket.harm(0.5, "503", "lose", "truncate")
        self.engines.postgres.crash()
        self.engines.postgres.wait()
        time.sleep(0.5)
