"""What a larder beyond one machine stands on, of the harness's own: PostgreSQL, an S3 service, and a proxy before each."""

import contextlib
import http.client
import time
import urllib.parse

from .bucket import ACCESS_KEY, SECRET_KEY, BucketProxy, Service
from .database_proxy import DatabaseProxy
from .postgres import PASSWORD, Postgres
from .server import StartFailed

BUCKET = "torture"
BACK_SECONDS = 60


def arguments(parser):
    """The option of those subcommands that run on either."""
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite",
                        help="what larder stands on: a folder, or PostgreSQL and a bucket, both of the harness's own")


@contextlib.contextmanager
def chosen(options, nodes=1):
    """The engines that the options ask for, with a way to them for each of so many nodes; None for a folder."""
    if options.engine != "postgres":
        yield None
    elif _kept and len(_kept[0].databases) >= nodes:
        _kept[0].begin()
        yield _kept[0]
    else:
        with Engines(options.seed, nodes) as engines:
            yield engines


_kept = []


@contextlib.contextmanager
def kept(options):
    """For all that is run within, the same ones: PostgreSQL takes some seconds to be made."""
    with chosen(options, nodes=3) as engines:
        _kept.extend([engines] if engines else [])
        try:
            yield
        finally:
            _kept.clear()


class Engines:
    """Both, for as long as `with` lasts. Each `fresh()` is another schema and another prefix of the bucket: nothing of what was before."""

    def __init__(self, seed, nodes=1):
        self.seed, self.nodes = seed, nodes
        self.generation = 0
        self._open = []

    def __enter__(self):
        try:
            self.postgres = Postgres()
            self._open.append(self.postgres.remove)
            # One for each node: one may be cut off while the others go on.
            self.databases = [DatabaseProxy(self.postgres.socket) for _ in range(self.nodes)]
            self._open += [database.close for database in self.databases]
            self.database = self.databases[0]
            self.service = Service()
            self._open.append(self.service.close)
            self.bucket = BucketProxy(self.service.port, self.seed)
            self._open.append(self.bucket.close)
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        """As at first, for another trial."""
        self.heal()
        for database in self.databases:
            database.commits = 0
        self.bucket.requests = self.bucket.harmed = self.bucket.uploads = 0

    def __exit__(self, *_):
        while self._open:
            self._open.pop()()

    @property
    def schema(self):
        return f"t{self.generation}"

    @property
    def prefix(self):
        return f"{self.schema}/"

    def fresh(self):
        """Begins anew: what a Server is to be given."""
        if self.generation:
            self.postgres.sql(f"DROP SCHEMA {self.schema} CASCADE")
        self.generation += 1
        self.postgres.sql(f"CREATE SCHEMA {self.schema} AUTHORIZATION larder")
        return self.of_node(0)

    def of_node(self, number, is_direct=False):
        """What the Server of one of the nodes is to be given. `is_direct`: without the proxies in between."""
        address, settings = self.address(number, is_direct)
        index = f"postgres://larder@{address}/larder?{settings}sslmode=disable&options={urllib.parse.quote(f'-csearch_path={self.schema}')}"
        bucket = self.service.port if is_direct else self.bucket.port
        objects = f"s3://{BUCKET}/{self.schema}?endpoint=http://127.0.0.1:{bucket}&region=us-east-1"
        # The password is asked for over TCP; the proxies come through the socket.
        return {"engines": ["--index", index, "--objects", objects], "node": f"n{number + 1}",
                "environment": {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "PGPASSWORD": PASSWORD}}

    def address(self, number, is_direct):
        """Where the database is for one of the nodes, and what else its URL says."""
        return f"127.0.0.1:{self.postgres.port if is_direct else self.databases[number].port}", ""

    def sql(self, sql):
        """As the server's owner, in the schema of this generation."""
        return self.postgres.sql(f"SET search_path = {self.schema}; {sql}")

    def settle(self, seconds=30):
        """Waits until every transaction of larder's that is under way now has ended: from then on nothing of before can happen. Raises StartFailed."""
        # What was held up on its way is there by now.
        time.sleep(0.2)
        now = self.postgres.sql("SELECT clock_timestamp()")[0][0]
        end = time.monotonic() + seconds
        while (left := self.postgres.sql(f"SELECT COUNT(*) FROM pg_stat_activity WHERE usename = 'larder' AND xact_start < '{now}'")[0][0]) != "0":
            if time.monotonic() > end:
                raise StartFailed(f"{left} transactions are still open after {seconds} s")
            time.sleep(0.05)

    def heal(self):
        """Everything works again."""
        for database in self.databases:
            database.reopen()
        self.bucket.heal()
        if not self.postgres.is_running:
            self.postgres.wait()
            self.postgres.start()

    def keep(self, folder):
        """All that they have of this generation, as evidence."""
        folder.mkdir(exist_ok=True)
        self.postgres.dump(self.schema, folder / "index.sql")
        (folder / "postgres.log").write_bytes(self.postgres.log.read_bytes())
        (folder / "bucket.txt").write_text("\n".join(self.service.keys(BUCKET, self.prefix)) + "\n")


def wait_until_ready(server, seconds=BACK_SECONDS):
    """Until larder says that it can do everything: the seconds that took. Raises StartFailed when it doesn't."""
    begun, said = time.monotonic(), "nothing"
    while time.monotonic() - begun < seconds:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            connection.request("GET", "/readyz", headers={"authorization": f"Bearer {server.token}"})
            response = connection.getresponse()
            said = response.read()[:300]
            if response.status == 200:
                return time.monotonic() - begun
        except (OSError, http.client.HTTPException) as error:
            said = error
        finally:
            connection.close()
        time.sleep(0.02)
    raise StartFailed(f"not ready within {seconds} s of everything being there: {said!r}")
