"""Where the time goes: perf samples the server under one kind of load, a flame graph and a table of shares are made of it.

What Scripts/profile runs. 499 samples a second of each busy thread, stacks by DWARF, because SQLite and the C library keep no frame pointers.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import case_appends
import case_gets
import case_puts
import flame
import peers
from tools import DONE_SCRIPT, BenchError, Programs, run, say, wrk

BEGIN, END = "<!-- profile: begin -->", "<!-- profile: end -->"
SECONDS = 5
FREQUENCY = 499

# What a stack is counted as: the first group one of whose words is in one of its frames.
GROUPS = [
    ("checkpoint of the WAL", ("sqlite3WalCheckpoint", "sqlite3_wal_checkpoint")),
    ("fdatasync", ("fdatasync", "do_fsync")),
    ("writing the WAL", ("sqlite3WalFrames",)),
    ("SQLite, other", ("sqlite3", "sqlite3_")),
    ("cache of entries", ("EntryCache", "Shard.")),
    ("GRDB and the writer's own", ("Database.", "IndexTransaction", "EntryIndex", "GroupCommit.attempt")),
    ("hashing and gzip", ("sha256", "SHA256", "deflate", "inflate")),
    ("sending to sockets", ("__GI___writev", "__GI___libc_write", "tcp_sendmsg", "__libc_sendmsg", "sendfile")),
    ("reading from sockets", ("__GI___libc_recv", "__libc_recv", "__libc_read", "tcp_recvmsg", "readFromSocket0")),
    ("waiting and waking", ("epoll_wait", "epoll_ctl", "futex", "eventfd", "execute(_:)", "_dispatch_semaphore", "__new_sem_wait")),
    ("deciding what to answer", ("FastPath.", "EntryService", "Router.", "EntryAnswer", "Responder", "LogService", "EventParser", "AnswerHead")),
    ("HTTP encoding, channel pipeline out", ("HTTPResponseEncoder", "HTTPResponseHeadersValidator", "ConnectionHandler.send", "EventStream.")),
    ("HTTP parsing, channel pipeline in", ("HTTPDecoder", "ByteToMessageHandler", "llhttp", "ConnectionHandler")),
    ("Swift tasks", ("swift_job_run", "_dispatch_worker_thread", "_dispatch_root_queue")),
]


def group(stack):
    for name, words in GROUPS:
        if any(word in frame for frame in stack[1:] for word in words):
            return name
    return "other"


def record(server, folder, load):
    """Stacks with their counts while the load runs."""
    data = folder / "perf.data"
    with subprocess.Popen(
        ["perf", "record", "-F", str(FREQUENCY), "--call-graph", "dwarf,16384", "-p", str(server.process.pid), "-o", str(data), "--", "sleep", str(SECONDS)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as perf:
        load()
        _, said = perf.communicate(timeout=120)
    if not data.exists():
        raise BenchError(f"perf recorded nothing: {said.strip()[-300:]}")
    stacks = flame.readable_stacks(flame.read_stacks(run(["perf", "script", "-i", data, "-F", "comm,ip,sym"], 300).splitlines()))
    if not stacks:
        raise BenchError("perf gave no samples")
    return stacks


def loads(context_folder, programs):
    """Name, title and load of each profile; a load is a function of the server."""
    put, get, append = (context_folder / f"{name}.lua" for name in ("put", "get", "append"))
    put.write_text(case_puts.SCRIPT + DONE_SCRIPT)
    get.write_text(case_gets.SCRIPT + DONE_SCRIPT)
    append.write_text(case_appends.SCRIPT + DONE_SCRIPT)
    kind = {"Content-Type": "application/json"}
    text, event, seconds = case_puts.filler(), json.dumps(case_appends.EVENT, separators=(",", ":")), SECONDS + 1

    def puts(server):
        wrk(server, put, 64, seconds, [server.prefix, "profile", 1024, text], kind)

    def gets(server):
        wrk(server, get, 64, seconds, [f"{server.prefix}1024/", 1_000])

    def appends(server):
        wrk(server, append, 32, seconds, ["profile", 16, "long", event], kind)

    def followers(server):
        path = "/v1/progress/bench/profile"
        # Longer than perf looks, whatever the machine.
        programs.json("fanout", "127.0.0.1", server.port, 1_000, 1_000, path, path, server.token)

    return [
        ("put", "PUT 1 KiB, 64 connections", puts), ("get", "GET 1 KiB, 64 connections", gets), ("append", "append, 32 writers", appends),
        ("fanout", "fan-out to 1,000 followers", followers),
    ]


def table(profiles):
    """Markdown: the groups' shares of the server's processor time, a column a load."""
    shares = {}
    for name, stacks in profiles.items():
        total = sum(stacks.values())
        for stack, count in stacks.items():
            by_load = shares.setdefault(group(stack), {})
            by_load[name] = by_load.get(name, 0) + 100 * count / total
    names = list(profiles)
    lines = ["| share of the server's processor time, % | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for label in [name for name, _ in GROUPS] + ["other"]:
        if label in shares:
            lines.append(f"| {label} | " + " | ".join(f"{shares[label][name]:.1f}" if name in shares[label] else "" for name in names) + " |")
    busy = []
    for name, stacks in profiles.items():
        threads = flame.shares(stacks)
        busy.append(f"{name}: " + ", ".join(f"{thread} {100 * each['share']:.0f} %" for thread, each in sorted(threads.items(), key=lambda t: -t[1]["share"]) if each["share"] >= 0.01))
    return lines + ["", "By thread — " + "; ".join(busy) + "."]


def main():
    parser = argparse.ArgumentParser(prog="Scripts/profile", description="Samples the server under load; draws flame graphs and a table of shares.")
    parser.add_argument("--binary", required=True, help="a larder that is built already (default: a release build)")
    parser.add_argument("--out", metavar="FOLDER", help="write the table between the marks of FOLDER/performance.md, and the flame graphs beside it")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="also print the N first functions of each thread")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="profile-"))
    profiles = {}
    try:
        with peers.larder(options.binary, folder) as server:
            case_gets.fill(server, 1024, 1_000)
            for name, title, load in loads(folder, Programs(folder)):
                say(f"Profiling {title}")
                profiles[name] = record(server, folder, lambda: load(server))
                if options.top:
                    flame.print_top(profiles[name], options.top, sys.stdout)
                if options.out and name in ("put", "get"):
                    target = pathlib.Path(options.out) / "performance" / f"flame-{name}.svg"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(flame.draw(flame.tree(profiles[name]), title), encoding="utf-8")
                    say(f"Written: {target}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    lines = table(profiles)
    print("\n".join(lines))
    if options.out:
        path = pathlib.Path(options.out) / "performance.md"
        old = path.read_text(encoding="utf-8")
        before, rest = old.split(BEGIN, 1)
        path.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END, 1)[1], encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"error: {error}")
