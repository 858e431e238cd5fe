"""Whether a recorded history is linearizable: Wing and Gong's search with Lowe's memory of states, one key at a time.

A history is linearizable when every operation can be given one moment between its call and its return at which it took effect all at once,
such that the answers are those of the sequential object. Keys are independent, so each is checked alone (P-compositionality).
An operation without an answer stays open to the end: it may take effect at any later moment, or never.

The search goes through the events in time order. At a call it may let the operation take effect, if the state allows its answer; at a return of
an operation that has not taken effect it has to go back. A set of (operations done, state) pairs that were tried stops it from trying twice
(G. Lowe, "Testing for linearizability", 2016).
"""

import itertools

INFINITY = float("inf")


class Operation:
    """What a client asked and was told. `result` None: no answer came."""

    __slots__ = ("kind", "argument", "result", "call", "end", "client")

    def __init__(self, kind, argument, result, call, end, client=0):
        self.kind, self.argument, self.result, self.client = kind, argument, result, client
        self.call, self.end = call, INFINITY if result is None else end

    def __repr__(self):
        return f"{self.kind}({self.argument!r}) -> {self.result!r} [{self.call:.6f}, {self.end:.6f}] by {self.client}"


class TooHard(Exception):
    """The search took more steps than it may: neither yes nor no."""


class _Event:
    """An end of an operation in a doubly linked list, so that lifting one out and putting it back is cheap."""

    __slots__ = ("operation", "number", "match", "before", "after")

    def __init__(self, operation, number):
        self.operation, self.number, self.match, self.before, self.after = operation, number, None, None, None


def _timeline(history):
    """The list's head. Of two ends at the same moment the call comes first: the two overlap then."""
    ends = []
    for number, operation in enumerate(history):
        call = _Event(operation, number)
        # An open operation has a return too, behind all others: there it counts as one that may be missing.
        call.match = _Event(operation, number)
        ends.append((operation.call, 0, number, call))
        ends.append((operation.end, 1, number, call.match))
    ends.sort(key=lambda end: end[:3])
    head = last = _Event(None, -1)
    for _, _, _, event in ends:
        last.after, event.before = event, last
        last = event
    return head


def _lift(event):
    event.before.after = event.after
    if event.after:
        event.after.before = event.before
    end = event.match
    end.before.after = end.after
    if end.after:
        end.after.before = end.before


def _unlift(event):
    end = event.match
    end.before.after = end
    if end.after:
        end.after.before = end
    event.before.after = event
    if event.after:
        event.after.before = event


def check(history, model, steps_max=3_000_000):
    """Checks the history of one object.

    `model` has `initial` and `step(state, operation)`, which gives the states that may follow: none when the answer is impossible there. States
    are hashable. Answers None when it is linearizable, else the longest order that was found, and the operation that then fits nowhere.
    Raises TooHard.
    """
    head = _timeline(history)
    answered = sum(1 for operation in history if operation.result is not None)
    done, state, left = 0, model.initial, answered
    tried = {(done, state)}
    stack = []
    event = head.after
    best, best_stuck = [], None
    steps = 0
    # States to choose from at the event where the search stands; each event is entered with a fresh list.
    choices = None
    while left:
        steps += 1
        if steps > steps_max:
            raise TooHard(f"{len(history)} operations, more than {steps_max:,} steps")
        operation = event.operation
        if event.match is not None:
            if choices is None:
                choices = list(model.step(state, operation))
            moved = False
            while choices:
                following = choices.pop()
                mark = (done | 1 << event.number, following)
                if mark in tried:
                    continue
                tried.add(mark)
                stack.append((event, state, done, choices))
                done, state = mark
                if operation.result is not None:
                    left -= 1
                _lift(event)
                event, choices, moved = head.after, None, True
                break
            if not moved:
                event, choices = event.after, None
            continue
        if operation.result is None:
            # Open operations are never in the way: behind here are only such.
            raise AssertionError("an open end before an answered one")
        # A return whose call has not taken effect: something before has to be otherwise.
        if len(stack) >= len(best):
            best, best_stuck = [entry[0].operation for entry in stack], operation
        if not stack:
            return best, best_stuck
        event, state, done, choices = stack.pop()
        if event.operation.result is not None:
            left += 1
        _unlift(event)
    return None


def check_all(histories, model, steps_max=3_000_000):
    """Checks the histories of many objects: `histories` by name. Gives (name, order, stuck operation) of those that are not linearizable, and the
    names that were too hard."""
    wrong, hard = [], []
    for name, history in histories.items():
        try:
            found = check(history, model, steps_max)
        except TooHard:
            hard.append(name)
            continue
        if found:
            wrong.append((name, *found))
    return wrong, hard


