"""What may be there: for everything that was written, the set of legal states.

An acknowledged write has happened. A write without an answer, or with 500 or 503, may have happened or not, and at most once. One that was
refused (4xx, 507, 503 `unavailable`, or no connection) has not. Everything here is plain bookkeeping of what was sent and what came back.
"""

import hashlib
import json
import threading
import time

from .report import Finding

YES, MAYBE, NO = "yes", "maybe", "no"
# A server's clock and ours are the same machine's; this covers the way of a request.
CLOCK_SLACK = 0.15


def etag(sha256_hex, content_type, metadata):
    """As docs/design.md has it: the first half of SHA-256 over digest, content type, a zero byte and the metadata's JSON text."""
    hashed = hashlib.sha256(bytes.fromhex(sha256_hex) + content_type.encode() + b"\0" + (b"" if metadata == "{}" else metadata.encode()))
    return f'"{hashed.hexdigest()[:32]}"'


def outcome(reply):
    """What an answer says of the write: YES, MAYBE or NO. 404 and 412 are answers of their own to who asks for them.

    Of 503 only `unavailable` says that nothing happened: a commit that nobody knows the end of is `outcome_unknown`, and what was written before
    a failed fsync (`read_only`) may come to light after a restart."""
    if reply.ok:
        return YES
    if reply.status == 503:
        return NO if reply.code == "unavailable" else MAYBE
    return MAYBE if reply.status == 500 else NO


class Entry:
    """One legal state of a key. A patched document is known by its JSON value, all else by its ETag."""

    __slots__ = ("tag", "document", "content_type", "metadata", "expires")

    def __init__(self, tag, content_type, metadata, document=None, expires=None):
        self.tag, self.content_type, self.metadata, self.document, self.expires = tag, content_type, metadata, document, expires

    @property
    def mark(self):
        return self.tag if self.document is None else json.dumps([self.document, self.content_type, self.metadata], sort_keys=True)

    @classmethod
    def of(cls, body, content_type, metadata, expires=None):
        return cls(etag(hashlib.sha256(body).hexdigest(), content_type, metadata), content_type, metadata, expires=expires)


class Observed:
    """What the server showed of a key."""

    __slots__ = ("tag", "body", "content_type", "metadata")

    def __init__(self, tag, body, content_type, metadata):
        self.tag, self.body, self.content_type, self.metadata = tag, body, content_type, metadata

    def matches(self, state):
        if state.document is None:
            return self.tag == state.tag
        return self.mark_as_document() == state.mark

    def mark_as_document(self):
        try:
            return json.dumps([json.loads(self.body), self.content_type, self.metadata], sort_keys=True)
        except ValueError:
            return None


class Owned:
    """A key that one worker alone writes: its states are a chain, with a fork at every write without an answer."""

    def __init__(self, store, key):
        self.store, self.key = store, key
        self.states = [None]
        self.written = set()
        # Whether a write without an answer may still come to take effect, through a node that nobody speaks with any more.
        self.is_open = False

    @property
    def name(self):
        return f"{self.store}/{self.key}"

    @property
    def only(self):
        """The state, when there is but one legal one; (known, state)."""
        return (True, self.states[0]) if len(self.states) == 1 else (False, None)

    def attempt(self, states_after, answer):
        """`states_after(state)`: (answer that the server gives in that state, state afterwards). `answer`: what it gave; MAYBE: unknown."""
        self.is_open = self.is_open or answer == MAYBE
        after, now = [], time.time()
        for state in self._unexpired(now):
            expected, changed = states_after(state)
            if changed is not None:
                self.written.add(changed.mark)
            if answer == MAYBE:
                after += [state, changed]
            elif answer == NO:
                after.append(state)
            elif answer == expected:
                after.append(changed)
        self.states = self._distinct(after)
        if self.states:
            return []
        before = "absent" if answer == "404" else "present" if answer in ("412", "204") else "other"
        kind = "resurrected" if answer == "204" else "lost"
        self.states = [None]
        return [Finding(kind, self.name, f"the answer {answer} fits no legal state ({before})")]

    def _unexpired(self, now, since=None):
        """States as of some moment between `since` (None: the same) and now: one that may have expired may also be absent."""
        since = now if since is None else since
        result = []
        for state in self.states:
            result.append(state)
            if state is not None and state.expires and now >= state.expires[0] - CLOCK_SLACK:
                result.append(None)
        return self._distinct([s for s in result if s is None or not s.expires or since <= s.expires[1] + CLOCK_SLACK])

    @staticmethod
    def _distinct(states):
        seen, result = set(), []
        for state in states:
            mark = None if state is None else (state.mark, state.expires)
            if mark not in seen:
                seen.add(mark)
                result.append(state)
        return result

    def observe(self, observed, when=None, since=None):
        """`observed`: an Observed, or None for absent, as the server saw it between `since` and `when` (None: now). Afterwards that is the
        only legal state."""
        self.is_open = False
        legal = self._unexpired(time.time() if when is None else when, since)
        if observed is None:
            if None in legal:
                self.states = [None]
                return []
            self.states = [None]
            return [Finding("lost", self.name, "it is absent and must be there")]
        for state in legal:
            if state is not None and observed.matches(state):
                # Its document may have been told by an answer that never came; its tag is known now.
                state.tag = observed.tag
                self.states = [state]
                return []
        was_written = observed.tag in self.written or observed.mark_as_document() in self.written
        present = [state for state in legal if state is not None]
        self.states = [Entry(observed.tag, observed.content_type, observed.metadata)]
        if not was_written:
            return [Finding("torn", self.name, f"what is there was never written: {observed.tag} {observed.content_type} {observed.metadata}"
                                               f" {len(observed.body)} bytes")]
        if not present:
            return [Finding("resurrected", self.name, "it was removed and is there again")]
        return [Finding("lost", self.name, "an older state is there")]


