"""12. Logs of any store: conversations loaded through the API, and pages and lists of large ones.

Budget: 2 s a round, and about two minutes once to fill the stores. There is no peer: the figures stand against the goals."""

import concurrent.futures
import contextlib
import json
import statistics
import time

from measure import Row
from tools import BenchError

TURN = {"role": "user", "content": "Which of the scenes from the lake shall we open with, and how long may the intro be at most?"}
USER, REPEATS, BATCH, THREADS = "bench-user", 30, 5_000, 16


def load_conversations(server, conversations, turns):
    """Every conversation with all its turns, one append each: what an import does. Gives events a second."""
    body = json.dumps([TURN] * turns, separators=(",", ":")).encode()

    def some(first):
        with contextlib.closing(server.connection()) as connection:
            for number in range(first, conversations, THREADS):
                server.ask("POST", f"/v1/stores/conversations/logs/{USER}/c{number:05}", body, connection=connection)

    begun = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(some, range(THREADS)))
    return conversations * turns / (time.perf_counter() - begun)


def rows(context, stack):
    server = context.peers.start(stack, "larder")["larder"]
    conversations, turns, length = context.pick(10_000, 60), context.pick(50, 5), context.pick(1_000_000, 3_000)
    repeats = context.pick(REPEATS, 3)
    rate = load_conversations(server, conversations, turns)
    long = "/v1/stores/conversations/logs/bench-long/all"
    connection = stack.enter_context(contextlib.closing(server.connection()))
    batch = json.dumps([TURN] * min(BATCH, length), separators=(",", ":")).encode()
    for _ in range(0, length, BATCH):
        server.ask("POST", long, batch, connection=connection)

    def timed(path, field, expected):
        def sample(_):
            seconds = []
            for _ in range(repeats):
                begun = time.perf_counter()
                _, body = server.ask("GET", path, connection=connection)
                seconds.append(time.perf_counter() - begun)
            count = len(json.loads(body)[field])
            if count != expected:
                raise BenchError(f"{path} gave {count} of {field}, not {expected}")
            return {"value": statistics.median(seconds) * 1000}

        return {"larder": sample}

    def page(name, path, field, expected, note=None):
        return Row(name, "ms", timed(path, field, expected), lower_is_better=True, note=note or "")

    of_all = f"of {length:,} events"
    list_path = f"/v1/stores/conversations/logs?prefix={USER}/&limit=20"
    one = f"/v1/stores/conversations/logs/{USER}/c00007"
    return [
        Row("Load conversations", "/s", {"larder": lambda _: {"value": rate}}, note=f"once: {conversations:,} × {turns} turns, 16 clients"),
        page(f"100 events, newest {of_all}", long + "?tail=100", "events", 100),
        page(f"100 events, middle {of_all}", long + f"?after={length // 2}&limit=100", "events", 100),
        page(f"100 events, first {of_all}", long + "?after=0&limit=100", "events", 100),
        page("Newest 20 of a user's conversations", list_path, "logs", min(20, conversations), f"of {conversations:,}"),
        page("The same with last events", list_path + "&lastEvent=true", "logs", min(20, conversations)),
        page("tail=12 of a conversation", one + "?tail=12", "events", min(12, turns)),
    ]
