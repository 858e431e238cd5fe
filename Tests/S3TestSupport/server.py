#!/usr/bin/env python3
"""An S3 service for tests: moto's, on a free port of this machine, behind a layer that checks signatures as botocore makes them and does
harm on demand. Prints its port; ends when its standard input does. `Scripts/test` makes the environment with moto.

    POST   /-/faults            a fault, in JSON: {"bucket", "method"?, "contains"?, "count"?, "do": …}; the first that fits a request is done
               "answer"    with "status" and "code": an error document, also with status 200
               "cut"       the connection ends before anything is done
               "hold"      the same, once the fault is taken away
               "lose"      it is done, and the connection ends instead of an answer
               "truncate"  the answer ends after "bytes"
               "norange"   a Range is passed over
               "plainrange" a Range is kept to, with status 200 (as rclone does)
    DELETE /-/faults?BUCKET     takes them away
    GET    /-/requests?BUCKET   what came for a bucket: a line a request, "METHOD target"
    DELETE /-/buckets?BUCKET    forgets a bucket and all that is in it
    any    /-/raw/BUCKET/KEY    the same without a signature
"""

import calendar
import contextlib
import hashlib
import io
import json
import os
import socket
import sys
import threading
import time

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.s3.models import FakeKey, FakeMultipart, s3_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

KEYS = Credentials("AKIATESTS", "secret-of-the-tests")


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


class Service:
    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()
        self.faults = []
        self.requests = {}

    def __call__(self, environ, start):
        target = environ["RAW_URI"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        environ.setdefault("CONTENT_LENGTH", "0")
        if target.startswith("/-/raw/"):
            for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI"):
                environ[name] = environ[name].replace("/-/raw", "", 1)
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={KEYS.access_key}/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
            return self.moto(environ, start)
        if target.startswith("/-/"):
            return self.control(environ["REQUEST_METHOD"], target, body, start)
        bucket = target.split("?")[0].split("/")[1]
        with self.lock:
            self.requests.setdefault(bucket, []).append(f"{environ['REQUEST_METHOD']} {target}")
            fault = self.take(bucket, environ["REQUEST_METHOD"], target)
        if fault and fault["do"] == "hold":
            self.hold(fault)
        if fault and fault["do"] in ("cut", "hold"):
            return self.cut(environ, start)
        if fault and fault["do"] == "answer":
            return self.refuse(start, fault["status"], fault["code"])
        refusal = self.judge(environ, target, body)
        if refusal:
            return self.refuse(start, 403, refusal)
        if fault and fault["do"] == "norange":
            environ.pop("HTTP_RANGE", None)
            return self.moto(environ, start)
        if fault and fault["do"] == "plainrange":
            return self.moto(environ, lambda status, *rest: start("200 OK" if status.startswith("206") else status, *rest))
        if not fault:
            return self.moto(environ, start)
        head = []
        answer = b"".join(self.moto(environ, lambda status, fields, *_: head.extend([status, fields])))
        if fault["do"] == "lose":
            return self.cut(environ, start)
        start(*head)
        return self.cut_behind(environ, answer[:fault["bytes"]])

    def take(self, bucket, method, target):
        for fault in self.faults:
            if fault["bucket"] == bucket and fault.get("method", method) == method and fault.get("contains", "") in target:
                fault["count"] = fault.get("count", 1) - 1
                if fault["count"] == 0:
                    self.faults.remove(fault)
                return fault
        return None

    def hold(self, fault):
        while any(one is fault for one in self.faults):
            time.sleep(0.02)

    def control(self, method, target, body, start):
        name, _, bucket = target.partition("?")
        with self.lock:
            if name == "/-/faults" and method == "POST":
                self.faults.append(json.loads(body))
            elif name == "/-/faults":
                self.faults = [fault for fault in self.faults if fault["bucket"] != bucket]
            if name == "/-/buckets" and method == "DELETE":
                self.forget(bucket)
            answer = "".join(line + "\n" for line in self.requests.get(bucket, [])).encode() if name == "/-/requests" else b""
        start("200 OK", [("Content-Length", str(len(answer)))])
        return [answer]

    def forget(self, bucket):
        self.requests.pop(bucket, None)
        partition, account = s3_backends.bucket_accounts.pop(bucket)
        gone = s3_backends[account][partition].buckets.pop(bucket)
        for thing in [*gone.keys.values(), *gone.multiparts.values()]:
            thing.dispose()
        # For moto's own reset, which nobody asks for: all that there ever was would stay in memory.
        FakeKey.instances_tracked.clear()
        FakeMultipart.instances_tracked.clear()

    def judge(self, environ, target, body):
        """What is wrong with a request's signature, as S3 calls it; None: nothing."""
        given = environ.get("HTTP_AUTHORIZATION", "")
        try:
            scheme, _, rest = given.partition(" ")
            parts = dict(part.strip().split("=", 1) for part in rest.split(","))
            access, day, region, service, _ = parts["Credential"].split("/")
            signed = parts["SignedHeaders"].split(";")
            date = environ["HTTP_X_AMZ_DATE"]
        except (KeyError, ValueError):
            return "AccessDenied"
        if scheme != "AWS4-HMAC-SHA256" or access != KEYS.access_key:
            return "InvalidAccessKeyId"
        if abs(calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - time.time()) > 900:
            return "RequestTimeTooSkewed"
        if region != "us-east-1":
            return "AuthorizationHeaderMalformed"
        if any(name.startswith("HTTP_X_AMZ_") and name[5:].replace("_", "-").lower() not in signed for name in environ):
            return "AccessDenied"
        fields = {name: environ["HTTP_" + name.upper().replace("-", "_")] for name in signed}
        request = AWSRequest(environ["REQUEST_METHOD"], f"http://{environ['HTTP_HOST']}{target}", fields)
        request.context["timestamp"] = date
        auth = S3SigV4Auth(KEYS, service, region)
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        if signature != parts["Signature"]:
            return "SignatureDoesNotMatch"
        if fields["x-amz-content-sha256"] not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return "XAmzContentSHA256Mismatch"
        return None

    def refuse(self, start, status, code):
        document = f"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>AKIATESTS secret-of-the-tests</Message><RequestId>R1</RequestId></Error>".encode()
        start(f"{status} Said", [("Content-Type", "application/xml"), ("Content-Length", str(len(document)))])
        return [document]

    def cut(self, environ, start):
        start("500 Cut", [])
        return self.cut_behind(environ, b"")

    def cut_behind(self, environ, answer):
        """What is given here goes out before the connection ends, and nothing where there is nothing."""
        if answer:
            yield answer
        with contextlib.suppress(OSError):  # who asked may be gone
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError


def main():
    server = make_server("127.0.0.1", 0, Service(), threaded=True, request_handler=Quiet)
    print(server.port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