class Register:
    """A key that many write and delete without conditions. Legal at the end: each write that no acknowledged one followed altogether."""

    def __init__(self, store, key):
        self.store, self.key = store, key
        self.writes = [(0.0, 0.0, None)]  # sent, answered, tag; None: absent
        self.written = set()
        self.lock = threading.Lock()

    @property
    def name(self):
        return f"{self.store}/{self.key}"

    def wrote(self, sent, answered, tag, answer):
        if answer == NO:
            return
        with self.lock:
            if tag:
                self.written.add(tag)
            self.writes.append((sent, answered if answer == YES else float("inf"), tag))
            if len(self.writes) > 200:
                self.writes = self._legal()

    def _legal(self):
        latest = max(sent for sent, answered, _ in self.writes if answered != float("inf"))
        return [w for w in self.writes if w[1] >= latest]

    def observe(self, observed, since=None):
        tag = observed.tag if observed else None
        with self.lock:
            legal = {w[2] for w in self._legal()}
            self.writes = [(time.monotonic(), time.monotonic(), tag)]
        if tag in legal:
            return []
        if tag is None:
            return [Finding("lost", self.name, "it is absent and must be there")]
        if tag not in self.written:
            return [Finding("torn", self.name, f"what is there was never written: {tag}")]
        return [Finding("resurrected" if legal == {None} else "lost", self.name, "an older state is there")]


class Chain:
    """A key that many write with conditions only: each acknowledged write has a parent, no two the same, and the end comes from all."""

    def __init__(self, store, key):
        self.store, self.key = store, key
        self.root = None  # the tag that is known to have been there; None: absent
        self.children = {}  # tag -> (parent, answer)
        self.winners = {}  # parent -> tag
        self.lock = threading.Lock()

    @property
    def name(self):
        return f"{self.store}/{self.key}"

    def wrote(self, parent, tag, answer):
        """A write that asked for `parent` (None: nothing there)."""
        if answer == NO:
            return []
        with self.lock:
            self.children[tag] = (parent, answer)
            if answer != YES:
                return []
            other = self.winners.setdefault(parent, tag)
        return [] if other == tag else [Finding("duplicated", self.name, f"two conditional writes won over {parent}: {other} and {tag}")]

    def observe(self, observed, since=None):
        tag = observed.tag if observed else None
        with self.lock:
            path, at = set(), tag
            while at != self.root and at in self.children and at not in path:
                path.add(at)
                at = self.children[at][0]
            missing = [t for t, (_, answer) in self.children.items() if answer == YES and t not in path]
            known = tag == self.root or tag in self.children
            self.root, self.children, self.winners = tag, {}, {}
        if at is not None and not known:
            return [Finding("torn", self.name, f"what is there was never written: {tag}")]
        if missing:
            return [Finding("lost", self.name, f"{len(missing)} acknowledged conditional writes are not in the history of {tag}")]
        return []


