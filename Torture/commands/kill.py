"""SIGKILL at random moments under load."""

import time

from .. import engines
from ..load import Load
from ..report import Report, command_line, say
from ..trial import Trial

HELP = "SIGKILL at random moments under load, restart, check everything"

CI = [{"kills": 12, "seconds": 0.8, "workers": 8, "deep_every": 4}]


def arguments(parser):
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=12, help="connections")
    parser.add_argument("--seconds", type=float, default=1.5, help="the longest load between two kills")
    parser.add_argument("--deep-every", type=int, default=10, help="kills between two checks of the files themselves")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")
    engines.arguments(parser)


def run(options):
    report = Report(f"{options.kills} kills under load")
    with engines.chosen(options) as stands_on:
        _kills(options, report, Trial(options, report, options.home / f"kill-{options.seed}", engines=stands_on))
    return report


def _kills(options, report, trial):
    try:
        for number in range(options.kills):
            if not trial.server.is_running:
                trial.server.start()
            load = Load(trial.server, trial.oracle, f"{options.seed}/{number}", workers=options.workers, project=trial.project).start()
            time.sleep(trial.rng.uniform(0.02, options.seconds))
            trial.server.kill()
            load.join()
            report.add("kills")
            trial.judge(number, command_line(options, "--kills", number + 1), is_deep=(number + 1) % options.deep_every == 0)
            if options.until_found and not report.is_clean:
                break
            if (number + 1) % 25 == 0:
                say(f"{number + 1} kills, {report.counts['writes acknowledged']:,} writes acknowledged, {report.scores}")
    finally:
        trial.close()
