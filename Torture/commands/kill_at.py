"""SIGKILL at the N-th system call of each kind that touches the data directory: before it, after it, and in the middle of a write."""

from ..report import Report
from ..sweep import Sweep

HELP = "SIGKILL at the N-th system call of each kind, N = 1, 2, 3 … until a script passes untouched"

# First what there is least of, so that a stop early has seen many kinds.
KINDS = (
    [(call, action, False) for call in ("rename", "fsync", "fdatasync", "unlink", "ftruncate", "sync_file_range") for action in ("kill-before", "kill-after")]
    + [("write", "kill-halfway", False), ("write", "kill-after", False), ("open", "kill-after", False)]
    + [("pwrite", "kill-halfway", False), ("pwrite", "kill-after", False)]
    + [(call, "kill-after", True) for call in ("fsync", "fdatasync", "rename", "ftruncate", "unlink", "write", "open", "pwrite")])

MANY = ("open", "pwrite", "pread", "read", "mkdir")

CI = [{"calls": "rename,ftruncate,unlink", "limit": 8}]


def arguments(parser):
    parser.add_argument("--lanes", type=int, default=2, help="positions tried at once")
    parser.add_argument("--step", type=int, default=1, help="of calls that there are hundreds of, try every so manieth")
    parser.add_argument("--limit", type=int, default=None, help="no position beyond this one")
    parser.add_argument("--calls", default=None, help="only these, with commas between")
    parser.add_argument("--starts", action="store_true", help="only what strikes while larder starts in an empty directory")
    parser.add_argument("--until-found", action="store_true", help="stop at the first finding")
    parser.add_argument("--only", default=None, help="one position, as a finding prints it: CALL:N:ACTION:ERRNO:STICKY:START")


def run(options):
    report = Report("SIGKILL at the N-th system call")
    run_sweep(options, report, [(call, action, 0, False, start) for call, action, start in KINDS])
    return report


def run_sweep(options, report, kinds):
    """What this and `faults` share. Kinds: (call, action, errno, sticky, at the first start)."""
    sweep = Sweep(options, report)
    try:
        if options.only:
            call, nth, action, error, sticky, start = options.only.split(":")
            has_fired = sweep.one(0, options.only, call, int(nth), action, int(error), sticky == "1", start == "1")
            report.note("the position was reached" if has_fired else "the position was NOT reached")
            return
        calls = options.calls.split(",") if options.calls else None
        for call, action, error, sticky, start in kinds:
            if options.until_found and not report.is_clean:
                break
            if (calls is None or call in calls) and (start or not options.starts):
                sweep.run(call, action, error, sticky, start, options.step if call in MANY else 1, options.limit)
    finally:
        sweep.close()
