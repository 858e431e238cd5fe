"""Stands between larder and PostgreSQL: cuts, delays, half-closes, goes silent, and strikes at a COMMIT."""

import contextlib
import socket
import struct
import threading
import time

from . import wire

# What larder's writing connection leaves in each transaction that changes something. Only such a COMMIT is struck.
NUMBERS_TABLE = "larder_commits"


class CommitFault:
    """What becomes of one COMMIT.

    request, answer   "pass", "drop" (the connection ends instead) or seconds that it is held back
    shuts             whether nobody is let in from this moment on, until reopen()
    sent              called once the COMMIT is on its way to the server
    settled           called before larder sees that its connection is gone, when the server is done with the transaction
    """

    def __init__(self, request="pass", answer="pass", shuts=False, sent=None, settled=None):
        self.request, self.answer, self.shuts, self.sent, self.settled = request, answer, shuts, sent, settled


class DatabaseProxy:
    """Takes connections on a port of its own and hands them on to a server's socket."""

    def __init__(self, target):
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.flows = threading.Event()
        self.flows.set()
        self.lag = 0.0
        self.is_open = True
        # Set when a fault that was armed has struck.
        self.struck = threading.Event()
        # Every so manieth numbered COMMIT becomes a ROLLBACK that is answered as a COMMIT; 0: none.
        self.lies_every = 0
        self.commits = 0
        self._fault = None
        self._lock = threading.Lock()
        self._links = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self.is_open:
                _reset(client)
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.target)
            except OSError:
                # Nobody is there: as a closed port would say it.
                server.close()
                _reset(client)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(self, client, server)
            with self._lock:
                self._links.add(link)
            link.start()

    # Striking ---------------------------------------------------------------------------------------------------------

    @property
    def links(self):
        with self._lock:
            return list(self._links)

    def arm(self, fault):
        """The next numbered COMMIT is struck, once."""
        self.struck.clear()
        with self._lock:
            self._fault = fault

    def cut(self, is_reset=False):
        for link in self.links:
            link.cut(is_reset)

    def half_close(self, of_larder):
        """Larder, or the server, is told that the other has nothing more to say; the other direction stays."""
        for link in self.links:
            link.half_close(of_larder)

    def shut(self):
        """Ends all connections and takes no new ones."""
        self.is_open = False
        self.cut(is_reset=True)

    def reopen(self):
        """Everything flows again."""
        with self._lock:
            self._fault = None
        self.lag, self.is_open, self.lies_every = 0.0, True, 0
        self.flows.set()

    def close(self):
        self._listener.close()
        self.flows.set()
        self.cut()

    # For the links ----------------------------------------------------------------------------------------------------

    def take_fault(self):
        """Of the COMMIT that is on its way; None: it passes."""
        with self._lock:
            self.commits += 1
            fault, self._fault = self._fault, None
        if fault:
            if fault.shuts:
                self.is_open = False
            self.struck.set()
        return fault

    @property
    def lies_now(self):
        return self.lies_every > 0 and self.commits % self.lies_every == 0

    def forget(self, link):
        with self._lock:
            self._links.discard(link)


class Link:
    """One connection and the two threads that carry it."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.is_cut = self.is_reset = False
        self.application = ""
        self._names = {}
        self._is_numbered = False
        # Of the COMMIT whose answer is waited for.
        self._fault = None
        self._lies = False
        self._lock = threading.Lock()
        self._running = 2

    def start(self):
        for carry in (self._up, self._down):
            threading.Thread(target=self._run, args=(carry,), daemon=True).start()

    def cut(self, is_reset=False):
        """Both ends see the end; with `is_reset` larder sees a reset."""
        with self._lock:
            if self._running == 0:
                return
            self.is_cut, self.is_reset = True, self.is_reset or is_reset
            _shut(self.server, socket.SHUT_RDWR)
            # Wakes our own thread; what larder sees is said when the sockets close.
            _shut(self.client, socket.SHUT_RD if is_reset else socket.SHUT_RDWR)

    def half_close(self, of_larder):
        with self._lock:
            if self._running:
                _shut(self.client if of_larder else self.server, socket.SHUT_WR)

    def _run(self, carry):
        with contextlib.suppress(OSError, wire.Broken):
            carry()
        self.cut()
        with self._lock:
            self._running -= 1
            if self._running:
                return
            _reset(self.client) if self.is_reset else self.client.close()
            self.server.close()
        self.proxy.forget(self)

    def _pause(self):
        """Where bytes wait while nothing flows, and as long as they are to take."""
        while not self.proxy.flows.wait(0.1) and not self.is_cut:
            pass
        if self.proxy.lag:
            time.sleep(self.proxy.lag)

    # Larder to server -------------------------------------------------------------------------------------------------

    def _up(self):
        messages = wire.Messages(is_client=True)
        while data := self.client.recv(262_144):
            self._pause()
            out, sent = bytearray(), None
            for kind, message in messages.feed(data):
                if kind in (wire.SSL_REQUEST, wire.GSS_REQUEST):
                    self.client.sendall(b"N")
                    continue
                self._look(kind, message)
                if self._is_numbered and wire.commits(kind, message):
                    self._is_numbered = False
                    self.server.sendall(out)
                    out.clear()
                    message = self._commit(kind, message)
                    if message is None:
                        return
                    sent = self._fault and self._fault.sent
                out += message
            self.server.sendall(out)
            if sent:
                sent()

    def _look(self, kind, message):
        """Whether this transaction has left its number."""
        if isinstance(kind, int):
            self.application = wire.application(message)
            return
        name, sql = wire.parsed(kind, message)
        if name:
            self._names[name] = sql
        statement = wire.bound(kind, message)
        if statement is not None:
            sql = self._names.get(statement, "")
            if sql.startswith("INSERT") and NUMBERS_TABLE in sql:
                self._is_numbered = True

    def _commit(self, kind, message):
        """What goes to the server for a COMMIT; None: the connection is over."""
        fault = self.proxy.take_fault()
        if fault is None:
            self._lies = self.proxy.lies_now
            return wire.with_sql(kind, message, "ROLLBACK") if self._lies else message
        if fault.request == "drop":
            _shut(self.server, socket.SHUT_RDWR)
            self._settle(fault)
            return None
        if fault.request != "pass":
            time.sleep(fault.request)
        self._fault = fault
        return message

    # Server to larder -------------------------------------------------------------------------------------------------

    def _down(self):
        messages = wire.Messages(is_client=False)
        while data := self.server.recv(262_144):
            self._pause()
            out = bytearray()
            for kind, message in messages.feed(data):
                if self._lies and wire.tag(kind, message) == "ROLLBACK":
                    self._lies = False
                    message = wire.typed("C", b"COMMIT\0")
                if self._fault and wire.tag(kind, message) in ("COMMIT", "ROLLBACK"):
                    fault, self._fault = self._fault, None
                    if fault.answer == "drop":
                        self.client.sendall(out)
                        self._settle(fault)
                        return
                    if fault.answer != "pass":
                        time.sleep(fault.answer)
                out += message
            self.client.sendall(out)

    def _settle(self, fault):
        if fault.settled:
            fault.settled()
        self.is_reset = True


def _shut(one, how):
    with contextlib.suppress(OSError):
        one.shutdown(how)


def _reset(one):
    """Closes it such that the other side sees a reset."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
