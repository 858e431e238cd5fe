"""Larder with its index on PostgreSQL, beside pgbench on the same server and beside Larder on SQLite.

Budget: 25 s a round. pgbench is the limit: 64 clients that each insert a row with all columns and indexes of Larder's `entries`, and the 1 KiB of
content in it (Larder keeps that in a second row, of `objects`), a COMMIT each. Both go over TCP. While they do, PostgreSQL is asked 20 times a second what
its busy backends wait for."""

import collections
import contextlib
import functools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import case_appends
import case_gets
import case_puts
import peers as peers_module
from measure import Goal, Row, of
from tools import DONE_SCRIPT, BenchError, run, wrk

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))
from Torture.postgres import PASSWORD, Postgres  # noqa: E402 — the same server that the durability trials strike

TABLE = """
CREATE TABLE pgbench_entries (
    store BIGINT NOT NULL, key BYTEA NOT NULL, placement BIGINT NOT NULL, object BIGINT, size BIGINT NOT NULL, stored_size BIGINT NOT NULL,
    encoding BIGINT NOT NULL, digest BYTEA NOT NULL, etag BYTEA NOT NULL, content_type BYTEA NOT NULL, metadata BYTEA NOT NULL,
    created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, expires_at BIGINT, ttl BIGINT, data BYTEA, PRIMARY KEY (store, key));
CREATE INDEX pgbench_entries_by_time ON pgbench_entries (store, modified_at, key);
CREATE INDEX pgbench_entries_expiring ON pgbench_entries (expires_at) WHERE expires_at IS NOT NULL;
ALTER TABLE pgbench_entries OWNER TO larder;
"""
INSERT = r"""
\set n random(1, 9000000000000000)
INSERT INTO pgbench_entries
SELECT 1, convert_to('bench-' || n, 'UTF8'), 0, n, 1024, 1024, 0, decode(lpad(to_hex(n), 64, '0'), 'hex'), decode(lpad(to_hex(n), 32, '0'), 'hex'),
    'application/json', '{}', mod(n, 1000000), mod(n, 1000000), NULL, NULL, convert_to(n || 'FILLER', 'UTF8')
FROM (SELECT CAST(:n AS BIGINT) AS n) AS drawn
ON CONFLICT (store, key) DO UPDATE SET modified_at = EXCLUDED.modified_at, data = EXCLUDED.data;
"""
WAITS = r"""SELECT COALESCE(wait_event_type, 'none'), COALESCE(wait_event, 'runs'), COUNT(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND state = 'active' AND usename = 'larder' GROUP BY 1, 2 \watch 0.05
"""
PUTS = "PUT 1 KiB c=64"
GETS = "GET 1 KiB c=64"
PAGE = "List 1,000 keys"

GOALS = [
    Goal("PUT 1 KiB c=64 ÷ pgbench with 64 clients", of(PUTS, "pgbench"), 0.5),
    Goal("GET 1 KiB c=64, hot ÷ SQLite's engine", of(GETS, "sqlite"), 0.3),
    Goal("a page of 1,000 keys, SQLite's engine ÷ PostgreSQL's", of(PAGE, "sqlite"), 1 / 3),
]


