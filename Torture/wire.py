"""Just enough of PostgreSQL's protocol 3 to know where messages end and which of them commits (manual, «Frontend/Backend Protocol»).

    typed     1 byte type · 4 bytes length, its own four counted · the rest
    untyped   the client's first: 4 bytes length · 4 bytes code · the rest
"""

SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST = 80_877_103, 80_877_102, 80_877_104
LENGTH_MAX = 1 << 30


class Broken(Exception):
    """This is no stream of messages."""


class Messages:
    """Cuts one direction of a connection into messages. What is begun waits for the rest."""

    def __init__(self, is_client):
        self._buffer = bytearray()
        self._is_untyped = is_client

    def feed(self, data):
        """(type, message) of each that is whole now. The type of an untyped one is its code, all others are a letter."""
        self._buffer += data
        found, at = [], 0
        while True:
            head = 4 if self._is_untyped else 5
            if len(self._buffer) < at + head:
                break
            length = int.from_bytes(self._buffer[at + head - 4:at + head], "big")
            if not 4 <= length <= LENGTH_MAX:
                raise Broken(f"a message of {length} bytes")
            end = at + head - 4 + length
            if len(self._buffer) < end:
                break
            message = bytes(self._buffer[at:end])
            if self._is_untyped:
                kind = int.from_bytes(message[4:8], "big")
                # After these two questions comes another one like them, or the real beginning.
                self._is_untyped = kind in (SSL_REQUEST, GSS_REQUEST)
            else:
                kind = chr(message[0])
            found.append((kind, message))
            at = end
        del self._buffer[:at]
        return found


def application(message):
    """The `application_name` of a startup message; '' when it has none."""
    words = message[8:].split(b"\0")
    return dict(zip(words[::2], words[1::2])).get(b"application_name", b"").decode(errors="replace")


def parsed(kind, message):
    """(name of the prepared statement, SQL) of a Parse or a Query, which has no name; (None, '') of anything else."""
    if kind == "P":
        name, sql, _ = message[5:].split(b"\0", 2)
        return name.decode(), sql.decode(errors="replace")
    if kind == "Q":
        return None, message[5:-1].decode(errors="replace")
    return None, ""


def bound(kind, message):
    """The name of the prepared statement that a Bind is of; None for anything else."""
    if kind != "B":
        return None
    _, statement, _ = message[5:].split(b"\0", 2)
    return statement.decode()


def commits(kind, message):
    """Whether a client's message asks for a commit."""
    return parsed(kind, message)[1].strip(" ;").upper() == "COMMIT"


def tag(kind, message):
    """What a CommandComplete says, such as `INSERT 0 1`; '' for anything else."""
    return message[5:-1].decode(errors="replace") if kind == "C" else ""


def typed(kind, body):
    """A message of this type."""
    return kind.encode() + (len(body) + 4).to_bytes(4, "big") + body


def with_sql(kind, message, sql):
    """The same Parse or Query with other words."""
    if kind == "Q":
        return typed("Q", sql.encode() + b"\0")
    name, _, rest = message[5:].split(b"\0", 2)
    return typed("P", name + b"\0" + sql.encode() + b"\0" + rest)
