"""9. Micro-benchmarks of the hot pieces: nanoseconds from ordo-one's runner, instructions from callgrind.

Budget: 60 s, once, not in rounds: the runner repeats each case for a second by itself, and callgrind's count does not depend on time. Without a built
runner the driver times them in a plain loop; without valgrind there are no counts."""

import json
import pathlib
import re
import shutil

from tools import BenchError, run, say

CALLGRIND_STEPS = 20


def names(driver):
    return run([driver, "list"]).splitlines()


def nanoseconds(context, driver):
    """Median nanoseconds of one step, by case."""
    steps = context.pick(200, 2)
    out = {}
    for line in run([driver, "all", steps]).splitlines():
        match = re.match(r"(\d+) ns (.+)", line)
        out[match.group(2)] = float(match.group(1))
    return out


def from_runner(context):
    """The runner's medians of wall-clock time, from its JMH export."""
    package = pathlib.Path(__file__).resolve().parent.parent / "Micro"
    scratch = pathlib.Path(context.options.micro_build) if context.options.micro_build else package / ".build"
    command = [
        "swift", "package", "--package-path", package, "--scratch-path", scratch, "--allow-writing-to-directory", context.folder, "benchmark",
        "--target", "LarderBenchmarks", "--format", "jmh", "--path", context.folder, "--no-progress",
    ]
    run(command, 1_200)
    out = {}
    for file in context.folder.glob("*.jmh.json"):
        for result in json.loads(file.read_text()):
            print(json.dumps(result)[:400])
    return out


def instructions(driver, name, folder):
    """Of one step: the count with steps less the count without, so that what the start costs is not in it. Repeatable to some percent:
    hash tables are seeded anew in each process unless they are told not to."""
    counts = []
    for steps in (0, CALLGRIND_STEPS):
        result = run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", driver, name, steps], 600,
            env={"PATH": "/usr/bin:/bin", "SWIFT_DETERMINISTIC_HASHING": "1"}, with_errors=True)
        match = re.search(r"Collected : (\d+)", result)
        if not match:
            raise BenchError(f"callgrind counted nothing for {name}")
        counts.append(int(match.group(1)))
    return (counts[1] - counts[0]) / CALLGRIND_STEPS


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
    timed = nanoseconds(context, driver)
    by_runner = from_runner(context) if context.options.micro_runner else {}
    counts = shutil.which("valgrind") and not context.options.smoke
    counted = without_debug_information(driver, context.folder) if counts else None
    out = []
    for name in names(driver):
        row = {"name": name, "nanoseconds": by_runner.get(name, timed[name]), "by": "runner" if name in by_runner else "loop"}
        if counted:
            row["instructions"] = instructions(counted, name, context.folder)
        out.append(row)
    return out
