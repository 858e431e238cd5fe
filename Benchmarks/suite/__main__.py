"""What Scripts/bench runs: Larder beside its peers and its limits, on this machine, in alternating rounds.

Each case starts the servers it needs, then does all its rows once, then all again, each contestant in turn (measure.py). A ratio is the median
over the rounds of the two figures of one round. Everything happens in a folder of its own, on loopback, and ends by itself. The programs
that make the load run on the same processors as the servers: absolute numbers are lower than with a load from outside.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import case_appends
import case_engine
import case_fanout
import case_files
import case_gets
import case_large
import case_lists
import case_logs
import case_micro
import case_million
import case_nodes
import case_pipeline
import case_puts
import case_snapshots
import charts
import report
from context import Context
from measure import GOALS, Table, run_rounds
from tools import BenchError, say

CASES = {
    "puts": case_puts, "gets": case_gets, "large": case_large, "pipeline": case_pipeline, "appends": case_appends, "fanout": case_fanout,
    "files": case_files, "lists": case_lists, "logs": case_logs, "million": case_million, "snapshots": case_snapshots,
}
# With --engine postgres, instead of all those.
ENGINE = {"engine": case_engine, "nodes": case_nodes}
MICRO = "micro"
# A server that hangs must not hang the whole: seconds for everything, per round and once.
ROUND_SECONDS, ONCE_SECONDS, SMOKE_SECONDS = 600, 1_200, 600
DISK_BYTES, SMOKE_DISK_BYTES = 20_000_000_000, 1_000_000_000


def parse_options():
    parser = argparse.ArgumentParser(prog="Scripts/bench", description="Measures Larder beside its peers, alternating, and prints medians and ratios.")
    parser.add_argument("--binary", metavar="FILE", help="a larder that is built already (default: a release build)")
    parser.add_argument(
        "--before", metavar="FILE", help="an older larder: the same rows of both in turn, without peers; the ratio is what a change made of them")
    parser.add_argument("--bare", metavar="FILE", help="a BareServer that is built already")
    parser.add_argument("--rclone", metavar="FILE", help="an rclone that knows `serve s3`")
    parser.add_argument("--micro", metavar="FILE", help="the driver of the micro-benchmarks")
    parser.add_argument("--replay", metavar="FILE", help="the program that plays the recorded run (default: ../shared/trace/replay.py)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each case, 1 to 50 (default 5)")
    parser.add_argument(
        "--engine", choices=("sqlite", "postgres"), default="sqlite",
        help="postgres: larder on a PostgreSQL of its own, beside pgbench there and beside itself on SQLite; nothing else")
    parser.add_argument("--only", action="append", choices=[*CASES, *ENGINE, MICRO], metavar="CASE",
                        help=f"only this case; may be repeated: {', '.join([*CASES, MICRO])}; with --engine postgres: {', '.join(ENGINE)}")
    parser.add_argument("--smoke", action="store_true", help="one round of small sizes: shows that it works, measures nothing")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured to FILE")
    parser.add_argument("--out", metavar="FOLDER", help="write the table between the marks of FOLDER/performance.md, and the charts beside it")
    parser.add_argument("--from", dest="kept", metavar="FILE", help="measure nothing: print, and write with --out, what an earlier --json kept")
    parser.add_argument("--dir", metavar="FOLDER", help="where the servers keep their data (default: .build, on the disk of the sources)")
    options = parser.parse_args()
    if not 1 <= options.rounds <= 50:
        parser.error("--rounds is 1 to 50")
    if not options.binary and not options.kept:
        parser.error("--binary names the larder to measure; Scripts/bench builds one")
    if options.before and options.out:
        parser.error("--out shows peers, which --before leaves out")
    possible = ENGINE if options.engine == "postgres" else [*CASES, MICRO]
    if any(case not in possible for case in options.only or []):
        parser.error(f"--engine {options.engine} has the cases {', '.join(possible)}")
    if options.engine == "postgres" and options.before:
        parser.error("--engine postgres has no --before")
    if options.smoke:
        options.rounds = 1
    return options


def measure(options, folder):
    table, seconds, micro = Table(), {}, []
    is_engine = options.engine == "postgres"
    cases = ENGINE if is_engine else CASES
    wanted = options.only or [*cases, MICRO]
    context = Context(options, folder)
    missing = [] if is_engine else context.peers.left_out
    goals = case_engine.GOALS + case_nodes.GOALS if is_engine else GOALS
    if missing:
        say(f"Not installed or not built, so left out: {', '.join(missing)}")
    def document():
        rows = table.document()
        return {
            **report.circumstances(options, folder), "rounds": options.rounds, "smoke": options.smoke, "seconds": seconds, "leftOut": missing,
            "engine": options.engine, "rows": rows, "micro": micro, "goals": [] if options.smoke else [goal.judge(rows) for goal in goals],
            "waits": case_engine.waiting(context.waits) if context.waits else [],
        }

    for name, case in cases.items():
        if name not in wanted:
            continue
        begun = time.monotonic()
        say(f"Case {name}: {case.__doc__.splitlines()[0]}")
        with contextlib.ExitStack() as stack:
            run_rounds(table, name, case.rows(context, stack), options.rounds)
        seconds[name] = round(time.monotonic() - begun, 1)
        # What is measured so far, should it be stopped: --from shows it.
        keep(options, document())
    if MICRO in wanted and not is_engine:
        begun = time.monotonic()
        say(f"Case {MICRO}")
        micro = case_micro.measure(context)
        seconds[MICRO] = round(time.monotonic() - begun, 1)
    return document()


def keep(options, result):
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def guarded(options):
    """Measures within a limit of time, in a folder that is gone afterwards."""
    limit = SMOKE_SECONDS if options.smoke else ONCE_SECONDS + ROUND_SECONDS * options.rounds

    def expired(*_):
        raise BenchError(f"not done after {limit} s")

    signal.signal(signal.SIGALRM, expired)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.alarm(limit)
    home = pathlib.Path(options.dir) if options.dir else pathlib.Path(__file__).resolve().parents[2] / ".build"
    home.mkdir(parents=True, exist_ok=True)
    need = SMOKE_DISK_BYTES if options.smoke else DISK_BYTES
    if shutil.disk_usage(home).free < need:
        raise BenchError(f"{home} has less than {need / 1e9:.0f} GB free; name another folder with --dir")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=home))
    # nginx's workers have a user of their own unless root runs it.
    folder.chmod(0o755)
    try:
        return measure(options, folder)
    finally:
        signal.alarm(0)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    options = parse_options()
    result = json.loads(pathlib.Path(options.kept).read_text()) if options.kept else guarded(options)
    print(report.text(result))
    if options.json and not options.kept:
        keep(options, result)
        say(f"Written: {options.json}")
    if options.out:
        out = pathlib.Path(options.out)
        drawn = [] if result.get("engine") == "postgres" else charts.write(result, out)
        for name in [*drawn, *report.write(result, out, drawn)]:
            say(f"Written: {out / name}")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