class Log:
    """A run to which many append. Each event has an identity of its own."""

    def __init__(self, project, run):
        self.project, self.run = project, run
        self.events = {}  # id -> [answer, sequence number or None, batch]
        self.numbers = {}  # sequence number -> id, of what was acknowledged
        self.batches = {}  # batch -> ids
        self.last = 0  # highest number acknowledged or seen
        self.sent = 0
        self.lock = threading.Lock()
        self.is_reordered = False
        # Events that may have come behind what their worker sent after them: sent through a node that was struck.
        self.late = set()
        self.pending = []  # (ids, body, idempotency key) of appends without an answer

    @property
    def name(self):
        return f"progress/{self.project}/{self.run}"

    def appended(self, batch, ids, answer, first=None):
        """`first`: the number of the first, where the answer tells it."""
        with self.lock:
            self.batches[batch] = ids
            findings = []
            for place, one in enumerate(ids):
                number = first + place if answer == YES and first is not None else None
                self.events[one] = [answer, number, batch]
                if number is not None:
                    other = self.numbers.setdefault(number, one)
                    if other != one:
                        findings.append(Finding("duplicated", self.name, f"number {number} was given to {other} and to {one}"))
                    self.last = max(self.last, number)
            return findings

    def observe(self, snapshot):
        """`snapshot`: the answer to a GET of the run; None: no such run."""
        with self.lock:
            return self._observe(snapshot)

    def _observe(self, snapshot):
        found = []

        def note(kind, text):
            found.append(Finding(kind, self.name, text))

        acknowledged = [one for one, event in self.events.items() if event[0] == YES]
        if snapshot is None:
            if acknowledged:
                note("lost", f"the run is gone with {len(acknowledged)} acknowledged events")
            self.events, self.numbers, self.batches = {}, {}, {}
            return found
        rows = [(row["seq"], row["event"]["id"]) for row in snapshot["events"]]
        first, last = snapshot["first"], snapshot["last"]
        if [number for number, _ in rows] != list(range(first, last + 1)) or snapshot["count"] != len(rows):
            note("torn", f"numbers {first}–{last} with {len(rows)} events (count {snapshot['count']}) have gaps")
        if snapshot["dropped"] != first - 1:
            note("torn", f"the first kept number is {first} and dropped {snapshot['dropped']}")
        if last < self.last:
            note("lost", f"the last number is {last}, acknowledged was {self.last}")
        places = {}
        for number, one in rows:
            if one in places:
                note("duplicated", f"event {one} has the numbers {places[one]} and {number}")
            places[one] = number
            event = self.events.get(one)
            if event is None:
                note("torn", f"event {one} was never sent")
            elif event[0] == NO:
                note("resurrected", f"event {one} was known not to be there")
            elif event[1] is not None and event[1] != number:
                note("torn", f"event {one} was acknowledged as {event[1]} and is {number}")
        for one in acknowledged:
            number = self.events[one][1]
            if one not in places and (number is None and first == 1 or number is not None and number >= first):
                note("lost", f"event {one} ({number or 'from a whole array'}) was acknowledged")
        # One worker's events come in the order in which it sent them, and those of one request all or none, side by side.
        order = {}
        for number, one in rows:
            worker, count = one.rsplit(".", 1)
            if self.is_reordered or one in self.late:
                continue
            if int(count) <= order.get(worker, -1):
                note("torn", f"event {one} is out of order")
            order[worker] = int(count)
        for ids in self.batches.values():
            there = [places[one] for one in ids if one in places]
            if there and (there != list(range(there[0], there[0] + len(there))) or len(there) != len(ids) and first <= 1):
                note("torn", f"of one append of {len(ids)} events there are the numbers {there}")
        # From here on what is not there must stay away.
        for one, event in self.events.items():
            event[0], event[1] = (YES, places[one]) if one in places else (YES if event[0] == YES else NO, event[1])
        self.numbers = {number: one for number, one in rows}
        self.batches = {}
        self.last = max(self.last, last)
        return found


class OwnedLog:
    """A run that one worker appends to, empties, and writes whole. State: (last number, events kept) or several of it."""

    CAP = 200

    def __init__(self, project, run):
        self.project, self.run = project, run
        self.states = [(0, ())]
        self.sent = 0
        self.is_open = False

    @property
    def name(self):
        return f"progress/{self.project}/{self.run}"

    def attempt(self, change, answer, result=None):
        """`change(state)`: the state after it. `result`: (first, last) as answered."""
        self.is_open = self.is_open or answer == MAYBE
        after = []
        for state in self.states:
            changed = change(state)
            if answer == MAYBE:
                after += [state, changed]
            elif answer == NO:
                after.append(state)
            elif result is None or result == (state[0] + 1, changed[0]):
                after.append(changed)
        before, self.states = self.states, list(dict.fromkeys(after))
        if self.states:
            return []
        self.states = [(result[1] if result else before[0][0], ())]
        return [Finding("lost", self.name, f"the answer {result} fits none of the last numbers {[s[0] for s in before]}")]

    def append(self, ids):
        return lambda state: (state[0] + len(ids), (state[1] + tuple(ids))[-self.CAP:])

    @staticmethod
    def empty(state):
        return (state[0], ())

    def observe(self, snapshot):
        self.is_open = False
        rows = () if snapshot is None else tuple(row["event"]["id"] for row in snapshot["events"])
        last = None if snapshot is None else snapshot["last"]
        for state in self.states:
            if state[1] == rows and last in (None, state[0]):
                self.states = [state]
                return []
        wanted = [(state[0], len(state[1]), state[1][-3:]) for state in self.states]
        before = self.states
        self.states = [(last if last is not None else before[0][0], rows)]
        kind = "duplicated" if len(set(rows)) < len(rows) else "lost" if len(rows) < max(len(s[1]) for s in before) else "resurrected"
        return [Finding(kind, self.name, f"there are {len(rows)} events up to {last}, ending {rows[-3:]}; legal: {wanted}")]


