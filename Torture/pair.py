"""A PostgreSQL with a synchronous standby in the one server's place: when the primary goes, the standby is promoted."""

import time

from .blows import Blows
from .bucket import BucketProxy, Service
from .engines import Engines
from .postgres import Postgres, Standby, free_port

SYNCHRONOUS_SECONDS = 60


class Pair(Engines):
    """`postgres` is the primary, `standby` what follows it. The two ports stay; larder is given both."""

    def __enter__(self):
        self.databases, self.database, self.standby = [], None, None
        self._open.append(self._remove_servers)
        try:
            self.ports = [free_port(), free_port()]
            self.postgres = Postgres(port=self.ports[0])
            self.service = Service()
            self._open.append(self.service.close)
            self.bucket = BucketProxy(self.service.port, self.seed)
            self._open.append(self.bucket.close)
            self.heal()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _remove_servers(self):
        for server in (self.standby, getattr(self, "postgres", None)):
            if server:
                server.remove()

    def address(self, number, is_direct):
        return ",".join(f"127.0.0.1:{port}" for port in self.ports), "target_session_attrs=read-write&"

    def promote(self):
        """The primary has gone for good: the standby is the primary now, and alone."""
        self.standby.promote()
        self.postgres.remove()
        self.postgres, self.standby = self.standby, None

    def heal(self):
        """There are two again, and no COMMIT is answered before both have it."""
        self.bucket.heal()
        if self.standby is None:
            # Not for the copy: once promoted it would wait for a standby that is not there.
            self._wait_for_standby(False)
            self.standby = Standby(self.postgres, next(port for port in self.ports if port != self.postgres.port))
            self._wait_for_standby(True)
        elif not self.standby.is_running:
            self.standby.wait()
            self.standby.start()
        end = time.monotonic() + SYNCHRONOUS_SECONDS
        while self.postgres.sql("SELECT sync_state FROM pg_stat_replication", "postgres") != [["sync"]]:
            if time.monotonic() > end:
                raise TimeoutError(f"the standby does not follow: {self.standby.log.read_text(errors='replace')[-400:]}")
            time.sleep(0.05)

    def _wait_for_standby(self, waits):
        self.postgres.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{'*' if waits else ''}'", "postgres")
        self.postgres.sql("SELECT pg_reload_conf()", "postgres")


class PairBlows(Blows):
    """What befalls the pair. `findings`: as of NodeBlows."""

    def __init__(self, servers, place, pair):
        super().__init__(servers[place], pair)
        self.findings = []

    @classmethod
    def names(cls):
        """None of those of one server alone."""
        return [name.removeprefix("blow_").replace("_", "-") for name in vars(cls) if name.startswith("blow_")]

    def blow_fail_over(self, rng):
        """Immediate shutdown of the primary, for good; a moment later the standby is promoted."""
        self.engines.postgres.crash()
        self.engines.postgres.wait()
        time.sleep(rng.uniform(0, 3))
        self.engines.promote()

    def blow_fail_over_with_node(self, rng):
        """The same, and SIGKILL of a node at the same moment."""
        self.server.kill()
        self.blow_fail_over(rng)

    def blow_switch_over(self, rng):
        """The primary is shut down in order, and the standby promoted."""
        self.engines.postgres.shut_down()
        self.engines.postgres.wait()
        self.engines.promote()

    def blow_standby_gone(self, rng):
        """Immediate shutdown of the standby, and its start: no COMMIT is answered meanwhile."""
        self.engines.standby.crash()
        self.engines.standby.wait()
        time.sleep(rng.uniform(0.5, 8))
