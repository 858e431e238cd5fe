"""Histories of many clients under load, with SIGKILLs or other blows in between, checked for linearizability."""

import contextlib
import json
import random
import shutil
import threading
import time

from .. import engines
from ..blows import Blows
from ..linear import Register, check_all, check_log
from ..recorder import Book, Recorder
from ..report import Finding, Report, say
from ..server import Server

CI = [{"seconds": 15.0, "kills": 4}]
PLANTED = [(name, ("lost", "duplicated"), {"seconds": 15.0, "kills": 2}) for name in ("stale-read", "early-condition", "short-log")]
CI_POSTGRES = [{"seconds": 20.0, "kills": 6}, {"seconds": 20.0, "kills": 4, "nodes": 3}]
# On PostgreSQL a name is never answered from memory, and a condition is compared beside other nodes' transactions: those defects have other
# names there.
PLANTED_POSTGRES = [(name, wanted, settings | {"seconds": 25.0}) for name, wanted, settings in PLANTED if name == "short-log"]
PLANTED_NODES = [(name, ("lost", "duplicated"), {"seconds": 30.0, "kills": 2, "nodes": 3}) for name in ("stale-cache", "two-winners")]
# What linear strikes with where there is more to strike than larder: what is soon over.
QUICK = ("kill", "kill-at-commit", "shutdown", "shutdown-at-commit", "terminate", "cut", "refuse", "commit-done-unheard", "commit-lost",
         "commit-done-unknown", "commit-lost-unknown", "bucket-unheard")
HELP = "record histories of many clients under load and SIGKILLs, and check that each key and each log is linearizable"


def arguments(parser):
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--nodes", type=int, default=1, help="so many larders on one PostgreSQL and bucket; each request goes to another of them")
    engines.arguments(parser)


def run(options):
    if options.nodes > 1:
        options.engine = "postgres"
    report = Report(f"linearizability: {options.clients} clients, {options.nodes} nodes, {options.seconds:g} s, {options.kills} blows")
    folder = options.home / f"linear-{options.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    book = Book("linear", options.seed)
    with engines.chosen(options, options.nodes) as stands_on, contextlib.ExitStack() as stack:
        if stands_on:
            stands_on.fresh()
        servers = [stack.enter_context(Server(options.binary, folder / f"data-{number}", **(stands_on.of_node(number) if stands_on else {})))
                   for number in range(options.nodes)]
        _record(options, report, servers, book, stands_on)
        for server in servers:
            server.stop()
    _judge(report, book, folder)
    if report.is_clean:
        shutil.rmtree(folder)
    return report


def _record(options, report, servers, book, stands_on):
    generator = random.Random(options.seed)
    stop, up = threading.Event(), threading.Event()
    crew = [Recorder(number, servers, book, options.seed, stop, up) for number in range(options.clients)]
    for server in servers:
        server.start()
    up.set()
    for recorder in crew:
        recorder.start()
    end = time.monotonic() + options.seconds
    pause = options.seconds / (options.kills + 1)
    try:
        for _ in range(options.kills):
            time.sleep(pause * generator.uniform(0.4, 1.2))
            if stands_on:
                report.add(_blow(servers, stands_on, up, generator))
                continue
            server = servers[0]
            up.clear()
            server.kill()
            server.start()
            report.add("kills")
            up.set()
        time.sleep(max(0.0, end - time.monotonic()))
    finally:
        stop.set()
        for recorder in crew:
            recorder.join(60)
    for recorder in crew:
        if recorder.error:
            raise recorder.error


def _blow(servers, stands_on, up, generator):
    """Strikes at a larder or what it stands on: what to count it as."""
    name, place = generator.choice(QUICK), generator.randrange(len(servers))
    server = servers[place]
    has_struck = Blows(server, stands_on, stands_on.databases[place]).strike(name, generator)
    if not server.is_running:
        # Where there are others they are asked meanwhile.
        if len(servers) == 1:
            up.clear()
        server.kill()
        server.start()
        up.set()
    engines.wait_until_ready(server)
    return "blows" if has_struck else "blows that met nothing"


def _judge(report, book, folder):
    book.settle()
    report.found(book.findings)
    begun = time.monotonic()
    wrong, hard = check_all(book.entries, Register())
    for name, order, stuck in wrong:
        history = sorted(book.entries[name], key=lambda operation: operation.call)
        evidence = folder / f"{name}.history"
        evidence.write_text("\n".join(map(repr, history)) + f"\n\nlongest order:\n" + "\n".join(map(repr, order)) + f"\n\nfits nowhere: {stuck!r}\n")
        kind = "lost" if stuck.kind == "read" else "duplicated"
        report.found([Finding(kind, name, f"not linearizable: after {len(order)} of {len(history)} operations {stuck!r} fits nowhere")], evidence)
    for name in hard:
        report.note(f"{name}: no verdict, its history has too many orders")
    for name, history in book.logs.items():
        for text in check_log(history)[:3]:
            evidence = folder / f"{name}.history"
            evidence.write_text("\n".join(map(repr, sorted(history, key=lambda operation: operation.call))) + "\n")
            report.found([Finding("lost", name, f"log not linearizable: {text}")], evidence)
    operations = sum(map(len, book.entries.values())) + sum(map(len, book.logs.values()))
    unanswered = sum(1 for histories in (book.entries, book.logs) for history in histories.values() for o in history if o.result is None)
    report.add("operations", operations)
    report.add("operations without an answer", unanswered)
    report.add("keys", len(book.entries))
    report.add("logs", len(book.logs))
    report.add("keys without a verdict", len(hard))
    say(f"checked {operations:,} operations in {time.monotonic() - begun:.1f} s")
    (folder / "counts.json").write_text(json.dumps(report.counts))