class Memory:
    """A project's runs and ratings, written by one worker."""

    def __init__(self, project):
        self.project = project
        self.runs = {}  # run -> set of legal ratings; a run that may not be there has "absent" in it
        self.sent = 0
        self.is_open = False

    @property
    def name(self):
        return f"memory/{self.project}"

    def recorded(self, run, answer):
        if answer == NO:
            return
        self.is_open = self.is_open or answer == MAYBE
        legal = self.runs.setdefault(run, {"absent"})
        if answer == YES:
            self.runs[run] = {None if rating == "absent" else rating for rating in legal}
        else:
            legal.add(None)

    def rated(self, run, rating, answer):
        self.is_open = self.is_open or answer == MAYBE
        if answer == YES:
            self.runs[run] = {rating}
        elif answer == MAYBE:
            self.runs.setdefault(run, {"absent"}).add(rating)

    def observe(self, document, evaluations):
        """`evaluations`: run -> rating as the entries of `evals` have it."""
        self.is_open = False
        found = []
        shown = {run["runId"]: run["rating"] for run in document["video_history"]}
        if len(shown) != len(document["video_history"]):
            found.append(Finding("duplicated", self.name, "a run stands twice in the history"))
        for run in set(shown) - set(self.runs):
            found.append(Finding("torn", self.name, f"run {run} was never recorded"))
        for run, legal in self.runs.items():
            rating = shown.get(run, "absent")
            if rating not in legal:
                found.append(Finding("lost", self.name, f"run {run} is {rating}; legal: {sorted(map(str, legal))}"))
            if evaluations.get(run) != (None if rating == "absent" else rating):
                found.append(Finding("torn", self.name, f"run {run} is {rating} in the document and {evaluations.get(run)} in its evaluation"))
            self.runs[run] = {rating}
        return found


class Oracle:
    """All of it, and how many writes were acknowledged."""

    def __init__(self):
        self.owned = {}
        self.registers = {}
        self.chains = {}
        self.logs = {}
        self.own_logs = {}
        self.memories = {}
        self.acknowledged = 0
        self.unanswered = 0
        self.refused = 0
        # Of those without an answer, how many said so: 503 outcome_unknown.
        self.unknown = 0
        # The longest that an answer took, in seconds.
        self.slowest = 0.0
        self.findings = []
        self._lock = threading.Lock()
        # When a write was refused because of a failed fsync; writes sent after that must not be acknowledged.
        self.read_only_since = None
        # When the power went. What comes back from then on no client of a machine without power would have got.
        self.cut_at = None
        self.after_cut = 0

    @property
    def is_cut(self):
        return self.cut_at is not None and time.monotonic() >= self.cut_at

    def get(self, kind, make, *name):
        with self._lock:
            table = getattr(self, kind)
            if name not in table:
                table[name] = make(*name)
            return table[name]

    def note(self, findings):
        if findings:
            with self._lock:
                self.findings += findings

    def take_findings(self):
        with self._lock:
            found, self.findings = self.findings, []
            return found

    def answered(self, sent, reply):
        """Counts a write's answer (None: none came) and gives its outcome."""
        with self._lock:
            if reply is not None and self.is_cut:
                self.after_cut += reply.ok
                reply = None
            self.slowest = max(self.slowest, time.monotonic() - sent)
            if reply is None:
                self.unanswered += 1
                return MAYBE
            answer = outcome(reply)
            if answer == YES:
                self.acknowledged += 1
                if self.read_only_since is not None and sent > self.read_only_since:
                    self.findings.append(Finding("lost", "a write", "acknowledged after a failed fsync: nobody knows whether it is on the disk"))
            elif answer == MAYBE:
                self.unanswered += 1
                self.unknown += reply.code == "outcome_unknown"
                if reply.code == "read_only" and self.read_only_since is None:
                    self.read_only_since = time.monotonic()
            else:
                self.refused += 1
            return answer

    @property
    def size(self):
        return sum(len(t) for t in (self.owned, self.registers, self.chains, self.logs, self.own_logs, self.memories))
