"""The bounded part that runs with every change: a little of everything."""

import argparse

from ..report import KINDS, Report, Skipped, say
from . import registry

HELP = "a bounded part of everything, for CI: about three minutes on two cores"

# What a subcommand adds to it: CI = [settings, …], each a try of it.


def arguments(parser):
    pass


def run(options):
    report = Report("a bounded part of everything")
    tries = [(name, module, settings) for name, module in registry().items() for settings in getattr(module, "CI", [])]
    for name, module, settings in tries:
        parser = argparse.ArgumentParser()
        module.arguments(parser)
        one = parser.parse_args([])
        one.command, one.binary, one.seed, one.home, one.json = name, options.binary, options.seed, options.home, None
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
        report.findings += found.findings
        report.evidence += found.evidence
    return report
