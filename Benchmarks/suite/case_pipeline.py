"""5. The recorded pipeline run, many at once: every answer is checked by the program that plays it.

Budget: about 20 s a round. The player is a Python program on the same two cores, which is most of what is measured: a floor for the server."""

import pathlib
import re
import sys

from measure import Row
from tools import BenchError, run, say

REPLAY = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "trace" / "replay.py"


def rows(context, stack):
    program = pathlib.Path(context.options.replay) if context.options.replay else REPLAY
    if not program.exists():
        say(f"No {program}: the recorded run is left out")
        return []
    servers = context.peers.start(stack, "larder")
    runs, parallel = context.pick((50, 16), (1, 1))

    def play(server):
        def sample(_):
            said = run([sys.executable, program, "--url", server.origin, "--token", server.token, "--runs", runs, "--parallel", parallel], 300)
            match = re.search(r"^(\d+) passed, (\d+) failed, (\d+) ops/s$", said, re.MULTILINE)
            if not match or match.group(2) != "0":
                raise BenchError(f"the recorded run failed: {said.strip()[-400:]}")
            return {"value": float(match.group(3)), "checks": int(match.group(1))}

        return sample

    return [Row(f"Pipeline, {runs} runs, {parallel} at once", "ops/s", {name: play(server) for name, server in servers.items()})]
