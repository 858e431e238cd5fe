"""The bounded part that runs with every change: a little of everything."""

import argparse

from .. import engines
from ..report import KINDS, Report, Skipped, say
from . import registry

HELP = "a bounded part of everything, for CI: about three minutes on two cores"

# What a subcommand adds to it: CI = [settings, …], each a try of it; CI_POSTGRES: those with --engine postgres.


def arguments(parser):
    engines.arguments(parser)


def run(options):
    report = Report("a bounded part of everything")
    part = "CI_POSTGRES" if options.engine == "postgres" else "CI"
    tries = [(name, module, settings) for name, module in registry().items() for settings in getattr(module, part, [])]
    with engines.kept(options):
        _run(options, report, tries)
    return report


def _run(options, report, tries):
    for name, module, settings in tries:
        parser = argparse.ArgumentParser()
        module.arguments(parser)
        one = parser.parse_args([])
        one.command, one.binary, one.seed, one.home, one.json = name, options.binary, options.seed, options.home, None
        one.engine = options.engine
        for field, value in settings.items():
            setattr(one, field, value)
        say(f"{name} {settings}")
        try:
            found = module.run(one)
        except Skipped as reason:
            report.note(f"SKIPPED {name}: {reason}")
            continue
        for count, amount in found.counts.items():
            report.add(f"{name}: {count}", amount)
        for kind in KINDS:
            report.scores[kind] += found.scores[kind]
        report.is_blind = report.is_blind or found.is_blind
        report.findings += found.findings
        report.evidence += found.evidence
