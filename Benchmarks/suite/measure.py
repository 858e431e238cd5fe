"""Rows, rounds and what is made of them: medians, spreads, ratios, goals."""

import dataclasses
import statistics
import time
from collections.abc import Callable

from tools import say


@dataclasses.dataclass
class Row:
    """One line of the table: the same thing done by each contestant in turn.

    `contestants` are functions of the round's number that give a sample: {"value": …} and whatever else is worth keeping. The one called
    `larder` is compared with the others; where there is none, the row stands for itself. `limits` names those that are no peers but what the
    machine or the framework allows."""

    name: str
    unit: str
    contestants: dict[str, Callable[[int], dict]]
    lower_is_better: bool = False
    limits: tuple[str, ...] = ()
    note: str = ""


class Table:
    """Everything that was measured, in order."""

    def __init__(self):
        self.rows = {}

    def add(self, case, row, server, sample):
        kept = self.rows.setdefault(
            row.name,
            {"case": case, "unit": row.unit, "lowerIsBetter": row.lower_is_better, "limits": list(row.limits), "note": row.note, "samples": {}})
        kept["samples"].setdefault(server, []).append(sample)

    def document(self):
        out = {}
        for name, row in self.rows.items():
            servers = {server: summary(samples) for server, samples in row["samples"].items()}
            ours = row["samples"].get("larder", [])
            ratios = {
                server: ratio(ours, samples, row["lowerIsBetter"]) for server, samples in row["samples"].items() if server != "larder" and ours
            }
            out[name] = {
                "case": row["case"], "unit": row["unit"], "lowerIsBetter": row["lowerIsBetter"], "limits": row["limits"], "note": row["note"],
                "servers": servers, "ratios": {server: value for server, value in ratios.items() if value is not None},
            }
        return out


def summary(samples):
    """Medians over the rounds of every figure, and the spread of the first."""
    values = [sample["value"] for sample in samples]
    out = {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": len(values), "values": values}
    for name in samples[0]:
        if name != "value":
            figures = [sample[name] for sample in samples if isinstance(sample.get(name), (int, float))]
            if figures:
                out[name] = statistics.median(figures)
    return out


def ratio(ours, theirs, lower_is_better):
    """How many times as fast as the other: the median over the rounds of one round's ratio, so that what slows a round slows both."""
    pairs = [(a["value"], b["value"]) for a, b in zip(ours, theirs) if a["value"] > 0 and b["value"] > 0]
    if not pairs:
        return None
    return statistics.median(b / a if lower_is_better else a / b for a, b in pairs)


def rotated(names, number):
    """Each round starts with another one, so that none is always the one that follows a certain other."""
    shift = number % len(names)
    return names[shift:] + names[:shift]


def run_rounds(table, case, rows, rounds):
    """All rows once, then all again: what the machine does besides for a minute spreads over all of them."""
    for number in range(rounds):
        begun = time.monotonic()
        for row in rows:
            for server in rotated(list(row.contestants), number):
                sample = row.contestants[server](number)
                if sample is not None:
                    table.add(case, row, server, sample)
        say(f"{case}: round {number + 1} of {rounds}, {time.monotonic() - begun:.0f} s")


# Goals ---------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Goal:
    """`least` must be reached; `aim` is where it is heading."""

    text: str
    value: Callable[[dict], float]
    least: float | None
    aim: float | None = None
    at_most: bool = False
    unit: str = ""

    def judge(self, rows):
        try:
            value = self.value(rows)
        except KeyError:
            return {"goal": self.text, "value": None, "least": self.least, "aim": self.aim, "unit": self.unit, "met": None, "atMost": self.at_most}
        reached = lambda limit: limit is not None and (value <= limit if self.at_most else value >= limit)
        return {
            "goal": self.text, "value": value, "least": self.least, "aim": self.aim, "unit": self.unit, "atMost": self.at_most,
            "met": reached(self.least) if self.least is not None else None, "aimMet": reached(self.aim) if self.aim is not None else None,
        }


def of(row, server):
    return lambda rows: rows[row]["ratios"][server]


def median(row, figure="median"):
    return lambda rows: rows[row]["servers"]["larder"][figure]


def times(row, other):
    """How many times as long one row takes as another."""
    return lambda rows: rows[row]["servers"]["larder"]["median"] / rows[other]["servers"]["larder"]["median"]


GOALS = [
    Goal("PUT 1 KiB c=64 ÷ bare Hummingbird", of("PUT 1 KiB c=64", "hummingbird"), 0.4),
    Goal("PUT 1 KiB c=64", median("PUT 1 KiB c=64"), None, 20_000, unit="/s"),
    Goal("GET 1 KiB c=64 ÷ nginx", of("GET 1 KiB c=64", "nginx"), 0.5, 1.0),
    Goal("GET 64 MB ÷ nginx", of("GET 64 MB", "nginx"), 0.5, 0.9),
    Goal("PUT 500 MB ÷ dd conv=fsync", of("PUT 500 MB", "dd"), 0.7, 0.9),
    Goal("last list page ÷ first, 10⁶ keys", times("List last of 10⁶", "List first of 10⁶"), 1.3, at_most=True),
    Goal("last list page, 10⁶ keys ÷ 10⁴ keys", times("List last of 10⁶", "List last of 10⁴"), 1.3, at_most=True),
    Goal("appends, 32 writers, 10,000-event runs", median("Append 32 writers, runs of 10,000"), 8_000, unit="/s"),
    Goal("fan-out to 1,000 ÷ nchan", of("Fan-out to 1,000", "nchan"), 0.7, 1.2),
    Goal("memory a follower, 10,000 followers", median("Fan-out to 10,000", "bytesAFollower"), None, 2_048, at_most=True, unit=" B"),
    Goal("first snapshot ÷ restic", of("First snapshot of files", "restic"), 1.0),
    Goal("next snapshot, 1 % changed ÷ restic", of("Next snapshot, 1 % changed", "restic"), 2.0),
    Goal("restore ÷ restic", of("Restore of files", "restic"), 1.0),
    Goal("snapshot of 1.11×10⁶ small entries", median("Snapshot of small entries"), 60, at_most=True, unit=" s"),
    Goal("peak memory meanwhile", median("Snapshot of small entries", "peakBytes"), 200e6, at_most=True, unit=" B"),
]
