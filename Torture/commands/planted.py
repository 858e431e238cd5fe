"""Defects on purpose: a harness that finds nothing must be known to see."""

import argparse
import os
import pathlib
import shutil
import subprocess

from .. import engines
from ..report import KINDS, Report, Skipped, say
from . import collect_soak, faults, kill, power, registry

HELP = "build larder with planted defects and show that each is found"

CI_POSTGRES = [{"beside": True}]

# The defect, what it should be found as, and by what. Sources/LarderModel/PlantedFault.swift says what each does.
CASES = (
    ("answer-before-commit", ("lost",), kill, {"kills": 40, "seconds": 0.6}),
    ("delete-without-row", ("resurrected",), kill, {"kills": 10, "seconds": 0.6}),
    ("keep-old-type", ("torn",), kill, {"kills": 5, "seconds": 0.6}),
    ("forget-idempotency", ("duplicated",), kill, {"kills": 10, "seconds": 0.6}),
    ("collect-claimed", ("lost", "torn"), collect_soak, {"seconds": 120}),
    ("ignore-failed-sync", ("lost",), faults, {"calls": "fdatasync", "no_full_disk": True, "limit": 12}),
    # Not in the program but beside it: the call says yes and does nothing.
    ("lying-fsync", ("lost", "torn"), power, {"cuts": 60, "seconds": 0.6, "lie": "fsync"}),
    ("lying-fdatasync", ("lost", "torn", "resurrected"), power, {"cuts": 60, "seconds": 0.6, "lie": "fdatasync"}),
)


def arguments(parser):
    parser.add_argument("--only", default=None, help="one defect")
    parser.add_argument("--beside", action="store_true", help="with --engine postgres: only what lies beside larder, which any build shows")
    parser.add_argument("--nodes", action="store_true", help="only those of several nodes on one PostgreSQL and bucket")
    engines.arguments(parser)


def run(options):
    if options.nodes:
        options.engine = "postgres"
    report = Report("planted defects")
    binary = options.binary or build()
    home = options.home / "planted"
    unseen = []
    with engines.kept(options):
        _run(options, report, binary, home, unseen)
    shutil.rmtree(home, ignore_errors=True)
    report.add("defects not seen", len(unseen))
    # Here a finding is a success, and a defect that nobody saw a failure.
    report.is_blind = bool(unseen)
    return report


def _run(options, report, binary, home, unseen):
    for name, wanted, command, settings in _cases(options):
        if options.only not in (None, name):
            continue
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        one = parser.parse_args([])
        one.seed, one.json, one.engine = options.seed, None, options.engine
        one.binary, one.home, one.command, one.until_found = binary, home, command.__name__.rsplit(".", 1)[-1].replace("_", "-"), True
        for field, value in settings.items():
            setattr(one, field, value)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        say(f"planted: {name}")
        os.environ["LARDER_FAULT"] = name
        try:
            found = command.run(one)
        except Skipped as reason:
            report.note(f"SKIPPED {name}: {reason}")
            continue
        finally:
            del os.environ["LARDER_FAULT"]
        seen = any(found.scores[kind] for kind in wanted)
        report.note(f"{name}: {'seen' if seen else 'NOT SEEN'} by {one.command}: "
                    + ", ".join(f"{kind} {found.scores[kind]}" for kind in KINDS) + f"; {found.counts}")
        report.add("defects seen", int(seen))
        if not seen:
            unseen.append(name)


def _cases(options):
    """Subcommands name defects of their own, [(defect, kinds of finding, settings), …]: PLANTED, and for larder on PostgreSQL PLANTED_POSTGRES,
    of several nodes PLANTED_NODES and, for what lies beside it, BESIDE_POSTGRES."""
    postgres = ["BESIDE_POSTGRES"] if options.beside else ["PLANTED_NODES"] if options.nodes else \
        ["PLANTED_POSTGRES", "BESIDE_POSTGRES", "PLANTED_NODES"]
    parts = postgres if options.engine == "postgres" else ["PLANTED"]
    own = [] if options.engine == "postgres" else list(CASES)
    return own + [(name, wanted, module, settings) for part in parts for module in registry().values()
                  for name, wanted, settings in getattr(module, part, [])]


def build():
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    say("Building larder with planted defects (the first time about seven minutes on two cores)")
    scratch = root / ".build" / "planted"
    subprocess.run(["swift", "build", "--scratch-path", str(scratch), "--product", "larder"], cwd=root, check=True,
                   env=os.environ | {"LARDER_PLANTED_FAULTS": "yes"})
    return str(scratch / "debug" / "larder")
