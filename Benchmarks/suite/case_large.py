"""3. One large file in and out, with the memory that takes.

Budget: 500 MB: 12 s a round. dd and sha256sum are what the disk and one core allow; nginx syncs nothing."""

import os
import subprocess
import time

from measure import Row
from peers import LARDERS
from tools import curl, forget_peak, make_file, resident, run, touch_content, upload


def rows(context, stack):
    servers = context.peers.start(stack, "larder", "nginx", "rclone", "hummingbird", "nio")
    megabytes = context.pick(500, 16)
    size = megabytes * 1_000_000
    path, copy = context.folder / "file.bin", context.folder / "copy.bin"
    make_file(path, size)

    def measured(server, transfer):
        before = resident(server.process.pid, "VmRSS")
        forget_peak(server.process.pid)
        seconds = transfer()
        peak = resident(server.process.pid, "VmHWM")
        return {"value": size / 1e6 / seconds, "peakBytes": peak, "growthBytes": max(0, peak - before)}

    def put(server):
        def sample(_):
            touch_content(path)
            # What the one before left to be written is not this one's to pay.
            os.sync()
            return measured(server, lambda: curl(server, server.url("large.bin"), *upload(path, "video/mp4")))

        return sample

    def get(server):
        return lambda _: measured(server, lambda: curl(server, server.url("large.bin")))

    def dd(_):
        os.sync()
        begun = time.monotonic()
        run(["dd", f"if={path}", f"of={copy}", "bs=1M", "conv=fsync", "status=none"])
        seconds = time.monotonic() - begun
        copy.unlink()
        return {"value": size / 1e6 / seconds}

    def checksum(_):
        begun = time.monotonic()
        subprocess.run(["sha256sum", path], check=True, stdout=subprocess.DEVNULL)
        return {"value": size / 1e6 / (time.monotonic() - begun)}

    stores = {name: server for name, server in servers.items() if name in (*LARDERS, "nginx", "rclone")}
    for server in stores.values():
        curl(server, server.url("large.bin"), *upload(path, "video/mp4"))
    return [
        Row(
            f"PUT {megabytes} MB", "MB/s", {name: put(server) for name, server in servers.items()} | {"dd": dd, "sha256sum": checksum},
            limits=("hummingbird", "nio", "dd", "sha256sum")),
        Row(f"GET {megabytes} MB", "MB/s", {name: get(server) for name, server in stores.items()}),
    ]
