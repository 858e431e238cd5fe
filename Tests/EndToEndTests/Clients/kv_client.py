"""Cloudflare's own client against a larder: kv_client.py BINARY

Starts a server, uses every KV method of the `cloudflare` package, unmodified but for base_url, once by the synchronous and once by the
asynchronous client, and prints a line `ok: …` for each.
"""

import asyncio
import http.client
import inspect
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import cloudflare

ACCOUNT = "0123456789abcdef0123456789abcdef"
warnings.simplefilter("ignore", DeprecationWarning)


class Server:
    def __init__(self, binary, data):
        self.data = data
        self.process = subprocess.Popen(
            [binary, "serve", "--data", str(data), "--port", "0", "--cleanup-every", "off", "--scrub-every", "off"],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split("127.0.0.1:")[1].split()[0])
        self.token = (data / "admin.token").read_text().strip()

    def native(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"authorization": f"Bearer {self.token}"})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0


async def settled(value):
    """What a call gives, whichever client made it."""
    return await value if inspect.isawaitable(value) else value


async def listed(pages):
    """All items of a paginated list."""
    if hasattr(pages, "__aiter__"):
        return [one async for one in pages]
    return list(await settled(pages))


async def refused(call, status, code):
    try:
        await settled(call())
    except cloudflare.APIStatusError as error:
        assert error.status_code == status, (error.status_code, error.body)
        assert [one.code for one in error.errors] == [code], error.body
        return
    raise AssertionError(f"{status} was expected")


async def walk(client, server, title):
    kv = client.kv.namespaces
    made = await settled(kv.create(account_id=ACCOUNT, title=title))
    assert len(made.id) == 32 and made.title == title and made.supports_url_encoding is True
    here = {"account_id": ACCOUNT, "namespace_id": made.id}
    assert (await settled(kv.get(**here))).title == title
    await refused(lambda: kv.create(account_id=ACCOUNT, title=title), 400, 10014)
    assert made.id in [one.id for one in await listed(kv.list(account_id=ACCOUNT, per_page=5, order="title"))]

    odd = "a/b é /?#%&\u2603"
    for key in ["plain", odd, "/lead", "x//y", ".dot"]:
        await settled(kv.values.update(key, value=b"\x00 of " + key.encode(), metadata={"key": key}, **here))
        value = await settled(kv.values.get(key, **here))
        content = await settled(value.read())
        assert content == b"\x00 of " + key.encode(), content
        assert await settled(kv.metadata.get(key, **here)) == {"key": key}
    for metadata in [0, False, "", [], {}, "null", '"text"', [1, {"a": None}]]:
        await settled(kv.values.update("meta", value=b"v", metadata=metadata, **here))
        kept = await settled(kv.metadata.get("meta", **here))
        wanted = json.loads(metadata) if isinstance(metadata, str) and metadata else (None if metadata == "" else metadata)
        assert kept == wanted and type(kept) is type(wanted), (metadata, kept)
    soon = int(time.time()) + 600
    await settled(kv.values.update("soon", value=b"v", expiration=soon, **here))
    await settled(kv.values.update("ttl", value=b"v", expiration_ttl=60, **here))
    await refused(lambda: kv.values.update("bad", value=b"v", expiration_ttl=59, **here), 400, 10029)
    await refused(lambda: kv.values.update("bad", value=b"v", metadata="no json", **here), 400, 10029)
    await refused(lambda: kv.values.update("k" * 513, value=b"v", **here), 414, 10030)
    await refused(lambda: kv.values.get("none", **here), 404, 10009)
    await settled(kv.values.delete("none", **here))
    names = {one.name: one for one in await listed(kv.keys.list(limit=10, **here))}
    assert set(names) == {"plain", odd, "/lead", "x//y", ".dot", "meta", "soon", "ttl"}, names
    assert names["soon"].expiration == soon and names["plain"].metadata == {"key": "plain"}

    pairs = [{"key": f"bulk/{number:04}", "value": f"v{number}", "metadata": {"n": number}} for number in range(1_500)]
    pairs.append({"key": "bulk/bytes", "value": "AAEC", "base64": True, "expiration_ttl": 3600})
    for bulk in [kv.bulk_update, kv.keys.bulk_update]:
        done = await settled(bulk(body=pairs, **here))
        assert done.successful_key_count == 1_501 and done.unsuccessful_keys == []
    assert len(await listed(kv.keys.list(prefix="bulk/", **here))) == 1_501
    for bulk in [kv.bulk_get, kv.keys.bulk_get]:
        got = await settled(bulk(keys=["bulk/0001", "none"], **here))
        assert got.values == {"bulk/0001": "v1", "none": None}, got
        got = await settled(bulk(keys=["bulk/0001"], with_metadata=True, **here))
        assert got.to_dict()["values"] == {"bulk/0001": {"value": "v1", "metadata": {"n": 1}}}, got
    status, body = server.native(f"/v1/stores/{title}/entries/bulk/bytes")
    assert status == 200 and body == b"\x00\x01\x02"
    done = await settled(kv.bulk_delete(body=[pair["key"] for pair in pairs[:1_000]], **here))
    assert done.successful_key_count == 1_000
    done = await settled(kv.keys.bulk_delete(body=[pair["key"] for pair in pairs[1_000:]], **here))
    assert done.successful_key_count == 501
    assert await listed(kv.keys.list(prefix="bulk/", **here)) == []

    renamed = await settled(kv.update(title=title + "-2", **here))
    assert renamed.id == made.id and renamed.title == title + "-2"
    assert await settled((await settled(kv.values.get("plain", **here))).read()) == b"\x00 of plain"
    await settled(kv.values.delete("plain", **here))
    await refused(lambda: kv.values.get("plain", **here), 404, 10009)
    await settled(kv.delete(**here))
    await refused(lambda: kv.get(**here), 404, 10013)
    await refused(lambda: kv.keys.list(**here), 404, 10013)


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, pathlib.Path(folder) / "data")
        try:
            url = f"http://127.0.0.1:{server.port}/client/v4"
            client = cloudflare.Cloudflare(api_token=server.token, base_url=url, max_retries=0)
            asyncio.run(walk(client, server, "sync"))
            print("ok: the synchronous client")

            async def asynchronous():
                async with cloudflare.AsyncCloudflare(api_token=server.token, base_url=url, max_retries=0) as client:
                    await walk(client, server, "async")

            asyncio.run(asynchronous())
            print("ok: the asynchronous client")
            keyed = cloudflare.Cloudflare(api_key=server.token, api_email="a@b.c", base_url=url, max_retries=0)
            assert keyed.kv.namespaces.create(account_id="default", title="by key").title == "by key"
            stranger = cloudflare.Cloudflare(api_token="nonsense", base_url=url, max_retries=0)
            asyncio.run(refused(lambda: stranger.kv.namespaces.list(account_id=ACCOUNT), 403, 10000))
            print("ok: keys and strangers")
        finally:
            server.stop()


main(sys.argv[1])