class Register:
    """An entry: None, or its content. Equal contents have equal ETags, so a condition on an ETag is one on the content.

    kind        argument               answers
    put         content                new | replaced
    put-new     content                new | failed: something is there         If-None-Match: *
    put-if      (content, expected)    replaced | failed                        If-Match
    delete                             gone | missing
    delete-if   expected               gone | failed                            If-Match
    patch       (field, value)         new | replaced                           RFC 7396, one field
    patch-if    ((field, value), expected)   replaced | failed
    read                               the content, or MISSING

    A content is a tuple of (field, value) pairs in the document's order.
    """

    initial = None
    MISSING = "missing"

    def step(self, state, operation):
        return getattr(self, "_" + operation.kind.replace("-", "_"))(state, operation.argument, operation.result)

    @staticmethod
    def _told(result, possible):
        """Whether the answer is this one; no answer may have been any."""
        return result is None or result == possible

    def _put(self, state, content, result):
        if self._told(result, "new" if state is None else "replaced"):
            yield content

    def _put_new(self, state, content, result):
        if state is None:
            if self._told(result, "new"):
                yield content
        elif self._told(result, "failed"):
            yield state

    def _put_if(self, state, argument, result):
        content, expected = argument
        yield from self._conditional(state, expected, content, "replaced", result)

    def _delete(self, state, _, result):
        if self._told(result, "missing" if state is None else "gone"):
            yield None

    def _delete_if(self, state, expected, result):
        yield from self._conditional(state, expected, None, "gone", result)

    def _patch(self, state, change, result):
        if self._told(result, "new" if state is None else "replaced"):
            yield patched(state, change)

    def _patch_if(self, state, argument, result):
        change, expected = argument
        yield from self._conditional(state, expected, patched(state, change), "replaced", result)

    def _conditional(self, state, expected, following, success, result):
        if state is not None and state == expected:
            if self._told(result, success):
                yield following
        elif self._told(result, "failed"):
            yield state

    def _read(self, state, _, result):
        if self._told(result, self.MISSING if state is None else state):
            yield state


def patched(content, change):
    """The content with one field set: in its place where it has one, else at the end."""
    pairs = list(content or ())
    for place, (field, _) in enumerate(pairs):
        if field == change[0]:
            pairs[place] = change
            return tuple(pairs)
    return (*pairs, change)


def check_log(history):
    """Checks one log, whose answers say where everything stands, so that no search is needed.

    Operations: `append` of a tuple of names, each used once, answered with (first, last); `read`, answered with a tuple of (sequence number, name)
    in order: the newest ones kept, so the last number says what the read saw. Answers the violations as texts.

    It is linearizable exactly when the numbers run without a gap, each belongs to one name, an append stands together, and of two operations
    of which one ended before the other began the numbers say the same.
    """
    wrong = []
    appends = [operation for operation in history if operation.kind == "append"]
    reads = [operation for operation in history if operation.kind == "read" and operation.result is not None]
    owner = {name: append for append in appends for name in append.argument}
    names = {}

    def assign(number, name, told_by):
        if name not in owner:
            wrong.append(f"event {number} is {name!r}, which nobody appended: {told_by}")
        elif names.setdefault(number, name) != name:
            wrong.append(f"number {number} stands for {names[number]!r} and for {name!r}: {told_by}")

    for append in appends:
        if append.result is None:
            continue
        first, last = append.result
        if last - first + 1 != len(append.argument):
            wrong.append(f"an append of {len(append.argument)} was given {first} to {last}")
        for number, name in enumerate(append.argument, first):
            assign(number, name, append)
    for read in reads:
        numbers = [number for number, _ in read.result]
        if numbers and numbers != list(range(numbers[0], numbers[-1] + 1)):
            wrong.append(f"a read has gaps or a wrong order: {numbers}")
        for number, name in read.result:
            assign(number, name, read)
    if wrong:
        return wrong

    missing = sorted(set(range(1, max(names, default=0) + 1)) - set(names))
    unseen = [append for append in appends if append.result is None and not any(name in names.values() for name in append.argument)]
    # What was never answered and never read may have happened all the same: then it stands where numbers are missing.
    first_wrong = None
    for filling in itertools.islice(_fillings(missing, unseen), FILLINGS_MAX):
        found = _check_order(names | filling, owner, appends, reads)
        if not found:
            return []
        first_wrong = first_wrong or found
    return first_wrong or [f"numbers that no event has: {missing[:10]}"]


FILLINGS_MAX = 1_000


def _fillings(missing, appends):
    """Every way to put whole appends where numbers are missing, so that none is left: number -> name."""
    if not missing:
        yield {}
        return
    for append in appends:
        numbers = list(range(missing[0], missing[0] + len(append.argument)))
        if missing[:len(numbers)] != numbers:
            continue
        others = [other for other in appends if other is not append]
        for rest in _fillings(missing[len(numbers):], others):
            yield dict(zip(numbers, append.argument)) | rest


def _check_order(names, owner, appends, reads):
    """The rest of check_log, once every number has its name."""
    wrong = []
    places = {}
    for number, name in names.items():
        places.setdefault(id(owner[name]), []).append((number, name))
    ordered = []
    for append in appends:
        have = sorted(places.get(id(append), []))
        if not have:
            continue  # never answered, never seen: it did not happen
        if tuple(name for _, name in have) != append.argument or have[-1][0] - have[0][0] + 1 != len(have):
            wrong.append(f"an append is not together and whole: {have} of {append}")
        # An append that ends at n changes the log from the state before to the one with n events.
        ordered.append((have[-1][0], 0, append))
    ends = {place for place, _, _ in ordered} | {0}
    for read in reads:
        seen = read.result[-1][0] if read.result else 0
        if seen not in ends:
            wrong.append(f"a read saw a part of an append: up to {seen}")
        ordered.append((seen, 1, read))
    # In the order of places no operation may have ended before one in front of it began. Reads of one place don't order each other.
    ordered.sort(key=lambda entry: entry[:2])
    latest_call, latest = float("-inf"), None
    pending, pending_place = [], None
    for place, is_read, operation in ordered:
        if not is_read or place != pending_place:
            for other in pending:
                if other.call > latest_call:
                    latest_call, latest = other.call, other
            pending, pending_place = [], place
        if operation.end < latest_call:
            wrong.append(f"{operation} ended before {latest} began, and yet stands behind it")
        if is_read:
            pending.append(operation)
        elif operation.call > latest_call:
            latest_call, latest = operation.call, operation
    return wrong
