"""A PostgreSQL of one's own: Debian's programs, a folder of its own, durable as it comes."""

import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .report import Skipped

READY_SECONDS = 60
PASSWORD = "open-sesame"


def programs():
    """Where the newest PostgreSQL's programs lie."""
    found = [path for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    if not found:
        raise Skipped("there is no PostgreSQL: apt-get install postgresql-15")
    return max(found, key=lambda path: int(path.parent.name))


def free_port():
    """A port of the loopback address that no client's connection is given: one below the system's own range."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Skipped("no port is free")


class Postgres:
    """The server, which may be struck and started again. It goes when the thread that started it does: to be used by one thread, which
    lives to the end. PostgreSQL refuses root, so root starts it as the user `postgres`."""

    def __init__(self, settings=(), port=None):
        self.bin = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"larder-pg.{os.getpid()}."))
        self.folder.chmod(0o755)
        self.data, self.log, self.port = self.folder / "data", self.folder / "log", port or free_port()
        self.process = None
        self._as = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        try:
            self._make(settings)
        except BaseException:
            self.remove()
            raise

    def _make(self, settings):
        self._run("initdb", "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-locale", "-E", "UTF8", "--no-sync")
        self._set(settings)
        self.start()
        self.sql(f"CREATE ROLE larder LOGIN PASSWORD '{PASSWORD}'", "postgres")
        self.sql("CREATE DATABASE larder OWNER larder", "postgres")

    def _run(self, program, *arguments):
        """What makes its folder."""
        done = subprocess.run([*self._as, self.bin / program, "-D", self.data, *arguments], capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Skipped(f"{program}: {done.stderr.strip()[-400:]}")

    def _set(self, settings):
        with open(self.data / "postgresql.conf", "a") as file:
            file.write("\n".join(
                # Before it recovers it syncs its folder: in one call rather than a call for each file.
                ["recovery_init_sync_method = syncfs", f"port = {self.port}", f"unix_socket_directories = '{self.folder}'", "listen_addresses = '127.0.0.1'", *settings]) + "\n")

    @property
    def socket(self):
        return str(self.folder / f".s.PGSQL.{self.port}")

    def start(self):
        """Starts it and waits until it takes connections."""
        assert self.process is None
        # Its own log; and it ends with the thread that runs this, whatever becomes of that.
        as_owner = ["setpriv", "--pdeathsig", "INT", *self._as[1:]] if self._as else ["setpriv", "--pdeathsig", "INT", "--"]
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                [*as_owner, self.bin / "postgres", "-D", self.data], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd="/")
        end = time.monotonic() + READY_SECONDS
        while self._ask("SELECT 1", "postgres").returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                raise Skipped(f"PostgreSQL does not start: {self.log.read_text(errors='replace')[-400:]}")
            time.sleep(0.02)

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def crash(self):
        """Immediate shutdown: nothing is finished, and what was confirmed has to be found again. May be called by any thread; wait() follows."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)

    def shut_down(self):
        """In order: what is under way is undone, and a standby has got everything. wait() follows."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)

    def wait(self):
        if self.process is not None:
            self.process.wait(60)
            self.process = None

    def _ask(self, sql, database):
        return subprocess.run(
            [self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port), "-U", "postgres",
             "-d", database, "-F", "\t", "-c", sql], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, cwd="/")

    def sql(self, sql, database="larder"):
        """Runs it as the server's owner: rows of texts, '' for NULL."""
        done = self._ask(sql, database)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def dump(self, schema, file):
        """All of a schema, as evidence."""
        with open(file, "wb") as out:
            subprocess.run(
                [self.bin / "pg_dump", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-n", schema, "larder"], stdout=out,
                stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=120, cwd="/", check=False)

    def remove(self):
        """Ends it, and removes its folder."""
        self.crash()
        self.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


class Standby(Postgres):
    """A copy of another server's, which follows that until it is promoted."""

    def __init__(self, primary, port):
        self.primary = primary
        super().__init__(port=port)

    def _make(self, settings):
        self._run("pg_basebackup", "-h", self.primary.folder, "-p", str(self.primary.port), "-U", "postgres", "-R", "-X", "stream", "-c", "fast", "--no-sync")
        self._set(settings)
        self.start()

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)", "postgres")
