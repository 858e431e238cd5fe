"""9. Micro-benchmarks of the hot pieces: nanoseconds from the driver, instructions from callgrind.

Budget: 50 s, once, not in rounds: the driver repeats each case for a second by itself and takes the median, and callgrind's count does not depend on time.
Without valgrind there are no counts."""

import pathlib
import re
import shutil

from tools import BenchError, run, say

# Callgrind is fifty times as slow: so many steps of a case whose step takes microseconds, and of one that takes milliseconds.
CALLGRIND_STEPS, CALLGRIND_LONG_STEPS = 50, 2


def cases(driver):
    """Names, and how many steps are timed together."""
    found = (line.split(" ", 1) for line in run([driver, "list"]).splitlines())
    return {name: int(steps) for steps, name in found}


def times(driver, seconds):
    """Nanoseconds of one step, by case: the median over so many seconds."""
    found = (re.match(r"(\d+) ns (.+)", line) for line in run([driver, "times", seconds], 300).splitlines())
    return {match.group(2): float(match.group(1)) for match in found}


def instructions(driver, name, steps, folder):
    """Of one step: the count with steps less the count without, so that what the start costs is not in it. Repeatable: hash tables
    have the same seed in each process."""
    counts = []
    for count in (0, steps):
        result = run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", driver, name, count], 600,
            env={"PATH": "/usr/bin:/bin", "SWIFT_DETERMINISTIC_HASHING": "1"}, with_errors=True)
        match = re.search(r"Collected : (\d+)", result)
        if not match:
            raise BenchError(f"callgrind counted nothing for {name}")
        counts.append(int(match.group(1)))
    return (counts[1] - counts[0]) / steps


def without_debug_information(driver, folder):
    """A copy that Debian's valgrind can load: it takes Swift's debug information for damaged and gives up."""
    copy = folder / "micro"
    shutil.copy(driver, copy)
    run(["strip", "--strip-debug", copy])
    return copy


def measure(context):
    """Rows for the table of micro-benchmarks; none where the driver is not built."""
    driver = context.options.micro
    if not driver or not pathlib.Path(driver).exists():
        say("No micro driver: the micro-benchmarks are left out")
        return []
    known = cases(driver)
    nanoseconds = times(driver, context.pick(1, 0))
    counts = shutil.which("valgrind") and not context.options.smoke
    counted = without_debug_information(driver, context.folder) if counts else None
    out = []
    for name in known:
        row = {"name": name, "nanoseconds": nanoseconds[name]}
        if counted:
            row["instructions"] = instructions(counted, name, CALLGRIND_STEPS if known[name] > 1 else CALLGRIND_LONG_STEPS, context.folder)
        out.append(row)
    return out
