"""`Scripts/run-nodes`: several larders on one PostgreSQL and one S3 service, behind nginx, to look at. Nothing is struck here."""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from .engines import Engines
from .postgres import free_port
from .report import Skipped
from .server import Server, StartFailed

NGINX = """
{user}worker_processes 1;
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    upstream nodes {{
{servers}
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 0;
        location / {{
            proxy_pass http://nodes;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host:$server_port;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_request_buffering off;
            proxy_read_timeout 60s;
            # Sent to another node only where the first took no connection, or for methods that change nothing.
            proxy_next_upstream error timeout http_503;
        }}
    }}
}}
"""

TOLD = """
{count} nodes are one Larder: http://127.0.0.1:{port}  (console: http://127.0.0.1:{port}/console)

  export LARDER_URL=http://127.0.0.1:{port} LARDER_TOKEN={token}
{nodes}
  PostgreSQL   psql -h {folder} -p {database} -U postgres larder
  logs         {home}

  larder put demo hello <<< 'written through one node'       # then ask another: --url http://127.0.0.1:{first} and so on
  kill -9 PID                                             # a node dies; it is started again after three seconds

Ctrl-C ends all of it, and takes it away.
"""


def main():
    parser = argparse.ArgumentParser(prog="Scripts/run-nodes", description="Several larders as one, on this machine, to look at.")
    parser.add_argument("nodes", nargs="?", type=int, default=3, help="how many (3)")
    parser.add_argument("--binary", required=True, help="a larder that is built already")
    parser.add_argument("--port", type=int, default=7373, help="nginx listens there (7373)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
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
    engines = stack.enter_context(Engines(0, options.nodes))
    engines.fresh()
    nodes = []
    for number in range(options.nodes):
        # The proxies of the trials stand in between, and harm nothing.
        node = Server(str(pathlib.Path(options.binary).resolve()), home / f"node-{number + 1}", port=free_port(),
                      arguments=["--trusted-proxy", "127.0.0.1"], **engines.of_node(number))
        stack.callback(node.stop)
        nodes.append(node.start())
    front(options, stack, home, nodes)
    lines = "\n".join(f"  node {number}       http://127.0.0.1:{node.port}  (process {node.process.pid})" for number, node in enumerate(nodes, 1))
    print(TOLD.format(count=len(nodes), port=options.port, token=nodes[0].token, nodes=lines, folder=engines.postgres.folder,
                      database=engines.postgres.port, home=home, first=nodes[0].port), flush=True)
    while True:
        time.sleep(3)
        for number, node in enumerate(nodes, 1):
            if not node.is_running:
                node.kill()
                node.start()
                print(f"node {number} was gone and is there again: process {node.process.pid}", flush=True)


def front(options, stack, home, nodes):
    """nginx, which hands each request to the next node."""
    config = home / "nginx.conf"
    config.write_text(NGINX.format(
        user="user root;\n" if os.geteuid() == 0 else "", home=home, port=options.port,
        servers="\n".join(f"        server 127.0.0.1:{node.port} max_fails=1 fail_timeout=1s;" for node in nodes)))
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    process = subprocess.Popen([program, "-c", str(config), "-p", str(home), "-e", f"{home}/error.log"], stdin=subprocess.DEVNULL)

    def end():
        process.terminate()
        process.wait(30)

    stack.callback(end)
    time.sleep(0.5)
    if process.poll() is not None:
        raise Skipped(f"nginx does not start: {(home / 'error.log').read_text()[-300:]}")


if __name__ == "__main__":
    sys.exit(main())
