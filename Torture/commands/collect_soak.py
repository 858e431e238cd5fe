"""The race of every store that collects: content is put again just while it is being let go of and collected."""

import random
import threading
import time

from .. import engines
from ..checks import check
from ..client import Client, NoAnswer, NotSent
from ..load import NOISE, Load
from ..report import Report, command_line, say
from ..trial import Trial

HELP = "put, delete and collect (grace 0s) the same few contents at the highest rate, then check everything"

CI = [{"seconds": 12, "workers": 8}]
CI_POSTGRES = [{"seconds": 10, "workers": 8}]


def arguments(parser):
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--workers", type=int, default=12, help="connections")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")
    engines.arguments(parser)


def run(options):
    report = Report(f"collector soak of {options.seconds:.0f} s")
    with engines.chosen(options) as stands_on:
        _soak(options, report, Trial(options, report, options.home / f"collect-soak-{options.seed}", engines=stands_on))
    return report


def _soak(options, report, trial):
    # In files, and as small as files get: the more often, the better. More of them than keys, so that each is without a reference now and then.
    contents = [NOISE[n:n + 33_000 + n] for n in random.Random(options.seed).sample(range(1_000), 2 * options.workers)]
    try:
        trial.server.start()
        load = Load(trial.server, trial.oracle, options.seed, workers=options.workers, project=trial.project, contents=contents, shared_keys=1,
                    mix={"put_shared_content": 10, "look_shared_content": 3}).start()
        ended = threading.Event()
        collector = threading.Thread(target=_collect, args=(trial.server, report, ended), daemon=True)
        collector.start()
        end, shown = time.monotonic() + options.seconds, time.monotonic()
        while time.monotonic() < end and load.is_alive:
            time.sleep(0.2)
            if trial.oracle.findings and options.until_found:
                break
            if time.monotonic() - shown > 60:
                shown = time.monotonic()
                say(f"{trial.oracle.acknowledged:,} writes acknowledged, {report.counts.get('collections', 0):,} collections, "
                    f"{report.counts.get('objects collected', 0):,} objects collected")
        load.stop()
        ended.set()
        collector.join(30)
        report.add("seconds", round(options.seconds))
        # First with the same process, whose memory is not yet forgotten; then as after a crash.
        trial.oracle.note(check(trial.server, trial.oracle, is_first_look=False))
        trial.server.kill()
        trial.judge("end", command_line(options, "--seconds", options.seconds), is_deep=True)
    finally:
        trial.close()


def _collect(server, report, ended):
    """Collections one after the other, without a pause."""
    with Client(server, seconds=60) as client:
        while not ended.is_set():
            try:
                job = client.job("collect", {"grace": "0s"})
            except (NoAnswer, NotSent):
                return
            if job is None:
                time.sleep(0.05)
                continue
            report.add("collections")
            report.add("objects collected", (job.get("result") or {}).get("removed", 0))
