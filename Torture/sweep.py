"""One blow at the N-th system call of a kind, for N = 1, 2, 3 … until the script passes untouched."""

import concurrent.futures
import shutil
import threading
import time

from .checks import check, check_reads, inspect, verify_offline
from .oracle import Oracle
from .report import Finding, command_line, keep_evidence, say
from .script import run_script
from .server import Server, StartFailed
from .shim import Shim, build


class Sweep:
    """Positions of one kind of blow; a lane each of `options.lanes` runs the next."""

    def __init__(self, options, report):
        self.options, self.report = options, report
        self.folder = options.home / f"{options.command}-{options.seed}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.library = build(self.folder)
        self.template = self.folder / "template"
        with Server(options.binary, self.template, log=self.folder / "template.log") as server:
            server.start()
            server.stop()
        self._lock = threading.Lock()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, call, action, error=0, sticky=False, from_start=False, step=1, limit=None):
        """All positions of one kind of call. from_start: strikes while larder starts in an empty directory."""
        label = f"{call} {action}" + (f" {errno_name(error)}" if error else "") + (" from then on" if sticky else "") \
            + (" at the first start" if from_start else "") + (f", every {step}th" if step > 1 else "")
        position, done, untouched = 1, 0, threading.Event()
        began = time.monotonic()

        def lane(number):
            nonlocal position, done
            while not untouched.is_set():
                with self._lock:
                    nth, position = position, position + step
                if limit and nth > limit or self.options.until_found and not self.report.is_clean:
                    return
                has_fired = self.one(number, label, call, nth, action, error, sticky, from_start)
                with self._lock:
                    done += has_fired
                if not has_fired:
                    untouched.set()

        with concurrent.futures.ThreadPoolExecutor(self.options.lanes) as lanes:
            for future in [lanes.submit(lane, number) for number in range(self.options.lanes)]:
                future.result()
        self.report.add(f"positions: {label}", done)
        self.report.add("positions in all", done)
        say(f"{label}: {done} positions, {time.monotonic() - began:.0f} s, {self.report.scores}")

    def one(self, lane, label, call, nth, action, error, sticky, from_start):
        """One position: whether it was reached."""
        folder = self.folder / f"lane-{lane}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        data = folder / "data"
        if not from_start:
            shutil.copytree(self.template, data)
        oracle, shim = Oracle(), Shim(self.library, folder, data)
        server = Server(self.options.binary, data, log=folder / "server.log")
        kills = action.startswith("kill")
        try:
            found = self._strike(server, oracle, shim, (call, nth, action, error, sticky), from_start, kills)
            has_fired = shim.has_fired
            shim.disarm()
            found += self._judge(server, oracle, data)
        finally:
            server.kill()
            shim.close()
        self.report.add("writes acknowledged", oracle.acknowledged)
        self.report.add("writes without an answer", oracle.unanswered)
        if found:
            evidence = keep_evidence(self.options.home, f"{self.options.command}-{call}-{nth}", [data, folder / "server.log"])
            (evidence / "findings.txt").write_text(f"{label}, number {nth}\n" + "\n".join(map(str, found)) + "\n")
            self.report.found(found, evidence, command_line(
                self.options, "--only", f"{call}:{nth}:{action}:{error}:{int(sticky)}:{int(from_start)}"))
        return has_fired

    def _strike(self, server, oracle, shim, aim, from_start, kills):
        """Starts, runs the script under the blow and stops. Findings that the running server showed."""
        call, nth, action, error, sticky = aim
        shim.aim(call, nth, action, error, sticky)
        found = []
        if from_start:
            shim.arm()
        try:
            server.start(shim.environment)
        except StartFailed as failure:
            if not (from_start and shim.has_fired):
                found.append(Finding("lost", "the server", f"it does not start: {failure}"))
            return found
        shim.arm()

        def after_step():
            # A sync has failed: from here on nothing may be acknowledged.
            if action == "fail" and call in ("fsync", "fdatasync") and shim.has_fired and oracle.read_only_since is None:
                oracle.read_only_since = time.monotonic()

        reads_may_fail = action == "fail" and call not in ("fsync", "fdatasync")
        run_script(server, oracle, f"{self.options.seed}/{call}", survives=not kills, reads_may_fail=reads_may_fail, is_short=from_start,
                   after_step=after_step)
        found += oracle.take_findings()
        if server.is_running and not (kills and shim.has_fired):
            if action == "fail" and call in ("fsync", "fdatasync") and shim.has_fired:
                # Reads go on.
                found += check_reads(server, oracle)
            server.stop()  # With its last checkpoint, which may be the one that is struck.
        else:
            server.wait(10)
        return found

    def _judge(self, server, oracle, data):
        server.kill()
        try:
            server.start()
        except StartFailed as failure:
            return [Finding("lost", "the server", f"it does not start any more: {failure}")]
        found = check(server, oracle)
        code = server.stop()
        if code != 0:
            found.append(Finding("torn", "the server", f"it ended with {code} after SIGTERM"))
        return found + inspect(data) + verify_offline(server)


def errno_name(number):
    import errno

    return errno.errorcode.get(number, str(number))
