"""Larder and what it is measured beside. Each on a free port of the loopback address, in a folder of its own, gone afterwards.

Nothing here is a service of the machine: Debian's packages may start theirs; these are started and stopped one by one.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from tools import READY_SECONDS, BenchError, can_connect, free_port, running, wait_for


class Server:
    """A program under test: where it listens, what its keys start with, the process whose memory counts."""

    def __init__(self, name, port, prefix, process, headers=None, data=None):
        self.name, self.port, self.prefix, self.process = name, port, prefix, process
        self.headers = headers or {}
        self.data = data

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def url(self, key):
        return f"{self.origin}{self.prefix}{key}"

    @property
    def token(self):
        return self.headers["Authorization"].removeprefix("Bearer ")

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """Headers and body of an answer that must be 2xx."""
        with contextlib.ExitStack() as stack:
            c = connection or stack.enter_context(contextlib.closing(self.connection()))
            try:
                c.request(method, path, body, {**self.headers, **(headers or {})})
                response = c.getresponse()
            except (http.client.RemoteDisconnected, BrokenPipeError):
                # Closed while it was idle between two rounds: a new one.
                c.close()
                c.request(method, path, body, {**self.headers, **(headers or {})})
                response = c.getresponse()
            data = response.read()
            if response.status // 100 != 2:
                raise BenchError(f"{self.name} answered {response.status} to {method} {path}: {data[:300]!r}")
            return response, data

    def json(self, method, path, document=None, connection=None):
        body = None if document is None else json.dumps(document).encode()
        return json.loads(self.ask(method, path, body, {"Content-Type": "application/json"}, connection)[1])


LISTENING = re.compile(r"listening on https?://[^\s:]+:(\d+)")


def listening(log):
    def check():
        match = LISTENING.search(log.read_text(errors="replace"))
        return int(match.group(1)) if match else None

    return check


@contextlib.contextmanager
def larder(binary, folder, data=None, index=None, environment=None, arguments=()):
    """A server on `data`, or on a new directory; its index there, or at a URL."""
    data = data or folder / f"larder-{time.monotonic_ns()}"
    log = folder / f"{data.name}.log"
    # The server's own cleanup and scrub would run at times of their own.
    command = [binary, "serve", "--data", str(data), "--port", "0", "--cleanup-every", "off", "--scrub-every", "off", "--min-free", "100MB"]
    if index:
        command += ["--index", index]
    command += arguments
    with running(command, log, environment) as process:
        port = wait_for("larder", process, log, listening(log))
        token = (data / "admin.token").read_text().strip()
        yield Server("larder", port, "/default/site:bench/", process, {"Authorization": f"Bearer {token}"}, data)


def start_seconds(binary, data):
    """From the start of the process to the line that says where it listens."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [binary, "serve", "--data", str(data), "--port", "0", "--cleanup-every", "off", "--scrub-every", "off"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            if LISTENING.search(line):
                return time.monotonic() - begun
            if time.monotonic() - begun > READY_SECONDS:
                break
        raise BenchError("larder did not start")
    finally:
        process.terminate()
        process.communicate(timeout=60)


@contextlib.contextmanager
def bare(binary, kind, folder):
    """`hummingbird` or `nio`: takes a body and keeps nothing, answers /bytes/N."""
    log = folder / f"bare-{kind}.log"
    with running([binary, kind], log) as process:
        yield Server(kind, wait_for(kind, process, log, listening(log)), "/bench/", process)


def has_nginx():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin") is not None


NCHAN_MODULES = [pathlib.Path(p) for p in ("/usr/lib/nginx/modules/ngx_nchan_module.so", "/usr/share/nginx/modules/ngx_nchan_module.so")]


def nchan_module():
    return next((path for path in NCHAN_MODULES if path.exists()), None)