class Bench:
    """The server, and how to ask it."""

    def __init__(self, context, stack):
        self.context = context
        self.postgres = stack.enter_context(Postgres(["max_connections = 120"]))
        self.postgres.sql(TABLE)
        self.environment = os.environ | {"PGPASSWORD": PASSWORD}
        self.url = f"postgres://larder@127.0.0.1:{self.postgres.port}/larder?sslmode=disable"
        self.script = context.folder / "insert.sql"
        self.script.write_text(INSERT.replace("FILLER", case_puts.filler().replace("'", "")[:1_000]))

    def program(self, name, *arguments):
        return [self.postgres.bin / name, *arguments, "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "larder"]

    def inserts(self, clients, seconds):
        said = run(self.program("pgbench", "-n", "-M", "prepared", "-c", clients, "-j", min(2, clients), "-T", seconds, "-f", self.script)
                   + ["larder"], seconds + 60, env=self.environment)
        for line in said.splitlines():
            if line.startswith("tps = "):
                return {"value": float(line.split()[2])}
        raise BenchError(f"pgbench said: {said[-400:]}")

    @contextlib.contextmanager
    def watched(self, waits):
        """Counts what busy backends wait for meanwhile."""
        with subprocess.Popen(
                [str(part) for part in [self.postgres.bin / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-h", self.postgres.folder, "-p",
                                        self.postgres.port, "-U", "postgres", "larder"]],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/") as process:
            process.stdin.write(WAITS)
            process.stdin.flush()
            try:
                yield
            finally:
                process.terminate()
                for line in process.stdout.read().splitlines():
                    fields = line.split("\t")
                    if len(fields) == 3:
                        waits["/".join(fields[:2])] += int(fields[2])


def rows(context, stack):
    bench = Bench(context, stack)
    environment = {"PGPASSWORD": PASSWORD}
    servers = {
        "larder": stack.enter_context(peers_module.larder(context.options.binary, context.folder, index=bench.url, environment=environment)),
        "sqlite": stack.enter_context(peers_module.larder(context.options.binary, context.folder)),
    }
    context.waits |= {name: collections.Counter() for name in ("larder", "pgbench")}
    return [*_puts(context, bench, servers), *_reads(context, stack, servers), *_appends(context, servers)]


def _puts(context, bench, servers):
    script = context.folder / "put.lua"
    script.write_text(case_puts.SCRIPT + DONE_SCRIPT)
    text, most = case_puts.filler(), context.connections
    for server in servers.values():
        wrk(server, script, 8, 1, [server.prefix, "warm", 1024, text], {"Content-Type": "application/json"})
    bench.inserts(8, 1)

    def put(name, connections, seconds, number):
        server = servers[name]
        with bench.watched(context.waits["larder"]) if name == "larder" and connections == most else contextlib.nullcontext():
            return wrk(server, script, connections, seconds, [server.prefix, f"{connections}-{number}", 1024, text], {"Content-Type": "application/json"})

    def insert(connections, seconds, number):
        with bench.watched(context.waits["pgbench"]) if connections == most else contextlib.nullcontext():
            return bench.inserts(connections, seconds)

    out = []
    for connections in context.pick((1, 8, most), (most,)):
        # pgbench needs some of it until its clients are there, which it does not count.
        seconds = context.pick(4 if connections == most else 2, 2)
        contestants = {name: functools.partial(put, name, connections, seconds) for name in servers}
        contestants["pgbench"] = functools.partial(insert, connections, seconds)
        out.append(Row(PUTS.replace("64", str(connections)), "/s", contestants, limits=("pgbench",)))
    return out


def _reads(context, stack, servers):
    many = context.folder / "get.lua"
    many.write_text(case_gets.SCRIPT + DONE_SCRIPT)
    keys, listed = context.pick(1_000, 50), context.pick(10_000, 1_500)
    for server in servers.values():
        case_gets.fill(server, 1024, keys)
        context.programs.json("load", "fill", "127.0.0.1", server.port, 16, 0, listed, 1, "in", 100, "/default/site:listed/", server.token)

    def get(server):
        return lambda _: wrk(server, many, context.connections, context.pick(2, 1), [f"{server.prefix}1024/", keys])

    def page(server):
        connection = stack.enter_context(contextlib.closing(server.connection()))

        def sample(_):
            seconds = []
            for _ in range(context.pick(15, 3)):
                begun = time.perf_counter()
                _, body = server.ask("GET", "/default/site:listed?cursor=", connection=connection)
                seconds.append(time.perf_counter() - begun)
            if len(json.loads(body)["blobs"]) != 1_000:
                raise BenchError("a page has not 1,000 keys")
            return {"value": statistics.median(seconds) * 1000}

        return sample

    return [
        Row(GETS, "/s", {name: get(server) for name, server in servers.items()}),
        Row(PAGE, "ms", {name: page(server) for name, server in servers.items()}, lower_is_better=True, note="the first of 10⁴"),
    ]


def _appends(context, servers):
    script = context.folder / "append.lua"
    script.write_text(case_appends.SCRIPT + DONE_SCRIPT)
    event = json.dumps(case_appends.EVENT, separators=(",", ":"))

    def append(server, writers, number):
        return wrk(server, script, writers, 1, [f"{writers}-short-{number}", 1, "short", event], {"Content-Type": "application/json"})

    return [
        Row(f"Append {writers} writer{'s' if writers > 1 else ''}, runs of 10", "/s",
            {name: functools.partial(append, server, writers) for name, server in servers.items()})
        for writers in (1, 32)
    ]


def waiting(waits):
    """Who made backends busy, in how many samples, and their shares: that wait for a lock on rows or the like; for one within the server, such as
    its turn to write the log; and the most frequent waits."""
    out = []
    for name, counts in waits.items():
        total = sum(counts.values())

        def share(kind):
            return sum(count for wait, count in counts.items() if wait.split("/")[0] == kind) / max(total, 1)

        out.append({"who": name, "samples": total, "locks": share("Lock"), "latches": share("LWLock"),
                    "waits": [[wait, count / total] for wait, count in counts.most_common(5)]})
    return out
