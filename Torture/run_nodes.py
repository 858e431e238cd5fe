"""`Scripts/run-nodes`: several larders on one PostgreSQL and one S3 service, behind nginx, to look at. Nothing is struck here."""

import argparse
import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from .engines import Engines
from .nginx import Nginx
from .postgres import free_port
from .report import Skipped
from .server import Server, StartFailed

TOLD = """
{count} nodes are one Larder: http://127.0.0.1:{port}  (console: http://127.0.0.1:{port}/console)

  export LARDER_URL=http://127.0.0.1:{port} LARDER_TOKEN={token}

{nodes}
  nginx        before them: each request goes to the next node
  PostgreSQL   {bin}/psql -h {folder} -p {database} -U postgres larder
  logs         {home}

Try this:
  larder put demo hello <<< 'written through one node'
  larder get demo hello                    # read through another; --url http://127.0.0.1:{first} asks one of them
  larder nodes                             # who is up, and what each does
  kill -9 {pid}                            # a node dies; it is started again within three seconds

where larder is {binary}
Ctrl-C ends all of it, and takes it away.
"""


def main():
    parser = argparse.ArgumentParser(prog="Scripts/run-nodes", description="Several larders as one, on this machine, to look at.")
    parser.add_argument("nodes", nargs="?", type=int, default=3, help="how many (3)")
    parser.add_argument("--binary", required=True, help="a larder that is built already")
    parser.add_argument("--port", type=int, default=7373, help="nginx listens there (7373)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell that starts it in the background lets it ignore this one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        try:
            run(options, stack)
        except KeyboardInterrupt:
            return 130
        except (Skipped, StartFailed) as reason:
            print(f"error: {reason}", file=sys.stderr)
            return 1
    return 0


def run(options, stack):
    home = pathlib.Path(tempfile.mkdtemp(prefix="larder-nodes."))
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    home.chmod(0o755)
    engines = stack.enter_context(Engines(0))
    engines.fresh()
    nodes = []
    for number in range(options.nodes):
        node = Server(str(pathlib.Path(options.binary).resolve()), home / f"node-{number + 1}", port=free_port(),
                      arguments=["--trusted-proxy", "127.0.0.1"], **engines.of_node(number, is_direct=True))
        stack.callback(node.stop)
        nodes.append(node.start())
    stack.callback(Nginx(home, options.port, [node.port for node in nodes]).close)
    lines = "\n".join(f"  {node.node:<12} http://127.0.0.1:{node.port}  (process {node.process.pid})" for node in nodes)
    print(TOLD.format(count=len(nodes), port=options.port, token=nodes[0].token, nodes=lines, folder=engines.postgres.folder,
                      database=engines.postgres.port, home=home, first=nodes[0].port, pid=nodes[-1].process.pid,
                      bin=engines.postgres.bin, binary=nodes[0].binary), flush=True)
    while True:
        time.sleep(3)
        for node in nodes:
            if not node.is_running:
                node.kill()
                node.start()
                print(f"{node.node} was gone and is there again: process {node.process.pid}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