@contextlib.contextmanager
def nginx(folder):
    """Static files and WebDAV, as Debian builds it; with nchan where its module is installed. Syncs nothing to the disk."""
    port = free_port()
    home = folder / f"nginx-{port}"
    root, temp = home / "root", home / "temp"
    root.mkdir(parents=True)
    temp.mkdir()
    temps = "\n".join(f"    {name}_temp_path {temp}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    module = nchan_module()
    channels = """
        location ~ ^/pub/(\\w+)$ { nchan_publisher; nchan_channel_id $1; }
        location ~ ^/sub/(\\w+)$ { nchan_subscriber eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest; }
"""
    config = home / "nginx.conf"
    config.write_text(
        f"""
{"user root;" if os.geteuid() == 0 else ""}
{f"load_module {module};" if module else ""}
worker_processes auto;
worker_rlimit_nofile 65536;
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_max_body_size 0;
    client_body_temp_path {root}/.incoming;
{temps}
{"    nchan_shared_memory_size 256M;" if module else ""}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {root};
        location / {{ dav_methods PUT DELETE; create_full_put_path on; }}
{channels if module else ""}
    }}
}}
"""
    )
    log = home / "nginx.log"
    path = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    # -e: before it has read its configuration nginx would log to a folder that only root may write.
    with running([path, "-c", str(config), "-p", str(home), "-e", f"{home}/error.log"], log) as process:
        wait_for("nginx", process, log, lambda: can_connect(port))
        yield Server("nginx", port, "/bench/", process, data=root)


@contextlib.contextmanager
def rclone(binary, folder):
    """`rclone serve s3` over a folder of the same disk; without credentials, so that nothing is signed. Syncs nothing."""
    port = free_port()
    data = folder / f"rclone-{port}"
    (data / "bench").mkdir(parents=True)
    log = folder / "rclone.log"
    command = [binary, "serve", "s3", str(data), "--addr", f"127.0.0.1:{port}", "--config", os.devnull, "--log-level", "ERROR"]
    with running(command, log, {"RCLONE_CACHE_DIR": str(folder / "rclone-cache")}) as process:
        wait_for("rclone", process, log, lambda: can_connect(port))
        yield Server("rclone", port, "/bench/", process, data=data)


@contextlib.contextmanager
def redis(folder):
    """Append-only file, synced before each answer (`appendfsync always`); no snapshots."""
    port = free_port()
    data = folder / f"redis-{port}"
    data.mkdir()
    log = folder / "redis.log"
    command = [
        "redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(data), "--save", "", "--appendonly", "yes", "--appendfsync", "always",
        "--auto-aof-rewrite-percentage", "0",
    ]
    with running(command, log) as process:
        wait_for("redis", process, log, lambda: can_connect(port))
        yield Server("redis", port, "", process, data=data)


# Builds of larder: the one that is measured, and with --before an older one in the peers' place.
LARDERS = ("larder", "before")


class Peers:
    """Which peers this machine has, and how to start them for the length of a case."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.available = {
            "nginx": has_nginx(), "nchan": has_nginx() and nchan_module() is not None,
            "redis": bool(shutil.which("redis-server") and shutil.which("redis-benchmark")),
            "rclone": bool(options.rclone), "restic": shutil.which("restic") is not None, "hummingbird": bool(options.bare), "nio": bool(options.bare),
        }
        if options.before:
            self.available = dict.fromkeys(self.available, False)
        self.left_out = [] if options.before else [name for name, there in self.available.items() if not there]

    def start(self, stack, *names):
        """Servers by name; those that are not installed are left out. An older larder comes with `larder`."""
        starts = {
            "larder": lambda: larder(self.options.binary, self.folder), "before": lambda: larder(self.options.before, self.folder),
            "nginx": lambda: nginx(self.folder), "nchan": lambda: nginx(self.folder), "redis": lambda: redis(self.folder),
            "rclone": lambda: rclone(self.options.rclone, self.folder),
            "hummingbird": lambda: bare(self.options.bare, "hummingbird", self.folder), "nio": lambda: bare(self.options.bare, "nio", self.folder),
        }
        if self.options.before and "larder" in names:
            names = (*LARDERS, *(name for name in names if name != "larder"))
        return {name: stack.enter_context(starts[name]()) for name in names if self.available.get(name, True)}
