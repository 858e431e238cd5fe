"""Processes, ports, memory, and the load generators: wrk, redis-benchmark, curl, and the C programs in Benchmarks/tools."""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

READY_SECONDS = 60
CURL_SECONDS = 180
LOAD_SECONDS = 600


class BenchError(Exception):
    """Something that the measurement cannot go on without did not work."""


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def can_connect(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_for(what, process, log, check):
    """Polls, for a server that is coming up tells no one; gives up when it dies or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.02)
    said = log.read_text(errors="replace").strip()[-500:]
    raise BenchError(f"{what} did not come up (exit code {process.poll()}): {said}")


@contextlib.contextmanager
def running(command, log, environment=None):
    """The process, ended with SIGTERM at the end, with SIGKILL if that takes more than half a minute."""
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(command, seconds=LOAD_SECONDS, with_errors=False, **more):
    """Standard output of a program that must succeed; `with_errors`: and standard error behind it."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, **more)
    if result.returncode != 0:
        raise BenchError(f"{' '.join(map(str, command))[:200]}: exit code {result.returncode}: {(result.stdout + result.stderr).strip()[-500:]}")
    return result.stdout + (result.stderr if with_errors else "")


# Memory, as Linux counts it ------------------------------------------------------------------------------------------


def with_children(pid):
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            pids += with_children(int(child))
    return pids


def proportional_memory(pid):
    """Bytes that a process and its children hold, shared pages counted once."""
    total = 0
    for each in with_children(pid):
        match = re.search(r"^Pss:\s+(\d+) kB", pathlib.Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE)
        total += int(match.group(1)) * 1024
    return total


def resident(pid, field):
    """`VmRSS` or `VmHWM` in bytes, of a process and its children together."""
    total = 0
    for each in with_children(pid):
        match = re.search(rf"^{field}:\s+(\d+) kB", pathlib.Path(f"/proc/{each}/status").read_text(), re.MULTILINE)
        total += int(match.group(1)) * 1024 if match else 0
    return total


def forget_peak(pid):
    """From here on VmHWM is the peak since now."""
    for each in with_children(pid):
        pathlib.Path(f"/proc/{each}/clear_refs").write_text("5")


# Load generators -----------------------------------------------------------------------------------------------------


class Programs:
    """The C programs, compiled once a run into the bench's folder."""

    def __init__(self, folder):
        self.folder = folder
        sources = pathlib.Path(__file__).resolve().parent.parent / "tools"
        for name, libraries in (("fanout", []), ("load", []), ("scan", ["-lsqlite3"])):
            run(["cc", "-O2", "-o", folder / name, sources / f"{name}.c", *libraries])

    def path(self, name):
        return str(self.folder / name)

    def json(self, name, *arguments):
        return json.loads(run([self.path(name), *arguments]))


DONE_SCRIPT = """
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


def wrk(server, script, connections, seconds, arguments, headers=None):
    """Requests a second; errors are counted, latencies in milliseconds."""
    threads = min(2, connections)
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    for name, value in {**server.headers, **(headers or {})}.items():
        command += ["-H", f"{name}: {value}"]
    command += [f"http://127.0.0.1:{server.port}", "--", *map(str, arguments)]
    said = run(command, seconds + 60)
    match = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if not match:
        raise BenchError(f"wrk said nothing of {server.name}: {said.strip()[-500:]}")
    requests, micros, errors, p50, p99 = map(int, match.groups())
    if errors:
        raise BenchError(f"{errors} of {requests} requests to {server.name} failed")
    return {"value": requests / (micros / 1e6), "p50Ms": p50 / 1000, "p99Ms": p99 / 1000}


def redis_benchmark(server, connections, seconds, command, expected):
    """Commands a second. redis-benchmark counts requests, not time: `expected` is the rate that the count is made from."""
    count = max(1_000, int(expected * seconds))
    said = run(["redis-benchmark", "-p", server.port, "-c", connections, "-n", count, "--csv", "-r", 1_000_000_000, *command], 300)
    for line in said.splitlines():
        fields = [field.strip('"') for field in line.split('","')]
        with contextlib.suppress(ValueError, IndexError):
            return {"value": float(fields[-7]), "p50Ms": float(fields[-4]), "p99Ms": float(fields[-2])}
    raise BenchError(f"redis-benchmark said: {said.strip()[-300:]}")


def curl(server, url, *arguments):
    """Seconds that one request took; a status other than 2xx is an error."""
    command = ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code} %{time_total}", "--max-time", str(CURL_SECONDS), *arguments]
    for name, value in server.headers.items():
        command += ["-H", f"{name}: {value}"]
    status, _, seconds = run([*command, url], CURL_SECONDS + 30).partition(" ")
    if not status.startswith("2"):
        raise BenchError(f"{server.name} {url}: status {status}")
    return float(seconds)


def upload(path, content_type="application/octet-stream"):
    """curl's options for a PUT. Without `Expect: 100-continue`, which not every peer answers: curl would wait a second for it."""
    return ["-T", str(path), "-H", f"Content-Type: {content_type}", "-H", "Expect:"]


def make_file(path, size):
    """Bytes that no compressor shrinks."""
    with open(path, "wb") as file:
        while size > 0:
            chunk = os.urandom(min(size, 1 << 22))
            file.write(chunk)
            size -= len(chunk)


def touch_content(path):
    """Another content for each upload: one that is known already need not be kept again."""
    with open(path, "r+b") as file:
        file.write(os.urandom(16))
