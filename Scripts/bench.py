"""What Scripts/bench runs: Larder beside nginx and a bare Hummingbird server, on this machine, in alternating rounds.

Each case runs on every server in turn, round after round, so that what else the machine does hits all of them alike. A ratio is the
median over the rounds of (larder / other) of one round. Everything happens in a folder of its own, on loopback, and ends by itself.
"""

import argparse
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import platform
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CONNECTIONS = 64
KEYS = 1_000
READY_SECONDS = 30
CURL_SECONDS = 180

PUT_SCRIPT = """
local next_thread = 0
function setup(thread)
    thread:set("id", next_thread)
    next_thread = next_thread + 1
end
local count = 0
function init(args)
    prefix, tag, filler = args[1], args[2], args[3]
end
-- No two bodies are the same: a store that keeps equal contents once would have it too easy.
function request()
    count = count + 1
    local name = tag .. "-" .. id .. "-" .. count
    local body = '{"id":"' .. name .. '","text":"' .. filler
    body = string.sub(body, 1, 1022) .. '"}'
    return wrk.format("PUT", prefix .. name, wrk.headers, body)
end
"""

GET_SCRIPT = """
local count = 0
function init(args)
    prefix, keys = args[1], tonumber(args[2])
end
function request()
    count = (count + 7) % keys
    return wrk.format("GET", prefix .. count)
end
"""

DONE_SCRIPT = """
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


class BenchError(Exception):
    pass


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


class Server:
    """A program under test: where it listens, what its keys start with, and the process whose memory counts."""

    def __init__(self, name, port, prefix, process=None, headers=None):
        self.name, self.port, self.prefix, self.process = name, port, prefix, process
        self.headers = headers or {}

    def url(self, key):
        return f"http://127.0.0.1:{self.port}{self.prefix}{key}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, process, check):
    """Polls, for a server that is coming up tells no one; gives up when it dies or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchError(f"{what} ended at once, exit code {process.returncode}")
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise BenchError(f"{what} did not listen within {READY_SECONDS} s")


@contextlib.contextmanager
def running(command, log):
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listening_port(log):
    def check():
        match = re.search(r"listening on https?://[^\s:]+:(\d+)", log.read_text(errors="replace"))
        return int(match.group(1)) if match else None

    return check


@contextlib.contextmanager
def start_larder(binary, folder):
    data, log = folder / "larder-data", folder / "larder.log"
    with running([binary, "serve", "--data", str(data), "--port", "0"], log) as process:
        try:
            port = wait_for("larder", process, listening_port(log))
        except BenchError as error:
            raise BenchError(f"{error}: {log.read_text(errors='replace').strip()[-500:]}") from None
        token = (data / "admin.token").read_text().strip()
        yield Server("larder", port, "/default/site:bench/", process, {"Authorization": f"Bearer {token}"})


@contextlib.contextmanager
def start_bare(binary, folder):
    log = folder / "bare.log"
    with running([binary], log) as process:
        yield Server("bare", wait_for("the bare server", process, listening_port(log)), "/bench/", process)


@contextlib.contextmanager
def start_nginx(folder):
    port = free_port()
    root, temp = folder / "nginx-root", folder / "nginx-temp"
    root.mkdir()
    temp.mkdir()
    temps = "\n".join(f"    {name}_temp_path {temp}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    config.write_text(
        f"""
{"user root;" if os.geteuid() == 0 else ""}
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_max_body_size 0;
    client_body_temp_path {root}/.incoming;
{temps}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {root};
        location / {{
            dav_methods PUT DELETE;
            create_full_put_path on;
        }}
    }}
}}
"""
    )
    log = folder / "nginx.log"

    def check():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    # -e: before it has read its configuration nginx would log to a folder that only root may write.
    with running(["nginx", "-c", str(config), "-p", str(folder), "-e", f"{folder}/nginx-error.log"], log) as process:
        try:
            wait_for("nginx", process, check)
        except BenchError as error:
            raise BenchError(f"{error}: {log.read_text(errors='replace').strip()[-500:]}") from None
        yield Server("nginx", port, "/bench/", process)


