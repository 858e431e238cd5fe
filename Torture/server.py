"""A larder of the harness's own: on a free port, in a data directory of its own, ended by its own process ID."""

import os
import pathlib
import re
import signal
import subprocess
import time

READY_SECONDS = 60
STOP_SECONDS = 30


class StartFailed(Exception):
    """The server ended or was not ready in time; the text has the end of its log."""


class Server:
    """One data directory and the process that serves it, which may come and go."""

    def __init__(self, binary, data, stores=None, environment=None, wrapper=(), arguments=(), engines=(), node=None, log=None, port=0):
        """`engines`: where index and objects are, as options; none: in the data directory. `node`: its name among several on the same engines;
        the next process has it again. `port`: 0: a free one, each time another."""
        self.binary, self.data = binary, pathlib.Path(data)
        self.stores, self.environment, self.wrapper, self.arguments = stores, environment or {}, list(wrapper), list(arguments)
        self.engines, self.node = list(engines), node
        self._wanted_port = port
        self.log = pathlib.Path(log) if log else self.data.parent / (self.data.name + ".log")
        self.process = None
        self._begin = 0
        self.port = None
        self.token = None

    def start(self, environment=None, wrapper=None):
        """Starts it and waits until it listens.
        Raises StartFailed when it doesn't, which after a crash is a finding of its own."""
        self.launch(environment, wrapper)
        return self.await_listening()

    def launch(self, environment=None, wrapper=None):
        """Starts it, no more."""
        assert self.process is None
        command = list(self.wrapper if wrapper is None else wrapper)
        command += [self.binary, "serve", "--data", str(self.data), "--port", str(self._wanted_port), "--cleanup-every", "off", "--scrub-every", "off"]
        if "--min-free" not in self.arguments:
            command += ["--min-free", "0KB"]
        if self.stores:
            command += ["--stores", str(self.stores)]
        if self.node:
            command += ["--node", self.node]
        command += self.engines + self.arguments
        self._begin = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd="/",
                env=os.environ | self.environment | (environment or {}))

    def await_listening(self):
        """Raises StartFailed."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with open(self.log, "rb") as file:
                file.seek(self._begin)
                text = file.read().decode(errors="replace")
            match = re.search(r"listening on https?://[^\s:]+:(\d+)", text)
            token = self.data / "admin.token"
            # Where the index is elsewhere the token may come from there, a moment after the first word.
            if match and token.exists() and token.stat().st_size:
                self.port = int(match.group(1))
                self.token = token.read_text().strip()
                return self
            code = self.process.poll()
            if code is not None:
                self.process = None
                raise StartFailed(f"ended with {code} before it listened: {text.strip()[-600:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise StartFailed(f"did not listen within {READY_SECONDS} s: {text.strip()[-600:]}")
            time.sleep(0.01)

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL, at once."""
        if self.process is None:
            return None
        self.process.kill()
        return self._reap()

    def stop(self):
        """SIGTERM, and SIGKILL when that takes too long.
        Answers the exit code; None when there was no process."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self._reap(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return self.kill()

    def wait(self, seconds):
        """The exit code of a process that ends by itself; None when it is still there."""
        try:
            return self._reap(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _reap(self, seconds=60):
        code = self.process.wait(seconds)
        self.process = None
        return code

    def verify_offline(self):
        """`larder verify --offline` of the stopped directory: the exit code, and what it said."""
        command = [self.binary, "verify", "--offline", "--json", "--data", str(self.data), *self.engines]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL, env=os.environ | self.environment)
        return done.returncode, done.stdout, done.stderr

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
