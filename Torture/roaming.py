"""A client of several nodes, which are one larder: each request goes to another of them."""

import random
import time

from .client import Client, NoAnswer, NotSent


class RoamingClient:
    """Asks a node that chance names, and another one only where that takes no connection. One without an answer is left alone for a while."""

    REST_SECONDS = 3

    def __init__(self, servers, seconds=20, seed=None):
        self._random = random.Random(seed)
        self._clients = [Client(server, seconds) for server in servers]
        self._rests = [0.0] * len(servers)

    def close(self):
        for client in self._clients:
            client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def request(self, *request):
        """Raises NoAnswer and NotSent."""
        failure = NotSent("no node")
        for place in self._order():
            client = self._clients[place]
            client.leave_if_ended()
            try:
                return client.request(*request)
            except NotSent as error:
                failure = error
            except NoAnswer:
                self._rests[place] = time.monotonic() + self.REST_SECONDS
                raise
        raise failure

    def _order(self):
        places = self._random.sample(range(len(self._clients)), len(self._clients))
        now = time.monotonic()
        return sorted(places, key=lambda place: self._rests[place] > now)


def client_of(servers, seconds=20, seed=None):
    """Of one server or of several nodes."""
    return Client(servers[0], seconds) if len(servers) == 1 else RoamingClient(servers, seconds, seed)