# Measuring ----------------------------------------------------------------------------------------------------------


def wrk(server, script, seconds, arguments, content_type=None):
    """Requests a second, with the errors counted and two latencies in milliseconds."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    headers = dict(server.headers)
    if content_type:
        headers["Content-Type"] = content_type
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += [f"http://127.0.0.1:{server.port}", "--", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    match = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", result.stdout)
    if not match:
        raise BenchError(f"wrk said nothing of {server.name}: {(result.stdout + result.stderr).strip()[-500:]}")
    requests, micros, errors, p50, p99 = map(int, match.groups())
    return {"value": requests / (micros / 1e6), "errors": errors, "p50Ms": p50 / 1000, "p99Ms": p99 / 1000}


def curl(server, url, arguments):
    """Seconds that one request took; a status other than 2xx is an error."""
    command = ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code} %{time_total}", "--max-time", str(CURL_SECONDS), *arguments]
    for name, value in server.headers.items():
        command += ["-H", f"{name}: {value}"]
    result = subprocess.run([*command, url], capture_output=True, text=True, timeout=CURL_SECONDS + 30)
    status, _, seconds = result.stdout.partition(" ")
    if result.returncode != 0 or not status.startswith("2"):
        raise BenchError(f"{server.name} {url}: status {status or 'none'} {result.stderr.strip()}")
    return float(seconds)


def memory(process, field):
    """Bytes, as Linux counts them; of nginx that is the master alone, which is why only the others are asked."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE).group(1)) * 1024


def forget_peak(process):
    """From here on VmHWM is the peak since now."""
    pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")


class Table:
    """What was measured, round by round."""

    def __init__(self):
        self.cases = {}

    def add(self, case, unit, server, sample):
        servers = self.cases.setdefault(case, {"unit": unit, "servers": {}})["servers"]
        servers.setdefault(server, []).append(sample)

    def document(self):
        cases = {}
        for name, case in self.cases.items():
            servers = {}
            for server, samples in case["servers"].items():
                values = [sample["value"] for sample in samples]
                servers[server] = {
                    "median": statistics.median(values), "min": min(values), "max": max(values),
                    "errors": sum(sample.get("errors", 0) for sample in samples), "rounds": samples,
                }
            ours = case["servers"].get("larder", [])
            ratios = {
                other: statistics.median(a["value"] / b["value"] for a, b in zip(ours, samples) if b["value"] > 0)
                for other, samples in case["servers"].items()
                if other != "larder" and ours and any(b["value"] > 0 for b in samples)
            }
            cases[name] = {"unit": case["unit"], "servers": servers, "ratios": ratios}
        return cases


def print_table(cases):
    print(f"{'case':<18} {'server':<8} {'median':>10} {'min':>10} {'max':>10} {'unit':<6} {'larder/it':>10}  notes")
    for name, case in cases.items():
        for server, result in case["servers"].items():
            ratio = f"{case['ratios'][server]:.2f}" if server in case["ratios"] else ""
            notes = []
            if "p99Ms" in result["rounds"][0]:
                notes.append(f"p50 {statistics.median(r['p50Ms'] for r in result['rounds']):.1f} ms")
                notes.append(f"p99 {statistics.median(r['p99Ms'] for r in result['rounds']):.1f} ms")
            if "growthBytes" in result["rounds"][0]:
                notes.append(f"memory +{max(r['growthBytes'] for r in result['rounds']) / 1e6:.0f} MB to {max(r['peakBytes'] for r in result['rounds']) / 1e6:.0f} MB")
            if result["errors"]:
                notes.append(f"{result['errors']} ERRORS")
            print(
                f"{name:<18} {server:<8} {result['median']:>10.0f} {result['min']:>10.0f} {result['max']:>10.0f} {case['unit']:<6} {ratio:>10}"
                f"  {', '.join(notes)}"
            )


