"""8a. A directory with 1.11 million entries: start, dry run, and cleanup of 10⁵ of 10⁶ while clients write.

Budget: 40 s a round. Each round works on a new copy of the filled directory, which is then in the page cache. In front of the cleanup run 500 PUTs a
second at fixed times, first alone and then beside it; their latency counts from the time each was due. The two cleanups of a round
follow each other, so the second one finds 9×10⁵ entries."""

import contextlib
import json
import shutil
import signal
import subprocess
import time

import peers as peers_module
from measure import Row
from tools import BenchError

RATE = 500
POLL_SECONDS = 0.02
JOB_SECONDS = 300


def finished_job(server, path, document, connection):
    """The job that a POST started, once it has ended, with its own duration in seconds."""
    job = server.json("POST", path, document, connection)
    deadline = time.monotonic() + JOB_SECONDS
    begun = time.monotonic()
    while job["state"] == "running":
        if time.monotonic() > deadline:
            raise BenchError(f"{path} did not end within {JOB_SECONDS} s")
        time.sleep(POLL_SECONDS)
        job = server.json("GET", f"/v1/admin/jobs/{job['id']}", connection=connection)
    seconds = time.monotonic() - begun
    if job["state"] != "done":
        raise BenchError(f"{path} ended as {job['state']}: {job.get('error')}")
    return job, seconds


@contextlib.contextmanager
def clients(context, server, seconds):
    """RATE PUTs a second while the body runs, at most for so long; afterwards the yielded dictionary has their latencies."""
    command = [
        context.programs.path("load"), "rate", "127.0.0.1", str(server.port), "16", str(RATE), str(seconds), "1024",
        f"/default/site:foreground/{time.monotonic_ns()}/", server.token,
    ]
    result = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            yield result
        finally:
            program.send_signal(signal.SIGTERM)
            said, complaint = program.communicate(timeout=60)
    if program.returncode != 0:
        raise BenchError(f"the clients failed: {complaint.strip()[-300:]}")
    result |= json.loads(said)


def rows(context, stack):
    state = {}
    size = context.list_sizes["10⁶"]
    store = context.store(size)

    def fresh(number):
        """One copy, one server and all that is measured on it, once a round."""
        if state.get("number") == number:
            return state
        state.clear()
        data = context.copy_of_template()
        try:
            start = peers_module.start_seconds(context.options.binary, data)
            with peers_module.larder(context.options.binary, context.folder, data) as server, contextlib.closing(server.connection()) as connection:

                def cleanup(document):
                    return finished_job(server, "/v1/admin/cleanup", {"store": store, **document}, connection)

                job, dry = cleanup({"dryRun": True, "olderThan": "0s"})
                if job["result"]["removed"] < size:
                    raise BenchError(f"the dry run would remove {job['result']['removed']} of {size}")
                state.update(number=number, start=start, dry=dry)
                quiet = context.pick(3, 1)
                with clients(context, server, quiet + 5) as alone:
                    time.sleep(quiet)
                state["alone"] = alone
                for name, age in context.ages.items():
                    with clients(context, server, JOB_SECONDS) as beside:
                        job, seconds = cleanup({"olderThan": f"{round(time.time() - age)}s"})
                    removed = job["result"]["removed"]
                    if abs(removed - context.old) > 1:
                        raise BenchError(f"the {name} cleanup removed {removed} instead of {context.old}")
                    state[name], state[f"{name} clients"] = seconds, beside
        finally:
            shutil.rmtree(data, ignore_errors=True)
        return state

    def figure(name):
        return lambda number: {"value": fresh(number)[name]}

    def latency(name):
        def sample(number):
            figures = fresh(number)[name]
            return {"value": figures["p99ms"], "p50Ms": figures["p50ms"], "p99Ms": figures["p99ms"], "maxMs": figures["maxms"]}

        return sample

    return [
        Row("Start with 10⁶ entries", "s", {"larder": figure("start")}, lower_is_better=True),
        Row("Dry run over 10⁶", "s", {"larder": figure("dry")}, lower_is_better=True),
        Row("Cleanup of 10⁵, clustered", "s", {"larder": figure("clustered")}, lower_is_better=True, note=f"beside {RATE} PUTs a second"),
        Row("Cleanup of 10⁵, scattered", "s", {"larder": figure("scattered")}, lower_is_better=True, note=f"beside {RATE} PUTs a second"),
        Row("Clients' p99, no cleanup", "ms", {"larder": latency("alone")}, lower_is_better=True, note=f"{RATE} PUTs a second"),
        Row("Clients' p99, clustered", "ms", {"larder": latency("clustered clients")}, lower_is_better=True),
        Row("Clients' p99, scattered", "ms", {"larder": latency("scattered clients")}, lower_is_better=True),
    ]
