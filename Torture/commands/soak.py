"""An hour, or as long as is asked for, of mixed traffic with followers, cleanup, collect and verify: does anything grow?"""

import json
import pathlib
import shutil

from .. import soak_record
from ..report import Finding, Report
from ..server import Server

HELP = "mixed traffic for an hour: memory, descriptors, threads, WAL, disk and times of answers have to stay flat; draws a chart"


def arguments(parser):
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200, help="operations a second, at most; some are several requests")
    parser.add_argument("--workers", type=int, default=8, help="connections beside the followers'")
    parser.add_argument("--followers", type=int, default=50)
    parser.add_argument("--chart", type=pathlib.Path, help="where to draw what was measured (SVG)")
    parser.add_argument("--record", type=pathlib.Path, help="where to write it (JSON)")


def _keep(options, record):
    if options.record:
        options.record.write_text(json.dumps(record))
    if options.chart:
        options.chart.write_text(soak_record.draw(record))


def run(options):
    report = Report(f"soak: {options.minutes:g} minutes")
    folder = options.home / f"soak-{options.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Server(options.binary, folder / "data") as server:
        server.start()
        record = soak_record.soak(
            server, options.minutes, options.rate, options.workers, options.followers, tell=lambda record: _keep(options, record))
        server.stop()
    _keep(options, record)
    for name in ("answers", "delivered"):
        report.add(name, record[name])
    text, growing = soak_record.report(record)
    report.note(text)
    report.found([Finding("torn", "soak", problem) for problem in record["problems"]])
    report.found([Finding("torn", "soak", f"grows: {name}") for name in growing])
    if report.is_clean:
        shutil.rmtree(folder)
    return report
