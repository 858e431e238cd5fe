"""System calls that fail: EIO and ENOSPC at the N-th of each kind, writes cut short, failed syncs, read errors, and a really full disk."""

import errno
import shutil
import time

from ..checks import check, inspect, verify_offline
from ..disk import Disk
from ..load import Load
from ..oracle import Oracle
from ..report import Finding, Report, Skipped, command_line, keep_evidence
from ..server import Server
from .kill_at import arguments as sweep_arguments
from .kill_at import run_sweep

HELP = "EIO and ENOSPC at the N-th system call of each kind, short writes, failed syncs, read errors, a full disk"

KINDS = (
    [(call, "fail", errno.EIO, False, False) for call in ("fsync", "fdatasync", "rename", "unlink", "ftruncate", "write", "open", "pwrite")]
    + [(call, "fail", errno.ENOSPC, False, False) for call in ("write", "rename", "open", "pwrite", "fsync", "fdatasync", "ftruncate")]
    + [("write", "short", 0, False, False), ("pwrite", "short", 0, False, False)]
    + [(call, "fail", errno.ENOSPC, True, False) for call in ("write", "pwrite", "open")]
    + [("pread", "fail", errno.EIO, False, False), ("read", "fail", errno.EIO, False, False)]
    + [(call, "fail", errno.EIO, False, True) for call in ("fsync", "fdatasync", "dirsync", "rename", "mkdir", "write", "open", "pwrite", "ftruncate")])

CI = [{"calls": "fsync,rename", "limit": 8, "full_disk_rounds": 1}]


def arguments(parser):
    sweep_arguments(parser)
    parser.add_argument("--no-full-disk", action="store_true", help="leave out the full file system")
    parser.add_argument("--full-disk-rounds", type=int, default=6)


def run(options):
    report = Report("faults")
    run_sweep(options, report, KINDS)
    if not options.no_full_disk and not options.only:
        try:
            full_disk(options, report)
        except Skipped as reason:
            report.note(f"SKIPPED the full disk: {reason}")
    return report


def full_disk(options, report):
    """An ext4 of 48 MB that a load fills: 507 and nothing half-written; room makes writes go on; a restart has all that was acknowledged."""
    folder = options.home / f"full-{options.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    disk = Disk(folder, megabytes=48, journal_megabytes=4)
    try:
        for number in range(options.full_disk_rounds):
            disk.mount()
            oracle, data, ballast, reserve = Oracle(), disk.point / "data", disk.point / "ballast", disk.point / "reserve"
            with Server(options.binary, data, log=folder / "server.log") as server:
                server.start()
                ballast.write_bytes(bytes(8 << 20))
                reserve.write_bytes(bytes(1 << 20))
                load = Load(server, oracle, f"{options.seed}/full/{number}", workers=8, survives=True,
                            mix={"put": 20, "put_register": 5, "append": 5, "patch": 5, "own_log": 3, "compare_and_set": 5, "delete": 1}).start()
                end = time.monotonic() + 20
                while oracle.refused < 300 and time.monotonic() < end:
                    time.sleep(0.05)
                was_full = oracle.refused >= 300
                ballast.unlink()
                acknowledged = oracle.acknowledged
                time.sleep(1)
                found = [] if not was_full or oracle.acknowledged > acknowledged else \
                    [Finding("lost", "the server", "there is room again and no write is acknowledged")]
                kills = number % 2 == 1
                if kills:
                    server.kill()
                load.stop()
                found += oracle.take_findings()
                if not kills:
                    server.stop()
                # The disk is full again by now, and SQLite needs room for its shared memory to open the index at all.
                reserve.unlink()
                server.start()
                found += check(server, oracle)
                server.stop()
                found += inspect(data) + verify_offline(server)
            report.add("full disks", int(was_full))
            report.add("full disks: writes refused", oracle.refused)
            report.add("writes acknowledged", oracle.acknowledged)
            if found:
                report.found(found, keep_evidence(options.home, f"full-{number}", [data, folder / "server.log"]), command_line(options))
            disk.unmount()
            disk.make()
    finally:
        disk.remove()
        shutil.rmtree(folder, ignore_errors=True)
