"""Followers that go from node to node while others append: what each heard is held against what the log has in the end."""

import contextlib
import http.client
import json
import random
import socket
import threading
import time

from .report import Finding

# A notification that was lost costs a second; a debug build on a busy machine is given more.
HEARING_SECONDS = 10


class Follower(threading.Thread):
    """One event stream after another of one log, each on another node, resumed by the last id."""

    def __init__(self, nodes, project, run, seed):
        super().__init__(name=f"follower of {run}", daemon=True)
        self.nodes, self.project, self.run_name = nodes, project, run
        self._random = random.Random(seed)
        self._ended = threading.Event()
        # (number, event's id) as they came; None: a gap was told.
        self.heard = []
        self.last = None
        self.streams = 0
        self.findings = []
        self.error = None

    @property
    def name_of_log(self):
        return f"progress/{self.project}/{self.run_name}"

    def run(self):
        try:
            while not self._ended.is_set():
                # Gone, refused or cut: another node goes on.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    self._follow(self._random.choice(self.nodes))
                self._ended.wait(0.05)
        except Exception as error:  # noqa: BLE001 — a mistake of the harness must not look like a quiet follower
            self.error = error

    def end(self):
        self._ended.set()
        self.join(30)
        if self.error:
            raise self.error

    def _follow(self, node):
        until = time.monotonic() + self._random.uniform(0.2, 3)
        with socket.create_connection(("127.0.0.1", node.port), 5) as connection:
            resume = f"last-event-id: {self.last}\r\n" if self.last is not None else ""
            # Of HTTP/1.0, so that the stream is its bytes and no chunks.
            connection.sendall(f"GET /v1/progress/{self.project}/{self.run_name} HTTP/1.0\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n"
                               f"authorization: Bearer {node.token}\r\n{resume}\r\n".encode())
            connection.settimeout(0.5)
            buffer, has_head = b"", False
            while not self._ended.is_set() and time.monotonic() < until:
                try:
                    piece = connection.recv(65_536)
                except TimeoutError:
                    continue
                if not piece:
                    return
                buffer += piece
                if not has_head:
                    if b"\r\n\r\n" not in buffer:
                        continue
                    head, _, buffer = buffer.partition(b"\r\n\r\n")
                    if b" 200 " not in head.split(b"\r\n")[0]:
                        return
                    has_head = True
                    self.streams += 1
                # What is not whole was not heard: it comes again.
                *frames, buffer = buffer.split(b"\n\n")
                for frame in frames:
                    self._hear(dict(line.split(b": ", 1) for line in frame.split(b"\n") if b": " in line), node)

    def _hear(self, frame, node):
        kind = frame.get(b"event")
        if kind == b"gap":
            self.heard.append(None)
            self.last = None
        if kind != b"progress":
            return
        number, one = int(frame[b"id"]), json.loads(frame[b"data"])["id"]
        if self.last is not None and number != self.last + 1:
            kind = "duplicated" if number <= self.last else "lost"
            self.findings.append(Finding(kind, self.name_of_log, f"a follower heard {number} ({one}) behind {self.last}, from {node.node}"))
        self.last = number
        self.heard.append((number, one))

    def judge(self, last):
        """Once the log rests, with its highest number. Waits for what is still to come."""
        end = time.monotonic() + HEARING_SECONDS
        while last and self.last != last and time.monotonic() < end:
            time.sleep(0.05)
        heard = self.last
        self.end()
        if last and heard != last:
            self.findings.append(Finding("lost", self.name_of_log, f"a follower heard up to {heard}, the log has {last}, for {HEARING_SECONDS} s"))
        return self.findings

    def compare(self, rows):
        """With what the log has: number -> event's id. Numbers below the first that is kept were dropped."""
        first = min(rows, default=0)
        found = []
        for number, one in filter(None, self.heard):
            if number >= first and rows.get(number) != one:
                found.append(Finding("torn", self.name_of_log, f"a follower heard {one} as {number}, which the log has as {rows.get(number)}"))
        return found
