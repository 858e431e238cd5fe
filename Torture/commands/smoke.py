"""That the harness itself works here: starts a larder, writes, kills, reads."""

import shutil

from ..client import Client
from ..report import Finding, Report
from ..server import Server

HELP = "start a larder, write an entry, SIGKILL, restart, read it"


def arguments(parser):
    pass


def run(options):
    report = Report("smoke")
    folder = options.home / f"smoke-{options.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with Server(options.binary, folder / "data") as server:
        server.start()
        with Client(server) as client:
            reply = client.request("PUT", Client.entry("things", "k"), b"value")
            report.add("acknowledged", 1 if reply.ok else 0)
        server.kill()
        server.start()
        with Client(server) as client:
            if client.request("GET", Client.entry("things", "k")).body != b"value":
                report.found([Finding("lost", "things/k", "written before the kill")])
        server.stop()
    shutil.rmtree(folder)
    return report
