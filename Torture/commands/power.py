"""Power cuts: a file system of our own is stopped dead under load, the server killed, the journal replayed, everything checked."""

import shutil
import time

from ..disk import MODES, Disk
from ..load import Load
from ..report import Report, command_line, say
from ..shim import Shim, build
from ..trial import Trial

HELP = "cut a loop-mounted ext4 off under load (EXT4_IOC_SHUTDOWN), remount, restart, check everything"

CI = [{"cuts": 8, "seconds": 0.8, "workers": 8, "deep_every": 4}]


def arguments(parser):
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--workers", type=int, default=12, help="connections")
    parser.add_argument("--seconds", type=float, default=1.2, help="the longest load between two cuts")
    parser.add_argument("--deep-every", type=int, default=10, help="cuts between two checks of the files themselves")
    parser.add_argument("--lie", choices=("fsync", "fdatasync"), help="let this call say yes and do nothing, to show that a cut is seen then")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")


def run(options):
    report = Report(f"{options.cuts} power cuts under load")
    folder = options.home / f"power-{options.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    disk = Disk(folder)
    trial = None
    try:
        disk.mount()
        environment = {}
        if options.lie:
            shim = Shim(build(folder), folder, disk.point)
            shim.aim(options.lie, 1, "lie", sticky=True)
            shim.arm()
            environment = shim.environment
        trial = Trial(options, report, folder / "trial", data=disk.point / "data", environment=environment)
        for number in range(options.cuts):
            _one(options, report, disk, trial, number)
            if options.until_found and not report.is_clean:
                break
            if (number + 1) % 25 == 0:
                say(f"{number + 1} cuts, {report.counts['writes acknowledged']:,} writes acknowledged, {report.scores}")
            if options.json:
                # What was reached so far, should it be stopped.
                import json
                options.json.write_text(json.dumps(report.document() | {"seed": options.seed}, indent=2) + "\n")
    finally:
        if trial:
            trial.close()
        disk.remove()
        shutil.rmtree(folder, ignore_errors=True)
    return report


def _one(options, report, disk, trial, number):
    mode = trial.rng.choice(list(MODES))
    if not trial.server.is_running:
        trial.server.start()
    load = Load(trial.server, trial.oracle, f"{options.seed}/{number}", workers=options.workers, project=trial.project).start()
    time.sleep(trial.rng.uniform(0.02, options.seconds))
    # Without power no answer leaves the machine. This one goes on for a moment, so what comes back from here on counts as no answer: an fsync
    # under way can come back well although the journal was given up under it.
    trial.oracle.cut_at = time.monotonic()
    disk.cut(mode)
    time.sleep(trial.rng.uniform(0, 0.05))
    trial.server.kill()
    load.join()
    disk.unmount()
    disk.mount()
    report.add("answers after the cut, not counted", trial.oracle.after_cut)
    trial.oracle.cut_at, trial.oracle.after_cut = None, 0
    place = f"{number}-{mode}"
    report.add("cuts")
    report.add(f"cuts, journal {mode}")
    found = trial.judge(place, command_line(options, "--cuts", number + 1), is_deep=(number + 1) % options.deep_every == 0)
    if found or (number + 1) % 100 == 0:
        # A new file system, so that what one cut did is not found twice; the old one is checked on its way out.
        trial.server.kill()
        disk.unmount()
        complaints = disk.check()
        if complaints:
            report.note(f"fsck after cut {number + 1}: {complaints}")
        disk.make()
        disk.mount()
        trial.begin()
