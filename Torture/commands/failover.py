"""The database's primary goes while several larders serve, and its synchronous standby takes its place."""

from ..pair import Pair, PairBlows
from ..report import Report
from . import nodes

HELP = "several larders on a PostgreSQL with a synchronous standby: the primary goes and the standby is promoted, under load; check through each node"

CI_POSTGRES = [{"rounds": 1, "seconds": 0.4, "workers": 8, "blows": "fail-over", "nodes": 2}]


def arguments(parser):
    nodes.arguments(parser, PairBlows)


def run(options):
    options.engine = "postgres"
    names = nodes.chosen_blows(options, PairBlows)
    report = Report(f"{options.nodes} nodes on a primary and a standby, {options.rounds} rounds of blows under load")
    with Pair(options.seed, options.nodes) as pair:
        trial = OnPair(options, report, pair)
        try:
            nodes.rounds(trial, names)
        finally:
            trial.close()
    return report


class OnPair(nodes.Nodes):
    BLOWS = PairBlows
