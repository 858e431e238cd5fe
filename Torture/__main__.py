"""`Scripts/torture COMMAND`: exit 0 when nothing was found, 1 when something was, 2 for wrong usage, 3 when it could not be tried here."""

import argparse
import os
import pathlib
import random
import signal
import sys

from .commands import registry
from .report import Skipped, say


def main():
    parser = argparse.ArgumentParser(prog="Scripts/torture", description="Tries whether Larder keeps what it acknowledged.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    found = registry()
    for name, module in found.items():
        one = commands.add_parser(name, help=module.HELP, description=module.HELP)
        one.add_argument("--binary", default=os.environ.get("LARDER_BINARY") or None, help="a larder that is built already")
        one.add_argument("--seed", type=int, default=None, help="of all that is drawn by chance (default: drawn itself, and printed)")
        one.add_argument("--home", type=pathlib.Path, default=None, help="where work and evidence lie (default: .build/torture)")
        one.add_argument("--json", type=pathlib.Path, default=None, help="also write the result to this file")
        module.arguments(one)
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1_000_000)
    options.home = (options.home or pathlib.Path(__file__).resolve().parent.parent / ".build" / "torture").resolve()
    options.home.mkdir(parents=True, exist_ok=True)
    if options.binary:
        options.binary = str(pathlib.Path(options.binary).resolve())
    # A stop runs the ends of all `with` and `finally`: servers, mounts and loop devices go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    say(f"{options.command}: seed {options.seed}")
    try:
        report = found[options.command].run(options)
    except Skipped as reason:
        say(f"SKIPPED {options.command}: {reason}")
        return 3
    except KeyboardInterrupt:
        return 130
    report.show(options)
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