# Cases --------------------------------------------------------------------------------------------------------------


def in_turn(servers, rounds):
    """Each round starts with another server, so that none is always the one that follows a certain other."""
    for number in range(rounds):
        shift = number % len(servers)
        for server in servers[shift:] + servers[:shift]:
            yield number, server


def small_puts(table, servers, options, folder):
    script = folder / "put.lua"
    script.write_text(PUT_SCRIPT + DONE_SCRIPT)
    words = "run agent director writer shot scene voice music final state score prompt theme mood".split()
    source = random.Random(7)
    filler = " ".join(source.choice(words) + str(source.randrange(10_000)) for _ in range(400))
    for server in servers:
        wrk(server, script, 1, [server.prefix, "warm", filler], "application/json")
    for number, server in in_turn(servers, options.rounds):
        sample = wrk(server, script, options.seconds, [server.prefix, f"r{number}", filler], "application/json")
        table.add("PUT 1 KiB c=64", "req/s", server.name, sample)


def small_gets(table, servers, options, folder):
    script = folder / "get.lua"
    script.write_text(GET_SCRIPT + DONE_SCRIPT)
    for server in servers:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for key in range(KEYS):
            body = f'{{"key":{key},"text":"'.encode()
            body += bytes(random.Random(key).choices(b"abcdefghijklmnop", k=1022 - len(body))) + b'"}'
            connection.request("PUT", f"{server.prefix}{key}", body, {**server.headers, "Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            if response.status // 100 != 2:
                raise BenchError(f"{server.name} answered {response.status} to a PUT")
        connection.close()
        wrk(server, script, 1, [server.prefix, str(KEYS)])
    for number, server in in_turn(servers, options.rounds):
        table.add("GET 1 KiB c=64", "req/s", server.name, wrk(server, script, options.seconds, [server.prefix, str(KEYS)]))


def make_file(path, size):
    """Bytes that no compressor shrinks."""
    with open(path, "wb") as file:
        while size > 0:
            chunk = os.urandom(min(size, 1 << 22))
            file.write(chunk)
            size -= len(chunk)


def upload_of(path):
    """Without `Expect: 100-continue`: the bare server does not answer it, and curl would wait a second for it."""
    return ["-T", str(path), "-H", "Content-Type: video/mp4", "-H", "Expect:"]


def touch_content(path):
    """Another content for each upload: one that is known already need not be kept again."""
    with open(path, "r+b") as file:
        file.write(os.urandom(16))


def transfer(table, case, server, size, url, arguments):
    measured = server.name == "larder"
    if measured:
        before = memory(server.process, "VmRSS")
        forget_peak(server.process)
    seconds = curl(server, url, arguments)
    sample = {"value": size / 1e6 / seconds, "seconds": seconds}
    if measured:
        peak = memory(server.process, "VmHWM")
        sample |= {"growthBytes": max(0, peak - before), "peakBytes": peak}
    table.add(case, "MB/s", server.name, sample)


def medium_gets(table, servers, options, folder):
    size = 64_000_000
    path = folder / "medium.bin"
    make_file(path, size)
    upload = upload_of(path)
    for server in servers:
        curl(server, server.url("medium.bin"), upload)
        curl(server, server.url("medium.bin"), [])
    for _, server in in_turn(servers, options.rounds):
        transfer(table, "GET 64 MB", server, size, server.url("medium.bin"), [])


def large_transfers(table, servers, options, folder):
    size = options.large_megabytes * 1_000_000
    path = folder / "large.bin"
    make_file(path, size)
    upload = upload_of(path)
    name = f"{options.large_megabytes} MB"
    for number, server in in_turn(servers, min(options.rounds, 3)):
        touch_content(path)
        url = server.url("large.bin")
        # The page cache's backlog of the server before is not this one's to pay.
        os.sync()
        transfer(table, f"PUT {name}", server, size, url, upload)
        if server.name != "bare":
            transfer(table, f"GET {name}", server, size, url, [])
            curl(server, url, ["-X", "DELETE"])


# The whole ----------------------------------------------------------------------------------------------------------


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    total = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {"cpu": cpu, "cores": os.cpu_count(), "memoryBytes": int(total.group(1)) * 1024, "kernel": platform.release()}


def parse_options():
    parser = argparse.ArgumentParser(prog="Scripts/bench", description="Measures Larder beside nginx and a bare Hummingbird server.")
    parser.add_argument("--larder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each case (default 5)")
    parser.add_argument("--seconds", type=int, default=5, help="seconds of each round under load (default 5)")
    parser.add_argument("--json", metavar="FILE", help="also write everything that was measured to FILE")
    parser.add_argument("--smoke", action="store_true", help="one short round of small sizes: shows that it works, measures nothing")
    parser.add_argument("--dir", metavar="FOLDER", help="where the servers keep their data (default: .build, on the disk of the sources)")
    options = parser.parse_args()
    if not 1 <= options.rounds <= 50 or not 1 <= options.seconds <= 120:
        parser.error("--rounds is 1 to 50, --seconds 1 to 120")
    options.large_megabytes = 500
    if options.smoke:
        options.rounds, options.seconds, options.large_megabytes = 1, 1, 20
    return options


def measure(options, folder):
    table = Table()
    with contextlib.ExitStack() as stack:
        larder = stack.enter_context(start_larder(options.larder, folder))
        nginx = stack.enter_context(start_nginx(folder))
        bare = [stack.enter_context(start_bare(options.bare, folder))] if options.bare else []
        if not bare:
            say("No bare server: its column is left out")
        idle = memory(larder.process, "VmRSS")
        say(f"PUT 1 KiB, {CONNECTIONS} connections (nginx dav syncs nothing, bare keeps nothing)")
        small_puts(table, [larder, nginx, *bare], options, folder)
        say(f"GET 1 KiB, {CONNECTIONS} connections, {KEYS} keys")
        small_gets(table, [larder, nginx], options, folder)
        say("GET 64 MB")
        medium_gets(table, [larder, nginx], options, folder)
        say(f"PUT and GET {options.large_megabytes} MB")
        large_transfers(table, [larder, nginx, *bare], options, folder)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "rounds": options.rounds, "seconds": options.seconds, "smoke": options.smoke,
        "idleMemoryBytes": idle,
        "cases": table.document(),
    }


def run(options):
    # A bound on the whole: a server that hangs must not hang CI.
    limit = 600 + 6 * (options.rounds + 1) * options.seconds + 30 * options.rounds
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(BenchError(f"not done after {limit} s")))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.alarm(limit)

    home = pathlib.Path(options.dir) if options.dir else pathlib.Path(__file__).resolve().parent.parent / ".build"
    home.mkdir(parents=True, exist_ok=True)
    need = 12 * options.large_megabytes * 1_000_000
    if shutil.disk_usage(home).free < need:
        raise BenchError(f"{home} has less than {need / 1e9:.0f} GB free; name another folder with --dir")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=home))
    try:
        result = measure(options, folder)
    finally:
        signal.alarm(0)
        shutil.rmtree(folder, ignore_errors=True)

    print_table(result["cases"])
    print(f"larder idle memory {result['idleMemoryBytes'] / 1e6:.0f} MB; {result['machine']['cores']} cores, the load on the same")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
        say(f"Written: {options.json}")
    errors = sum(server["errors"] for case in result["cases"].values() for server in case["servers"].values())
    if errors:
        raise BenchError(f"{errors} requests failed; the numbers above do not count")


if __name__ == "__main__":
    try:
        run(parse_options())
    except BenchError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
