"""What larder stands on is struck under load: PostgreSQL, the bucket, the ways to both; and larder itself."""

import argparse
import time

from ..blows import Blows
from ..engines import chosen
from ..lies import LIES
from ..load import MIX, Load
from ..report import Report, command_line, say
from ..trial import Trial

HELP = "larder on PostgreSQL and a bucket: kills, shutdowns, cut connections, lost COMMITs, bucket faults; check everything after each"

CI_POSTGRES = [{"rounds": 1, "seconds": 0.4, "workers": 8, "deep_every": 8}]
PLANTED_POSTGRES = [
    ("answer-before-commit", ("lost", "resurrected"), {"blows": "kill", "rounds": 40}),
    ("delete-without-row", ("resurrected",), {"blows": "kill", "rounds": 10}),
    ("keep-old-type", ("torn",), {"blows": "shutdown", "rounds": 5}),
    ("forget-idempotency", ("duplicated",), {"blows": "cut", "rounds": 10}),
]
# Not in the program but beside it, so any larder shows them.
BESIDE_POSTGRES = [(name, lie.wanted, {"lie": name, "rounds": 8, "seconds": 0.6, "workers": 8}) for name, lie in LIES.items()]


def arguments(parser):
    parser.add_argument("--blows", default=None, help="only these, with commas between: " + ", ".join(Blows.names()))
    parser.add_argument("--rounds", type=int, default=5, help="how often each strikes")
    parser.add_argument("--workers", type=int, default=12, help="connections")
    parser.add_argument("--seconds", type=float, default=1.0, help="the longest load before a blow, and behind it")
    parser.add_argument("--deep-every", type=int, default=10, help="blows between two checks of the tables and the bucket themselves")
    parser.add_argument("--lie", choices=list(LIES), help="let what larder stands on lie, to show that it is seen")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")


def run(options):
    options.engine = "postgres"
    names = options.blows.split(",") if options.blows else Blows.names()
    unknown = set(names) - set(Blows.names())
    if unknown:
        raise argparse.ArgumentTypeError(f"no such blow: {', '.join(sorted(unknown))}")
    report = Report(f"{options.rounds} rounds of outages under load")
    with chosen(options) as engines:
        trial = Trial(options, report, options.home / f"outages-{options.seed}", engines=engines)
        try:
            if options.lie:
                _lie(options, report, engines, trial)
            else:
                _rounds(options, report, engines, trial, names)
        finally:
            trial.close()
        report.add("COMMITs seen by the proxy", engines.database.commits)
        report.add("uploads in parts begun", engines.bucket.uploads)
        report.add("requests to the bucket", engines.bucket.requests)
        report.add("requests to the bucket harmed", engines.bucket.harmed)
        report.note(f"the slowest answer to a write took {trial.slowest:.1f} s")
    return report


def _rounds(options, report, engines, trial, names):
    number = 0
    for _ in range(options.rounds):
        for name in trial.rng.sample(names, len(names)):
            _one(options, report, engines, trial, name, number)
            number += 1
            if options.until_found and not report.is_clean:
                return
        say(f"{number} blows, {report.counts['writes acknowledged']:,} writes acknowledged, {report.scores}")


def begin_load(options, trial, number):
    """A load that goes on while what larder stands on is away; where larder itself goes, it ends."""
    if not trial.server.is_running:
        trial.server.start()
    return Load(trial.server, trial.oracle, f"{options.seed}/{number}", workers=options.workers, project=trial.project, survives=True,
                is_patient=True, seconds_to_answer=90, mix=MIX | {"put_in_parts": 4}).start()


def _one(options, report, engines, trial, name, number):
    load = begin_load(options, trial, number)
    time.sleep(trial.rng.uniform(0.2, 1) * options.seconds)
    has_struck = Blows(trial.server, engines).strike(name, trial.rng)
    time.sleep(trial.rng.uniform(0.2, 1) * options.seconds)
    load.stop()
    report.add("blows" if has_struck else "blows that met nothing")
    found = trial.judge(f"{number}-{name}", command_line(options, "--blows", name, "--rounds", options.rounds),
                        is_deep=(number + 1) % options.deep_every == 0)
    if found:
        say(f"after {name}: {Blows.told(name)}")


def _lie(options, report, engines, trial):
    """Lies under load, then a SIGKILL: what larder remembers must not hide what is not there."""
    lie = LIES[options.lie]
    for number in range(options.rounds):
        load = begin_load(options, trial, number)
        time.sleep(0.2)
        lie.tell(engines, options.seconds)
        engines.heal()
        load.stop()
        trial.server.kill()
        report.add("lies told")
        found = trial.judge(f"{number}-{options.lie}", command_line(options, "--lie", options.lie))
        if any(one.kind in lie.wanted for one in found):
            return
