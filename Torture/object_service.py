"""A small S3 service in memory, in a process of its own: what larder asks of a bucket, kept strictly, at some thousand requests a second.

`python3 -m Torture.object_service` prints its port, and ends when its standard input does. Signatures are not looked at: the tests' service (moto)
does that, at a hundred requests a second, which is too few for a load. There is one bucket, whatever it is called.
"""

import contextlib
import email.utils
import hashlib
import os
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree
from xml.sax.saxutils import escape

from .heads import fields_of, read_head


class Refusal(Exception):
    """An error document."""

    def __init__(self, status, code):
        self.status, self.code = status, code


class Kept:
    """An object."""

    __slots__ = ("body", "etag", "time")

    def __init__(self, body):
        self.body, self.etag, self.time = body, f'"{hashlib.md5(body).hexdigest()}"', time.time()

    @property
    def fields(self):
        return {"etag": self.etag, "last-modified": email.utils.formatdate(self.time, usegmt=True)}


class Bucket:
    """Answers are (status, fields, body). One lock: what was answered is seen by all that comes after."""

    def __init__(self):
        self.objects, self.uploads = {}, {}
        self._lock = threading.Lock()

    def answer(self, method, target, fields, body):
        path, _, query = target.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        key = urllib.parse.unquote(path).lstrip("/").partition("/")[2]
        try:
            with self._lock:
                if not key:
                    return self._list(query) if "uploads" not in query else self._list_uploads(query)
                if "uploads" in query or "uploadId" in query:
                    return self._parts(method, key, query, body)
                return getattr(self, f"_{method.lower()}")(key, fields, body)
        except Refusal as refusal:
            return refusal.status, {}, document("Error", f"<Code>{refusal.code}</Code>")

    def _found(self, key):
        if key not in self.objects:
            raise Refusal(404, "NoSuchKey")
        return self.objects[key]

    def _put(self, key, fields, body):
        if fields.get(b"if-none-match") == b"*" and key in self.objects:
            raise Refusal(412, "PreconditionFailed")
        source = fields.get(b"x-amz-copy-source")
        if source:
            found = self._found(urllib.parse.unquote(source.decode()).lstrip("/").partition("/")[2])
            if fields.get(b"x-amz-copy-source-if-match", found.etag.encode()).decode() != found.etag:
                raise Refusal(412, "PreconditionFailed")
            body = found.body
        self.objects[key] = kept = Kept(body)
        return 200, kept.fields, document("CopyObjectResult", f"<ETag>{escape(kept.etag)}</ETag>") if source else b""

    def _get(self, key, fields, body):
        kept = self._found(key)
        if fields.get(b"if-match", kept.etag.encode()).decode() != kept.etag:
            raise Refusal(412, "PreconditionFailed")
        if b"range" not in fields:
            return 200, kept.fields, kept.body
        first, last = fields[b"range"].decode().removeprefix("bytes=").split("-")
        first, last = int(first), min(int(last or len(kept.body)), len(kept.body) - 1)
        if first > last:
            raise Refusal(416, "InvalidRange")
        return 206, kept.fields | {"content-range": f"bytes {first}-{last}/{len(kept.body)}"}, kept.body[first:last + 1]

    def _head(self, key, fields, body):
        return self._get(key, {}, body)

    def _delete(self, key, fields, body):
        self.objects.pop(key, None)
        return 204, {}, b""

    def _list(self, query):
        prefix, count = query.get("prefix", ""), min(int(query.get("max-keys", 1_000)), 1_000)
        keys = sorted((key for key in self.objects if key.startswith(prefix) and key > query.get("continuation-token", "")), key=str.encode)
        page = keys[:count]
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if len(keys) > count else ""
        return 200, {}, document("ListBucketResult", "".join(
            [f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}",
             *(f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key].body)}</Size></Contents>" for key in page)]))

    def _list_uploads(self, query):
        begun = sorted((key, number, at) for number, (key, at, _) in self.uploads.items() if key.startswith(query.get("prefix", "")))
        return 200, {}, document("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>" + "".join(
            f"<Upload><Key>{escape(key)}</Key><UploadId>{number}</UploadId>"
            f"<Initiated>{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(at))}</Initiated></Upload>" for key, number, at in begun))

    def _parts(self, method, key, query, body):
        if method == "POST" and "uploads" in query:
            number = secrets.token_hex(8)
            self.uploads[number] = (key, time.time(), {})
            return 200, {}, document("InitiateMultipartUploadResult", f"<UploadId>{number}</UploadId>")
        number = query.get("uploadId", "")
        if number not in self.uploads:
            raise Refusal(404, "NoSuchUpload")
        parts = self.uploads[number][2]
        if method == "PUT":
            parts[int(query["partNumber"])] = kept = Kept(body)
            return 200, kept.fields, b""
        if method == "DELETE":
            del self.uploads[number]
            return 204, {}, b""
        wanted = [(int(part.findtext("PartNumber")), part.findtext("ETag")) for part in xml.etree.ElementTree.fromstring(body).iter("Part")]
        if any(place not in parts or parts[place].etag != etag for place, etag in wanted):
            raise Refusal(400, "InvalidPart")
        self.objects[key] = kept = Kept(b"".join(parts[place].body for place, _ in wanted))
        del self.uploads[number]
        return 200, {}, document("CompleteMultipartUploadResult", f"<ETag>{escape(kept.etag)}</ETag>")


def document(name, inside):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}>{inside}</{name}>'.encode()


def serve(bucket, client):
    """One connection, to its end."""
    with contextlib.suppress(OSError, ValueError, IndexError), client, client.makefile("rb") as reader:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (lines := read_head(reader)) is not None:
            method, target, _ = lines[0].decode().split(" ")
            fields = fields_of(lines)
            body = reader.read(int(fields.get(b"content-length", b"0")))
            status, said, answer = bucket.answer(method, target, fields, body)
            said = said | {"date": email.utils.formatdate(usegmt=True), "content-length": str(len(answer))}
            head = f"HTTP/1.1 {status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in said.items()) + "\r\n"
            client.sendall(head.encode() + (b"" if method == "HEAD" else answer))


def main():
    # Ctrl-C is for who started this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)

    def end():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()
    bucket = Bucket()
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(bucket, client), daemon=True).start()


if __name__ == "__main__":
    main()
