"""Heads of HTTP/1.1 messages, read from a file."""


def read_head(reader):
    """The lines up to the empty one; None at the end."""
    lines = []
    while (line := reader.readline(65_536)) not in (b"\r\n", b"\n"):
        if not line:
            return None
        lines.append(line.rstrip(b"\r\n"))
    return lines or None


def fields_of(lines):
    """By name in lower case."""
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return fields
